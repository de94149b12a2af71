//! What the records say.

use handover::Snapshot;
use handover::component::{Runtime, SnapshotNames};
use handover::fuzz::Executor;
use handover::host::WorldSettings;
use handover::instrument::{Probes, SiteKind, comparisons};
use test_guests::{Guest, component, small_limits};

use super::{PROBES, as_if_new, probed, runtime};

#[test]
fn edges_count_what_was_taken_and_comparisons_tell_both_operands() {
    let runtime = runtime();
    let guest = Guest::v2().wasm();
    let edges = probed(&runtime, "guest", &guest, Probes::Edges, false);
    let mut executor = Executor::new(&edges.component, 0).expect("it exports load");
    let mut count = |input: &[u8]| {
        executor.run_long(&Snapshot::octets(input));
        let record: Vec<u8> = executor.records().flatten().copied().collect();
        record
    };
    let (none, right) = (count(b""), count(b"K2\0\0\0\0\0\0\0\0"));
    assert_ne!(none, right);
    assert_eq!(count(b""), none);

    let compared = probed(&runtime, "guest", &guest, Probes::Comparisons, false);
    let mut executor = Executor::new(&compared.component, 0).expect("it exports load");
    executor.run_long(&Snapshot::octets(*b"XY\0\0\0\0\0\0\0\0"));
    let map = &compared.component.records()[0];
    let record = executor.records().next().expect("a record").to_vec();
    let magic = u64::from(u16::from_le_bytes(*b"K2"));
    let wrong = u64::from(u16::from_le_bytes(*b"XY"));
    let found = comparisons(&record).any(|it| {
        let site = map.sites[it.site as usize];
        assert!(matches!(site.kind, SiteKind::Comparison { .. }));
        [it.left, it.right] == [wrong, magic] || [it.left, it.right] == [magic, wrong]
    });
    assert!(found, "{:?}", comparisons(&record).collect::<Vec<_>>());
}

/// A component inside a component, and one module that is instantiated twice.
#[test]
fn records_come_from_every_instance_at_every_depth() {
    let module = r#"
        (core module $m
          (memory (export "memory") 1)
          (global $next (mut i32) (i32.const 1024))
          (func (export "realloc") (param i32 i32 i32 i32) (result i32)
            (global.get $next)
            (global.set $next (i32.add (global.get $next) (local.get 3))))
          (func (export "load") (param i32 i32) (result i32)
            (if (i32.gt_u (local.get 1) (i32.const 3)) (then unreachable))
            (i32.store8 (i32.const 16) (i32.const 0))
            (i32.const 16)))"#;
    let wat = format!(
        r#"(component
          (component $inner
            {module}
            (core instance $idle (instantiate $m))
            (core instance $i (instantiate $m))
            (func (export "load") (param "bytes" (list u8)) (result (result (error string)))
              (canon lift (core func $i "load") (memory $i "memory") (realloc (func $i "realloc")))))
          (instance $c (instantiate $inner))
          (export "load-snapshot" (func $c "load")))"#
    );
    let names = SnapshotNames {
        load: "load-snapshot".to_owned(),
        ..SnapshotNames::default()
    };
    let runtime = Runtime::new(small_limits(), WorldSettings::default(), names).expect("an engine");
    for probes in PROBES {
        let probed = probed(&runtime, "nested", &component(&wat), probes, true);
        assert_eq!(probed.component.records().len(), 2);
        let inputs: Vec<Snapshot> = (0..6)
            .map(|length| Snapshot::octets(vec![7; length]))
            .collect();
        let started = as_if_new(&probed.component, &inputs);
        // Two of them trap.
        assert_eq!(started, 1 + 1, "{probes:?}");
        if probes == Probes::Edges {
            let mut executor = Executor::new(&probed.component, 0).expect("it exports load");
            executor.run_long(&inputs[1]);
            let taken: Vec<usize> = executor
                .records()
                .map(|it| it.iter().filter(|count| **count > 0).count())
                .collect();
            assert_eq!(taken[0], 0, "the idle instance");
            assert!(taken[1] > 0);
        }
    }
}
