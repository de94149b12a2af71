//! Strings of production → strings that say nothing: of the same length, with letters for letters and digits for digits. The same
//! string becomes the same wherever it stands, and two strings of ASCII never become one, so that a history keeps its meaning.

use std::collections::HashMap;

use crate::case::{Call, Case, Step};
use crate::value::{Val, wave};
use crate::worker::observation::Observation;

/// Strings that were redacted, and what each became.
#[derive(Debug, Default)]
pub(crate) struct Redactor {
    known: HashMap<String, String>,
    /// How many strings of each pattern are known.
    of_pattern: HashMap<String, u64>,
}

impl Redactor {
    /// The text that stands for another.
    pub(crate) fn text(&mut self, text: &str) -> String {
        if let Some(known) = self.known.get(text) {
            return known.clone();
        }
        let pattern: String = text.chars().map(|it| Class::of(it).first(it)).collect();
        let number = self.of_pattern.entry(pattern).or_default();
        let redacted = numbered(text, *number);
        *number += 1;
        self.known.insert(text.to_owned(), redacted.clone());
        redacted
    }

    pub(crate) fn value(&mut self, value: &Val) -> Val {
        match value {
            Val::String(text) => Val::String(self.text(text)),
            Val::Char(it) => {
                let text = self.text(&it.to_string());
                Val::Char(text.chars().next().unwrap_or(*it))
            }
            Val::List(items) => Val::List(self.values(items)),
            Val::FixedLengthList(items) => Val::FixedLengthList(self.values(items)),
            Val::Tuple(items) => Val::Tuple(self.values(items)),
            Val::Record(fields) => {
                let fields = fields.iter();
                let redacted = fields.map(|(name, value)| (name.clone(), self.value(value)));
                Val::Record(redacted.collect())
            }
            Val::Variant(name, content) => Val::Variant(name.clone(), self.boxed(content)),
            Val::Option(content) => Val::Option(self.boxed(content)),
            Val::Result(Ok(content)) => Val::Result(Ok(self.boxed(content))),
            Val::Result(Err(content)) => Val::Result(Err(self.boxed(content))),
            other => other.clone(),
        }
    }

    fn boxed(&mut self, content: &Option<Box<Val>>) -> Option<Box<Val>> {
        content.as_ref().map(|it| Box::new(self.value(it)))
    }

    pub(crate) fn values(&mut self, values: &[Val]) -> Vec<Val> {
        values.iter().map(|it| self.value(it)).collect()
    }

    pub(crate) fn call(&mut self, call: &Call) -> Call {
        Call {
            arguments: self.values(&call.arguments),
            ..call.clone()
        }
    }

    /// What was observed, as text. What a failure says may repeat what was given.
    pub(crate) fn observation(&mut self, observation: &Observation) -> String {
        match observation {
            Observation::Returned(Some(value)) => wave(&self.value(value)),
            Observation::Returned(None) => observation.to_string(),
            Observation::Failed(_) => "a failure".to_owned(),
        }
    }

    pub(crate) fn case(&mut self, case: &Case) -> Case {
        let steps = case.steps.iter().map(|step| match step {
            Step::Operation(call) => Step::Operation(self.call(call)),
            event => event.clone(),
        });
        let steps = steps.collect();
        Case {
            founding: case.founding.as_ref().map(|it| self.values(it)),
            steps,
            ..case.clone()
        }
    }
}

/// What a character may be replaced by.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Upper,
    Lower,
    Digit,
    /// A letter of another alphabet, by its length in UTF-8.
    Letter(usize),
    /// Punctuation, blanks and the like stay.
    Kept,
}

impl Class {
    fn of(it: char) -> Self {
        match it {
            'A'..='Z' => Self::Upper,
            'a'..='z' => Self::Lower,
            '0'..='9' => Self::Digit,
            _ if it.is_alphanumeric() => Self::Letter(it.len_utf8()),
            _ => Self::Kept,
        }
    }

    /// The characters of the class: the first, and how many follow each other from there.
    fn range(self) -> (char, u64) {
        match self {
            Self::Upper => ('A', 26),
            Self::Lower => ('a', 26),
            Self::Digit => ('0', 10),
            // Latin Extended-A, and the two largest blocks of ideographs.
            Self::Letter(0..=2) => ('Ā', 128),
            Self::Letter(3) => ('一', 20_000),
            Self::Letter(_) => ('\u{20000}', 40_000),
            Self::Kept => ('\0', 1),
        }
    }

    fn first(self, it: char) -> char {
        match self {
            Self::Kept => it,
            class => class.range().0,
        }
    }
}

/// The text with this number among those of its pattern.
fn numbered(text: &str, mut number: u64) -> String {
    let mut characters: Vec<char> = text.chars().rev().collect();
    for it in &mut characters {
        let class = Class::of(*it);
        if class == Class::Kept {
            continue;
        }
        let (first, many) = class.range();
        let offset = u32::try_from(number % many).unwrap_or(0);
        *it = char::from_u32(u32::from(first) + offset).unwrap_or(first);
        number /= many;
    }
    characters.into_iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_keeps_its_length_and_its_classes_and_becomes_the_same_everywhere() {
        let mut redactor = Redactor::default();
        for (text, redacted) in [
            ("Ann-07", "Aaa-00"),
            ("Bob-12", "Aaa-01"),
            ("Ann-07", "Aaa-00"),
            ("größe 1", "aaĀĀa 0"),
            ("", ""),
            ("…!", "…!"),
        ] {
            let became = redactor.text(text);
            assert_eq!(became.len(), text.len(), "{text}");
            assert_eq!(became, redacted);
        }
    }

    #[test]
    fn no_two_strings_become_one() {
        let mut redactor = Redactor::default();
        let became: std::collections::BTreeSet<String> = (0..1000)
            .map(|number| redactor.text(&format!("{number:03}")))
            .collect();
        assert_eq!(became.len(), 1000);
    }
}
