//! What all workers of one engine may have of memory together. Past it fewer cases run at once: a worker that wants to grow waits
//! until others are done. Which ones wait is a matter of time alone; what each observes is not.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// What workers have together where nobody says otherwise, in bytes: half of what the machine has, or the group of processes may
/// have. The rest is for what the host makes of their values, and for others.
fn share_of_machine() -> usize {
    [ram(), group_limit()]
        .into_iter()
        .flatten()
        .min()
        .unwrap_or(UNKNOWN)
        / 2
}

/// Of a machine that does not say what it has.
const UNKNOWN: usize = 8 << 30;

#[cfg(target_os = "linux")]
fn ram() -> Option<usize> {
    let info = nix::sys::sysinfo::sysinfo().ok()?;
    usize::try_from(info.ram_total()).ok()
}

#[cfg(not(target_os = "linux"))]
fn ram() -> Option<usize> {
    None
}

/// What a container may have; the file is only there on Linux, and says `max` where there is no limit.
fn group_limit() -> Option<usize> {
    let text = std::fs::read_to_string("/sys/fs/cgroup/memory.max").ok()?;
    text.trim().parse().ok()
}

/// Memory that workers share.
#[derive(Debug)]
pub(crate) struct Budget {
    /// In bytes.
    limit: usize,
    state: Mutex<State>,
    /// Something was given back, or somebody is done.
    freed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Bytes of linear memory that workers have.
    held: usize,
    /// The most that they had at once.
    peak: usize,
    /// Cases under way, and how many of them wait for memory.
    under_way: usize,
    waiting: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self::of(share_of_machine())
    }
}

impl Budget {
    /// So many bytes.
    pub(crate) fn of(limit: usize) -> Self {
        Self {
            limit,
            state: Mutex::default(),
            freed: Condvar::new(),
        }
    }

    /// Judges a case. While more is held than there should be, and others are under way, it does not begin. `judge` runs no other
    /// case on its thread.
    pub(crate) fn case<R>(&self, judge: impl FnOnce() -> R) -> R {
        let mut state = self.state();
        while state.held > self.limit && state.under_way > 0 {
            state = self.wait(state);
        }
        state.under_way += 1;
        drop(state);
        let _under_way = UnderWay(self);
        judge()
    }

    /// Takes so many bytes for a worker, if need be when others have given some back. The last of all that want more gets it at
    /// once: nobody else would give any back.
    pub(super) fn take(&self, bytes: usize) {
        let mut state = self.state();
        let is_too_much = |state: &State| state.held.saturating_add(bytes) > self.limit;
        while is_too_much(&state) && state.under_way > state.waiting + 1 {
            state.waiting += 1;
            state = self.wait(state);
            state.waiting -= 1;
        }
        state.held = state.held.saturating_add(bytes);
        state.peak = state.peak.max(state.held);
    }

    /// Gives bytes back.
    pub(super) fn give(&self, bytes: usize) {
        if bytes > 0 {
            let mut state = self.state();
            state.held = state.held.saturating_sub(bytes);
            self.freed.notify_all();
        }
    }

    /// How many cases wait for memory.
    #[cfg(test)]
    pub(crate) fn waiting(&self) -> usize {
        self.state().waiting
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'s>(&self, state: MutexGuard<'s, State>) -> MutexGuard<'s, State> {
        self.freed
            .wait(state)
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// A case under way, until it is dropped.
struct UnderWay<'b>(&'b Budget);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.state().under_way -= 1;
        self.0.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The most that so many threads hold at once, each of which runs cases that grow to `most` in steps of one.
    fn peak(limit: usize, threads: usize, most: usize) -> usize {
        let budget = Budget::of(limit);
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    for _ in 0..50 {
                        budget.case(|| {
                            (0..most).for_each(|_| budget.take(1));
                            budget.give(most);
                        });
                    }
                });
            }
        });
        let state = budget.state();
        assert_eq!((state.held, state.under_way, state.waiting), (0, 0, 0));
        state.peak
    }

    #[test]
    fn past_the_budget_one_goes_on_and_the_others_wait() {
        for threads in [1, 2, 4, 8] {
            assert!(peak(100, threads, 10) <= 100);
            // Each alone is more than there is: one has all that it wants beside what the others had when they began to wait.
            let most = peak(10, threads, 100);
            assert!((100..=110).contains(&most), "{threads} threads: {most}");
        }
    }

    #[test]
    fn without_a_bound_all_of_them_have_what_they_want() {
        let budget = Budget::of(usize::MAX);
        let all_hold = std::sync::Barrier::new(4);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    budget.case(|| {
                        budget.take(100);
                        all_hold.wait();
                        budget.give(100);
                    });
                });
            }
        });
        assert_eq!(budget.state().peak, 400);
    }

    #[test]
    fn what_a_case_that_panics_leaves_behind_is_no_case_under_way() {
        let budget = Budget::of(1);
        let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            budget.case(|| panic!("on purpose"));
        }));
        assert!(ended.is_err());
        assert_eq!(budget.state().under_way, 0);
    }

    #[test]
    fn the_share_of_the_machine_is_something() {
        assert!(share_of_machine() >= 1 << 20);
    }
}
