//! Which seed determines what the world answers, and when.

use super::pace::Pace;
use super::time::Moment;

/// The seeds of a world. Most worlds have one; a world that is compared with another may have the same past and another
/// future, or other hash seeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seeds {
    seed: u64,
    /// From the operation with this number on, and from the save and the load before it, another seed.
    later: Option<(u32, u64)>,
    /// Determines the hash seeds (`wasi:random/insecure-seed`), which are never part of a worker's state.
    hashes: u64,
    /// How much time passes between operations: no seed, but as much a part of what the clocks show.
    pace: Pace,
}

impl Seeds {
    /// The same world, in which operations follow each other at this pace.
    pub(crate) fn at_pace(self, pace: Pace) -> Self {
        Self { pace, ..self }
    }

    pub(super) fn pace(self) -> Pace {
        self.pace
    }

    /// The world of this seed as it is, until the operation with this number; then that of `seed`. Hash seeds, and what an
    /// instance draws while it starts, are that of `seed` from the beginning: every new instance draws them anew.
    pub fn changing(self, operation: u32, seed: u64) -> Self {
        Self {
            later: Some((operation, seed)),
            hashes: seed,
            ..self
        }
    }

    /// The seed of what stays the same during a worker's life.
    pub(super) fn constant(self) -> u64 {
        self.seed
    }

    pub(super) fn at(self, moment: Moment) -> u64 {
        match self.later {
            Some((_, seed)) if matches!(moment, Moment::Instantiate { .. }) => seed,
            Some((operation, seed)) if moment.operation() >= operation => seed,
            _ => self.seed,
        }
    }

    pub(super) fn of_hashes(self) -> u64 {
        self.hashes
    }
}

impl From<u64> for Seeds {
    /// The world of one seed.
    fn from(seed: u64) -> Self {
        Self {
            seed,
            later: None,
            hashes: seed,
            pace: Pace::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_past_stays_and_the_future_changes() {
        let seeds = Seeds::from(1).changing(3, 2);
        assert_eq!(seeds.at(Moment::Operation(2)), 1);
        assert_eq!(seeds.at(Moment::Save(3)), 2);
        assert_eq!(seeds.at(Moment::Operation(3)), 2);
        let start = Moment::Instantiate {
            operation: 0,
            attempt: 0,
        };
        assert_eq!(seeds.at(start), 2);
        assert_eq!((seeds.constant(), seeds.of_hashes()), (1, 2));
    }
}
