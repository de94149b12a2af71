//! The texts and numbers in a snapshot. An operation that is given one of them is about what is in the state.

use super::Document;
use super::node::Node;
use crate::value::word::Word;
use crate::worker::snapshot::Snapshot;

/// How many are kept.
const KEPT: usize = 64;
/// In longer texts no word is looked for, in bytes.
const LONGEST: usize = 64;
/// So many letters after each other are a text, where no format says so.
const SHORTEST: usize = 2;

/// The distinct words of a snapshot, in the order of its bytes; `document` is what it is, if that is known.
pub(super) fn words(snapshot: &Snapshot, document: Option<&Document>) -> Vec<Word> {
    let mut words = Vec::new();
    let mut keep = |word: Word| {
        let is_wanted = match &word {
            Word::Text(text) => !text.is_empty() && text.len() <= LONGEST,
            Word::Number(_) => true,
        };
        if is_wanted && words.len() < KEPT && !words.contains(&word) {
            words.push(word);
        }
    };
    match document {
        Some(document) => {
            let places = document.places();
            for place in places.iter().filter(|it| !it.outside) {
                match place.node {
                    Node::Text(text) => {
                        keep(Word::Text(text.clone()));
                        // The keys of JSON are texts, whatever they stand for.
                        text.parse()
                            .into_iter()
                            .for_each(|it| keep(Word::Number(it)));
                    }
                    Node::Integer(number) => keep(Word::Number(*number)),
                    Node::Bytes(bytes) => texts(bytes, &mut keep),
                    _ => {}
                }
            }
        }
        None => texts(&snapshot.bytes, &mut keep),
    }
    words
}

/// Where no format says what is text: letters after each other.
fn texts(bytes: &[u8], keep: &mut impl FnMut(Word)) {
    for chunk in bytes.utf8_chunks() {
        let runs = chunk.valid().split(char::is_control);
        for run in runs.filter(|it| it.chars().count() >= SHORTEST) {
            keep(Word::Text(run.to_owned()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::document::recognise;

    fn of(snapshot: &Snapshot) -> Vec<Word> {
        words(snapshot, recognise(snapshot).as_ref())
    }

    fn text(text: &str) -> Word {
        Word::Text(text.to_owned())
    }

    #[test]
    fn keys_texts_and_numbers_are_words() {
        let json = br#"{"next":7,"lots":{"12":0,"blue-1":{"by":"ann","tags":["ann",-2]}}}"#;
        let snapshot = Snapshot::octets(json.to_vec());
        let expected = [
            text("next"),
            Word::Number(7),
            text("lots"),
            text("12"),
            Word::Number(12),
            Word::Number(0),
            text("blue-1"),
            text("by"),
            text("ann"),
            text("tags"),
            Word::Number(-2),
        ];
        assert_eq!(of(&snapshot), expected);
    }

    #[test]
    fn letters_among_bytes_are_words() {
        let snapshot = Snapshot::octets(b"\x00\x01ann\xff\xfe\x02\x03zo\xc3\xab\x00x".to_vec());
        assert_eq!(words(&snapshot, None), [text("ann"), text("zoë")]);
    }

    #[test]
    fn a_large_snapshot_has_no_more_words_than_are_kept() {
        let numbers: Vec<String> = (0..10_000).map(|it| it.to_string()).collect();
        let json = format!("[{}]", numbers.join(","));
        assert_eq!(of(&Snapshot::octets(json.into_bytes())).len(), KEPT);
    }
}
