//! What the workers of one case did, counted by themselves.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

/// The sum of what some workers did.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    fuel: AtomicU64,
    hangs: AtomicUsize,
    asked_host: AtomicBool,
    woken: AtomicBool,
}

impl Meter {
    /// Fuel that they used.
    pub(crate) fn fuel(&self) -> u64 {
        self.fuel.load(Ordering::Relaxed)
    }

    /// How many of their calls used up their fuel.
    pub(crate) fn hangs(&self) -> usize {
        self.hangs.load(Ordering::Relaxed)
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

    pub(super) fn note_woken(&self) {
        self.woken.store(true, Ordering::Relaxed);
    }

    pub(super) fn note_host(&self) {
        self.asked_host.store(true, Ordering::Relaxed);
    }
}
