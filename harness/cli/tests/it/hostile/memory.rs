//! Workers share a budget of memory: what comes out does not depend on it.

use test_guests::Guest;

use super::Bench;

/// Version 2, whose load takes and touches two mebibytes.
fn grows() -> Guest {
    Guest::v2().before(
        "load",
        "(drop (memory.grow (i32.const 32))) (memory.fill (i32.const 65536) (i32.const 1) (i32.const 65536))",
    )
}

#[test]
fn a_report_is_the_same_whatever_memory_there_is_for_all_workers_together() {
    let bench = Bench::new();
    bench.write("old.wasm", Guest::v1().wasm());
    bench.write("new.wasm", grows().wasm());
    let report = |memory: &str| {
        let check = "check old.wasm new.wasm --cases 8 --json - --memory";
        let arguments: Vec<&str> = check.split(' ').chain([memory]).collect();
        let output = bench.handover(&arguments);
        assert!(!output.stdout.is_empty(), "{memory}: {output:?}");
        (output.status.code(), output.stdout)
    };
    let plenty = report("64GiB");
    for scarce in ["0", "4MiB", "20M"] {
        assert_eq!(report(scarce), plenty, "{scarce}");
    }
    let campaign = |memory: &str| {
        let arguments = [
            "fuzz", "new.wasm", "--runs", "300", "--jobs", "4", "--memory", memory,
        ];
        let output = bench.handover(&arguments);
        let text = String::from_utf8(output.stdout).expect("text");
        let lines = text.lines().filter(|line| line.contains("after"));
        (
            output.status.code(),
            lines.map(str::to_owned).collect::<Vec<_>>(),
        )
    };
    assert_eq!(campaign("0"), campaign("64GiB"));
}

#[test]
fn an_amount_of_memory_that_is_none_is_refused() {
    let bench = Bench::new();
    for memory in ["much", "", "1.5.2GiB"] {
        let output = bench.handover(&["check", "--memory", memory]);
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{memory}: {text}");
        assert!(text.contains("--memory"), "{memory}: {text}");
    }
}
