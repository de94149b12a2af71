//! One edit of a document. What is broken is the state, not the format: a number lags behind what it counts, an item is missing
//! or stands twice, two places say the same that did not.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::RngExt;
use proptest::test_runner::TestRng;

use super::node::{Format, Kind, Node};
use super::walk::Place;
use super::{Document, items, value};

/// Of so many edits, one is of what is no state.
const OUTSIDE: u32 = 16;
/// Of so many edits, one is of a field that is drawn from all fields, however many values each has, and nothing else is edited.
const FIELDWISE: u32 = 3;
/// Of so many of these, one makes it what stands beside it.
const BESIDE: u32 = 6;
/// So far from it, in places.
const NEAR: usize = 8;
/// Lists with more parts than this are not made many times longer.
const SMALL: usize = 8;

impl Document {
    /// The bytes after an edit, or a few. Some edits take from `other`, a snapshot of the same kind.
    pub fn mutated(&self, rng: &mut TestRng, other: Option<&Self>) -> Vec<u8> {
        let mut document = self.clone();
        if rng.random_ratio(1, FIELDWISE) && document.change_field(rng) {
            return document.to_bytes();
        }
        // A single edit is the most likely to be accepted.
        for _ in 0..[1, 1, 1, 2, 3][rng.random_range(0..5usize)] {
            document.edit(rng, other);
        }
        document.to_bytes()
    }

    fn edit(&mut self, rng: &mut TestRng, other: Option<&Self>) {
        let outside = rng.random_ratio(1, OUTSIDE);
        let done = match rng.random_range(0..20u32) {
            0..=5 => self.change_value(outside, rng),
            6..=9 => self.change_items(outside, rng),
            10 | 11 => self.copy_value(rng),
            12 | 13 => self.lag_behind(rng),
            14 | 15 => match other {
                Some(other) => self.exchange(other, rng),
                None => self.copy_part(rng),
            },
            16 => self.copy_part(rng),
            17 => self.change_kind(outside, rng),
            18 => self.change_counted(rng),
            _ => self.nest(rng),
        };
        if !done {
            self.change_counted(rng);
            self.change_value(outside, rng);
        }
    }

    /// One of the nodes that are wanted, by number.
    fn pick(&self, rng: &mut TestRng, wanted: impl Fn(&Place<'_>) -> bool) -> Option<usize> {
        let mut numbers: Vec<usize> = Vec::new();
        let places = self.places();
        numbers.extend(places.iter().filter(|it| wanted(it)).map(|it| it.number));
        let choice = rng.random_range(0..numbers.len().max(1));
        numbers.get(choice).copied()
    }

    fn change_value(&mut self, outside: bool, rng: &mut TestRng) -> bool {
        let number = self.pick(rng, |it| {
            it.outside == outside && it.node.parts() == 0 && !is_wrapper(it.node)
        });
        let node = number.and_then(|number| self.node_mut(number));
        match node {
            Some(node) => {
                if !value::change(node, rng) {
                    *node = value::of_another_kind(node.kind(), rng);
                }
                true
            }
            None => false,
        }
    }

    fn change_items(&mut self, outside: bool, rng: &mut TestRng) -> bool {
        let number = self.pick(rng, |it| it.outside == outside && it.node.parts() > 0);
        match number.and_then(|number| self.node_mut(number)) {
            Some(Node::List(list)) => {
                let is_small = list.iter().all(|item| item.parts() <= SMALL);
                items::edit(list, is_small, rng);
            }
            Some(Node::Map(entries)) => change_entries(entries, rng),
            _ => return false,
        }
        true
    }

    /// Changes one value of a field.
    fn change_field(&mut self, rng: &mut TestRng) -> bool {
        let places = self.places();
        let is_value =
            |it: &&Place<'_>| !it.outside && it.node.parts() == 0 && !is_wrapper(it.node);
        let values: Vec<&Place<'_>> = places.iter().filter(is_value).collect();
        let fields: BTreeSet<u64> = values.iter().map(|it| it.field).collect();
        let fields: Vec<u64> = fields.into_iter().collect();
        if fields.is_empty() {
            return false;
        }
        let field = fields[rng.random_range(0..fields.len())];
        let of_field: Vec<&&Place<'_>> = values.iter().filter(|it| it.field == field).collect();
        let value = of_field[rng.random_range(0..of_field.len())];
        let number = value.number;
        if rng.random_ratio(1, BESIDE) {
            // A comment that answers itself, an end before its beginning.
            let is_beside = |it: &&&Place<'_>| {
                (it.node.kind() == value.node.kind() || *value.node == Node::Null)
                    && it.field != field
                    && it.number.abs_diff(number) <= NEAR
            };
            let beside: Vec<_> = values.iter().filter(is_beside).collect();
            if !beside.is_empty() {
                let other = beside[rng.random_range(0..beside.len())].node.clone();
                return self.put(number, other);
            }
        }
        match self.node_mut(number) {
            Some(node) => value::change(node, rng),
            None => false,
        }
    }

    /// Counted lists of binary formats.
    fn change_counted(&mut self, rng: &mut TestRng) -> bool {
        let mut counted = self.counted_mut();
        let choice = rng.random_range(0..counted.len().max(1));
        match counted.get_mut(choice) {
            Some(list) => {
                items::edit(list, true, rng);
                true
            }
            None => false,
        }
    }

    /// Makes a value what another one of its kind is: an id that stands twice, a reference to nobody.
    fn copy_value(&mut self, rng: &mut TestRng) -> bool {
        let places = self.places();
        let mut by_kind: BTreeMap<Kind, Vec<&Place<'_>>> = BTreeMap::new();
        for place in &places {
            let is_value = place.node.parts() == 0 && !is_wrapper(place.node);
            if is_value && !place.outside && place.format != Format::Plain {
                by_kind.entry(place.node.kind()).or_default().push(place);
            }
        }
        by_kind.retain(|kind, places| places.len() > 1 && *kind != Kind::Bool);
        let choice = rng.random_range(0..by_kind.len().max(1));
        let Some(of_kind) = by_kind.into_values().nth(choice) else {
            return false;
        };
        let from = of_kind[rng.random_range(0..of_kind.len())].node.clone();
        let to = of_kind[rng.random_range(0..of_kind.len())].number;
        self.put(to, from)
    }

    /// Lowers a number that is one more than another: the next id, which then is given twice, or the length of something.
    fn lag_behind(&mut self, rng: &mut TestRng) -> bool {
        let places = self.places();
        let state = places.iter().filter(|it| !it.outside);
        let numbers: Vec<(usize, i128, bool)> = state
            .filter_map(|it| Some((it.number, number(it.node)?, it.is_key)))
            .collect();
        let has = |number: i128| numbers.iter().any(|(_, it, _)| *it == number);
        let lengths: Vec<i128> = places.iter().map(|it| length(it.node)).collect();
        let leads = |(_, number, is_key): &&(usize, i128, bool)| {
            let counts = *number > 0 && lengths.contains(number);
            !is_key && *number > 0 && (has(number - 1) || counts)
        };
        let mut leading: Vec<_> = numbers.iter().filter(leads).collect();
        // Mostly the largest, before which all others were given.
        leading.sort_by_key(|(_, number, _)| std::cmp::Reverse(*number));
        let choice = match rng.random() {
            true => 0,
            false => rng.random_range(0..leading.len().max(1)),
        };
        let Some(&&(at, now, _)) = leading.get(choice) else {
            return false;
        };
        let lower: Vec<i128> = numbers
            .iter()
            .map(|(_, it, _)| *it)
            .filter(|it| *it < now)
            .collect();
        let choice = rng.random_range(0..lower.len().max(1));
        let lower = match rng.random_range(0..4u32) {
            0 => 0,
            1 => 1.min(now - 1),
            2 => now - 1,
            _ => lower.get(choice).copied().unwrap_or(now - 1),
        };
        match self.node_mut(at) {
            Some(Node::Text(text)) => *text = lower.to_string(),
            Some(node) => *node = Node::Integer(lower),
            None => return false,
        }
        true
    }

    /// Puts a part of another snapshot in the place of one of its kind.
    fn exchange(&mut self, other: &Self, rng: &mut TestRng) -> bool {
        let places = other.places();
        let from = other.pick(rng, |it| !it.outside && it.format != Format::Plain);
        let Some(from) = from.map(|from| places[from]) else {
            return false;
        };
        self.put_alike(from, rng)
    }

    /// Puts a part of this snapshot in the place of another one of its kind: of itself, too, which then holds itself.
    fn copy_part(&mut self, rng: &mut TestRng) -> bool {
        let copy = self.clone();
        let from = copy.pick(rng, |it| {
            !it.outside && it.format != Format::Plain && it.node.parts() > 0
        });
        match from {
            Some(from) => self.put_alike(copy.places()[from], rng),
            None => false,
        }
    }

    fn put_alike(&mut self, from: Place<'_>, rng: &mut TestRng) -> bool {
        let keys = from.node.keys();
        let alike = |it: &Place<'_>| {
            !it.outside
                && it.format == from.format
                && it.node.kind() == from.node.kind()
                && it.is_key == from.is_key
        };
        // Records of the same fields first, then whatever is of the kind.
        let to = self.pick(rng, |it| alike(it) && it.node.keys() == keys);
        match to.or_else(|| self.pick(rng, alike)) {
            Some(to) => self.put(to, from.node.clone()),
            None => false,
        }
    }

    fn change_kind(&mut self, outside: bool, rng: &mut TestRng) -> bool {
        let number = self.pick(rng, |it| {
            it.outside == outside && !it.is_key && it.format != Format::Plain
        });
        match number.and_then(|number| self.node_mut(number)) {
            Some(node) => {
                *node = match rng.random_ratio(1, 3) {
                    true => Node::Null,
                    false => value::of_another_kind(node.kind(), rng),
                };
                true
            }
            None => false,
        }
    }

    /// Puts a value into lists, or a part into itself.
    fn nest(&mut self, rng: &mut TestRng) -> bool {
        let number = self.pick(rng, |it| {
            !it.outside && !it.is_key && it.format != Format::Plain
        });
        match number.and_then(|number| self.node_mut(number)) {
            Some(node) => {
                let inner = std::mem::replace(node, Node::Null);
                *node = value::nested(inner, rng);
                true
            }
            None => false,
        }
    }

    fn put(&mut self, number: usize, node: Node) -> bool {
        match self.node_mut(number) {
            Some(place) => {
                *place = node;
                true
            }
            None => false,
        }
    }
}

fn is_wrapper(node: &Node) -> bool {
    node.kind() == Kind::Wrapper
}

/// The number that a node is, also one that is written as a text.
fn number(node: &Node) -> Option<i128> {
    match node {
        Node::Integer(number) => Some(*number),
        Node::Text(text) => text.parse().ok(),
        _ => None,
    }
}

fn length(node: &Node) -> i128 {
    match node {
        Node::List(items) => items.len() as i128,
        Node::Map(entries) => entries.len() as i128,
        _ => 0,
    }
}

/// Keys are removed, renamed and doubled, values change places.
fn change_entries(entries: &mut Vec<(Node, Node)>, rng: &mut TestRng) {
    let one = rng.random_range(0..entries.len());
    let other = rng.random_range(0..entries.len());
    match rng.random_range(0..8u32) {
        0 => {
            value::change(&mut entries[one].0, rng);
        }
        1 => entries[one].0 = entries[other].0.clone(),
        2 => {
            let value = std::mem::replace(&mut entries[one].1, Node::Null);
            let value = std::mem::replace(&mut entries[other].1, value);
            entries[one].1 = value;
        }
        // One entry more, of another key.
        3 => {
            let mut entry = entries[one].clone();
            value::change(&mut entry.0, rng);
            entries.push(entry);
        }
        _ => items::edit(entries, false, rng),
    }
}
