//! Real Golem agents, built with Golem's SDKs: each pair is told what it loses, and the correct ones pass.

use crate::run::{command, folder, run};
use handover::Check;
use handover::judging::verdict::{Blame, PropertyReport, Report, Status};
use sample_component::agents::{self, GOLEM_1_5, GOLEM_1_6, Pair};

/// Cases of each property: enough that each fault is found with each seed.
const CASES: usize = 48;

/// The report on the agent type that the pair is about.
fn report(pair: &Pair, seed: u64) -> (Report, Vec<String>) {
    let files = pair.files().map(|file| file.display().to_string());
    let checked = Check::new(files)
        .agent(pair.agent)
        .cases(CASES)
        .seed(seed)
        .without_failure_files()
        .run()
        .expect("agents that can be checked");
    let mut reports = checked.reports();
    let (chain, report) = reports.next().expect("one agent");
    let history = |property: &PropertyReport| {
        let case = &property.failures.first()?.finding.case;
        Some(handover::case::text::shown(chain, case))
    };
    let loss = report.properties.iter().find_map(history);
    (report.clone(), loss.unwrap_or_default())
}

fn pair(sdk: &str, new: &str) -> &'static Pair {
    let mut pairs = agents::PAIRS.iter();
    let found = pairs.find(|pair| pair.sdk == sdk && pair.new == new);
    found.unwrap_or_else(|| panic!("there is no pair of {sdk} with {new}"))
}

#[test]
fn correct_pairs_pass_and_every_method_is_exercised() {
    for pair in agents::PAIRS.iter().filter(|pair| pair.loss.is_none()) {
        let (report, _) = report(pair, 1);
        assert_eq!(report.verdict(), Status::Pass, "{pair:?}: {report:#?}");
        let of = |id: &str| report.properties.iter().find(|it| it.id == id);
        for id in ["upgrade-equivalence", "accepted-is-stable"] {
            let covered = of(id).expect("it was checked").covered.len();
            assert_eq!(covered, report.operations, "{pair:?}, {id}");
        }
        let total = of("load-is-total").expect("it was checked");
        assert_eq!(total.status, Status::Pass, "{pair:?}");
    }
}

#[test]
fn every_loss_of_a_faulty_pair_fails_upgrade_equivalence() {
    for pair in agents::PAIRS.iter().filter(|pair| pair.loss.is_some()) {
        let (report, _) = report(pair, 2);
        let mut properties = report.properties.iter();
        let found = properties.find(|it| it.id == "upgrade-equivalence");
        let status = found.map(|it| it.status);
        assert_eq!(status, Some(Status::Fail), "{pair:?}: {report:#?}");
    }
}

#[test]
fn a_forgotten_note_is_told_with_its_agent_its_field_and_blamed_on_load() {
    let (report, history) = report(pair(GOLEM_1_5, "cart-v2-forgetful"), 3);
    let mut properties = report.properties.iter();
    let found = properties.find(|it| it.id == "upgrade-equivalence");
    let failure = &found.expect("it was checked").failures[0];
    assert_eq!(failure.blame, Blame::Load);
    assert!(failure.finding.message.ends_with(".note"), "{failure:#?}");
    assert!(failure.finding.case.operations() <= 3, "{history:?}");
    let first = &history[0];
    assert!(first.starts_with("CartAgent(\""), "{history:?}");
    assert!(first.contains(").set_note(some("), "{history:?}");
}

#[test]
fn state_kept_names_the_renamed_field_of_an_automatic_snapshot() {
    for (sdk, new) in [
        (GOLEM_1_5, "wishes-v2-renamed"),
        (GOLEM_1_6, "shop-v2-renamed"),
    ] {
        let files = agents::PAIRS
            .iter()
            .find(|pair| (pair.sdk, pair.new, pair.agent) == (sdk, new, "WishesAgent"));
        let files = files.expect("a pair").files();
        let checked = Check::new(files.map(|file| file.display().to_string()))
            .agent("WishesAgent")
            .property("state-kept")
            .cases(CASES)
            .seed(4)
            .without_failure_files()
            .run()
            .expect("agents that can be checked");
        let (_, report) = checked.reports().next().expect("one agent");
        let notes = report.notes.iter();
        let mut notes = notes.filter(|note| note.starts_with("state-kept: "));
        let note = notes.next().unwrap_or_else(|| panic!("{report:#?}"));
        assert!(note.contains("state.title"), "{sdk}: {note}");
    }
}

#[test]
fn inspect_shows_agents_with_their_methods() {
    let file = agents::file(GOLEM_1_6, "shop-v1").display().to_string();
    let folder = folder();
    let shown = run(&mut command(folder.path(), &["inspect", &file]));
    assert_eq!(shown.code, Some(0), "{}", shown.stderr);
    for expected in [
        "\ntypes: 10\n",
        "\n  Delivery: variant { Pickup, Post(Address), Courier(u8) }\n",
        "tags: list<string…\n",
        "\nagents: 3\n",
        "\n  AdviceAgent(): ephemeral",
        "\n  CartAgent(customer: string): snapshotting as the server says",
        "\n    set_note(note: option<string>)",
    ] {
        assert!(
            shown.stdout.contains(expected),
            "{expected:?}: {}",
            shown.stdout
        );
    }
}

#[test]
fn an_agent_that_there_is_not_is_named() {
    let files = pair(GOLEM_1_5, "cart-v2").files();
    let files = files.map(|file| file.display().to_string());
    let error = Check::new(files).agent("Cart").run().expect_err("none");
    let text = format!("{error:#}");
    assert!(
        text.contains("\"Cart\"") && text.contains("CartAgent"),
        "{text}"
    );
}
