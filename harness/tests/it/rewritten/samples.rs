//! Workers of the sample components that are put back.

use std::sync::Mutex;

use handover::component::read;
use handover::fuzz::{CampaignOptions, Guide, Watch, campaign};
use handover::instrument::Probes;
use handover::{Chain, Config, Snapshot};

use super::{as_if_new, probed, runtime};

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
    let pair = Chain::open(&[path, path], &config).expect("a pair");
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
