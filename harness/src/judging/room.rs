//! How much a history may observe. Ten thousand calls of which each returns all that the others put in are fifty million values,
//! and each worker that is compared has them once more.

use crate::case::Case;
use crate::worker::observation::Observation;

/// Bytes that the observations of a history take, about: no history of ordinary length comes near it.
const OBSERVED: usize = 16 << 20;
/// And those between two events, however much was observed before.
const LEAST: usize = OBSERVED / 64;

/// The room that is left in a history for what it observes. What comes before an event leaves some for what comes after it.
pub(crate) struct Room {
    /// In all, and before the next event.
    left: usize,
    share: usize,
    /// How many parts are to come, between which the events lie, beside the one under way.
    parts: usize,
    /// The least share.
    least: usize,
}

impl Room {
    pub(crate) fn of(case: &Case) -> Self {
        let events = case.steps.iter().filter(|step| step.is_event()).count();
        Self::with(OBSERVED, LEAST, events)
    }

    /// Of a history without events.
    pub(crate) fn whole() -> Self {
        Self::with(OBSERVED, LEAST, 0)
    }

    fn with(left: usize, least: usize, events: usize) -> Self {
        Self {
            left,
            share: left / (events + 1),
            parts: events,
            least,
        }
    }

    /// Comes to the next event, and goes on after it.
    pub(crate) fn goes_on(&mut self) {
        self.share = self.least.max(self.left / self.parts.max(1));
        self.parts = self.parts.saturating_sub(1);
    }

    pub(crate) fn take(&mut self, observation: &Observation) {
        let bytes = observation.footprint();
        self.left = self.left.saturating_sub(bytes);
        self.share = self.share.saturating_sub(bytes);
    }

    /// Whether the next operation has to wait for an event.
    pub(crate) fn is_used_up(&self) -> bool {
        self.share == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Val;

    fn of(bytes: usize) -> Observation {
        let nothing = Observation::Returned(None).footprint();
        Observation::Returned(Some(Val::String("x".repeat(bytes - nothing))))
    }

    #[test]
    fn each_part_has_its_share_and_what_the_ones_before_it_leave() {
        let mut room = Room::with(3_000, 100, 2);
        room.take(&of(400));
        assert!(!room.is_used_up());
        room.take(&of(700));
        assert!(room.is_used_up());
        room.goes_on();
        // 1,900 bytes are left, for two parts.
        room.take(&of(900));
        assert!(!room.is_used_up());
        room.goes_on();
        room.take(&of(999));
        assert!(!room.is_used_up());
        room.take(&of(100));
        assert!(room.is_used_up());
    }

    #[test]
    fn after_one_large_observation_there_is_a_little_room_behind_each_event() {
        let mut room = Room::with(10_000, 1_000, 2);
        room.take(&of(50_000));
        for _ in 0..2 {
            assert!(room.is_used_up());
            room.goes_on();
            room.take(&of(900));
            assert!(!room.is_used_up());
            room.take(&of(900));
        }
        assert!(room.is_used_up());
    }
}
