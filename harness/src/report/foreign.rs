//! Text of a component or a file, as it may stand on a terminal. A guest that clears the screen, or ends a line, could print a
//! verdict of its own.

use std::fmt::Write;

/// How many characters of a foreign text are shown at all.
const LONGEST: usize = 2_000;

/// One line of foreign text: nothing in it moves a cursor, ends a line or changes the direction of writing, and of a long one
/// only the beginning is left, with the length of the whole.
pub fn foreign(text: &str) -> String {
    let end = text.char_indices().nth(LONGEST).map(|(end, _)| end);
    let mut shown = harmless(&text[..end.unwrap_or(text.len())], |_| false);
    if end.is_some() {
        // Writing to a string does not fail.
        let _ = write!(shown, "… ({} bytes)", text.len());
    }
    shown
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
    fn of_a_long_text_the_beginning_and_the_whole_length_are_left() {
        let shown = foreign(&"ü".repeat(1 << 20));
        assert_eq!(shown.chars().filter(|it| *it == 'ü').count(), LONGEST);
        assert!(shown.ends_with("… (2097152 bytes)"));
        assert_eq!(foreign(&"a".repeat(LONGEST)).len(), LONGEST);
    }
}
