//! Texts that get shorter character by character, once what they were drawn from has nothing simpler: a text that was chosen as a whole
//! would stay as long as it is.

use proptest::prelude::*;
use proptest::strategy::{NewTree, ValueTree};
use proptest::test_runner::TestRunner;

/// Of a longer text no single characters are left out.
const LONGEST: usize = 32;

/// The same texts, which get shorter, but not empty.
pub(super) fn shorter(texts: SBoxedStrategy<String>) -> SBoxedStrategy<String> {
    Shorter(texts).sboxed()
}

#[derive(Debug)]
struct Shorter(SBoxedStrategy<String>);

impl Strategy for Shorter {
    type Tree = Tree;
    type Value = String;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        Ok(Tree {
            drawn: self.0.new_tree(runner)?,
            cut: None,
        })
    }
}

/// A text, and what it is made simpler with.
struct Tree {
    drawn: Box<dyn ValueTree<Value = String>>,
    /// None as long as what was drawn gets simpler by itself.
    cut: Option<Cut>,
}

struct Cut {
    text: Vec<char>,
    /// Which character is left out next.
    next: usize,
    /// The one that was left out last, before `next`.
    left_out: Option<char>,
}

impl Cut {
    fn of(text: &str) -> Self {
        let text: Vec<char> = text.chars().collect();
        let next = match text.len() > LONGEST {
            true => text.len(),
            false => 0,
        };
        Self {
            text,
            next,
            left_out: None,
        }
    }

    fn simplify(&mut self) -> bool {
        self.left_out = None;
        if self.text.len() < 2 || self.next >= self.text.len() {
            return false;
        }
        self.left_out = Some(self.text.remove(self.next));
        true
    }

    fn complicate(&mut self) -> bool {
        let Some(character) = self.left_out.take() else {
            return false;
        };
        self.text.insert(self.next, character);
        self.next += 1;
        true
    }
}

impl ValueTree for Tree {
    type Value = String;

    fn current(&self) -> String {
        match &self.cut {
            Some(cut) => cut.text.iter().collect(),
            None => self.drawn.current(),
        }
    }

    fn simplify(&mut self) -> bool {
        if self.cut.is_none() && self.drawn.simplify() {
            return true;
        }
        let drawn = &self.drawn;
        let cut = self.cut.get_or_insert_with(|| Cut::of(&drawn.current()));
        cut.simplify()
    }

    fn complicate(&mut self) -> bool {
        match &mut self.cut {
            Some(cut) => cut.complicate(),
            None => self.drawn.complicate(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The simplest text that proptest finds for which `holds`, which holds for the one that was drawn.
    fn simplest(text: &str, holds: impl Fn(&str) -> bool) -> String {
        let strategy = shorter(Just(text.to_owned()).sboxed());
        let mut runner = TestRunner::deterministic();
        let mut tree = strategy.new_tree(&mut runner).expect("it is there");
        assert_eq!(tree.current(), text);
        let mut found = tree.current();
        let mut goes_on = tree.simplify();
        while goes_on {
            let current = tree.current();
            goes_on = match holds(&current) {
                true => {
                    found = current;
                    tree.simplify()
                }
                false => tree.complicate(),
            };
        }
        found
    }

    #[test]
    fn what_was_drawn_as_a_whole_gets_as_short_as_it_can() {
        assert_eq!(simplest("e\u{301}", |it| !it.is_ascii()), "\u{301}");
        assert_eq!(simplest("日本語", |it| it.contains('本')), "本");
        assert_eq!(
            simplest("{\"a\":1}", |it| it.contains('{') && it.contains('}')),
            "{}"
        );
        assert_eq!(simplest("a b", |_| true).chars().count(), 1);
        assert_eq!(simplest("abc", |it| it == "abc"), "abc");
        assert_eq!(simplest("", |_| true), "");
        let long = "a".repeat(LONGEST + 1);
        assert_eq!(simplest(&long, |_| true), long);
    }
}
