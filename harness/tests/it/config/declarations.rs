//! What may differ, and what has another name.

use handover::case::text;
use handover::judging::verdict::Status;

use super::register::{FORGETFUL, REGISTER, Register, registers};
use super::{CARTS, FAULTY, notes_with, only, opened, report};

#[test]
fn a_declared_difference_is_no_failure() {
    let declared = "differs = [{ function = \"note\", reason = \"notes are gone\" }]";
    let without = report(&opened(FAULTY, ""));
    assert_eq!(only(&without).status, Status::Fail);
    let with = report(&opened(FAULTY, declared));
    assert_eq!(only(&with).status, Status::Pass, "{with:?}");
    assert_eq!(
        notes_with(&with, "was needed by no case"),
        Vec::<&String>::new()
    );
}

#[test]
fn a_declaration_that_no_case_needed_is_reported_with_its_reason() {
    for (declared, place) in [
        ("function = \"note\"", "note"),
        ("function = \"shop:cart/cart.note\"", "shop:cart/cart.note"),
        (
            "function = \"summary\", field = \".total\"",
            "summary.total",
        ),
    ] {
        let declared = format!("differs = [{{ {declared}, reason = \"notes are gone\" }}]");
        let report = report(&opened(CARTS, &declared));
        assert_eq!(only(&report).status, Status::Pass);
        let notes = notes_with(&report, "was needed by no case");
        let [note] = notes.as_slice() else {
            panic!("one note: {:?}", report.notes);
        };
        assert!(note.contains(place), "{note}");
        assert!(note.contains("notes are gone"), "{note}");
    }
}

#[test]
fn a_declared_field_excuses_that_field_only() {
    let both = |field: &str| {
        let declared =
            format!("differs = [{{ function = \"both\", field = \"{field}\", reason = \"r\" }}]");
        report(&registers(&REGISTER, &FORGETFUL, &declared))
    };
    let undeclared = report(&registers(&REGISTER, &FORGETFUL, ""));
    let failures = &only(&undeclared).failures;
    assert_eq!(failures.len(), 1, "{failures:?}");
    assert!(failures[0].finding.message.contains(".right"));

    let excused = both(".right");
    assert_eq!(only(&excused).status, Status::Pass, "{excused:?}");
    assert!(notes_with(&excused, "was needed by no case").is_empty());

    // A name is no prefix of another.
    for field in [".left", ".righ", ".right.more"] {
        let blamed = both(field);
        assert_eq!(only(&blamed).status, Status::Fail, "{field}");
        assert_eq!(notes_with(&blamed, "was needed by no case").len(), 1);
    }
}

#[test]
fn a_renamed_function_is_left_out_until_it_is_declared() {
    let renamed = Register {
        put: "set-both",
        ..REGISTER
    };
    let declared = "same = [{ old = \"put\", new = \"set-both\" }]";
    let without = registers(&REGISTER, &renamed, "");
    assert!(without.operation_named("put").is_err());
    let left_out = report(&without);
    assert_eq!(notes_with(&left_out, "put is not exercised").len(), 1);
    assert_eq!(notes_with(&left_out, "set-both is not exercised").len(), 1);

    let with = registers(&REGISTER, &renamed, declared);
    assert!(with.operation_named("put").is_ok());
    let passed = report(&with);
    assert_eq!(only(&passed).status, Status::Pass, "{passed:?}");
    assert!(only(&passed).covered.contains(&"put".to_owned()));
    assert!(notes_with(&passed, "set-both").is_empty(), "{passed:?}");

    // Only with the declaration can the loss be seen.
    let forgetful = Register {
        keeps_right: false,
        ..renamed
    };
    let blind = report(&registers(&REGISTER, &forgetful, ""));
    assert_eq!(only(&blind).status, Status::Pass);
    let seeing = report(&registers(&REGISTER, &forgetful, declared));
    assert_eq!(only(&seeing).status, Status::Fail);
}

#[test]
fn the_new_name_is_the_one_that_is_called_after_the_update() {
    // The stop watch: `restart` sets it to zero, `elapsed` does not.
    let declared = "same = [{ old = \"elapsed\", new = \"restart\" }]";
    let pair = opened(["embedded:clock-v1", "embedded:clock-v2"], declared);
    let operation = pair.operation_named("elapsed").expect("the clock has it");
    assert_eq!(
        pair.operations()[operation].functions()[0].name.name,
        "elapsed"
    );
    assert_eq!(
        pair.operations()[operation].functions()[1].name.name,
        "restart"
    );
    let failed = report(&pair);
    let failures = &only(&failed).failures;
    let history = text::history(&pair, &failures[0].finding.case);
    // The second may be any of the two that shows it.
    assert_eq!(history.len(), 3, "{history:?}");
    assert_eq!(history[..2], ["update", "elapsed()"]);
}

#[test]
fn save_and_load_may_have_other_names() {
    let own = Register {
        golem: false,
        ..REGISTER
    };
    let forgetful = Register {
        golem: false,
        ..FORGETFUL
    };
    let names = "snapshot = { save = \"give-state\", load = \"take-state\" }";
    let unknown = report(&registers(&own, &own, ""));
    assert_eq!(only(&unknown).status, Status::NotExercised);
    let pair = registers(&own, &own, names);
    assert!(pair.old().save().is_some() && pair.last().load().is_some());
    assert!(pair.operation_named("give-state").is_err());
    assert_eq!(only(&report(&pair)).status, Status::Pass);
    let lost = report(&registers(&own, &forgetful, names));
    assert_eq!(only(&lost).status, Status::Fail);
}
