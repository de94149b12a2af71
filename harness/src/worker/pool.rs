//! Workers that are done, kept to be put back into their initial state for those to come: to start one takes the kernel
//! longer than most histories take the guest, and its locks keep the other threads waiting.

use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use wasmtime::Store;
use wasmtime::component::Instance;

use super::Worker;
use super::meter::Meter;
use super::record::{Keep, Records};
use crate::component::{Build, Component, IDLE_PER_THREAD};
use crate::host::{AgentIdentity, World};
use crate::worker::observation::Failure;

/// Where a worker comes from: a component, and the workers of it that are done, where they may be used again.
#[derive(Clone, Copy)]
pub(crate) struct Origin<'a> {
    pub(crate) component: &'a Component,
    pub(super) shelf: Option<&'a Arc<Shelf>>,
    /// What counts what the worker does.
    pub(super) meter: Option<&'a Arc<Meter>>,
    /// Which agent the worker is.
    pub(super) agent: Option<&'a Arc<AgentIdentity>>,
}

impl<'a> Origin<'a> {
    /// New workers of the component as it is.
    pub(crate) fn new(component: &'a Component) -> Self {
        Self {
            component,
            shelf: None,
            meter: None,
            agent: None,
        }
    }

    /// The same workers, whose doings are counted.
    pub(crate) fn counted_by(self, meter: &'a Arc<Meter>) -> Self {
        Self {
            meter: Some(meter),
            ..self
        }
    }
}

impl<'a> Origin<'a> {
    /// The same workers, which are this agent.
    pub(crate) fn as_agent(self, agent: Option<&'a Arc<AgentIdentity>>) -> Self {
        Self { agent, ..self }
    }
}

/// The workers of some components that are done.
pub(crate) struct Pool(Vec<Arc<Shelf>>);

impl Pool {
    /// An empty one for these components.
    pub(crate) fn of(components: &[Component]) -> Self {
        let mut shelves: Vec<Arc<Shelf>> = Vec::with_capacity(components.len());
        for component in components {
            let same = shelves.iter().find(|it| it.component.is(component));
            let shelf = same.map_or_else(|| Arc::new(Shelf::of(component)), Arc::clone);
            shelves.push(shelf);
        }
        Self(shelves)
    }

    /// Workers of the component with this number: those that are done, as long as there are some.
    pub(crate) fn origin(&self, number: usize) -> Origin<'_> {
        let shelf = &self.0[number];
        Origin {
            component: &shelf.component,
            shelf: Some(shelf),
            meter: None,
            agent: None,
        }
    }
}

/// What a worker lives on.
pub(super) struct Body {
    pub(super) store: Store<World>,
    pub(super) instance: Instance,
    pub(super) component: Component,
    pub(super) build: Arc<Build>,
    /// What puts it back, and the fuel that its start took; none if it is not to be used again.
    pub(super) renewal: Option<(Records, u64)>,
}

impl Body {
    /// What a new instance lives on.
    pub(super) fn new(
        store: Store<World>,
        instance: Instance,
        component: &Component,
        build: &Arc<Build>,
    ) -> Box<Self> {
        Box::new(Self {
            store,
            instance,
            component: component.clone(),
            build: Arc::clone(build),
            renewal: None,
        })
    }
}

/// The workers of one component that are done.
pub(super) struct Shelf {
    component: Component,
    #[expect(
        clippy::vec_box,
        reason = "each comes in its box and leaves in it, and is large"
    )]
    bodies: Mutex<Vec<Box<Body>>>,
    returns: Returns,
}

impl Shelf {
    fn of(component: &Component) -> Self {
        Self {
            component: component.clone(),
            bodies: Mutex::default(),
            returns: Returns::default(),
        }
    }

    /// The build that its workers are of; none where it is not worth preparing any.
    pub(super) fn build(&self) -> Option<&Arc<Build>> {
        let build = self.component.renewable();
        build.filter(|_| self.returns.are_worth_it())
    }

    pub(super) fn take(&self) -> Option<Box<Body>> {
        let mut bodies = self.bodies.lock().unwrap_or_else(PoisonError::into_inner);
        let body = bodies.pop()?;
        self.component
            .idle_workers()
            .fetch_sub(1, Ordering::Relaxed);
        Some(body)
    }

    fn give(&self, body: Box<Body>) {
        let idle = self.component.idle_workers();
        let most = rayon::current_num_threads().saturating_mul(IDLE_PER_THREAD);
        if idle.fetch_add(1, Ordering::Relaxed) >= most {
            idle.fetch_sub(1, Ordering::Relaxed);
            return;
        }
        let mut bodies = self.bodies.lock().unwrap_or_else(PoisonError::into_inner);
        bodies.push(body);
    }
}

impl Drop for Shelf {
    fn drop(&mut self) {
        let bodies = self
            .bodies
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        let idle = self.component.idle_workers();
        idle.fetch_sub(bodies.len(), Ordering::Relaxed);
    }
}

/// Whether it is worth preparing workers to be put back, which costs more than to start others.
#[derive(Debug, Default)]
pub(crate) struct Returns {
    /// How many in a row could not be put back.
    lost: AtomicU32,
}

/// After so many that could not be put back, workers are no longer prepared for it.
const LOST: u32 = 64;

impl Returns {
    /// Whether it is.
    pub(crate) fn are_worth_it(&self) -> bool {
        self.lost.load(Ordering::Relaxed) < LOST
    }

    /// Notes whether a worker could be put back.
    pub(crate) fn note(&self, is_put_back: bool) {
        match is_put_back {
            // It hardly ever changes, and others read it.
            true if self.lost.load(Ordering::Relaxed) == 0 => {}
            true => self.lost.store(0, Ordering::Relaxed),
            false => {
                self.lost.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

impl Worker {
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
        if let Some(shelf) = &self.shelf {
            shelf.returns.note(renewed);
        }
        self.failed |= !renewed;
        self.fuel_spent = fuel;
        self.body.renewal = Some((records, fuel));
        renewed
    }
}

/// A worker that has more bytes of memory is not kept: others could use them.
const LARGEST_IDLE: usize = 64 << 20;

impl Drop for Worker {
    fn drop(&mut self) {
        let Some(shelf) = self.shelf.take().filter(|_| !self.failed) else {
            return;
        };
        if let Some(body) = self.body.end()
            && body.renewal.is_some()
            && body.store.data().memory.used() <= LARGEST_IDLE
        {
            shelf.give(body);
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;
    use crate::versions::config::Config;

    fn pool(name: &str) -> Pool {
        let runtime = Config::default().runtime().expect("an engine");
        Pool::of(&[runtime.open(name).expect("it opens")])
    }

    fn start(pool: &Pool) -> Worker {
        Worker::start_at(pool.origin(0), 1).expect("it starts")
    }

    fn idle(pool: &Pool) -> usize {
        pool.0[0].bodies.lock().expect("not poisoned").len()
    }

    /// A worker that saves and is done can be used again, and then saves the same; also where save asks the host.
    #[test]
    fn a_worker_that_is_done_is_used_again() {
        for name in ["embedded:cart-v3", "embedded:stall-v1", "embedded:clock-v2"] {
            let pool = pool(name);
            let mut saved = Vec::new();
            for round in 0..3 {
                let mut worker = start(&pool);
                // The same one each time: were it another, there would be two.
                assert_eq!(idle(&pool), 0);
                let save = worker.component().save().cloned().expect("it exports save");
                saved.push((
                    worker.save(&save, 0).expect("it saves"),
                    worker.fuel_spent(),
                ));
                drop(worker);
                assert_eq!(idle(&pool), 1, "{name}, round {round}");
            }
            assert!(saved.iter().all(|it| *it == saved[0]), "{name}");
            assert_eq!(pool.0[0].returns.lost.load(Ordering::Relaxed), 0, "{name}");
        }
    }

    #[test]
    fn a_worker_that_failed_is_not_used_again() {
        let pool = pool("embedded:cart-v2-faulty");
        let mut worker = start(&pool);
        let load = worker.component().load().cloned().expect("it exports load");
        let trap = worker.load(&load, &crate::Snapshot::octets([0; 3]), 0, 0);
        assert!(trap.is_err());
        drop(worker);
        assert_eq!(idle(&pool), 0);
    }

    #[test]
    fn a_worker_for_which_there_is_no_memory_starts_when_another_is_gone() {
        let config = Config {
            memory: Some(0),
            ..Config::default()
        };
        let runtime = config.runtime().expect("an engine");
        let component = runtime.open("embedded:cart-v1").expect("it opens");
        let start = || Worker::start(&component, 1).expect("it starts");
        let budget = component.budget();
        let under_way = std::sync::Barrier::new(2);
        let has_started = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                budget.case(|| {
                    under_way.wait();
                    drop(start());
                    has_started.store(true, Ordering::SeqCst);
                });
            });
            budget.case(|| {
                under_way.wait();
                let has_started = || has_started.load(Ordering::SeqCst);
                while budget.waiting() == 0 && !has_started() {
                    std::thread::yield_now();
                }
                assert!(!has_started(), "it waits, as two are under way");
                // It goes on as the only one that does, and lets the other in with its end.
                drop(start());
            });
        });
        assert_eq!(budget.waiting(), 0);
    }

    #[test]
    fn a_component_that_stands_there_twice_has_one_shelf() {
        let runtime = Config::default().runtime().expect("an engine");
        let component = runtime.open("embedded:cart-v1").expect("it opens");
        let pool = Pool::of(&[component.clone(), component]);
        drop(Worker::start_at(pool.origin(1), 1).expect("it starts"));
        assert_eq!(idle(&pool), 1);
    }
}
