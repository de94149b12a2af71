//! Dictionaries as AFL and libFuzzer read them: a line for each word, `name="value"` or `"value"`, with `\\`, `\"` and `\xAB`.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

use crate::error::{Error, ErrorKind};
use crate::files::read_text;

/// The largest file that is read as a dictionary: far above those that fuzzers come with.
const MAX_FILE: u64 = 16 << 20;

/// The words of a dictionary in a file.
///
/// # Errors
/// It cannot be read, or a line is no word.
pub fn read_dictionary(path: &Path) -> Result<Vec<Vec<u8>>, Error> {
    ErrorKind::File.of(|| {
        let shown = path.display();
        let text = read_text(path, MAX_FILE)
            .with_context(|| format!("cannot read the dictionary {shown}"))?;
        dictionary(&text).with_context(|| format!("{shown} is no dictionary"))
    })
}

/// The words of a dictionary.
///
/// # Errors
/// The first line that is none, with its number.
pub fn dictionary(text: &str) -> Result<Vec<Vec<u8>>, Error> {
    ErrorKind::Text.of(|| {
        let mut words = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            words.push(
                word(line)
                    .with_context(|| format!("in line {number} of the dictionary: {line}"))?,
            );
        }
        Ok(words)
    })
}

fn word(line: &str) -> Result<Vec<u8>> {
    let quoted = line
        .split_once('"')
        .and_then(|(_, rest)| rest.strip_suffix('"'));
    let mut rest = quoted.context("a word stands in double quotes")?.as_bytes();
    let mut word = Vec::new();
    while let Some((first, more)) = rest.split_first() {
        rest = more;
        if *first == b'"' {
            bail!("a double quote in a word is written \\\"");
        }
        if *first != b'\\' {
            word.push(*first);
            continue;
        }
        match rest {
            [escaped @ (b'\\' | b'"'), more @ ..] => {
                word.push(*escaped);
                rest = more;
            }
            [b'x' | b'X', high, low, more @ ..] => {
                let digits = [*high, *low];
                let digits = std::str::from_utf8(&digits).unwrap_or_default();
                word.push(
                    u8::from_str_radix(digits, 16).context("\\x takes two hexadecimal digits")?,
                );
                rest = more;
            }
            _ => bail!(
                "a backslash is followed by a backslash, a double quote, or x and two hexadecimal digits"
            ),
        }
    }
    ensure!(!word.is_empty(), "the word is empty");
    Ok(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_libfuzzer_reads_them() -> Result<()> {
        let text = "# keywords\n\nmagic=\"CART\"\n  \"a\\\\b\\\"\\x00\\xFf\"\nkw@2=\"x\"\n";
        let words: [&[u8]; 3] = [b"CART", b"a\\b\"\0\xff", b"x"];
        assert_eq!(dictionary(text)?, words);
        Ok(())
    }

    #[test]
    fn a_line_that_is_no_word_is_named() {
        for line in [
            "CART",
            "\"",
            "\"\"",
            "\"a\"b\"",
            "\"\\y\"",
            "\"\\x0\"",
            "\"\\xgg\"",
        ] {
            let error = dictionary(&format!("\"ok\"\n{line}")).map_err(|it| format!("{it:#}"));
            assert!(error.is_err_and(|it| it.contains("line 2")), "{line}");
        }
    }
}
