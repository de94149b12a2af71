//! How much time passes between the operations of a history.
//!
//! State that lives for a day is over at the next operation where these are days apart, and state that lives for a second never
//! is where they follow each other at once. So histories differ in it.

use serde::{Deserialize, Serialize};

use super::draw::Draw;

/// After how many operations the steps come again.
const PERIOD: usize = 8;

/// In milliseconds.
const DAY: u32 = 24 * HOUR;
const HOUR: u32 = 60 * MINUTE;
const MINUTE: u32 = 60 * SECOND;
const SECOND: u32 = 1_000;

/// What may lie between two operations. The shortest stands for "at once": save, load and the operation itself need some room.
const STEPS: [u32; 8] = [20, 200, SECOND, 10 * SECOND, MINUTE, 10 * MINUTE, HOUR, DAY];
/// How many of them are shorter than a minute.
const SHORT: usize = 4;

const NANOSECONDS: u64 = 1_000_000;

/// The time between the operations of a history: steps in milliseconds, which come again in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Vec<u32>", into = "Vec<u32>")]
pub struct Pace {
    steps: [u32; PERIOD],
}

impl Default for Pace {
    /// A day between any two operations.
    fn default() -> Self {
        Self::even(DAY)
    }
}

impl Pace {
    const fn even(step: u32) -> Self {
        Self {
            steps: [step; PERIOD],
        }
    }

    /// What is drawn for the world of this seed: days, another even pace, a short one, or steps of several lengths, each as often as the
    /// others.
    pub(crate) fn of(seed: u64) -> Self {
        let mut draw = Draw::constant(seed, "pace");
        let mut below = |many: usize| draw.below(many as u64) as usize;
        let mut step = || STEPS[below(STEPS.len())];
        // Two lengths or three: what lives for a while is used in it, and looked at after it.
        let lengths = [step(), step(), step()];
        match below(4) {
            0 => Self::default(),
            1 => Self::even(lengths[0]),
            // Leases, sessions and open auctions are over in a minute or two.
            2 => Self::even(STEPS[below(SHORT)]),
            _ => Self {
                steps: std::array::from_fn(|_| lengths[below(lengths.len())]),
            },
        }
    }

    /// How long operation number `operation` has, save and load before it included, in nanoseconds.
    pub(super) fn step(self, operation: u32) -> u64 {
        let step = self.steps[operation as usize % PERIOD];
        u64::from(step) * NANOSECONDS
    }

    /// When that begins, in nanoseconds from the start of the history.
    pub(super) fn start(self, operation: u32) -> u64 {
        let sum = |steps: &[u32]| steps.iter().map(|it| u64::from(*it)).sum::<u64>();
        let periods = u64::from(operation) / PERIOD as u64;
        let rest = &self.steps[..operation as usize % PERIOD];
        let milliseconds = periods
            .saturating_mul(sum(&self.steps))
            .saturating_add(sum(rest));
        milliseconds.saturating_mul(NANOSECONDS)
    }

    /// Simpler ones, the simplest first.
    pub(crate) fn simpler(self) -> impl Iterator<Item = Self> {
        let even = STEPS.iter().rev().map(|step| Self::even(*step));
        even.take_while(move |it| *it != self)
    }
}

impl From<Pace> for Vec<u32> {
    fn from(pace: Pace) -> Self {
        match pace == Pace::even(pace.steps[0]) {
            true => vec![pace.steps[0]],
            false => pace.steps.to_vec(),
        }
    }
}

impl TryFrom<Vec<u32>> for Pace {
    type Error = String;

    fn try_from(steps: Vec<u32>) -> Result<Self, String> {
        if steps.iter().any(|step| *step < STEPS[0]) {
            return Err(format!("a pace has steps of {} ms and more", STEPS[0]));
        }
        match steps.as_slice() {
            [step] => Ok(Self::even(*step)),
            _ => match steps.try_into() {
                Ok(steps) => Ok(Self { steps }),
                Err(_) => Err(format!("a pace is one step, or {PERIOD} of them")),
            },
        }
    }
}

/// Such as `1 min` or `20 ms, 1 h, 20 ms, …`.
impl std::fmt::Display for Pace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, step) in Vec::from(*self).into_iter().enumerate() {
            let (unit, name) = match step {
                _ if step % DAY == 0 => (DAY, "d"),
                _ if step % HOUR == 0 => (HOUR, "h"),
                _ if step % MINUTE == 0 => (MINUTE, "min"),
                _ if step % SECOND == 0 => (SECOND, "s"),
                _ => (1, "ms"),
            };
            let comma = if index > 0 { ", " } else { "" };
            write!(f, "{comma}{} {name}", step / unit)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_follow_each_other_without_a_gap() {
        let mixed = Pace::try_from(vec![20, 1_000, 20, 60_000, 20, 86_400_000, 20, 200]);
        for pace in [Pace::default(), mixed.expect("a pace")] {
            for operation in 0..40 {
                let end = pace.start(operation) + pace.step(operation);
                assert_eq!(pace.start(operation + 1), end);
            }
        }
    }

    #[test]
    fn it_is_written_as_it_is_read() {
        for text in ["[1000]", "[20,1000,20,60000,20,86400000,20,200]"] {
            let pace: Pace = serde_json::from_str(text).expect("a pace");
            assert_eq!(serde_json::to_string(&pace).expect("JSON"), text);
        }
        for text in ["[]", "[0]", "[1000,1000]", "[-1]"] {
            assert!(serde_json::from_str::<Pace>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_simpler_pace_is_never_itself() {
        assert_eq!(Pace::default().simpler().count(), 0);
        assert_eq!(Pace::even(20).simpler().count(), STEPS.len() - 1);
    }
}
