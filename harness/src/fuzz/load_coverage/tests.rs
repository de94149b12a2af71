//! Exact counts on guests whose every block is known.

use std::collections::BTreeMap;
use std::ops::Range;

use anyhow::Result;
use wasmparser::{Operator, Parser, Payload};

use super::testing::{PATH, bytes, reach, runtime, text};
use super::{Function, Reach, Watched, inputs};
use crate::component::Component;
use crate::worker::Worker;
use crate::worker::observation::FailureKind;
use crate::worker::snapshot::Snapshot;
use handover_instrument::SiteKind;

// `wast` notes an instruction as many bytes too early as the declaration of the locals takes, here one. So that a line is not
// taken for one of the block before it, each that is looked at follows another line of its block.
const LOAD: &str = "nop
(call $both)                              ;; always
(if (i32.eqz (local.get $n)) (then nop
(unreachable)                             ;; zero
))
(if (i32.eq (local.get $n) (i32.const 1)) (then nop
(call $count (i32.const 256))             ;; one
))
(if (i32.eq (local.get $n) (i32.const 2)) (then (loop $for_ever nop
(br $for_ever)                            ;; two
)))
(if (i32.eq (local.get $n) (i32.const 9)) (then nop
(return (i32.const 0))                    ;; nine
))
nop
(i32.const 1)                             ;; accepted";

const ITEMS: &str = "(func $both nop
nop                                       ;; both
)
(func $count (param $n i32)
(loop $again nop
(local.set $n (i32.sub (local.get $n) (i32.const 1))) ;; again
(br_if $again (local.get $n)))
)
(func $never nop
nop                                       ;; never
)";

fn guest() -> String {
    text("(call $both) (call $never)", LOAD, ITEMS)
}

fn function<'a>(reach: &'a Reach, name: &str) -> &'a Function {
    let found = reach.functions.iter().find(|it| it.name() == name);
    found.unwrap_or_else(|| panic!("{name} is a function"))
}

/// How often the line was reached that ends with a remark.
fn line(reach: &Reach, remark: &str) -> Option<u64> {
    let text = guest();
    let remark = format!(";; {remark}");
    let number = text.lines().position(|line| line.ends_with(&remark));
    let number = number.unwrap_or_else(|| panic!("{remark} is in the text")) as u32 + 1;
    reach.files[PATH].get(&number).copied()
}

#[test]
fn the_branch_that_was_taken_and_the_one_that_was_not_are_told_apart() -> Result<()> {
    let reach = reach(&guest(), &[&[1], &[3], &[3]])?;
    assert_eq!(reach.inputs.accepted, 3);
    let lines = |remark| line(&reach, remark);
    assert_eq!(lines("always"), Some(3));
    assert_eq!(lines("one"), Some(1));
    assert_eq!(lines("again"), Some(256), "a counter of a byte would be 0");
    assert_eq!(lines("accepted"), Some(3));
    for unreached in ["zero", "two", "nine"] {
        assert_eq!(lines(unreached), Some(0), "{unreached}");
    }
    let load = function(&reach, "load");
    // The beginning; for each of the four, what is done and what follows; and there is no way out of the loop.
    assert_eq!((load.entered, load.blocks, load.reached), (3, 10, 6));
    let count = function(&reach, "count");
    assert_eq!((count.entered, count.blocks, count.reached), (1, 3, 3));
    assert_eq!(
        count.place.as_ref().map(|(path, _)| path.as_str()),
        Some(PATH)
    );
    Ok(())
}

#[test]
fn the_start_of_the_worker_does_not_count() -> Result<()> {
    let reach = reach(&guest(), &[&[3], &[4]])?;
    assert_eq!(
        function(&reach, "both").entered,
        2,
        "the start calls it, too"
    );
    assert_eq!(line(&reach, "both"), Some(2));
    assert_eq!(
        function(&reach, "never").entered,
        0,
        "only the start calls it"
    );
    assert_eq!(function(&reach, "never").reached, 0);
    assert_eq!(line(&reach, "never"), Some(0));
    assert_eq!(function(&reach, "start").entered, 0);
    Ok(())
}

#[test]
fn what_a_load_reached_before_it_failed_counts() -> Result<()> {
    let reach = reach(&guest(), &[&[0], &[2], &[2], &[9]])?;
    assert_eq!((reach.inputs.all(), reach.inputs.refused), (4, 1));
    let failed: Vec<_> = reach.inputs.failed.iter().collect();
    let trap = FailureKind::Trap("wasm `unreachable` instruction executed".to_owned());
    assert_eq!(failed, [(&trap, &1), (&FailureKind::OutOfFuel, &2)]);
    assert_eq!(line(&reach, "zero"), Some(1));
    assert!(line(&reach, "two") > Some(1_000));
    assert_eq!(line(&reach, "nine"), Some(1));
    assert_eq!(line(&reach, "accepted"), Some(0));
    Ok(())
}

#[test]
fn a_module_that_is_instantiated_twice_is_counted_once_with_the_sum() -> Result<()> {
    let text = guest().replace(
        "(core instance $it (instantiate $guest))",
        "(core instance (instantiate $guest)) (core instance $it (instantiate $guest))",
    );
    let (once, twice) = (reach(&guest(), &[&[1]])?, reach(&text, &[&[1]])?);
    assert_eq!(once.functions, twice.functions);
    Ok(())
}

#[test]
fn only_the_sources_that_are_asked_for_are_kept() -> Result<()> {
    let mut reach = reach(&guest(), &[&[1]])?;
    let all = reach.clone();
    reach.keep_sources(&["/else".to_owned(), "/shop/".to_owned()]);
    assert_eq!(reach, all);
    reach.keep_sources(&["/else".to_owned()]);
    assert!(reach.files.is_empty() && reach.functions.is_empty());
    Ok(())
}

#[test]
fn a_guest_that_traps_while_it_starts_is_refused_with_the_reason() {
    let error = reach(&text("unreachable", "(i32.const 1)", ""), &[&[1]]);
    let error = error.expect_err("it does not start").to_string();
    assert!(
        error.starts_with("guest.wasm does not start: trap"),
        "{error}"
    );
}

#[test]
fn damaged_dwarf_costs_the_lines_and_nothing_else() -> Result<()> {
    let mut bytes = bytes(&guest(), true);
    let name = b".debug_line";
    let at = bytes.windows(name.len()).position(|it| it == name);
    let at = at.expect("it has a line table") + name.len();
    // The length of the table, and its version.
    bytes[at..at + 6].fill(0x77);
    let watched = Watched::open(&runtime()?, "guest.wasm", &bytes)?;
    assert!(!watched.has_lines());
    let reach = watched.reach(&[vec![1]])?;
    assert_eq!(function(&reach, "count").entered, 1);
    Ok(())
}

/// Bodies of `$load`, each with control flow of another kind.
const BODIES: [&str; 12] = [
    "(i32.const 1)",
    "(return (i32.const 1)) (i32.add) (loop) (if (i32.const 1) (then))",
    "(block $out (result i32) (br $out (i32.const 1)) (block (nop)) (drop))",
    "(local $i i32) (loop $a (local.set $i (i32.add (local.get $i) (i32.const 1)))
       (loop $b (br_if $b (local.tee $n (i32.shr_u (local.get $n) (i32.const 1)))) (drop (i32.const 1))
         (br_if $a (i32.lt_u (local.get $i) (i32.const 3))))) (local.get $i)",
    "(block $c (block $b (block $a (br_table $a $b $a $c (local.get $n)) (drop (i32.const 0)))
       (return (i32.const 1))) (return (i32.const 0))) (i32.const 1)",
    "(if (result i32) (local.get $n) (then (return (i32.const 1))) (else (i32.const 0) (drop) (i32.const 1)))",
    "(if (local.get $n) (then (return (i32.const 1)))) (i32.const 0)",
    "(if (local.get $n) (then (nop)) (else (return (i32.const 1)))) (i32.const 0)",
    "(if (result i32) (local.get $n) (then (i32.const 5)) (else (i32.const 0))) (i32.const 1) (i32.add)",
    "(block $out (loop $again (br_if $out (i32.eqz (local.get $n)))
       (local.set $n (i32.sub (local.get $n) (i32.const 1))) (br $again)) (unreachable)) (i32.const 1)",
    "(if (local.get $n) (then (return (call $load (i32.sub (local.get $n) (i32.const 1)))))) (i32.const 1)",
    "(if (local.get $n) (then (return_call $load (i32.sub (local.get $n) (i32.const 1))))) (i32.const 1)",
];

/// An instruction is in one block only, and counted as often as it ran: fuel says how many instructions ran.
#[test]
fn what_ran_by_the_counters_is_what_ran_by_the_fuel() -> Result<()> {
    for body in BODIES {
        let bytes = bytes(&text("nop", body, ""), false);
        let runtime = runtime()?;
        let watched = Watched::open(&runtime, "guest.wasm", &bytes)?;
        let plain = runtime.open_bytes("guest.wasm", &bytes)?;
        for input in 0..7 {
            let fuel = fuel(&plain, &[input]);
            let counted = counted(&watched, &bytes, &[input])?;
            assert_eq!(counted, fuel, "input {input} of {body}");
        }
    }
    Ok(())
}

fn fuel(component: &Component, input: &[u8]) -> u64 {
    let mut worker = Worker::start(component, 0).expect("it starts");
    let before = worker.fuel_spent();
    let load = component.load().expect("it exports load");
    let answer = worker.load(load, &Snapshot::octets(input), 0, 0);
    assert!(answer.is_ok(), "{answer:?}");
    worker.fuel_spent() - before
}

/// What the instructions of all blocks cost, as often as they were entered, and what calls cost.
fn counted(watched: &Watched, bytes: &[u8], input: &[u8]) -> Result<u64> {
    let costs = costs(bytes)?;
    let loaded = inputs::load(&watched.component, &[input.to_vec()])?;
    let (_, map) = &watched.component.records()[0];
    let mut sum = 0;
    let mut function = None;
    for (site, count) in map.sites.iter().zip(&loaded.counts[0]) {
        let SiteKind::Block { end } = site.kind else {
            panic!("{site:?} is no block");
        };
        let code: Range<u64> = site.offset..end;
        let cost: u64 = costs.range(code).map(|(_, cost)| cost).sum();
        let entry = function.replace(site.function) != Some(site.function);
        sum += count * (cost + u64::from(entry));
    }
    Ok(sum)
}

/// What each instruction costs, by its offset.
fn costs(bytes: &[u8]) -> Result<BTreeMap<u64, u64>> {
    let mut costs = BTreeMap::new();
    for payload in Parser::new(0).parse_all(bytes) {
        if let Payload::CodeSectionEntry(body) = payload? {
            for operator in body.get_operators_reader()?.into_iter_with_offsets() {
                let (operator, offset) = operator?;
                let is_free = matches!(
                    operator,
                    Operator::Nop
                        | Operator::Drop
                        | Operator::Block { .. }
                        | Operator::Loop { .. }
                        | Operator::Unreachable
                        | Operator::Return
                        | Operator::Else
                        | Operator::End
                );
                costs.insert(offset as u64, u64::from(!is_free));
            }
        }
    }
    Ok(costs)
}
