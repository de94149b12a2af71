//! Values as text: WAVE, and a little more, because agents name fields and cases as their language does. A name that is no
//! identifier stands in quotes. Every value that can be an argument is read back as what it was.

mod read;
mod write;

use anyhow::{Result, ensure};

use super::{Val, WitType};
use crate::error::{Error, ErrorKind};
use read::Reader;
pub(crate) use write::compact;

/// A value as WAVE.
pub fn wave(value: &Val) -> String {
    write::value(value, write::Style::Spaced)
}

/// Reads a value of the type from WAVE.
///
/// # Errors
/// The text is not WAVE, or no value of the type.
pub fn parse(text: &str, ty: &WitType) -> Result<Val, Error> {
    ErrorKind::Text.of(|| {
        let mut reader = Reader::new(text);
        let value = reader.value(ty)?;
        reader.end()?;
        Ok(value)
    })
}

/// Reads arguments in parentheses from WAVE; options at the end may be left out.
///
/// # Errors
/// The text is not WAVE, or does not fit the parameters.
pub(crate) fn parse_arguments(text: &str, parameters: &[(String, WitType)]) -> Result<Vec<Val>> {
    let mut reader = Reader::new(text);
    let arguments = reader.arguments(parameters)?;
    reader.end()?;
    ensure!(
        arguments.len() == parameters.len(),
        "there are {} arguments for {} parameters",
        arguments.len(),
        parameters.len()
    );
    Ok(arguments)
}

/// Words that mean something else in WAVE than a name.
const KEYWORDS: [&str; 8] = ["true", "false", "some", "none", "ok", "err", "inf", "nan"];

/// Whether a name can stand as it is.
fn is_identifier(name: &str) -> bool {
    let starts = |it: char| it.is_ascii_alphabetic() || it == '_';
    name.starts_with(starts) && name.chars().all(is_in_identifier)
}

fn is_in_identifier(it: char) -> bool {
    it.is_ascii_alphanumeric() || it == '_' || it == '-'
}
