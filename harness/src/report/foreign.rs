//! Text of a component or a file, as it may stand on a terminal. A guest that clears the screen, or ends a line, could print a
//! verdict of its own.

use std::borrow::Cow;

use crate::files::sha256;

/// How many characters of a foreign text are kept at all.
const LONGEST: usize = 2_000;

/// A text as it is, or of a long one the beginning, with the length and the SHA-256 of the whole: two that differ anywhere are
/// still two. What has been shortened is not shortened again.
pub fn shortened(text: &str) -> Cow<'_, str> {
    let Some(_) = text.char_indices().nth(LONGEST) else {
        return Cow::Borrowed(text);
    };
    let end = format!(
        "… ({} bytes, SHA-256 {})",
        text.len(),
        sha256(text.as_bytes())
    );
    let beginning = text.chars().take(LONGEST - end.chars().count());
    Cow::Owned(beginning.chain(end.chars()).collect())
}

/// One line of foreign text: nothing in it moves a cursor, ends a line or changes the direction of writing, and a long one is
/// [`shortened`].
pub fn foreign(text: &str) -> String {
    harmless(&shortened(text), |_| false)
}

/// Foreign text whose lines stay lines, in full; only for what stands in a place of its own.
pub fn foreign_lines(text: &str) -> String {
    harmless(text, |it| it == '\n')
}

fn harmless(text: &str, is_kept: impl Fn(char) -> bool) -> String {
    let mut shown = String::with_capacity(text.len());
    for it in text.chars() {
        match is_harmful(it) && !is_kept(it) {
            true => shown.extend(it.escape_default()),
            false => shown.push(it),
        }
    }
    shown
}

/// Control characters, what some programs take for the end of a line, and what changes the direction of writing.
fn is_harmful(it: char) -> bool {
    it.is_control()
        || matches!(
            it,
            '\u{61c}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_escaped_and_nothing_else() {
        for (text, shown) in [
            ("plain → ü \\n", "plain → ü \\n"),
            ("\x1b[2JPASS", "\\u{1b}[2JPASS"),
            ("a\r\nb\tc\x07", "a\\r\\nb\\tc\\u{7}"),
            ("\u{9b}31m\x7f", "\\u{9b}31m\\u{7f}"),
            ("\u{202e}\u{2066}", "\\u{202e}\\u{2066}"),
            ("\u{200e}\u{200f}\u{61c}", "\\u{200e}\\u{200f}\\u{61c}"),
            ("\u{2028}", "\\u{2028}"),
        ] {
            assert_eq!(foreign(text), shown);
            assert_eq!(foreign(&foreign(text)), shown);
        }
        assert_eq!(foreign_lines("a\nb\x1b"), "a\nb\\u{1b}");
    }

    #[test]
    fn of_a_long_text_the_beginning_the_length_and_the_hash_are_left() {
        let long = "ü".repeat(1 << 20);
        let shown = shortened(&long);
        assert_eq!(shown.chars().count(), LONGEST);
        assert!(shown.starts_with(&"ü".repeat(1_900)));
        let end = format!("… (2097152 bytes, SHA-256 {})", sha256(long.as_bytes()));
        assert!(shown.ends_with(&end), "{shown}");
        assert_eq!(foreign(&long), *shown);
        assert_eq!(shortened(&shown), shown, "once is enough");
        assert_ne!(shortened(&(long.clone() + "u")), shown);
        let longest = "a".repeat(LONGEST);
        assert_eq!(shortened(&longest), longest);
    }
}
