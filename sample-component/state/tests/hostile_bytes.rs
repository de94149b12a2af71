//! A decoder answers any bytes, accepts only what its encoder writes, and whatever it accepted can be worked with.

mod common;

use std::fmt::Debug;

use cart_state::{DecodeError, Operations, clock, v1, v2, v3};
use common::{apply, history, observe};
use proptest::prelude::*;

/// A change to a snapshot.
#[derive(Clone, Debug)]
enum Edit {
    Cut(prop::sample::Index),
    Append(u8),
    Put(prop::sample::Index, u8),
    Insert(prop::sample::Index, u8),
    Remove(prop::sample::Index),
    Repeat(prop::sample::Index, prop::sample::Index),
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = any::<prop::sample::Index>;
    let byte = || {
        prop_oneof![
            any::<u8>(),
            prop::sample::select(vec![0, 1, 0x7f, 0x80, 0x81, 0x9f, 0xf6, 0xfb, 0xff])
        ]
    };
    prop_oneof![
        at().prop_map(Edit::Cut),
        byte().prop_map(Edit::Append),
        (at(), byte()).prop_map(|(at, byte)| Edit::Put(at, byte)),
        (at(), byte()).prop_map(|(at, byte)| Edit::Insert(at, byte)),
        at().prop_map(Edit::Remove),
        (at(), at()).prop_map(|(from, to)| Edit::Repeat(from, to)),
    ]
}

fn edited(mut bytes: Vec<u8>, edits: &[Edit]) -> Vec<u8> {
    for edit in edits {
        let end = bytes.len() + 1;
        match edit {
            Edit::Cut(at) => bytes.truncate(at.index(end)),
            Edit::Append(byte) => bytes.push(*byte),
            Edit::Put(at, byte) if !bytes.is_empty() => *at.get_mut(&mut bytes) = *byte,
            Edit::Insert(at, byte) => bytes.insert(at.index(end), *byte),
            Edit::Remove(at) if !bytes.is_empty() => drop(bytes.remove(at.index(bytes.len()))),
            Edit::Repeat(from, to) => {
                let (from, to) = (from.index(end), to.index(end));
                bytes.extend_from_within(from.min(to)..from.max(to));
            }
            Edit::Put(..) | Edit::Remove(_) => {}
        }
    }
    bytes
}

/// The checksum of v3 has to be right before the rest is looked at.
fn with_checksum(mut bytes: Vec<u8>) -> Vec<u8> {
    if let Some((head, body)) = bytes.split_at_checked(9) {
        let checksum = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC).checksum(body);
        bytes = [&head[..5], &checksum.to_le_bytes(), body].concat();
    }
    bytes
}

/// What was accepted is what `encode` writes, if it is of this version, and survives any operations.
fn holds_up<C: Operations + Clone + PartialEq + Debug>(
    bytes: &[u8],
    version: u8,
    decode: fn(&[u8]) -> Result<C, DecodeError>,
    encode: fn(&C) -> Vec<u8>,
    operations: &[common::Operation],
) -> Result<(), TestCaseError> {
    let Ok(mut cart) = decode(bytes) else {
        return Ok(());
    };
    if bytes[4] == version {
        prop_assert_eq!(encode(&cart), bytes);
    }
    for operation in operations {
        apply(&mut cart, operation);
        observe(&cart);
        let again = decode(&encode(&cart));
        prop_assert_eq!(again, Ok(cart.clone()));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn edited_snapshots_are_refused_or_hold_up(
        cart in any::<v1::Cart>(), edits in prop::collection::vec(edit(), 1..4), operations in history()
    ) {
        let second = v2::Cart::from(cart.clone());
        let third = v3::Cart::from(second.clone());
        let saved = [v1::encode(&cart), v2::encode(&second), v3::encode(&third)];
        for bytes in saved.map(|bytes| edited(bytes, &edits)) {
            holds_up(&bytes, 1, v1::decode, v1::encode, &operations)?;
            holds_up(&bytes, 2, v2::decode, v2::encode, &operations)?;
            holds_up(&bytes, 3, v3::decode, v3::encode, &operations)?;
            holds_up(&with_checksum(bytes), 3, v3::decode, v3::encode, &operations)?;
        }
    }

    #[test]
    fn any_bytes_get_an_answer(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = v3::decode(&body);
        for version in 0..4 {
            let framed = [b"CART", &[version][..], &body].concat();
            let _ = (v1::decode(&framed), v2::decode(&framed), v3::decode(&framed));
            let _ = v3::decode(&with_checksum(framed));
            let framed = [b"CLCK", &[version][..], &body].concat();
            let _ = (clock::v1::decode(&framed), clock::v2::decode(&framed));
        }
    }

    #[test]
    fn a_tail_or_a_cut_is_refused(cart in any::<v1::Cart>(), tail in any::<u8>(), cut in any::<prop::sample::Index>()) {
        let second = v2::Cart::from(cart.clone());
        let third = v3::Cart::from(second.clone());
        for mut bytes in [v1::encode(&cart), v2::encode(&second), v3::encode(&third)] {
            prop_assert!(v3::decode(&bytes[..cut.index(bytes.len())]).is_err());
            bytes.push(tail);
            prop_assert!(v3::decode(&bytes).is_err());
            prop_assert!(v3::decode(&with_checksum(bytes)).is_err());
        }
    }
}

#[test]
fn claimed_lengths_do_not_allocate() {
    let most = [0xff, 0xff, 0xff, 0xff, 0x0f];
    for body in [
        &most[..],
        &[0x9a, 0xff, 0xff, 0xff, 0xff],
        &[0xba, 0xff, 0xff, 0xff, 0xff],
        &[0x81; 100_000],
    ] {
        for version in 1..4 {
            let bytes = with_checksum([b"CART", &[version][..], body].concat());
            assert!(v3::decode(&bytes).is_err());
        }
    }
}

#[test]
fn the_reason_is_told() {
    let snapshot = v3::encode(&v3::Cart::default());
    let reason = |bytes: &[u8]| v3::decode(bytes).unwrap_err().to_string();
    assert_eq!(reason(b""), "not a snapshot of this component");
    assert_eq!(reason(b"CART"), "the snapshot ends before its version");
    assert_eq!(
        reason(b"CART\x09"),
        "snapshots of version 9 are not read here"
    );
    assert_eq!(
        reason(&snapshot[..snapshot.len() - 1]),
        "the checksum does not match the body"
    );
    assert_eq!(
        reason(&with_checksum([&snapshot[..], b"\0"].concat())),
        "the body is not in the form that save writes"
    );
    assert!(reason(b"CART\x01").starts_with("the body does not parse: "));
}
