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

use std::path::Path;

use anyhow::Context;

use crate::error::{Error, ErrorKind};
use crate::files::write_whole;

/// Writes a report to `file`, whole or not at all; `what` it is stands in the error. A pipe or a device gets it as it comes.
///
/// # Errors
/// It cannot be written.
pub fn write(file: &Path, what: &str, text: &str) -> Result<(), Error> {
    ErrorKind::File.of(|| {
        let written = match file.metadata() {
            Ok(there) if !there.is_file() => std::fs::write(file, text),
            // A link stays one.
            Ok(_) => file
                .canonicalize()
                .and_then(|file| write_whole(&file, text.as_bytes())),
            Err(_) => write_whole(file, text.as_bytes()),
        };
        written.with_context(|| format!("cannot write {what} to {}", file.display()))
    })
}

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
    use super::{without_colours, write};

    #[test]
    fn colours_are_left_out_and_nothing_else() {
        let text = "\x1b[1m\x1b[31mFAIL\x1b[0m: [m] → \x1b";
        assert_eq!(without_colours(text), "FAIL: [m] → \x1b");
        assert_eq!(without_colours("cut \x1b[3"), "cut ");
    }

    #[test]
    fn a_report_is_written_whole_and_a_link_to_it_stays() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("report");
        write(&file, "the report", "old")?;
        write(&file, "the report", "new")?;
        assert_eq!(std::fs::read_to_string(&file)?, "new");
        #[cfg(unix)]
        {
            let link = folder.path().join("link");
            std::os::unix::fs::symlink(&file, &link)?;
            write(&link, "the report", "newer")?;
            assert!(link.is_symlink());
            assert_eq!(std::fs::read_to_string(&file)?, "newer");
            write("/dev/null".as_ref(), "the report", "gone")?;
        }
        let error = write(folder.path(), "the report", "new").unwrap_err();
        assert!(error.to_string().starts_with("cannot write the report to "));
        Ok(())
    }
}
