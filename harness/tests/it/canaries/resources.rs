//! What grows in proportion, and what leaks.

use std::collections::BTreeSet;

use handover::judging::verdict::Status;
use test_guests::{Guest, pair};

use super::guests::{counting_up, with_trail};
use super::{failing, of, run};

#[test]
fn a_snapshot_that_grows_in_proportion_passes_resources_with_any_seed() {
    let guest = with_trail(counting_up(), "$count");
    let pair = pair(&guest, &guest);
    for seed in 0..3 {
        let report = run(&pair, seed, false);
        let resources = of(&report, "resources");
        assert_eq!(resources.status, Status::Pass, "seed {seed}: {report:#?}");
        assert_eq!(resources.discards(), 0, "seed {seed}: {report:#?}");
    }
}

#[test]
fn a_log_of_what_was_read_is_a_leak_that_fails_a_strict_check_alone() {
    let guest = Guest::v1().item("(global $reads (mut i32) (i32.const 0))");
    let guest = with_trail(guest, "$reads").before(
        "get",
        "(if (i32.lt_u (global.get $reads) (global.get $cap))
           (then (global.set $reads (i32.add (global.get $reads) (i32.const 1)))))",
    );
    let pair = pair(&guest, &guest);
    let report = run(&pair, 1, false);
    assert_eq!(failing(&report), BTreeSet::new(), "{report:#?}");
    let noted = report
        .notes
        .iter()
        .any(|note| note.starts_with("resources: the snapshot grows with every get"));
    assert!(noted, "{:?}", report.notes);
    let report = run(&pair, 1, true);
    let failure = &of(&report, "resources").failures[0];
    assert_eq!(failure.finding.case.operations(), 1, "{failure:#?}");
    let sizes: Vec<usize> = failure
        .finding
        .points
        .iter()
        .map(|it| it.snapshot)
        .collect();
    assert!(sizes.windows(2).all(|pair| pair[0] < pair[1]), "{sizes:?}");
}
