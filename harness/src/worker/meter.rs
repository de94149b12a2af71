//! What the workers of one case did, counted by themselves.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

/// So many bytes of memory take as long as a call that uses up its fuel.
const LIKE_A_HANG: u64 = 512 << 20;
/// A call that grows by less is no matter of time.
const LARGE: u64 = 64 << 20;

/// How long guests kept the host, counted in calls that used up their fuel: to touch half a gigabyte of memory and to give it back takes
/// as long, and the guest hardly any fuel.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Strain {
    hangs: usize,
    /// Bytes of memory that calls grew by, as far as they took long.
    grown: u64,
}

impl Strain {
    pub(crate) fn add(&mut self, other: Self) {
        self.hangs = self.hangs.saturating_add(other.hangs);
        self.grown = self.grown.saturating_add(other.grown);
    }

    /// Whether there was any.
    pub(crate) fn is_none(self) -> bool {
        self.hangs == 0 && self.grown == 0
    }

    /// In hangs.
    pub(crate) fn hangs(self) -> usize {
        let grown = usize::try_from(self.grown / LIKE_A_HANG).unwrap_or(usize::MAX);
        self.hangs.saturating_add(grown)
    }
}

/// The sum of what some workers did.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    fuel: AtomicU64,
    hangs: AtomicUsize,
    /// Bytes of memory that calls grew by, as far as they took long.
    grown: AtomicU64,
    asked_host: AtomicBool,
    woken: AtomicBool,
}

impl Meter {
    /// Fuel that they used.
    pub(crate) fn fuel(&self) -> u64 {
        self.fuel.load(Ordering::Relaxed)
    }

    /// How long they kept the host.
    pub(crate) fn strain(&self) -> Strain {
        Strain {
            hangs: self.hangs.load(Ordering::Relaxed),
            grown: self.grown.load(Ordering::Relaxed),
        }
    }

    /// Whether the host answered any of them anything that may be another in the world of another seed.
    pub(crate) fn has_asked_host(&self) -> bool {
        self.asked_host.load(Ordering::Relaxed)
    }

    /// Whether any of them slept for longer than the pace of its history leaves room for.
    pub(crate) fn was_woken(&self) -> bool {
        self.woken.load(Ordering::Relaxed)
    }

    pub(super) fn count_fuel(&self, spent: u64) {
        self.fuel.fetch_add(spent, Ordering::Relaxed);
    }

    pub(super) fn count_hang(&self) {
        self.hangs.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts the bytes that a call grew its memory by.
    pub(super) fn count_growth(&self, bytes: u64) {
        if bytes >= LARGE {
            self.grown.fetch_add(bytes, Ordering::Relaxed);
        }
    }

    pub(super) fn note_woken(&self) {
        self.woken.store(true, Ordering::Relaxed);
    }

    pub(super) fn note_host(&self) {
        self.asked_host.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn much_memory_counts_as_a_hang_and_little_never_does() {
        let meter = Meter::default();
        for _ in 0..1_000 {
            meter.count_growth(LARGE - 1);
        }
        assert!(meter.strain().is_none());
        for _ in 0..3 {
            meter.count_growth(LARGE);
        }
        meter.count_hang();
        assert_eq!(meter.strain().hangs(), 1);
        // What is less than a hang in each case is one in several.
        let mut all = Strain::default();
        for _ in 0..3 {
            all.add(meter.strain());
        }
        assert_eq!(all.hangs(), 4);
    }
}
