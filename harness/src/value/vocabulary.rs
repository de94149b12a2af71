//! The few words of a history. Where a flag, its segments and their members are called by texts, random texts hardly ever mean the
//! same thing in three places; where there are one or two words for everything, they do.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use proptest::prelude::RngExt;
use proptest::test_runner::TestRng;
use siphasher::sip::SipHasher13;

use super::pool::{keeping_rules, parts_mut};
use super::{Val, WitType};

/// Names as people give them. The first are the plainest, and one reads as a number.
const NAMES: [&str; 9] = ["a", "b", "c", "B", "Ann", "x-1", "42", "two words", "é"];
/// As many of them are plain.
const PLAIN: usize = 3;
/// Of so many histories, one has few words.
const ONE_OF: u32 = 4;
/// How many words it has at most.
const MOST: usize = 3;

/// What every text of a history is one of.
#[derive(Debug, Clone)]
pub(crate) struct Vocabulary {
    words: Arc<[&'static str]>,
}

impl Vocabulary {
    /// Draws the vocabulary of a history; none if its texts stay what they are.
    pub(crate) fn draw(rng: &mut TestRng) -> Option<Self> {
        if !rng.random_ratio(1, ONE_OF) {
            return None;
        }
        let from = match rng.random() {
            true => &NAMES[..PLAIN],
            false => &NAMES[..],
        };
        let count = rng.random_range(1..=MOST);
        let words = (0..count).map(|_| from[rng.random_range(0..from.len())]);
        Some(Self {
            words: words.collect(),
        })
    }

    /// Makes each text in a value one of the words, the same for the same. An empty text says nothing, and stays empty; what the rules
    /// of a type do not allow stays as it is.
    pub(crate) fn apply(&self, value: &mut Val, ty: &WitType) {
        keeping_rules(value, ty, |value| match value {
            Val::String(text) if text.is_empty() => {}
            Val::String(text) => self.word_for(text).clone_into(text),
            _ => {
                for (part, ty) in parts_mut(value, ty) {
                    self.apply(part, &ty);
                }
            }
        });
    }

    fn word_for(&self, text: &str) -> &'static str {
        let mut hasher = SipHasher13::new();
        text.hash(&mut hasher);
        let index = hasher.finish() % self.words.len().max(1) as u64;
        self.words.get(index as usize).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::runner;

    #[test]
    fn every_text_becomes_one_of_the_words_and_the_same_the_same() {
        let text = |it: &str| Val::String(it.to_owned());
        let ty = WitType::list(WitType::option(WitType::String));
        let mut few = 0;
        for number in 0..400 {
            let mut runner = runner(7, "vocabulary", number);
            let Some(vocabulary) = Vocabulary::draw(runner.rng()) else {
                continue;
            };
            few += 1;
            let texts = ["xyz", "x", "y", "x", "z", "日本", ""]
                .map(|it| Val::Option(Some(text(it).into())));
            let mut value = Val::List(texts.to_vec());
            vocabulary.apply(&mut value, &ty);
            let Val::List(mut items) = value else {
                panic!("a list stays one");
            };
            let empty = items.pop();
            assert_eq!(empty, Some(Val::Option(Some(text("").into()))));
            assert_eq!(items[1], items[3]);
            let mut distinct: Vec<String> = items.iter().map(|it| format!("{it:?}")).collect();
            distinct.sort();
            distinct.dedup();
            assert!(distinct.len() <= MOST);
        }
        assert!((60..=140).contains(&few), "{few} of 400");
    }
}
