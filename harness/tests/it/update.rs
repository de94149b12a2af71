//! What a manual update does, one test for each row of what Golem does; and every shape that save and load have had.

use handover::component::{Component, Runtime, SnapshotNames};
use handover::host::WorldSettings;
use handover::value::Val;
use handover::worker::Worker;
use handover::worker::observation::{FailureKind, Observation};
use handover::worker::update::{Refusal, Update, manual};
use test_guests::{EXIT, Guest, STOCK, component, runtime};

fn opened(guest: &Guest) -> Component {
    runtime()
        .open_bytes("guest", &guest.wasm())
        .expect("a component")
}

fn call(worker: &mut Worker<'_>, name: &str, arguments: &[Val], number: u32) -> Observation {
    let functions = worker.component().operations();
    let function = functions
        .iter()
        .find(|it| it.name.name == name)
        .expect("an operation");
    worker.invoke(function, arguments, number)
}

fn returned(value: u32) -> Observation {
    Observation::Returned(Some(Val::U32(value)))
}

/// A worker of `old` that counted to seven and marked nine, updated to `new`.
fn updated<'a>(old: &'a Component, new: &'a Component) -> (Worker<'a>, Update<'a>) {
    let mut worker = Worker::start(old, 1).expect("the old version starts");
    assert_eq!(call(&mut worker, "add", &[Val::U32(7)], 0), returned(7));
    call(&mut worker, "mark", &[Val::U32(9)], 1);
    let update = manual(&mut worker, new, 2);
    (worker, update)
}

fn expect_updated(update: Update<'_>) -> Worker<'_> {
    match update {
        Update::Updated { worker, .. } => worker,
        Update::Reverted(refusal) => panic!("reverted: {refusal}"),
        Update::Lost(failure) => panic!("lost: {failure}"),
        Update::Stuck(failure) => panic!("stuck: {failure}"),
    }
}

fn expect_reverted(update: Update<'_>) -> Refusal {
    match update {
        Update::Reverted(refusal) => refusal,
        _ => panic!("the update should have failed"),
    }
}

#[test]
fn a_successful_update_carries_the_state_to_a_fresh_instance() {
    let (old, new) = (opened(&Guest::v1()), opened(&Guest::v2()));
    let (_, update) = updated(&old, &new);
    let mut worker = expect_updated(update);
    assert_eq!(call(&mut worker, "get", &[], 2), returned(7));
    assert_eq!(call(&mut worker, "marked", &[], 3), returned(9));
}

#[test]
fn load_receives_exactly_the_bytes_that_save_returned() {
    let (old, new) = (opened(&Guest::v1()), opened(&Guest::v2()));
    let (mut worker, update) = updated(&old, &new);
    let Update::Updated { snapshot, .. } = update else {
        panic!("the update succeeds");
    };
    assert_eq!(snapshot.bytes, b"K1\x07\0\0\0\x09\0\0\0");
    assert_eq!(snapshot.mime, handover::OCTET_STREAM);
    let save = old.save().expect("save");
    assert_eq!(worker.save(save, 2).expect("save"), snapshot);
}

#[test]
fn without_save_the_update_fails() {
    let (old, new) = (opened(&Guest::v1().save_as(None)), opened(&Guest::v2()));
    let (_, update) = updated(&old, &new);
    assert_eq!(expect_reverted(update), Refusal::NoSave);
}

#[test]
fn without_load_the_update_fails() {
    let (old, new) = (opened(&Guest::v1()), opened(&Guest::v2().load_as(None)));
    let (mut worker, update) = updated(&old, &new);
    assert_eq!(expect_reverted(update), Refusal::NoLoad);
    assert_eq!(
        call(&mut worker, "get", &[], 2),
        returned(7),
        "the old worker goes on"
    );
}

#[test]
fn after_a_trap_in_save_the_instance_cannot_be_entered_again() {
    let old = opened(&Guest::v1().before("save", "unreachable"));
    let new = opened(&Guest::v2());
    let (mut worker, update) = updated(&old, &new);
    let Refusal::SaveFailed(failure) = expect_reverted(update) else {
        panic!("save should have failed");
    };
    assert!(matches!(failure.kind, FailureKind::Trap(_)), "{failure}");
    assert!(call(&mut worker, "get", &[], 2).failure().is_some());
}

#[test]
fn a_load_that_answers_err_reverts_with_its_text() {
    let (old, new) = (
        opened(&Guest::v1()),
        opened(&Guest::v2().before("load", "(return (call $refuse))")),
    );
    let (_, update) = updated(&old, &new);
    let text = "these bytes are no snapshot".to_owned();
    assert_eq!(expect_reverted(update), Refusal::Refused(text));
}

#[test]
fn a_load_that_traps_reverts() {
    let (old, new) = (
        opened(&Guest::v1()),
        opened(&Guest::v2().before("load", "unreachable")),
    );
    let (_, update) = updated(&old, &new);
    let Refusal::LoadFailed(failure) = expect_reverted(update) else {
        panic!("load should have failed");
    };
    assert!(matches!(failure.kind, FailureKind::Trap(_)), "{failure}");
}

#[test]
fn a_load_that_exits_loses_the_state_with_a_success_on_record() {
    let new = Guest::v2()
        .import(EXIT)
        .before("load", "(call $exit (i32.const 0))");
    let (old, new) = (opened(&Guest::v1()), opened(&new));
    let (_, update) = updated(&old, &new);
    let Update::Lost(failure) = update else {
        panic!("the state should be lost");
    };
    assert_eq!(failure.kind, FailureKind::Exit { success: true });
}

#[test]
fn a_version_that_does_not_start_leaves_the_update_pending() {
    let (old, new) = (
        opened(&Guest::v1()),
        opened(&Guest::v2().with("start", "unreachable")),
    );
    let (_, update) = updated(&old, &new);
    assert!(matches!(update, Update::Stuck(_)));
}

#[test]
fn an_import_that_nobody_knows_is_reported_by_name_when_it_is_called() {
    let new = Guest::v2()
        .import(STOCK)
        .before("load", "(drop (call $level))");
    let (old, new) = (opened(&Guest::v1()), opened(&new));
    let (_, update) = updated(&old, &new);
    let Refusal::LoadFailed(failure) = expect_reverted(update) else {
        panic!("load should have failed");
    };
    let function = "shop:stock/levels.level".to_owned();
    assert_eq!(failure.kind, FailureKind::UnsupportedHostCall { function });
}

#[test]
fn a_second_update_saves_what_the_second_version_writes() {
    let (old, new) = (opened(&Guest::v1()), opened(&Guest::v2()));
    let (_, update) = updated(&old, &new);
    let mut worker = expect_updated(update);
    assert_eq!(call(&mut worker, "add", &[Val::U32(1)], 2), returned(8));
    let Update::Updated {
        mut worker,
        snapshot,
    } = manual(&mut worker, &new, 3)
    else {
        panic!("the second update succeeds");
    };
    assert!(snapshot.bytes.starts_with(b"K2"));
    assert_eq!(call(&mut worker, "get", &[], 3), returned(8));
    assert_eq!(call(&mut worker, "marked", &[], 4), returned(9));
}

#[test]
fn recovery_after_a_crash_loads_the_same_snapshot_into_a_fresh_instance() {
    let (old, new) = (opened(&Guest::v1()), opened(&Guest::v2()));
    let (_, update) = updated(&old, &new);
    let Update::Updated { snapshot, .. } = update else {
        panic!("the update succeeds");
    };
    let mut recovered = Worker::start(&new, 1).expect("the new version starts");
    let load = new.load().expect("load");
    assert_eq!(recovered.load(load, &snapshot, 2, 1), Ok(Ok(())));
    assert_eq!(call(&mut recovered, "get", &[], 2), returned(7));
}

#[test]
fn a_worker_that_was_rebuilt_by_replay_is_the_old_one() {
    let (old, new) = (
        opened(&Guest::v1()),
        opened(&Guest::v2().before("load", "unreachable")),
    );
    let (mut worker, update) = updated(&old, &new);
    expect_reverted(update);
    let (mut rebuilt, _) = updated(&old, &new);
    for name in ["get", "marked"] {
        assert_eq!(
            call(&mut worker, name, &[], 2),
            call(&mut rebuilt, name, &[], 2)
        );
    }
}

#[test]
fn every_shape_of_snapshot_meets_every_other() {
    let shapes = [
        |guest: Guest| guest,
        |guest: Guest| guest.record("payload"),
        |guest: Guest| guest.record("data"),
    ];
    for from in shapes {
        for to in shapes {
            let (old, new) = (opened(&from(Guest::v1())), opened(&to(Guest::v2())));
            let (_, update) = updated(&old, &new);
            let mut worker = expect_updated(update);
            assert_eq!(call(&mut worker, "marked", &[], 2), returned(9));
        }
    }
}

#[test]
fn a_record_hands_its_mime_type_on() {
    // Accepts text/plain only: ten characters, the first of which is a t.
    let refuse = "(if (i32.ne (local.get $mime-length) (i32.const 10)) (then (return (call $refuse))))
        (if (i32.ne (i32.load8_u (local.get $mime)) (i32.const 116)) (then (return (call $refuse))))";
    let new = opened(&Guest::v2().record("payload").before("load", refuse));
    let text = opened(&Guest::v1().record("data").mime("text/plain"));
    expect_updated(updated(&text, &new).1);
    let octets = opened(&Guest::v1());
    assert!(matches!(
        expect_reverted(updated(&octets, &new).1),
        Refusal::Refused(_)
    ));
}

#[test]
fn save_and_load_are_found_under_names_of_ones_own() {
    let guest = Guest::v1()
        .save_as(Some((Some("my:platform/state@3.0.0"), "export")))
        .load_as(Some((None, "restore")));
    assert!(opened(&guest).save().is_none());
    let names = SnapshotNames {
        save: "my:platform/state.export".to_owned(),
        load: "restore".to_owned(),
    };
    let runtime = Runtime::new(test_guests::small_limits(), WorldSettings::default(), names)
        .expect("a runtime");
    let component = runtime
        .open_bytes("guest", &guest.wasm())
        .expect("a component");
    assert_eq!(component.operations().len(), 4);
    expect_updated(updated(&component, &component).1);
}

#[test]
fn a_save_of_another_type_is_named_with_both_types() {
    let guest = component(
        r#"(component
            (core module $m (func (export "save") (result i32) (i32.const 7)))
            (core instance $i (instantiate $m))
            (func $save (result u32) (canon lift (core func $i "save")))
            (instance $s (export "save" (func $save)))
            (export "golem:api/save-snapshot@1.1.0" (instance $s)))"#,
    );
    let error = runtime()
        .open_bytes("guest", &guest)
        .err()
        .expect("an error");
    let text = format!("{error:#}");
    assert!(text.contains("func() -> u32"), "{text}");
    assert!(text.contains("func() -> SNAPSHOT"), "{text}");
}
