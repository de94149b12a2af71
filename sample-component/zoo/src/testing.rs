//! What the tests of all domains ask: a history's state comes back from every snapshot, and no bytes make load trap.

use crate::{Loaded, World};

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

/// The tests of a domain, whose module has `history`, a state that many operations led to, and `CORRECT`, the modes that
/// only look faulty.
macro_rules! round_trips {
    () => {
        use crate::testing::{Still, answers_what_is_almost};

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

        #[test]
        fn every_mode_has_its_name() {
            for name in Mode::NAMES {
                assert!(Mode::named(name).is_some_and(|mode| mode != Mode::Sound));
            }
            assert_eq!(Mode::named("sound"), None);
        }
    };
}
