//! One planted fault for each property, which this property catches and no other; and correct pairs, which pass all.

mod blame;
mod correct;
pub mod guests;
mod resources;

use std::collections::BTreeSet;

use handover::judging::verdict::{PropertyReport, Report, Status};
use handover::properties::{self, ALL};
use handover::report::failure_file::FailureFile;
use handover::{Chain, Mode, Options, check, replay};
use test_guests::{Guest, pair};

pub use self::guests::{asking_once, canary, described};

/// Cases of each property: enough that no fault below is found by luck.
const CASES: usize = 192;

fn run(pair: &Chain, seed: u64, strict: bool) -> Report {
    run_in(Mode::Both, pair, seed, strict)
}

fn run_in(mode: Mode, pair: &Chain, seed: u64, strict: bool) -> Report {
    let options = Options {
        cases: CASES,
        seed,
        mode,
        strict,
        ..Options::default()
    };
    check(pair, &options, &()).expect("a pair that can be checked")
}

fn failing(report: &Report) -> BTreeSet<&'static str> {
    let failing = report
        .properties
        .iter()
        .filter(|it| it.status == Status::Fail);
    failing.map(|it| it.id).collect()
}

fn of<'r>(report: &'r Report, id: &str) -> &'r PropertyReport {
    let found = report.properties.iter().find(|it| it.id == id);
    found.unwrap_or_else(|| panic!("no report on {id}"))
}

/// One of the report's notes must begin so.
fn notes(report: &Report, beginning: &str) {
    let mut notes = report.notes.iter();
    assert!(
        notes.any(|it| it.starts_with(beginning)),
        "{:?}",
        report.notes
    );
}

/// Checks the canary of a property, and what is kept of its failure.
fn only_one_catches(id: &str) {
    let canary = canary(id).expect("a canary");
    let pair = pair(&canary.old, &canary.new);
    let advisory = properties::named(id).is_some_and(|property| property.advisory);
    let mode = match id {
        "replay" => Mode::Automatic,
        _ => Mode::Both,
    };
    let report = run_in(mode, &pair, 1, advisory);
    assert_eq!(failing(&report), BTreeSet::from([id]), "{report:#?}");
    let caught = of(&report, id);
    for failure in &caught.failures {
        assert_eq!(failure.blame, canary.blame, "{failure:#?}");
    }
    let failure = &caught.failures[0];
    assert_eq!(
        failure.finding.case.operations(),
        canary.shortest,
        "{failure:#?}"
    );

    let folder = tempfile::tempdir().expect("a folder");
    let kept = FailureFile::new(&pair, id, failure, None);
    let path = kept.write(folder.path()).expect("a failure file");
    let read = FailureFile::read(&path).expect("the failure file again");
    assert_eq!(read, kept);
    let case = read.case(&pair).expect("its history");
    assert_eq!(case, failure.finding.case);
    let replayed = replay(&pair, read.property().expect("its property"), &case);
    let (finding, blame) = replayed
        .outcome
        .expect("no discard")
        .expect("the same failure");
    assert_eq!((finding.signature(), blame), (read.signature, read.blame));
    assert_eq!(finding.message, read.message);
}

/// A test for each canary, and the list of their properties.
macro_rules! canaries {
    ($($test:ident = $property:literal,)*) => {
        const CANARIES: &[&str] = &[$($property),*];

        $(#[test]
        fn $test() {
            only_one_catches($property);
        })*
    };
}

canaries! {
    a_load_that_refuses_a_reachable_count_fails_accepts_saved_alone = "accepts-saved",
    a_load_that_forgets_a_field_of_the_old_format_fails_upgrade_equivalence_alone = "upgrade-equivalence",
    a_save_that_counts_itself_fails_save_is_pure_alone = "save-is-pure",
    a_load_that_traps_on_one_short_input_fails_load_is_total_alone = "load-is-total",
    a_load_that_accepts_a_cut_tail_fails_load_is_strict_alone = "load-is-strict",
    a_load_that_accepts_an_unreachable_count_fails_accepted_is_stable_alone = "accepted-is-stable",
    a_load_that_expires_snapshots_fails_reload_equivalence_alone = "reload-equivalence",
    a_save_that_writes_what_was_loaded_fails_resave_alone = "resave",
    a_save_that_changes_the_world_fails_revert_alone = "revert",
    a_load_that_expires_its_own_snapshots_fails_lifecycle_alone = "lifecycle",
    a_load_that_changes_the_world_fails_load_is_read_only_alone = "load-is-read-only",
    a_load_that_compares_each_byte_with_each_fails_resources_alone = "resources",
    a_load_that_drops_what_no_operation_shows_fails_state_kept_alone = "state-kept",
    a_state_that_decides_host_calls_and_is_not_saved_fails_recovery_alone = "recovery",
    a_host_call_that_was_not_made_before_fails_replay_alone = "replay",
}

#[test]
fn every_property_has_a_canary() {
    let properties: BTreeSet<&str> = ALL.iter().map(|property| property.id).collect();
    assert_eq!(properties, CANARIES.iter().copied().collect());
}

#[test]
fn an_advisory_property_is_a_note_unless_the_check_is_strict() {
    let canary = canary("state-kept").expect("a canary");
    let report = run(&pair(&canary.old, &canary.new), 1, false);
    assert_eq!(report.verdict(), Status::Pass);
    assert!(of(&report, "state-kept").failures.is_empty());
    notes(&report, "state-kept: ");
}

#[test]
fn trailing_bytes_that_load_skips_are_a_note_even_in_a_strict_check() {
    let skips = Guest::v2().edit(
        "read-v2",
        "(i32.ne (local.get $length)",
        "(i32.lt_u (local.get $length)",
    );
    let report = run(&pair(&Guest::v1(), &skips), 1, true);
    assert_eq!(failing(&report), BTreeSet::new(), "{report:#?}");
    let note = "load-is-strict: load skips fields that it does not know, or bytes at the end";
    notes(&report, note);
}

#[test]
fn no_two_properties_have_the_same_name() {
    let ids: BTreeSet<&str> = ALL.iter().map(|property| property.id).collect();
    assert_eq!(ids.len(), ALL.len());
    for id in ids {
        assert!(properties::named(id).is_some_and(|property| property.id == id));
    }
}
