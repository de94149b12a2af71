//! The state of a damaged snapshot in an envelope that is whole: who reads the envelope is the SDK, not the agent's author.

use serde_json::Value;

use super::envelope;
use crate::worker::snapshot::Snapshot;

/// The first bytes of an envelope without a principal, and of one with it.
const BARE: u8 = 1;
const WITH_PRINCIPAL: u8 = 2;
/// What stands before the principal: the first byte and the length.
const HEADER: usize = 5;

/// What `damaged` says of the state, in the envelope of `sound`, which an agent's save wrote; none if no reader gets as far as
/// the state.
pub(crate) fn in_envelope_of(sound: &Snapshot, damaged: &Snapshot) -> Option<Snapshot> {
    if sound.bytes.first() == Some(&WITH_PRINCIPAL) {
        let start = behind_principal(&sound.bytes)?;
        let state = match *damaged.bytes.first()? {
            BARE => &damaged.bytes[1..],
            WITH_PRINCIPAL => &damaged.bytes[behind_principal(&damaged.bytes)?..],
            _ => return None,
        };
        let bytes = [&sound.bytes[..start], state].concat();
        return Some(sound.with_bytes(bytes));
    }
    if let Ok(Value::Object(mut whole)) = serde_json::from_slice(&sound.bytes) {
        let damaged: Value = serde_json::from_slice(&damaged.bytes).ok()?;
        whole.insert("state".to_owned(), damaged.get("state")?.clone());
        return Some(sound.with_bytes(serde_json::to_vec(&whole).ok()?));
    }
    envelope::multipart(&damaged.bytes, 0).map(|_| damaged.clone())
}

/// An array within an array, or an object within an object if the text in `damaged` begins with one, as deep as that text at its
/// deepest, as the state in the envelope of `sound`, which an agent's save wrote; none if that envelope is of another kind.
pub(crate) fn as_deep_in_envelope_of(sound: &Snapshot, damaged: &Snapshot) -> Option<Snapshot> {
    if sound.bytes.first() != Some(&WITH_PRINCIPAL) {
        return None;
    }
    let start = behind_principal(&sound.bytes)?;
    let depth = depth(&damaged.bytes);
    let text = behind_principal(&damaged.bytes).map_or(&[][..], |start| &damaged.bytes[start..]);
    // Load may tell by the first byte what it reads.
    let (open, inner, close) = match text.trim_ascii_start().first() {
        Some(b'{') => (r#"{"":"#, "0", "}"),
        _ => ("[", "", "]"),
    };
    let state = [&open.repeat(depth), inner, &close.repeat(depth)].concat();
    let bytes = [&sound.bytes[..start], state.as_bytes()].concat();
    Some(sound.with_bytes(bytes))
}

/// How many brackets are open at once.
fn depth(text: &[u8]) -> usize {
    let (mut open, mut deepest) = (0_usize, 0);
    for byte in text {
        match byte {
            b'[' | b'{' => open += 1,
            b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(open);
    }
    deepest
}

/// Where the state begins; none if the principal does not end within the bytes.
fn behind_principal(bytes: &[u8]) -> Option<usize> {
    let length = bytes.get(1..HEADER)?.try_into().ok()?;
    let length = usize::try_from(u32::from_be_bytes(length)).ok()?;
    let end = HEADER.checked_add(length)?;
    (end <= bytes.len()).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_behind_a_whole_envelope_is_refitted_and_one_behind_none_is_not() {
        let sound = Snapshot::octets(*b"\x02\0\0\0\x02{}abc");
        let with = |bytes: &[u8]| in_envelope_of(&sound, &Snapshot::octets(bytes.to_vec()));
        let refitted = with(b"\x02\0\0\0\x01!xy").expect("its principal ends");
        assert_eq!(refitted.bytes, b"\x02\0\0\0\x02{}xy");
        assert_eq!(with(b"\x01xy"), Some(refitted));
        assert_eq!(with(b"\x02\xff\xff\xff\xff"), None);
        assert_eq!(with(b""), None);
    }

    #[test]
    fn a_state_is_made_as_deep_as_the_text_and_begins_like_it() {
        let sound = Snapshot::octets(*b"\x02\0\0\0\x02{}abc");
        for (deep, state) in [
            (r#"]{"a":[[1],[2,[3]]]}"#, "[[[[]]]]"),
            ("\x02\0\0\0\x02{} [{}]", "[[]]"),
            ("\x02\0\0\0\x02{} {\"a\":[1]}", r#"{"":{"":0}}"#),
        ] {
            let deep = Snapshot::octets(deep.as_bytes().to_vec());
            let made = as_deep_in_envelope_of(&sound, &deep).expect("it has an envelope");
            let expected = [&b"\x02\0\0\0\x02{}"[..], state.as_bytes()].concat();
            assert_eq!(made.bytes, expected);
        }
        let bare = Snapshot::octets(*b"{}");
        assert_eq!(as_deep_in_envelope_of(&bare, &bare), None);
    }

    #[test]
    fn the_state_of_an_automatic_snapshot_is_what_stands_under_its_key() {
        let json = |text: &str| Snapshot::octets(text.as_bytes().to_vec());
        let sound = json(r#"{"principal":1,"state":{"a":1},"version":1}"#);
        let refitted = in_envelope_of(&sound, &json(r#"{"state":[7]}"#)).expect("it has a state");
        assert_eq!(refitted, json(r#"{"principal":1,"state":[7],"version":1}"#));
        assert_eq!(in_envelope_of(&sound, &json(r#"{"stat":[7]}"#)), None);
        assert_eq!(in_envelope_of(&sound, &json("{")), None);
    }
}
