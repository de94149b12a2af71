//! A run that exercised nothing is no pass.

use test_guests::Guest;

use super::Bench;

#[test]
fn what_exercised_nothing_ends_with_an_exit_code_of_its_own() {
    let bench = Bench::new();
    let refuses = Guest::v2().with("load", "(call $refuse)");
    bench.write("refuses.wasm", refuses.wasm());
    let (old, new) = ("embedded:cart-v1", "embedded:cart-v2");
    let table: [(&[&str], i32); 7] = [
        (&["fuzz", new, "--seconds", "0"], 3),
        (&["fuzz", "refuses.wasm", "--runs", "200"], 3),
        (&["fuzz", new, "--runs", "0", "--no-seeds"], 3),
        (&["fuzz", new, "--runs", "0"], 0),
        (&["check", old, new, "--ops", "0", "--cases", "4"], 3),
        (&["check", old, new, "--cases", "0"], 3),
        // Bytes are all that it needs.
        (
            &[
                "check",
                old,
                new,
                "--ops",
                "0",
                "--cases",
                "4",
                "--property",
                "load-is-total",
            ],
            0,
        ),
    ];
    for (arguments, code) in table {
        let output = bench.handover(arguments);
        let said = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert_eq!(said.contains("NOT EXERCISED: "), code == 3, "{said}");
    }
}

#[test]
fn a_campaign_says_how_many_inputs_were_accepted_and_runs_no_more_than_asked() {
    let bench = Bench::new();
    for jobs in ["1", "3"] {
        let campaign = "fuzz embedded:cart-v2 --no-seeds --runs 100 --jobs";
        let arguments: Vec<&str> = campaign.split(' ').chain([jobs]).collect();
        let output = bench.handover(&arguments);
        let said = String::from_utf8_lossy(&output.stdout);
        // The empty input is where it starts.
        assert!(said.contains("runs  101 in "), "{said}");
        assert!(said.contains("load accepted "), "{said}");
    }
}
