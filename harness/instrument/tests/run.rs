//! Rewritten components, run with wasmtime: what they record, and what a reset restores.

use handover_instrument::{
    Comparator, Comparison, Instrumented, Probes, RECORD, RESET, Request, Rewrite, SiteKind,
    Status, block_counts, comparisons, instrument,
};
use wasmtime::component::{Component, Instance, Linker, TypedFunc, WasmList};
use wasmtime::{Engine, Store};

const TICK: &str = include_str!("../examples/tick.wat");

/// An instance of a rewritten component with one core module.
struct Running {
    rewritten: Instrumented,
    store: Store<()>,
    instance: Instance,
    record: WasmList<u8>,
    reset: Option<TypedFunc<(u32,), (u32,)>>,
}

impl Running {
    fn new(text: &str, probes: Probes, reset: bool) -> Self {
        let original = wat::parse_str(text).expect("a component");
        let rewrite = Rewrite { probes, reset };
        let rewritten = instrument(&original, rewrite).expect("it can be rewritten");
        assert_eq!(rewritten.warnings, []);
        assert_eq!(rewritten.maps.len(), 1);
        assert_eq!(rewritten.resets, usize::from(reset));
        let engine = Engine::default();
        let component = Component::new(&engine, &rewritten.bytes).expect("it is valid");
        let mut store = Store::new(&engine, ());
        let linker = Linker::new(&engine);
        let instance = linker.instantiate(&mut store, &component);
        let instance = instance.expect("it imports nothing");
        let record = instance
            .get_typed_func::<(), (WasmList<u8>,)>(&mut store, format!("{RECORD}0"))
            .expect("it exports where its record is");
        let record = record.call(&mut store, ()).expect("it says so").0;
        let reset = reset.then(|| {
            let reset = instance.get_typed_func(&mut store, format!("{RESET}0"));
            reset.expect("it exports what resets it")
        });
        Self {
            rewritten,
            store,
            instance,
            record,
            reset,
        }
    }

    fn call(&mut self, name: &str, argument: u32) -> u32 {
        let function = self
            .instance
            .get_typed_func::<(u32,), (u32,)>(&mut self.store, name);
        let function = function.expect("a function of numbers");
        let called = function.call(&mut self.store, (argument,));
        called.expect("it does not trap").0
    }

    fn ask(&mut self, request: Request) -> u32 {
        let reset = self.reset.expect("it can be reset");
        let answer = reset.call(&mut self.store, (request as u32,));
        answer.expect("it does not trap").0
    }

    fn status(&self) -> (Status, &[u8]) {
        Status::split(self.record.as_le_slice(&self.store))
    }
}

#[test]
fn each_edge_that_is_taken_is_counted() {
    let mut tick = Running::new(TICK, Probes::Edges, false);
    let kinds: Vec<SiteKind> = tick.rewritten.maps[0]
        .sites
        .iter()
        .map(|it| it.kind)
        .collect();
    assert_eq!(
        kinds,
        [SiteKind::Entry, SiteKind::Outcome, SiteKind::Outcome]
    );
    assert_eq!(tick.status().1, [0, 0, 0]);
    assert_eq!([2, 2, 2].map(|limit| tick.call("tick", limit)), [1, 2, 2]);
    assert_eq!(tick.status().1, [3, 2, 1]);
}

#[test]
fn each_block_is_counted_beyond_what_fits_in_a_byte() {
    let mut tick = Running::new(TICK, Probes::Blocks, false);
    for _ in 0..300 {
        tick.call("tick", 2);
    }
    let counts: Vec<u32> = block_counts(tick.status().1).collect();
    assert_eq!(counts, [300, 2, 300]);
}

#[test]
fn compared_numbers_are_logged_at_most_eight_of_a_site() {
    let mut tick = Running::new(TICK, Probes::Comparisons, false);
    for _ in 0..20 {
        tick.call("tick", 1_000);
    }
    let logged: Vec<Comparison> = comparisons(tick.status().1).collect();
    let expected: Vec<Comparison> = (0..8)
        .map(|left| Comparison {
            site: 0,
            left,
            right: 1_000,
        })
        .collect();
    assert_eq!(logged, expected);
    let kind = SiteKind::Comparison {
        width: 4,
        comparator: Comparator::Order,
    };
    assert_eq!(tick.rewritten.maps[0].sites[0].kind, kind);
}

#[test]
fn a_reset_restores_what_was_kept_and_clears_the_record() {
    let mut tick = Running::new(TICK, Probes::Edges, true);
    tick.call("tick", 9);
    assert_eq!(tick.ask(Request::KeepWritten), 1);
    let kept = tick.ask(Request::Digest);
    assert_eq!([9, 9].map(|limit| tick.call("tick", limit)), [2, 3]);
    assert_ne!(tick.ask(Request::Digest), kept);
    assert_eq!(tick.ask(Request::Reset), 1);
    assert_eq!(tick.ask(Request::Digest), kept);
    assert_eq!(tick.status().1, [0, 0, 0]);
    assert_eq!(tick.call("tick", 9), 2);
}

#[test]
fn after_a_change_of_a_table_a_reset_is_refused() {
    const SWITCH: &str = r#"
        (component
          (core module $switch
            (memory 1)
            (table $targets 2 funcref)
            (func (export "switch") (param $drop i32) (result i32)
              (if (local.get $drop)
                (then (table.set $targets (i32.const 1) (ref.null func))))
              (local.get $drop)))
          (core instance $it (instantiate $switch))
          (func (export "switch") (param "drop" u32) (result u32)
            (canon lift (core func $it "switch"))))"#;
    let mut switch = Running::new(SWITCH, Probes::None, true);
    switch.call("switch", 0);
    assert!(!switch.status().0.irreversible);
    assert_eq!(switch.ask(Request::Reset), 1);
    switch.call("switch", 1);
    assert!(switch.status().0.irreversible);
    assert_eq!(switch.ask(Request::Reset), 0);
}
