//! What the tests of all domains ask: a history's state comes back from every snapshot, and no bytes make load trap.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::{Loaded, World};

/// A history and what to look at after it, for one mode.
pub type Shown<M, S> = (M, fn() -> S, fn(&mut S) -> String);

/// A state that only one mode's load accepts.
pub type Accepted<M, S> = (M, fn() -> S);

/// A clock that stands still, and always the same random number.
pub struct Still(pub u64);

impl World for Still {
    fn now(&self) -> u64 {
        self.0
    }

    fn random(&self) -> u64 {
        self.0 ^ 0x5bd1_e995
    }
}

/// Load must answer the snapshot's starts, and the snapshot with one byte changed; the answer does not matter.
pub fn answers_what_is_almost<S>(snapshot: &[u8], load: impl Fn(&[u8]) -> Loaded<S>) {
    for end in 0..snapshot.len() {
        let _ = load(&snapshot[..end]);
        for change in [1, 0x80, 0xff] {
            let mut changed = snapshot.to_vec();
            changed[end] ^= change;
            let _ = load(&changed);
        }
    }
}

/// Whether anybody can tell that a worker was updated, once or several times: something is refused, traps, or looks different.
pub fn is_noticed<S: Clone>(
    mut state: S,
    look: impl Fn(&mut S) -> String,
    save_old: impl Fn(&mut S) -> Vec<u8>,
    save_new: impl Fn(&mut S) -> Vec<u8>,
    load_new: impl Fn(&[u8]) -> Loaded<S>,
) -> bool {
    let expected = look(&mut state.clone());
    let live = || {
        let mut bytes = save_old(&mut state);
        for _ in 0..UPDATES {
            let Ok(mut updated) = load_new(&bytes) else {
                return true;
            };
            if look(&mut updated.clone()) != expected {
                return true;
            }
            bytes = save_new(&mut updated);
        }
        false
    };
    catch_unwind(AssertUnwindSafe(live)).unwrap_or(true)
}

/// How often a worker is updated before nobody expects any more that it shows.
const UPDATES: usize = 6;

/// The tests of a domain, whose module has `history`, a state that many operations led to; `CORRECT`, the modes that only look
/// faulty; `FAULTS`, for each of the others a history and what to look at; and `UNCHECKED`, for each that is left a state that no
/// history leads to, or `ELSEWHERE`, where a test of its own tries it.
macro_rules! round_trips {
    () => {
        use crate::testing::{Still, answers_what_is_almost, is_noticed};

        #[test]
        fn every_fault_is_noticed_and_without_it_the_same_is_not() {
            let world = Still(LATER);
            for (fault, history, look) in FAULTS {
                for (mode, expected) in [(*fault, true), (Mode::Sound, false)] {
                    let noticed = is_noticed(
                        history(),
                        look,
                        |state| v1::save(state, mode, &world),
                        |state| v2::save(state, mode, &world),
                        |bytes| v2::load(bytes, mode, &world),
                    );
                    assert_eq!(noticed, expected, "{mode:?} with the history of {fault:?}");
                }
            }
        }

        #[test]
        fn what_no_history_leads_to_is_refused_but_by_the_fault_that_does_not_check_it() {
            let world = Still(LATER);
            for (fault, state) in UNCHECKED {
                let bytes = v2::save(&mut state(), *fault, &world);
                assert!(v2::load(&bytes, *fault, &world).is_ok(), "{fault:?}");
                assert!(v2::load(&bytes, Mode::Sound, &world).is_err(), "{fault:?}");
            }
        }

        #[test]
        fn every_mode_is_tried() {
            let faults = FAULTS.iter().map(|(fault, _, _)| *fault);
            let unchecked = UNCHECKED.iter().map(|(fault, _)| *fault);
            let tried: Vec<Mode> = faults
                .chain(unchecked)
                .chain(CORRECT.iter().copied())
                .collect();
            for name in Mode::NAMES {
                let mode = Mode::named(name).expect("a mode of this name");
                assert!(tried.contains(&mode) || ELSEWHERE.contains(&mode), "{name}");
            }
        }

        #[test]
        fn without_a_slip_the_state_comes_back_from_every_snapshot() {
            let world = Still(LATER);
            let mut state = history();
            let old = v1::save(&mut state, Mode::Sound, &world);
            assert_eq!(v1::load(&old, Mode::Sound, &world), Ok(history()));
            let mut updated = v2::load(&old, Mode::Sound, &world).unwrap();
            assert_eq!(updated, history());
            let new = v2::save(&mut updated, Mode::Sound, &world);
            assert_eq!(v2::load(&new, Mode::Sound, &world), Ok(history()));
            assert!(v1::load(&new, Mode::Sound, &world).is_err());
        }

        #[test]
        fn what_only_looks_faulty_is_there_after_two_updates() {
            for mode in CORRECT {
                let world = Still(LATER);
                let old = v1::save(&mut history(), *mode, &world);
                let mut updated = v2::load(&old, *mode, &world).unwrap();
                let new = v2::save(&mut updated, *mode, &world);
                let updated = v2::load(&new, *mode, &world).unwrap();
                assert_eq!(observed(updated), observed(history()), "{mode:?}");
            }
        }

        #[test]
        fn load_answers_what_is_almost_a_snapshot() {
            let world = Still(LATER);
            let old = v1::save(&mut history(), Mode::Sound, &world);
            answers_what_is_almost(&old, |bytes| v1::load(bytes, Mode::Sound, &world));
            answers_what_is_almost(&old, |bytes| v2::load(bytes, Mode::Sound, &world));
            let new = v2::save(&mut history(), Mode::Sound, &world);
            answers_what_is_almost(&new, |bytes| v2::load(bytes, Mode::Sound, &world));
        }
    };
}
