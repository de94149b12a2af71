//! What is in a snapshot, and in the one that the new version makes of it: by name where the format has names, else by offset.

use std::collections::BTreeMap;

use serde::Serialize;

use handover::case::document::{Document, Format, recognise};
use handover::{Handed, Snapshot};

use super::marked::{Marked, marked};

/// How many places of a snapshot are shown.
const MOST: usize = 256;
/// How many bytes stand in a line.
const LINE: usize = 16;

/// One snapshot, or two side by side.
#[derive(Serialize)]
pub struct Contents {
    title: &'static str,
    saved: Summary,
    saved_again: Option<Summary>,
    /// Whether places are names of fields; otherwise offsets.
    has_names: bool,
    places: Vec<Place>,
    /// How many places are not shown.
    more: usize,
}

#[derive(Serialize)]
struct Summary {
    bytes: usize,
    mime: String,
}

#[derive(Serialize)]
struct Place {
    name: String,
    saved: Option<Marked>,
    saved_again: Option<Marked>,
    differs: bool,
}

/// What an update handed over; the two snapshots side by side if both have names, or both have none.
pub fn of_update(handed: &Handed) -> Vec<Contents> {
    let saved = Taken::apart(&handed.saved);
    let again = handed.saved_again.as_ref().map(Taken::apart);
    match again {
        Some(again) if again.has_names != saved.has_names => vec![
            Contents::new(SAVED, saved, None),
            Contents::new("what the new version saves of it", again, None),
        ],
        again => vec![Contents::new(SAVED, saved, again)],
    }
}

/// What load is given.
pub fn of_input(input: &Snapshot) -> Contents {
    Contents::new("what load is given", Taken::apart(input), None)
}

const SAVED: &str = "the snapshot";

/// A snapshot and its values, each with its name or its offset.
struct Taken {
    summary: Summary,
    has_names: bool,
    values: Vec<(String, String)>,
}

impl Taken {
    fn apart(snapshot: &Snapshot) -> Self {
        let named = recognise(snapshot).filter(|it| it.format() != Format::Plain);
        Self {
            summary: Summary::of(snapshot),
            has_names: named.is_some(),
            values: named.map_or_else(|| lines(snapshot), |it| fields(&it)),
        }
    }
}

impl Contents {
    fn new(title: &'static str, saved: Taken, again: Option<Taken>) -> Self {
        let (saved_again, right) = again.map(|it| (it.summary, it.values)).unzip();
        let mut places = places(saved.values, right);
        let more = places.len().saturating_sub(MOST);
        places.truncate(MOST);
        Self {
            title,
            saved: saved.summary,
            saved_again,
            has_names: saved.has_names,
            places,
            more,
        }
    }
}

impl Summary {
    fn of(snapshot: &Snapshot) -> Self {
        Self {
            bytes: snapshot.bytes.len(),
            mime: snapshot.mime.clone(),
        }
    }
}

fn fields(document: &Document) -> Vec<(String, String)> {
    let leaves = document.leaves().into_iter();
    leaves
        .map(|(path, leaf)| (path.to_string(), leaf.to_string()))
        .collect()
}

fn lines(snapshot: &Snapshot) -> Vec<(String, String)> {
    let lines = snapshot.bytes.chunks(LINE).take(MOST + 1).enumerate();
    let line = |(number, bytes): (usize, &[u8])| {
        let bytes: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        (format!("{:06x}", number * LINE), bytes.join(" "))
    };
    lines.map(line).collect()
}

/// The places of the first, each beside the same of the second, and then those that only the second has.
fn places(left: Vec<(String, String)>, right: Option<Vec<(String, String)>>) -> Vec<Place> {
    let Some(right) = right else {
        let alone = left.into_iter().map(|(name, value)| Place {
            name,
            saved: Some(Marked::plain(&value)),
            saved_again: None,
            differs: false,
        });
        return alone.collect();
    };
    let mut rest: BTreeMap<&str, &str> = BTreeMap::new();
    rest.extend(right.iter().map(|(name, value)| (&**name, &**value)));
    let mut places = Vec::new();
    for (name, value) in &left {
        let (saved, saved_again) = match rest.remove(&**name) {
            Some(other) => {
                let (saved, again) = marked(value, other);
                (saved, Some(again))
            }
            None => (Marked::plain(value), None),
        };
        let differs = saved_again.as_ref() != Some(&saved);
        places.push(Place {
            name: name.clone(),
            saved: Some(saved),
            saved_again,
            differs,
        });
    }
    let new = right.iter().filter(|(name, _)| rest.contains_key(&**name));
    places.extend(new.map(|(name, value)| Place {
        name: name.clone(),
        saved: None,
        saved_again: Some(Marked::plain(value)),
        differs: true,
    }));
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(saved: &[u8], again: &[u8]) -> Vec<(bool, Vec<(String, bool)>)> {
        let contents = of_update(&Handed {
            saved: Snapshot::octets(saved),
            saved_again: Some(Snapshot::octets(again)),
        });
        let told = contents.into_iter().map(|it| {
            let places = it.places.into_iter();
            let places = places.map(|it| (it.name, it.differs)).collect();
            (it.has_names, places)
        });
        told.collect()
    }

    #[test]
    fn places_stand_side_by_side_by_name_or_by_offset() {
        let named = |it: &[(&str, bool)]| -> Vec<(String, bool)> {
            let named = it.iter().map(|(name, it)| ((*name).to_owned(), *it));
            named.collect()
        };
        let both = named(&[("a", true), ("b", false), ("c", true)]);
        let one = br#"{"a":1,"b":"x"}"#;
        assert_eq!(told(one, br#"{"b":"x","c":2}"#), [(true, both)]);
        let lines = named(&[("000000", false), ("000010", true)]);
        assert_eq!(told(&[0xc1; 17], &[0xc1; 16]), [(false, lines)]);
        let alone = [
            (true, named(&[("a", false), ("b", false)])),
            (false, named(&[("000000", false)])),
        ];
        assert_eq!(told(one, &[0xc1; 16]), alone);
    }
}
