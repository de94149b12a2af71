//! Components that `wasm-smith` makes of bytes are rewritten and checked like any other, and behave as themselves.

use std::time::{Duration, Instant};

use handover::Config;
use handover::fuzz::{Hostile, SMALL, Target};
use handover_fuzz::Generator;
use proptest::prelude::RngExt;
use proptest::test_runner::{RngAlgorithm, TestCaseError, TestRng};

/// As many as take some seconds.
const MADE: usize = 60;

/// Bytes that each stand for a component.
fn inputs() -> impl Iterator<Item = Vec<u8>> {
    let mut rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[11; 32]);
    (0..MADE).map(move |number| (0..200 + 30 * number).map(|_| rng.random()).collect())
}

fn hostile() -> Hostile {
    let small = Config::parse(SMALL).expect("a config");
    let generator = Generator::new().expect("a shell");
    let hostile = Hostile::new(Vec::new(), small).expect("an engine");
    hostile.generating(move |bytes| generator.component(bytes))
}

fn report(outcome: Result<(), TestCaseError>) -> Option<String> {
    match outcome {
        Err(TestCaseError::Fail(report)) => Some(report.message().to_owned()),
        _ => None,
    }
}

#[test]
fn a_component_made_of_bytes_behaves_as_itself_when_it_is_rewritten() {
    let mut target = hostile();
    let mut checked = 0;
    for (number, input) in inputs().enumerate() {
        let outcome = target.run(&input);
        checked += usize::from(outcome.is_ok());
        assert_eq!(report(outcome), None, "input {number}");
    }
    assert!(checked >= MADE * 9 / 10, "{checked} of {MADE} were checked");
}

/// Load of a made component depends on all that its code left in the memory: about half of other code is told by it.
#[test]
fn a_made_component_that_is_rewritten_as_another_is_reported() {
    let generator = Generator::new().expect("a shell");
    let mut others = inputs().filter_map(|input| generator.component(&input));
    let another = others.nth(1).expect("a component");
    let mut target = hostile().rewriting(move |_| another.clone());
    let told = inputs()
        .filter(|input| report(target.run(input)).is_some_and(|it| it.contains("in place of")));
    let told = told.count();
    assert!((MADE / 10..MADE).contains(&told), "{told} of {MADE}");
}

/// By hand: `cargo test --release -p handover-fuzz --test generated -- --ignored --nocapture`. Two of three are samples with one to three
/// changed bytes, each a number of its own, so that a run says which input to look at.
#[test]
#[ignore = "takes days"]
fn a_million_hostile_components_are_refused_or_behave_as_themselves() {
    const ALL: u64 = 1_000_000;
    let threads = std::thread::available_parallelism().map_or(1, |it| it.get() as u64);
    let run = move |first: u64| {
        let small = Config::parse(SMALL).expect("a config");
        let generator = Generator::new().expect("a shell");
        let samples = ["embedded:cart-v1", "embedded:clock-v1"];
        let target = Hostile::open(&samples, small).expect("the samples");
        let mut target = target.generating(move |bytes| generator.component(bytes));
        let (mut checked, mut slowest) = (0_u64, Duration::ZERO);
        for number in (first..ALL).step_by(threads as usize) {
            let input = numbered(number);
            let begin = Instant::now();
            let outcome = target.run(&input);
            slowest = slowest.max(begin.elapsed());
            checked += u64::from(outcome.is_ok());
            assert_eq!(report(outcome), None, "input {number}");
            if ((number - first) / threads).is_multiple_of(10_000) {
                println!("{number}: {checked} checked, {slowest:?} the slowest");
            }
        }
    };
    std::thread::scope(|scope| {
        for first in 0..threads {
            scope.spawn(move || run(first));
        }
    });
}

/// An input of the target with two samples.
fn numbered(number: u64) -> Vec<u8> {
    let mut seed = [13; 32];
    seed[..8].copy_from_slice(&number.to_le_bytes());
    let mut rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let which = (number % 3) as u8;
    let length = match which {
        2 => rng.random_range(100..2_000),
        _ => 6 * rng.random_range(1..=3),
    };
    std::iter::once(which)
        .chain((0..length).map(|_| rng.random()))
        .collect()
}
