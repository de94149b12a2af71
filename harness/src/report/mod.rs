//! How what came out is shown: on the [`console`], as [`json`], and what load reached as a table or as [`lcov`].

pub mod campaign;
pub mod console;
pub mod coverage;
pub mod failure_file;
pub mod foreign;
pub mod json;
mod kept_config;
pub mod lcov;
pub mod replay;

/// The text without the ANSI sequences that colour it.
pub(crate) fn without_colours(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, sequence)) = rest.split_once("\x1b[") {
        plain.push_str(before);
        let end = sequence.find(|it| ('@'..='~').contains(&it));
        rest = end.map_or("", |end| &sequence[end + 1..]);
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use super::without_colours;

    #[test]
    fn colours_are_left_out_and_nothing_else() {
        let text = "\x1b[1m\x1b[31mFAIL\x1b[0m: [m] → \x1b";
        assert_eq!(without_colours(text), "FAIL: [m] → \x1b");
        assert_eq!(without_colours("cut \x1b[3"), "cut ");
    }
}
