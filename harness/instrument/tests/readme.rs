//! What the README shows is what the rewriter does.

use handover_instrument::{Probes, Rewrite, instrument};
use wasmprinter::{Config, PrintFmtWrite};

const README: &str = include_str!("../README.md");
const TICK: &str = include_str!("../examples/tick.wat");

/// The blocks of WebAssembly text in the README.
fn blocks() -> Vec<&'static str> {
    let blocks = README.split("```wat\n").skip(1);
    blocks.filter_map(|it| it.split("```").next()).collect()
}

/// WebAssembly text without white space and comments.
fn bare(text: &str) -> String {
    let lines = text.lines().map(|line| line.split(";; ").next());
    let joined: String = lines.flatten().collect();
    joined.split_whitespace().collect()
}

#[test]
fn the_component_before_is_that_of_the_example() {
    assert_eq!(blocks()[0], TICK);
}

#[test]
fn the_component_after_is_what_the_rewriter_makes_of_it() {
    let original = wat::parse_str(TICK).expect("a component");
    let rewrite = Rewrite {
        probes: Probes::Edges,
        reset: true,
    };
    let rewritten = instrument(&original, rewrite).expect("it can be rewritten");
    let mut text = String::new();
    let mut printer = Config::new();
    let printed = printer
        .fold_instructions(true)
        .print(&rewritten.bytes, &mut PrintFmtWrite(&mut text));
    printed.expect("it can be printed");
    let parts: Vec<String> = blocks()[1].split('…').map(bare).collect();
    assert_eq!(parts.len(), 3);
    for part in parts {
        assert!(bare(&text).contains(&part), "{part}\nis not in\n{text}");
    }
}
