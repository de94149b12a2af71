//! Workers that are done, kept to be put back into their initial state for those to come: to start one takes the kernel
//! longer than most histories take the guest, and its locks keep the other threads waiting.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use wasmtime::Store;
use wasmtime::component::Instance;

use super::Worker;
use super::record::{Keep, Records};
use crate::host::World;
use crate::worker::observation::Failure;

/// What a worker lives on.
pub(super) struct Body {
    pub(super) store: Store<World>,
    pub(super) instance: Instance,
    /// What puts it back, and the fuel that its start took; none if it is not to be used again.
    pub(super) renewal: Option<(Records, u64)>,
}

/// The workers of a component that are done.
pub(crate) struct Spares {
    #[expect(
        clippy::vec_box,
        reason = "each comes in its box and leaves in it, and is large"
    )]
    bodies: Mutex<Vec<Box<Body>>>,
    /// How many all components of an engine have together: its pool has room for no more.
    held: Arc<AtomicUsize>,
    /// How many in a row could not be used again.
    lost: AtomicU32,
}

/// How many of an engine are kept for each thread. More are rarely at work at once.
pub(crate) const KEPT_PER_THREAD: usize = 4;
/// After so many that could not be used again, workers are no longer prepared for it, which costs more than a start.
const LOST: u32 = 64;

impl Spares {
    /// None, of components whose spares `held` counts together.
    pub(crate) fn new(held: Arc<AtomicUsize>) -> Self {
        Self {
            bodies: Mutex::default(),
            held,
            lost: AtomicU32::new(0),
        }
    }

    /// None, of the same components with other settings.
    pub(crate) fn of_others(&self) -> Self {
        Self::new(Arc::clone(&self.held))
    }

    /// Whether it is worth preparing workers.
    pub(super) fn are_of_use(&self) -> bool {
        self.lost.load(Ordering::Relaxed) < LOST
    }

    pub(super) fn take(&self) -> Option<Box<Body>> {
        let mut bodies = self.bodies.lock().unwrap_or_else(PoisonError::into_inner);
        let body = bodies.pop()?;
        self.held.fetch_sub(1, Ordering::Relaxed);
        Some(body)
    }

    pub(super) fn give(&self, body: Box<Body>) {
        let most = rayon::current_num_threads().saturating_mul(KEPT_PER_THREAD);
        if self.held.fetch_add(1, Ordering::Relaxed) >= most {
            self.held.fetch_sub(1, Ordering::Relaxed);
            return;
        }
        let mut bodies = self.bodies.lock().unwrap_or_else(PoisonError::into_inner);
        bodies.push(body);
    }

    /// Notes whether one could be used again.
    pub(super) fn note(&self, used: bool) {
        match used {
            true => self.lost.store(0, Ordering::Relaxed),
            false => {
                self.lost.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

impl Drop for Spares {
    fn drop(&mut self) {
        let bodies = self
            .bodies
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        self.held.fetch_sub(bodies.len(), Ordering::Relaxed);
    }
}

impl Worker<'_> {
    /// Makes what the worker is now, when it has just started, what it can be put back to. It cannot if it asked the world
    /// something, which another is answered otherwise.
    pub(super) fn prepare_renewal(&mut self) -> Result<(), Failure> {
        if !self.body.store.data().is_unasked() {
            return Ok(());
        }
        let fuel = self.fuel_spent;
        let records = self.records(Keep::ForAnother)?;
        self.fuel_spent = fuel;
        if records.can_be_put_back() {
            self.body.renewal = Some((records, fuel));
        }
        Ok(())
    }

    /// Puts a worker that is done back. Answers false if that cannot be done exactly; then it is of no use any more.
    pub(super) fn renew(&mut self) -> bool {
        let Some((mut records, fuel)) = self.body.renewal.take() else {
            return false;
        };
        let renewed = self.put_back(&mut records);
        if let Some(spares) = &self.component.spares {
            spares.note(renewed);
        }
        self.failed |= !renewed;
        self.fuel_spent = fuel;
        self.body.renewal = Some((records, fuel));
        renewed
    }
}

impl Drop for Worker<'_> {
    fn drop(&mut self) {
        let Some(spares) = self.component.spares.as_deref().filter(|_| !self.failed) else {
            return;
        };
        if let Some(body) = self.body.end().filter(|body| body.renewal.is_some()) {
            spares.give(body);
        }
    }
}

/// A worker's body, which is its own until the worker is dropped.
pub(super) struct Lease(Option<Box<Body>>);

impl Lease {
    pub(super) fn new(body: Box<Body>) -> Self {
        Self(Some(body))
    }

    /// Ends the lease: nothing else can be done with it.
    pub(super) fn end(&mut self) -> Option<Box<Body>> {
        self.0.take()
    }
}

const ENDED: &str = "a lease ends when its worker is dropped";

impl Deref for Lease {
    type Target = Body;

    fn deref(&self) -> &Body {
        self.0.as_deref().expect(ENDED)
    }
}

impl DerefMut for Lease {
    fn deref_mut(&mut self) -> &mut Body {
        self.0.as_deref_mut().expect(ENDED)
    }
}

impl fmt::Debug for Spares {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Spares")
    }
}

#[cfg(test)]
mod tests {
    use crate::component::Runtime;
    use crate::versions::config::Config;
    use crate::worker::Worker;

    /// A worker that saves and is done can be used again, and then saves the same; also where save asks the host.
    #[test]
    fn a_worker_that_is_done_is_used_again() {
        let config = Config::default();
        let runtime = Runtime::new(config.limits(), config.world(), config.snapshot_names());
        let runtime = runtime.expect("an engine");
        for name in ["embedded:cart-v3", "embedded:stall-v1", "embedded:clock-v2"] {
            let (_, component) = runtime.open_twice(name).expect("it opens");
            let component = component.expect("it can be put back");
            let save = component.save().expect("it exports save");
            let spares = component.spares.as_deref().expect("it has spares");
            let mut saved = Vec::new();
            for round in 0..3 {
                let mut worker = Worker::start(&component, 1).expect("it starts");
                // The same one each time: were it another, there would be two.
                assert_eq!(spares.bodies.lock().expect("not poisoned").len(), 0);
                saved.push((worker.save(save, 0).expect("it saves"), worker.fuel_spent()));
                drop(worker);
                let kept = spares.bodies.lock().expect("not poisoned").len();
                assert_eq!(kept, 1, "{name}, round {round}");
            }
            assert!(saved.iter().all(|it| *it == saved[0]), "{name}");
            assert_eq!(spares.lost.load(super::Ordering::Relaxed), 0, "{name}");
        }
    }

    #[test]
    fn a_worker_that_failed_is_not_used_again() {
        let config = Config::default();
        let runtime = Runtime::new(config.limits(), config.world(), config.snapshot_names());
        let name = "embedded:cart-v2-faulty";
        let runtime = runtime.expect("an engine");
        let (_, component) = runtime.open_twice(name).expect("it opens");
        let component = component.expect("it can be put back");
        let mut worker = Worker::start(&component, 1).expect("it starts");
        let load = component.load().expect("it exports load");
        let trap = worker.load(load, &crate::Snapshot::octets([0; 3]), 0, 0);
        assert!(trap.is_err());
        drop(worker);
        let spares = component.spares.as_deref().expect("it has spares");
        assert_eq!(spares.bodies.lock().expect("not poisoned").len(), 0);
    }
}
