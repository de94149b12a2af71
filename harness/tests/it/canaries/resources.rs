//! What grows in proportion, and what leaks.

use std::collections::BTreeSet;

use handover::judging::verdict::Status;
use handover::properties::named;
use handover::{Options, check};
use test_guests::{Guest, pair};

use super::guests::{EVERY_PAIR, counting_up, with_trail};
use super::{CASES, failing, notes, of, run};

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
fn what_an_update_makes_no_worse_is_a_note() {
    let guest = with_trail(counting_up(), "$count")
        .before("read-v1", "(local $left i32)")
        .after("read-v1", EVERY_PAIR);
    let pair = pair(&guest, &guest);
    let report = run(&pair, 1, false);
    assert_eq!(failing(&report), BTreeSet::new(), "{report:#?}");
    notes(&report, "resources: the fuel of load grows faster");
    let report = run(&pair, 1, true);
    assert!(failing(&report).contains("resources"), "{report:#?}");
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
    notes(&report, "resources: the snapshot grows with every get");
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

/// A pair of which the new version refuses a state that only many operations reach.
fn refusing_large_states() -> handover::Chain {
    let guest = with_trail(counting_up(), "$count");
    let refusing = guest.before(
        "read-v1",
        "(if (i32.gt_u (local.get $length) (i32.const 250)) (then (return (i32.const 0))))",
    );
    pair(&with_trail(counting_up(), "$count"), &refusing)
}

#[test]
fn a_refusal_that_only_a_grown_state_meets_fails_accepts_saved() {
    let pair = refusing_large_states();
    let few = |properties| {
        let options = Options {
            cases: CASES,
            seed: 1,
            operations: 4,
            properties,
            ..Options::default()
        };
        check(&pair, &options, &()).expect("a pair that can be checked")
    };
    let alone = few(vec![named("accepts-saved").expect("the property")]);
    assert_eq!(alone.verdict(), Status::Pass, "{alone:#?}");

    let report = few(Vec::new());
    assert_eq!(
        failing(&report),
        BTreeSet::from(["accepts-saved"]),
        "{report:#?}"
    );
    let failures = &of(&report, "accepts-saved").failures;
    assert_eq!(failures.len(), 1, "{failures:#?}");
    assert_eq!(failures[0].finding.case.operations(), 241);
}
