//! The stamp machines keep the same stamps, before and after the update.

use cart_state::clock::{Moment, Stamp, v1, v2};
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Operation {
    Keep(&'static str, u64),
    Discard(&'static str),
    Restart(u64),
    Remember(Option<String>),
}

fn history() -> impl Strategy<Value = Vec<Operation>> {
    let label = || prop::sample::select(vec!["", "a", "m", "z", "ü"]);
    let operation = prop_oneof![
        4 => (label(), any::<u64>()).prop_map(|(label, ticket)| Operation::Keep(label, ticket)),
        1 => label().prop_map(Operation::Discard),
        1 => any::<u64>().prop_map(Operation::Restart),
        1 => any::<Option<String>>().prop_map(Operation::Remember),
    ];
    prop::collection::vec(operation, 0..30)
}

/// Both machines have the same methods, but no type in common.
macro_rules! apply {
    ($clock:expr, $operation:expr) => {
        match $operation.clone() {
            Operation::Keep(label, ticket) => {
                let at = Moment {
                    seconds: ticket / 2,
                    nanoseconds: 7,
                };
                $clock.keep(Stamp {
                    label: label.to_owned(),
                    at,
                    ticket,
                    oplog_index: 3,
                });
                String::new()
            }
            Operation::Discard(label) => format!("{}", $clock.discard(label)),
            Operation::Restart(now) => format!("{:?}", $clock.restart(now)),
            Operation::Remember(value) => format!("{:?}", $clock.remember(value)),
        }
    };
}

macro_rules! observe {
    ($clock:expr) => {{
        let found = ["", "a", "m", "z", "ü", "never"].map(|label| $clock.find(label));
        (
            $clock.stamps(),
            found,
            $clock.watch_started(),
            $clock.recall(),
        )
    }};
}

const NOW: Moment = Moment {
    seconds: 1,
    nanoseconds: 2,
};

proptest! {
    #[test]
    fn both_versions_observe_the_same(before in history(), after in history()) {
        let mut old = v1::Clock::default();
        before.iter().for_each(|operation| drop(apply!(old, operation)));
        prop_assert_eq!(v1::decode(&v1::encode(&old)), Ok(old.clone()));
        let mut new = v2::decode(&v1::encode(&old)).unwrap();
        prop_assert_eq!(observe!(old), observe!(new));
        for operation in &after {
            prop_assert_eq!(apply!(old, operation), apply!(new, operation));
            new.was_busy(5);
            prop_assert_eq!(observe!(old), observe!(new));
            prop_assert_eq!(v2::decode(&v2::encode(&new, NOW)), Ok(new.clone()));
        }
    }

    #[test]
    fn edited_snapshots_are_refused_or_hold_up(
        operations in history(), more in history(), at in any::<prop::sample::Index>(), byte in any::<u8>()
    ) {
        let mut clock = v2::Clock::default();
        operations.iter().for_each(|operation| drop(apply!(clock, operation)));
        let mut bytes = v2::encode(&clock, NOW);
        *at.get_mut(&mut bytes) = byte;
        if let Ok(mut accepted) = v2::decode(&bytes) {
            for operation in &more {
                apply!(accepted, operation);
                drop(observe!(accepted));
                prop_assert_eq!(v2::decode(&v2::encode(&accepted, NOW)), Ok(accepted.clone()));
            }
        }
    }
}
