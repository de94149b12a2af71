//! A component that was rewritten to record what happens in it behaves as the original, and a worker of it that is put back
//! into its initial state cannot be told from a new one.

use std::sync::Mutex;

use handover::component::{Probed, Runtime, SnapshotNames, read};
use handover::fuzz::{Answer, CampaignOptions, Executor, Guide, Watch, campaign};
use handover::host::WorldSettings;
use handover::instrument::{Probes, Rewrite, SiteKind, comparisons};
use handover::report::json::json;
use handover::{Config, Options, Pair, Snapshot, check};
use test_guests::{Guest, component, small_limits};

const PAIRS: [[&str; 2]; 5] = [
    ["embedded:cart-v1", "embedded:cart-v2"],
    ["embedded:cart-v2", "embedded:cart-v3"],
    ["embedded:cart-v1", "embedded:cart-v2-faulty"],
    ["embedded:clock-v1", "embedded:clock-v2"],
    ["embedded:clock-v2", "embedded:clock-v2"],
];
const PROBES: [Probes; 3] = [Probes::Edges, Probes::Blocks, Probes::Comparisons];

fn runtime() -> Runtime {
    let (limits, names) = (small_limits(), SnapshotNames::default());
    Runtime::new(limits, WorldSettings::default(), names).expect("an engine")
}

fn probed(runtime: &Runtime, label: &str, bytes: &[u8], probes: Probes, reset: bool) -> Probed {
    let rewrite = Rewrite { probes, reset };
    let probed = runtime.open_probed(label, bytes, rewrite);
    let probed = probed.expect("the component can be opened");
    assert!(
        !probed.component.records().is_empty(),
        "{:?}",
        probed.warnings
    );
    probed
}

fn report(pair: &Pair) -> String {
    let options = Options {
        cases: 24,
        seed: 5,
        ..Options::default()
    };
    let report = check(pair, &options, &()).expect("a report");
    serde_json::to_string(&json(pair, &report)).expect("a report in JSON")
}

/// Observations, traps, snapshots and backtraces all end up in the report, which must be the same to the byte.
#[test]
fn the_reports_of_a_rewritten_component_are_those_of_the_original() {
    let config = Config::default();
    for paths in PAIRS {
        let [old, new] = paths;
        let expected = report(&Pair::open(old, new, &config).expect("a pair"));
        let runtime = Runtime::new(config.limits(), config.world(), config.snapshot_names());
        let runtime = runtime.expect("an engine");
        for (number, probes) in PROBES.into_iter().enumerate() {
            let open = |path| {
                let bytes = read(path).expect("a component");
                probed(&runtime, path, &bytes, probes, number % 2 == 0).component
            };
            let pair = Pair::new(open(old), open(new), &config).expect("a pair");
            assert_eq!(report(&pair), expected, "{paths:?} with {probes:?}");
        }
    }
}

#[test]
fn a_check_says_the_same_when_it_uses_its_workers_again() {
    for paths in [
        &["cart-v1", "cart-v2"][..],
        &["cart-v1", "cart-v2", "cart-v3"],
        &["cart-v1", "cart-v2-faulty"],
        &["clock-v1", "clock-v2"],
        &["stall-v1", "stall-v3"],
    ] {
        let paths: Vec<String> = paths.iter().map(|it| format!("embedded:{it}")).collect();
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        let config = Config::default();
        let each_new = Pair::open_chain(&paths, &config).expect("they open");
        let again = Pair::open_for_check(&paths, &config).expect("they open");
        assert_eq!(report(&again), report(&each_new), "{paths:?}");
    }
}

/// Inputs of all kinds: random ones, and real snapshots with changes.
fn inputs(seeds: &[Vec<u8>], count: usize) -> Vec<Snapshot> {
    // A linear congruential generator is random enough to choose what to change.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) as usize % below.max(1)
    };
    (0..count)
        .map(|_| {
            if random(4) == 0 {
                let length = random(64);
                let random: Vec<u8> = (0..length).map(|_| random(256) as u8).collect();
                return Snapshot::octets(random);
            }
            let mut bytes = seeds.get(random(seeds.len())).cloned().unwrap_or_default();
            for _ in 0..random(4) {
                let at = random(bytes.len() + 1);
                match random(4) {
                    0 => bytes.truncate(at),
                    1 => bytes.insert(at, random(256) as u8),
                    2 => bytes.extend_from_within(at..),
                    _ => {
                        if let Some(byte) = bytes.get_mut(at) {
                            *byte = random(256) as u8;
                        }
                    }
                }
            }
            Snapshot::octets(bytes)
        })
        .collect()
}

/// What can be told of a run: the answer and the record.
fn told(executor: &mut Executor<'_>, input: &Snapshot) -> (String, Vec<Vec<u8>>) {
    let (answer, _) = executor.run_long(input);
    let records = executor.records().map(<[u8]>::to_vec).collect();
    (format!("{answer:?}"), records)
}

/// Runs the inputs on one executor, and each on a new one; answers how many workers the one started.
fn as_if_new(component: &handover::component::Component, inputs: &[Snapshot]) -> u64 {
    let executor = Executor::new(component, 3).expect("it exports load");
    let mut executor = executor.compare_every(1);
    for (number, input) in inputs.iter().enumerate() {
        let mut fresh = Executor::new(component, 3).expect("it exports load");
        let (observed, expected) = (told(&mut executor, input), told(&mut fresh, input));
        let starts = executor.started();
        assert_eq!(
            observed, expected,
            "input {number}, {input}, after {starts} starts"
        );
    }
    assert_eq!(executor.drifted(), 0, "it was not as a new one");
    executor.started()
}

const SAMPLES: [&str; 9] = [
    "embedded:cart-v1",
    "embedded:cart-v2",
    "embedded:cart-v2-faulty",
    "embedded:cart-v3",
    "embedded:clock-v1",
    "embedded:clock-v2",
    "embedded:stall-v1",
    "embedded:stall-v3",
    "embedded:vault",
];

/// What a short campaign keeps: real snapshots, and what it made of them.
#[derive(Default)]
struct Kept(Mutex<Vec<Vec<u8>>>);

impl Watch for Kept {
    fn kept(&self, input: &Snapshot) {
        let mut kept = self.0.lock().expect("nobody panics");
        kept.push(input.bytes.clone());
    }
}

fn corpus(path: &str) -> Vec<Vec<u8>> {
    let config = Config::default();
    let pair = Pair::open(path, path, &config).expect("a pair");
    let guide = Guide::new(&runtime(), path, &read(path).expect("a component"));
    let options = CampaignOptions {
        runs: Some(2_000),
        longest: 2_048,
        ..CampaignOptions::default()
    };
    let kept = Kept::default();
    let guide = guide.expect("it has a load");
    campaign(&pair, &guide, &options, Vec::new(), None, &kept).expect("it starts");
    kept.0.into_inner().expect("nobody panics")
}

/// Compares so many runs; answers how many workers were started for them.
fn compare(path: &str, count: usize) -> u64 {
    let seeds = corpus(path);
    assert!(seeds.len() > 10, "{path}: there are too few inputs");
    let bytes = read(path).expect("a component");
    let component = probed(&runtime(), path, &bytes, Probes::Edges, true).component;
    as_if_new(&component, &inputs(&seeds, count))
}

#[test]
fn a_worker_that_was_put_back_cannot_be_told_from_a_new_one() {
    let count = 300;
    for path in SAMPLES {
        let started = compare(path, count);
        assert!(
            started < count as u64 / 2,
            "{path}: {started} workers for {count} inputs"
        );
    }
}

#[test]
#[ignore = "takes minutes; says how many workers could not be put back"]
fn a_hundred_thousand_workers_that_were_put_back_cannot_be_told_from_new_ones() {
    let count = 100_000;
    std::thread::scope(|scope| {
        for path in SAMPLES {
            scope.spawn(move || {
                let started = compare(path, count);
                println!("{path}: {started} of {count} runs had a worker that was started anew");
            });
        }
    });
}

/// A guest whose load does one thing to its state beside what the counter does, and traps if it was done before.
fn once(guest: Guest, done: &str, act: &str) -> Vec<u8> {
    let snippet = format!("(if {done} (then unreachable))\n{act}");
    guest.before("load", &snippet).wasm()
}

/// A function with a stack frame that begins at 0x9ff0, and stores to three places of it.
const FRAMED: &str = "(func $framed (local $frame i32)
    (local.set $frame (i32.sub (global.get $stack) (i32.const 0x500)))
    (i32.store offset=0x200 (local.get $frame) (i32.const 1))
    (i32.store (local.get $frame) (i32.const 1))
    (i32.store offset=0x400 (local.get $frame) (i32.const 1)))
  (global $stack (mut i32) (i32.const 0xa4f0))";

#[test]
fn every_kind_of_change_is_taken_back_or_gives_a_new_worker() {
    let runtime = runtime();
    let v2 = || {
        Guest::v2()
            .item("(global $g (mut i64) (i64.const 5))")
            .item("(table $t 4 funcref)")
            .item(FRAMED)
    };
    let cases = [
        // What is done, how the guest would notice, and whether one worker is enough.
        (
            "(i32.store (i32.const 0x8ffe) (i32.const -1))",
            "(i32.load (i32.const 0x9000))",
            true,
        ),
        (
            "(i64.store (i32.const 0x8fff) (i64.const -1))",
            "(i32.load (i32.const 0x9003))",
            true,
        ),
        (
            "(i32.store8 offset=0x9010 (i32.const 0) (i32.const 1))",
            "(i32.load8_u (i32.const 0x9010))",
            true,
        ),
        (
            "(f64.store (i32.const 0x9008) (f64.const 1))",
            "(i64.ne (i64.load (i32.const 0x9008)) (i64.const 0))",
            true,
        ),
        (
            "(v128.store (i32.const 0x9ff8) (v128.const i32x4 1 1 1 1))",
            "(i32.load (i32.const 0xa004))",
            true,
        ),
        ("(call $framed)", "(i32.load (i32.const 0x9ff0))", true),
        ("(call $framed)", "(i32.load (i32.const 0xa1f0))", true),
        ("(call $framed)", "(i32.load (i32.const 0xa3f0))", true),
        (
            "(memory.fill (i32.const 0x9123) (i32.const 1) (i32.const 9000))",
            "(i32.load8_u (i32.const 0xb000))",
            true,
        ),
        (
            "(memory.copy (i32.const 0x9123) (i32.const 0) (i32.const 0)) (memory.fill (i32.const 0xc000) (i32.const 7) (i32.const 1)) (memory.copy (i32.const 0xcfff) (i32.const 0xc000) (i32.const 1))",
            "(i32.load8_u (i32.const 0xcfff))",
            true,
        ),
        (
            "(global.set $g (i64.const 6))",
            "(i64.ne (global.get $g) (i64.const 5))",
            true,
        ),
        (
            "(drop (memory.grow (i32.const 3)))",
            "(i32.ne (memory.size) (i32.const 1))",
            true,
        ),
        (
            "(drop (memory.grow (i32.const 2))) (i32.store (i32.mul (i32.sub (memory.size) (i32.const 1)) (i32.const 0x10000)) (i32.const 1))",
            "(i32.gt_u (memory.size) (i32.const 1))",
            true,
        ),
        (
            "(table.set $t (i32.const 1) (ref.func $load))",
            "(i32.eqz (ref.is_null (table.get $t (i32.const 1))))",
            false,
        ),
    ];
    for (act, done, one_is_enough) in cases {
        let bytes = once(v2().item("(elem declare func $load)"), done, act);
        for probes in PROBES {
            let probed = probed(&runtime, "guest", &bytes, probes, true);
            assert_eq!(probed.warnings, Vec::<String>::new(), "{act}");
            let input = Snapshot::octets(*b"K2\0\0\0\0\0\0\0\0");
            let inputs = vec![input.clone(); 5];
            let started = as_if_new(&probed.component, &inputs);
            assert_eq!(started == 1, one_is_enough, "{act}: {started} workers");
            let mut executor = Executor::new(&probed.component, 3).expect("it exports load");
            for _ in 0..3 {
                assert_eq!(executor.run_long(&input).0, Answer::Accepted, "{act}");
            }
        }
    }
}

/// What language runtimes are made of: a module has the memory of another and calls it, directly and through a table. Either
/// may write to the memory and make it larger.
#[test]
fn a_memory_that_modules_share_is_put_back_whichever_wrote_to_it() {
    let names = SnapshotNames {
        load: "load-snapshot".to_owned(),
        ..SnapshotNames::default()
    };
    let runtime = Runtime::new(small_limits(), WorldSettings::default(), names).expect("an engine");
    for (act, done) in [
        (
            "(i32.store (i32.const 0x9000) (i32.const 1))",
            "(i32.load (i32.const 0x9000))",
        ),
        (
            "(call $write (i32.const 0x9000))",
            "(i32.load (i32.const 0x9000))",
        ),
        (
            "(call_indirect (param i32) (i32.const 0x9000) (i32.const 0))",
            "(i32.load (i32.const 0x9000))",
        ),
        (
            "(memory.fill (i32.const 0x9ff0) (i32.const 1) (i32.const 32))",
            "(i32.or (i32.load (i32.const 0x9ff0)) (i32.load (i32.const 0xa00c)))",
        ),
        (
            "(drop (call $realloc (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))",
            "(i32.ne (call $next) (i32.const 1024))",
        ),
        ("(global.set $own (i32.const 1))", "(global.get $own)"),
        (
            "(drop (memory.grow (i32.const 2))) (i32.store (i32.const 0x2fff0) (i32.const 1))",
            "(i32.or (i32.ne (memory.size) (i32.const 1)) (i32.ne (call $size) (i32.const 1)))",
        ),
        (
            "(drop (call $grow (i32.const 2))) (i32.store (i32.const 0x2fff0) (i32.const 1))
             (if (i32.ne (memory.size) (i32.const 3)) (then unreachable))
             (if (i32.ne (memory.grow (i32.const 1)) (i32.const 3)) (then unreachable))
             (if (i32.ne (call $size) (i32.const 4)) (then unreachable))
             (if (i32.load (i32.const 0x3fff0)) (then unreachable))
             (i32.store (i32.const 0x3fff0) (i32.const 1))",
            "(i32.or (i32.ne (memory.size) (i32.const 1)) (i32.ne (call $size) (i32.const 1)))",
        ),
    ] {
        let wat = format!(
            r#"(component
              (core module $owner
                (memory (export "memory") 1)
                (global $next (mut i32) (i32.const 1024))
                (func (export "next") (result i32) (global.get $next))
                (func (export "size") (result i32) (memory.size))
                (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
                (func (export "write") (param i32) (i32.store (local.get 0) (i32.const 1)))
                (func (export "realloc") (param i32 i32 i32 i32) (result i32)
                  (global.get $next)
                  (global.set $next (i32.add (global.get $next) (local.get 3)))))
              (core module $sharer
                (import "owner" "next" (func $next (result i32)))
                (import "env" "memory" (memory 0))
                (import "owner" "size" (func $size (result i32)))
                (import "owner" "grow" (func $grow (param i32) (result i32)))
                (import "owner" "write" (func $write (param i32)))
                (import "owner" "realloc" (func $realloc (param i32 i32 i32 i32) (result i32)))
                (table funcref (elem $write))
                (global $own (mut i32) (i32.const 0))
                (func (export "load") (param i32 i32) (result i32)
                  (if {done} (then unreachable))
                  {act}
                  (i32.const 16))
                (func (export "realloc") (param i32 i32 i32 i32) (result i32)
                  (if (result i32) {done}
                    (then unreachable)
                    (else (i32.const 512)))))
              (core instance $o (instantiate $owner))
              (alias core export $o "memory" (core memory $m))
              (core instance $env (export "memory" (memory $m)))
              (core instance $s (instantiate $sharer (with "env" (instance $env)) (with "owner" (instance $o))))
              (func (export "load-snapshot") (param "bytes" (list u8)) (result (result (error string)))
                (canon lift (core func $s "load") (memory $m) (realloc (func $s "realloc")))))"#
        );
        let bytes = component(&wat);
        for probes in PROBES {
            let probed = probed(&runtime, "shared", &bytes, probes, true);
            assert_eq!(probed.warnings, Vec::<String>::new(), "{act}");
            let inputs = vec![Snapshot::octets([7; 40]); 5];
            assert_eq!(as_if_new(&probed.component, &inputs), 1, "{act}");
            let mut executor = Executor::new(&probed.component, 3).expect("it exports load");
            for _ in 0..3 {
                assert_eq!(executor.run_long(&inputs[0]).0, Answer::Accepted, "{act}");
            }
        }
    }
}

#[test]
fn what_the_host_answered_is_taken_back_with_the_world() {
    let guest = Guest::v2()
        .import(test_guests::NOW)
        .before("load", "(drop (call $now))");
    let runtime = runtime();
    let probed = probed(&runtime, "guest", &guest.wasm(), Probes::Edges, true);
    let inputs = vec![Snapshot::octets(*b"K2\0\0\0\0\0\0\0\0"); 5];
    assert_eq!(as_if_new(&probed.component, &inputs), 1);
}

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
    let (_, map) = &compared.component.records()[0];
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
