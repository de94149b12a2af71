//! The newest few payments, in a ring buffer.

/// How many payments are kept.
const PLACES: usize = 5;

/// A ring of payments. Its fields are as they stand in memory, and in the first version's snapshots.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ring {
    pub(super) places: [u64; PLACES],
    /// The place that the next payment takes.
    pub(super) next: u8,
    pub(super) length: u8,
}

impl Ring {
    /// A ring of these payments, the oldest first; none if they are too many.
    pub(super) fn of(oldest_first: &[u64]) -> Option<Self> {
        let mut ring = Self::default();
        if oldest_first.len() > PLACES {
            return None;
        }
        for amount in oldest_first {
            ring.push(*amount);
        }
        Some(ring)
    }

    /// Takes the place of the oldest payment.
    pub fn push(&mut self, amount: u64) {
        self.places[usize::from(self.next)] = amount;
        self.next = (self.next + 1) % PLACES as u8;
        self.length = (self.length + 1).min(PLACES as u8);
    }

    /// The payments, the oldest first.
    pub fn oldest_first(&self) -> Vec<u64> {
        let oldest = usize::from(self.next) + PLACES - usize::from(self.length);
        (0..usize::from(self.length))
            .map(|age| self.places[(oldest + age) % PLACES])
            .collect()
    }

    /// A full ring that starts one place too late.
    pub(super) fn turn_if_full(&mut self) {
        if usize::from(self.length) == PLACES {
            self.places.rotate_left(1);
        }
    }

    /// Whether pushing leads to it: a ring that was never full starts at its first place, and what was never taken is 0.
    pub(super) fn is_sound(&self) -> bool {
        let (next, length) = (usize::from(self.next), usize::from(self.length));
        match length {
            PLACES => next < PLACES,
            _ => {
                length < PLACES && next == length && self.places[length..].iter().all(|it| *it == 0)
            }
        }
    }
}
