//! Binary formats without a description of themselves: texts with their lengths in front, parts whose length covers others, and
//! lists with a count.

use std::ops::Range;

use super::node::{Format, Node, Number, Piece};
use super::plain;

/// A text with its length in front.
#[derive(Debug, Clone)]
struct Text {
    start: usize,
    content: Range<usize>,
}

/// What is found in a run of bytes.
enum Segment {
    Plain(Range<usize>),
    Sized(Piece),
}

/// How many texts an item of a list has at most.
const LONGEST_ITEM: usize = 4;
/// How deep parts with a length of their own are looked into.
const DEEPEST: usize = 8;

/// Takes the bytes apart; none if there is no text in them. All numbers are taken to be written in the way that finds the most
/// text.
pub(super) fn recognise(bytes: &[u8]) -> Option<Vec<Piece>> {
    let score = |texts: &[Text]| texts.iter().map(|it| it.content.len()).sum::<usize>();
    let found = Number::ALL.map(|number| (number, texts(bytes, number)));
    // Of equals the first, which is the widest.
    let (number, texts) = found
        .into_iter()
        .rev()
        .max_by_key(|(_, texts)| score(texts))?;
    if texts.is_empty() {
        return None;
    }
    Some(pieces(bytes, 0..bytes.len(), &texts, number, DEEPEST))
}

fn texts(bytes: &[u8], number: Number) -> Vec<Text> {
    let mut texts = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        match text(bytes, at, number) {
            Some(content) => {
                texts.push(Text {
                    start: at,
                    content: content.clone(),
                });
                at = content.end;
            }
            None => at += 1,
        }
    }
    texts
}

fn text(bytes: &[u8], at: usize, number: Number) -> Option<Range<usize>> {
    let (length, size) = number.read(&bytes[at..])?;
    let length = usize::try_from(length).ok().filter(|it| *it > 0)?;
    let start = at + size;
    let end = start.checked_add(length)?;
    let content = std::str::from_utf8(bytes.get(start..end)?).ok()?;
    let is_text = |it: char| !it.is_control() || it == '\n' || it == '\t';
    content.chars().all(is_text).then_some(start..end)
}

fn pieces(
    bytes: &[u8],
    range: Range<usize>,
    texts: &[Text],
    number: Number,
    deepest: usize,
) -> Vec<Piece> {
    let mut segments = Vec::new();
    let (mut at, mut from) = (range.start, range.start);
    while at < range.end {
        let sized = match texts.iter().find(|text| text.start == at) {
            Some(text) => {
                let content = String::from_utf8_lossy(&bytes[text.content.clone()]);
                let content = Piece::Value(Format::Plain, Node::Text(content.into_owned()));
                Some((vec![content], text.content.end))
            }
            None => part(bytes, at, &range, texts, number)
                .filter(|_| deepest > 0)
                .map(|inner| {
                    let end = inner.end;
                    (pieces(bytes, inner, texts, number, deepest - 1), end)
                }),
        };
        match sized {
            Some((content, end)) => {
                if from < at {
                    segments.push(Segment::Plain(from..at));
                }
                segments.push(Segment::Sized(Piece::Sized(number, content)));
                (at, from) = (end, end);
            }
            None => at += 1,
        }
    }
    if from < range.end {
        segments.push(Segment::Plain(from..range.end));
    }
    lists(bytes, segments, number)
}

/// A part that is no text and has its length in front: it holds texts as a whole, and ends where the bytes end or where the
/// same byte stands that stood before it, the number of a field that comes again.
fn part(
    bytes: &[u8],
    at: usize,
    range: &Range<usize>,
    texts: &[Text],
    number: Number,
) -> Option<Range<usize>> {
    let (length, size) = number.read(&bytes[at..range.end])?;
    let start = at + size;
    let end = start.checked_add(usize::try_from(length).ok()?)?;
    let again = at > range.start && bytes.get(end) == bytes.get(at - 1);
    if end > range.end || !(end == range.end || again) {
        return None;
    }
    let mut inside = texts
        .iter()
        .filter(|it| it.start < end && it.content.end > start);
    let holds_whole = inside.next().is_some_and(|it| it.start >= start)
        && !texts
            .iter()
            .any(|it| it.start < end && it.content.end > end);
    holds_whole.then_some(start..end)
}

/// Finds a count in front of as many items that are made alike, and makes a list of them.
fn lists(bytes: &[u8], segments: Vec<Segment>, number: Number) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = segments
        .into_iter()
        .collect::<std::collections::VecDeque<_>>();
    while !rest.is_empty() {
        let list = rest.make_contiguous();
        let found = list_at(bytes, list, number);
        match found {
            Some(list) => {
                pieces.extend(list.pieces(bytes, &mut rest, number));
            }
            None => match rest.pop_front() {
                Some(Segment::Plain(range)) => pieces.push(plain(&bytes[range])),
                Some(Segment::Sized(piece)) => pieces.push(piece),
                None => {}
            },
        }
    }
    pieces
}

/// A list in front of a run of segments.
struct List {
    /// Where the count begins in the first segment, and where it ends.
    count: Range<usize>,
    items: usize,
    /// How many parts with a length an item has.
    sized: usize,
    /// Bytes in an item before its first part, between its parts, and after the last.
    before: usize,
    between: Vec<usize>,
    after: usize,
}

fn list_at(bytes: &[u8], segments: &[Segment], number: Number) -> Option<List> {
    let Some(Segment::Plain(first)) = segments.first() else {
        return None;
    };
    // The bytes in front of each part, and behind the last.
    let mut gaps = Vec::new();
    let mut gap = 0;
    for segment in &segments[1..] {
        match segment {
            Segment::Plain(range) => gap = range.len(),
            Segment::Sized(_) => gaps.push(std::mem::take(&mut gap)),
        }
    }
    gaps.push(gap);
    let in_range = first.clone();
    in_range.rev().find_map(|at| {
        let (items, size) = number.read(&bytes[at..first.end])?;
        let items = usize::try_from(items).ok().filter(|it| *it > 1)?;
        let before = first.end - at - size;
        (1..=LONGEST_ITEM).find_map(|sized| {
            let parts = items.checked_mul(sized)?;
            let inner = gaps.get(1..parts)?;
            let next = *inner.get(sized - 1)?;
            let alike = inner.iter().enumerate().all(|(index, gap)| {
                let (item, place) = ((index + 1) / sized, (index + 1) % sized);
                match place {
                    0 => item > 0 && *gap == next,
                    place => *gap == inner[place - 1],
                }
            });
            let after = next.checked_sub(before)?;
            (alike && *gaps.get(parts)? >= after).then(|| List {
                count: at..at + size,
                items,
                sized,
                before,
                between: inner[..sized - 1].to_vec(),
                after,
            })
        })
    })
}

impl List {
    /// Takes the list's segments from the front of the run.
    fn pieces(
        &self,
        bytes: &[u8],
        rest: &mut std::collections::VecDeque<Segment>,
        number: Number,
    ) -> Vec<Piece> {
        let mut pieces = Vec::new();
        if let Some(Segment::Plain(range)) = rest.pop_front()
            && range.start < self.count.start
        {
            pieces.push(plain(&bytes[range.start..self.count.start]));
        }
        let mut at = self.count.end;
        let take = |length: usize, item: &mut Vec<Piece>, at: &mut usize| {
            if length > 0 {
                item.push(plain(&bytes[*at..*at + length]));
                *at += length;
            }
        };
        let mut items = Vec::with_capacity(self.items);
        for _ in 0..self.items {
            let mut item = Vec::new();
            for place in 0..self.sized {
                let length = match place {
                    0 => self.before,
                    place => self.between[place - 1],
                };
                take(length, &mut item, &mut at);
                while let Some(segment) = rest.pop_front() {
                    if let Segment::Sized(piece) = segment {
                        at += super::write(&piece).len();
                        item.push(piece);
                        break;
                    }
                }
            }
            take(self.after, &mut item, &mut at);
            items.push(item);
        }
        pieces.push(Piece::Counted(number, items));
        if let Some(Segment::Plain(range)) = rest.front_mut() {
            match at < range.end {
                true => range.start = at,
                false => {
                    rest.pop_front();
                }
            }
        }
        pieces
    }
}
