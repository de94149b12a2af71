//! Snapshots of every version come back as the state they were made of, and stay within the invariants.

mod common;

use cart_state::{Operations, v1, v2, v3};
use common::{apply, history, observe};
use proptest::prelude::*;

proptest! {
    #[test]
    fn a_snapshot_holds_the_whole_state(first in any::<v1::Cart>(), second in any::<v2::Cart>(), third in any::<v3::Cart>()) {
        prop_assert_eq!(v1::decode(&v1::encode(&first)), Ok(first));
        prop_assert_eq!(v2::decode(&v2::encode(&second)), Ok(second));
        prop_assert_eq!(v3::decode(&v3::encode(&third)), Ok(third));
    }

    #[test]
    fn what_operations_lead_to_is_accepted(operations in history()) {
        let (mut first, mut second, mut third) = <(v1::Cart, v2::Cart, v3::Cart)>::default();
        for operation in &operations {
            apply(&mut first, operation);
            apply(&mut second, operation);
            apply(&mut third, operation);
            prop_assert_eq!(v1::decode(&v1::encode(&first)), Ok(first.clone()));
            prop_assert_eq!(v2::decode(&v2::encode(&second)), Ok(second.clone()));
            prop_assert_eq!(v3::decode(&v3::encode(&third)), Ok(third.clone()));
        }
    }

    #[test]
    fn all_versions_observe_the_same(start in any::<v1::Cart>(), operations in history()) {
        let mut first = start;
        let mut second = v2::Cart::from(first.clone());
        let mut third = v3::Cart::from(second.clone());
        prop_assert_eq!(observe(&first), observe(&second));
        prop_assert_eq!(observe(&first), observe(&third));
        for operation in &operations {
            let answer = apply(&mut first, operation);
            prop_assert_eq!(&answer, &apply(&mut second, operation));
            prop_assert_eq!(&answer, &apply(&mut third, operation));
            prop_assert_eq!(observe(&first), observe(&second));
            prop_assert_eq!(observe(&first), observe(&third));
        }
    }

    #[test]
    fn a_later_version_reads_the_earlier_ones(cart in any::<v1::Cart>()) {
        let second = v2::decode(&v1::encode(&cart)).unwrap();
        prop_assert_eq!(observe(&cart), observe(&second));
        let third = v3::decode(&v1::encode(&cart)).unwrap();
        prop_assert_eq!(observe(&cart), observe(&third));
        prop_assert_eq!(v3::decode(&v2::encode(&second)), Ok(third));
    }
}

#[test]
fn an_earlier_version_refuses_the_later_ones() {
    use cart_state::DecodeError::Version;
    assert_eq!(
        v1::decode(&v2::encode(&v2::Cart::default())),
        Err(Version(2))
    );
    assert_eq!(
        v1::decode(&v3::encode(&v3::Cart::default())),
        Err(Version(3))
    );
    assert_eq!(
        v2::decode(&v3::encode(&v3::Cart::default())),
        Err(Version(3))
    );
}

#[test]
fn a_repeated_checkout_returns_the_same_order() {
    let mut cart = v1::Cart::default();
    cart.add_line("tea", 1, 250).unwrap();
    let id = cart.checkout("key").unwrap();
    cart.add_line("tea", 1, 250).unwrap();
    assert_eq!(cart.checkout("key"), Ok(id));
    assert_eq!(cart.checkout("other"), Ok(id + 1));
    assert_eq!(cart.cancel(id), Ok((id, 250)));
    assert_eq!(cart.checkout("key"), Ok(id));
}
