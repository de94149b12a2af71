//! Virtual time: when each moment of a history is, and how far the clocks have moved in it.
//!
//! Every operation has a span of its own, as the pace of the history says (a day, a second), and save, load and the operation each
//! have a window of that span, so time only moves forward in a history, whichever of them a worker runs through. Within a moment it moves by a microsecond with each reading of
//! a clock and by whatever was slept, up to the end of the window.

use super::draw::Draw;
use super::pace::Pace;
use super::seeds::Seeds;

/// When a host call is made. Together with the seed, the function and the number of the call it determines the answer.
#[derive(Debug, Copy, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Moment {
    /// An instance starts, before this operation.
    Instantiate {
        /// The number of the operation.
        operation: u32,
        /// 0, or the number of a later repetition of the load that this instance starts for.
        attempt: u32,
    },
    /// The operation with this number in the history.
    Operation(u32),
    /// A save before this operation.
    Save(u32),
    /// A load before this operation.
    Load {
        /// The number of the operation.
        operation: u32,
        /// 0, or the number of a later repetition.
        attempt: u32,
    },
}

const SECOND: u64 = 1_000_000_000;
const DAY: u64 = 24 * 60 * 60 * SECOND;

/// What an operation's span is divided into: a quarter for save, half for the attempts to load, a quarter for the operation.
const PARTS: u64 = 4 * 72;

/// How far a clock moves between two readings.
const TICK: u64 = 1_000;

/// 2026-01-01T00:00:00Z
const EPOCH: u64 = 1_767_225_600 * SECOND;

/// A span of the history's time, in nanoseconds.
#[derive(Debug, Copy, Clone)]
struct Window {
    start: u64,
    length: u64,
}

impl Moment {
    /// Repetitions of a load beyond this share a window.
    const ATTEMPTS: u32 = 48;

    pub(super) fn parts(self) -> (u8, u32, u32) {
        match self {
            Self::Instantiate { operation, attempt } => (0, operation, attempt),
            Self::Operation(operation) => (1, operation, 0),
            Self::Save(operation) => (2, operation, 0),
            Self::Load { operation, attempt } => (3, operation, attempt),
        }
    }

    /// The number of the operation that it is, or that comes after it.
    pub(super) fn operation(self) -> u32 {
        self.parts().1
    }

    fn window(self, pace: Pace) -> Window {
        let attempts = |attempt: u32| PARTS / 4 + u64::from(attempt.min(Self::ATTEMPTS - 1)) * 3;
        let (operation, start, length) = match self {
            Self::Save(operation) => (operation, 0, PARTS / 4),
            Self::Instantiate { operation, attempt } => (operation, attempts(attempt), 1),
            Self::Load { operation, attempt } => (operation, attempts(attempt) + 1, 2),
            Self::Operation(operation) => (operation, PARTS / 4 * 3, PARTS / 4),
        };
        let part = pace.step(operation) / PARTS;
        Window {
            start: pace.start(operation).saturating_add(start * part),
            length: length * part,
        }
    }

    /// A count that grows with the history like Golem's oplog does; `call` is the number of the call within the moment.
    pub(super) fn oplog_index(self, call: u32) -> u64 {
        const OPERATION: u64 = 100_000;
        const MOMENT: u64 = OPERATION / 4;
        const ATTEMPT: u64 = MOMENT / Moment::ATTEMPTS as u64;
        let attempts = |attempt: u32| u64::from(attempt.min(Self::ATTEMPTS - 1)) * ATTEMPT;
        let (operation, start, length) = match self {
            Self::Save(operation) => (operation, 0, MOMENT),
            Self::Instantiate { operation, attempt } => {
                (operation, MOMENT + attempts(attempt), ATTEMPT / 2)
            }
            Self::Load { operation, attempt } => (
                operation,
                MOMENT + attempts(attempt) + ATTEMPT / 2,
                ATTEMPT / 2,
            ),
            Self::Operation(operation) => (operation, 3 * MOMENT, MOMENT),
        };
        OPERATION * u64::from(operation) + start + (u64::from(call) + 2).min(length - 1)
    }
}

/// The clocks of a worker's world.
#[derive(Debug)]
pub(super) struct Clock {
    seeds: Seeds,
    /// What the wall clock shows at the start of the history, in nanoseconds since 1970.
    wall_start: u64,
    /// What the monotonic clock shows at the start of the history.
    monotonic_start: u64,
    moment: Moment,
    window: Window,
    /// Where in its window the moment begins, so that times are not round.
    offset: u64,
    slept: u64,
    /// Whether any sleep ended before it was over, because its window did.
    woken: bool,
    /// How often the monotonic clock was read in this moment.
    monotonic_readings: u32,
}

impl Clock {
    pub(super) fn new(seeds: Seeds, moment: Moment) -> Self {
        let mut draw = Draw::constant(seeds.constant(), "clocks");
        let mut clock = Self {
            seeds,
            wall_start: EPOCH + draw.below(365 * DAY),
            monotonic_start: DAY + draw.below(30 * DAY),
            moment,
            window: moment.window(seeds.pace()),
            offset: 0,
            slept: 0,
            woken: false,
            monotonic_readings: 0,
        };
        clock.enter(moment);
        clock
    }

    pub(super) fn enter(&mut self, moment: Moment) {
        self.moment = moment;
        self.window = moment.window(self.seeds.pace());
        self.offset = Draw::new(self.seeds.at(moment), moment, 0, 0).below(self.window.length / 4);
        self.slept = 0;
        self.monotonic_readings = 0;
    }

    pub(super) fn moment(&self) -> Moment {
        self.moment
    }

    /// Nanoseconds since the start of the history.
    fn elapsed(&self, readings: u32) -> u64 {
        let within = self
            .offset
            .saturating_add(self.slept)
            .saturating_add(TICK * u64::from(readings))
            .min(self.window.length - 1);
        self.window.start.saturating_add(within)
    }

    /// The wall clock's time at its `reading`th reading in this moment: seconds since 1970, and nanoseconds.
    pub(super) fn wall(&self, reading: u32) -> (u64, u32) {
        let elapsed = self.elapsed(reading);
        let nanoseconds = self.wall_start % SECOND + elapsed % SECOND;
        let seconds = self.wall_start / SECOND + elapsed / SECOND + nanoseconds / SECOND;
        (seconds, (nanoseconds % SECOND) as u32)
    }

    /// Reads the monotonic clock for the `reading`th time in this moment.
    pub(super) fn read_monotonic(&mut self, reading: u32) -> u64 {
        self.monotonic_readings = reading;
        self.monotonic()
    }

    /// What the monotonic clock showed when it was last read, plus the time slept since.
    pub(super) fn monotonic(&self) -> u64 {
        self.monotonic_start
            .saturating_add(self.elapsed(self.monotonic_readings))
    }

    /// Sleeps until the monotonic clock shows `deadline`, or until the end of the window if that comes first.
    pub(super) fn sleep_until(&mut self, deadline: u64) {
        self.sleep(deadline.saturating_sub(self.monotonic()));
    }

    pub(super) fn sleep(&mut self, duration: u64) {
        let slept = self.slept.saturating_add(duration);
        self.slept = slept.min(self.window.length);
        self.woken |= slept > self.window.length;
    }

    /// Whether any sleep ended before it was over.
    pub(super) fn was_woken(&self) -> bool {
        self.woken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The moments of a history with an update and its repetition before each operation, in order.
    fn history() -> Vec<Moment> {
        (0..4)
            .flat_map(|operation| {
                let attempts = (0..3).flat_map(move |attempt| {
                    [
                        Moment::Instantiate { operation, attempt },
                        Moment::Load { operation, attempt },
                    ]
                });
                [Moment::Save(operation)]
                    .into_iter()
                    .chain(attempts)
                    .chain([Moment::Operation(operation)])
            })
            .collect()
    }

    #[test]
    fn time_moves_forward_through_a_history_however_long_the_worker_sleeps() {
        for seed in 0..20 {
            let mut last = (0, (0, 0));
            for moment in history() {
                let mut clock = Clock::new(seed.into(), moment);
                let first = (clock.monotonic(), clock.wall(0));
                assert!(
                    first > last,
                    "{moment:?} is before the moment that precedes it"
                );
                clock.sleep(u64::MAX);
                last = (clock.monotonic(), clock.wall(u32::MAX));
                assert!(last > first);
            }
        }
    }

    #[test]
    fn time_moves_forward_at_every_pace() {
        for pace in ["[20]", "[1000]", "[20,86400000,20,20,3600000,200,20,60000]"] {
            let pace: Pace = serde_json::from_str(pace).expect("a pace");
            let mut last = 0;
            for moment in history() {
                let mut clock = Clock::new(Seeds::from(3).at_pace(pace), moment);
                assert!(clock.monotonic() > last, "{pace}: {moment:?}");
                clock.sleep(u64::MAX);
                last = clock.monotonic();
            }
        }
    }

    #[test]
    fn whoever_sleeps_longer_than_there_is_time_is_woken() {
        let pace: Pace = serde_json::from_str("[1000]").expect("a pace");
        let mut clock = Clock::new(Seeds::from(3).at_pace(pace), Moment::Operation(0));
        clock.sleep(SECOND / 5);
        assert!(!clock.was_woken());
        clock.sleep(SECOND / 5);
        assert!(clock.was_woken());
    }

    #[test]
    fn the_oplog_index_grows_through_a_history() {
        let mut last = 0;
        for moment in history() {
            assert!(moment.oplog_index(0) > last);
            assert!(moment.oplog_index(1) > moment.oplog_index(0));
            last = moment.oplog_index(u32::MAX);
        }
    }

    #[test]
    fn times_are_the_same_whatever_moment_came_before() {
        let mut clock = Clock::new(7.into(), Moment::Save(1));
        clock.sleep(5);
        clock.read_monotonic(3);
        clock.enter(Moment::Operation(1));
        let fresh = Clock::new(7.into(), Moment::Operation(1));
        assert_eq!(clock.monotonic(), fresh.monotonic());
        assert_eq!(clock.wall(2), fresh.wall(2));
    }

    #[test]
    fn the_wall_clock_shows_2026_at_the_start() {
        let (seconds, nanoseconds) = Clock::new(3.into(), Moment::Operation(0)).wall(0);
        assert!((1_767_225_600..1_798_848_000).contains(&seconds));
        assert!(nanoseconds < 1_000_000_000);
    }

    #[test]
    fn the_end_of_time_is_no_error() {
        let mut clock = Clock::new(3.into(), Moment::Operation(u32::MAX));
        clock.sleep(u64::MAX);
        assert_eq!(clock.read_monotonic(u32::MAX), u64::MAX);
        clock.wall(u32::MAX);
    }
}
