//! What all services of the zoo share: the mode, the host, save and load. It expects `state`, the domain, `version`, its
//! format, and the generated bindings in the crate's root.

use std::cell::{OnceCell, RefCell};

use zoo_state::{VARIABLE, World};

use crate::{
    Component,
    exports::golem::api::{load_snapshot, save_snapshot},
    state::{Mode, State},
    version,
    wasi::{cli::environment, clocks::wall_clock, random::random},
};

thread_local! {
    static STATE: RefCell<State> = RefCell::default();
    static MODE: OnceCell<Mode> = const { OnceCell::new() };
}

/// Reads or changes the worker's state.
pub fn with<R>(work: impl FnOnce(&mut State) -> R) -> R {
    STATE.with_borrow_mut(work)
}

/// The mode that the environment names, looked up once.
pub fn mode() -> Mode {
    MODE.with(|mode| {
        *mode.get_or_init(|| {
            let variables = environment::get_environment();
            let named = variables.iter().find(|(name, _)| name == VARIABLE);
            named.map_or(Mode::Sound, |(_, value)| {
                Mode::named(value).expect("a mode of this name")
            })
        })
    })
}

pub struct Host;

impl World for Host {
    fn now(&self) -> u64 {
        let time = wall_clock::now();
        time.seconds
            .saturating_mul(1_000)
            .saturating_add(u64::from(time.nanoseconds / 1_000_000))
    }

    fn random(&self) -> u64 {
        random::get_random_u64()
    }
}

impl save_snapshot::Guest for Component {
    fn save() -> Vec<u8> {
        with(|state| version::save(state, mode(), &Host))
    }
}

impl load_snapshot::Guest for Component {
    fn load(bytes: Vec<u8>) -> Result<(), String> {
        let loaded = version::load(&bytes, mode(), &Host)?;
        with(|state| *state = loaded);
        Ok(())
    }
}
