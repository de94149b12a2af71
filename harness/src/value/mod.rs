//! Values of WIT types: generated ([`strategy`]), remembered and used again (`pool`), compared ([`difference`]), and
//! written as WAVE ([`wave()`]). A type can say more than the shape of its values: see [`rules`].

mod admits;
pub mod difference;
pub(crate) mod discriminants;
mod finite;
mod footprint;
pub(crate) mod landmarks;
pub(crate) mod magnitude;
mod near;
pub(crate) mod pool;
pub mod rules;
mod same;
mod show;
pub(crate) mod simpler;
pub mod strategy;
pub(crate) mod types;
pub(crate) mod vary;
pub(crate) mod vocabulary;
mod wave;
pub(crate) mod word;

pub(crate) use finite::is_finite;
pub(crate) use footprint::footprint;
pub use show::definitions;
pub use types::{Annotated, Named, WitType};
pub use wasmtime::component::Val;
pub(crate) use wave::compact;
pub use wave::{parse, wave};

use crate::component::Function;
use crate::error::{Error, ErrorKind};
use anyhow::{Context, Result};

/// A call as WAVE: the function's own name and its arguments.
pub fn wave_call(function: &Function, arguments: &[Val]) -> String {
    let arguments: Vec<String> = arguments.iter().map(wave).collect();
    format!("{}({})", function.name.name, arguments.join(", "))
}

/// Reads the arguments of a call to `function` from WAVE: the text from the opening parenthesis on.
///
/// # Errors
/// The text is not WAVE, or does not fit the function's parameters.
pub fn parse_arguments(function: &Function, text: &str) -> Result<Vec<Val>, Error> {
    ErrorKind::Text.of(|| {
        arguments(text, &function.parameters)
            .with_context(|| format!("the arguments {text} do not fit {function}"))
    })
}

/// Reads arguments from WAVE: the text from the opening parenthesis on.
///
/// # Errors
/// The text is not WAVE, or does not fit the parameters.
pub(crate) fn arguments(text: &str, parameters: &[(String, WitType)]) -> Result<Vec<Val>> {
    wave::parse_arguments(text, parameters)
}

/// The entries of a map in an order of their own, each key once: a map has none, and the last value of a key counts.
pub(crate) fn entries(entries: Vec<Val>) -> Vec<Val> {
    let key = |entry: &Val| match entry {
        Val::Tuple(entry) => entry.first().map(wave),
        _ => None,
    };
    let by_key = entries.into_iter().map(|entry| (key(&entry), entry));
    let by_key: std::collections::BTreeMap<Option<String>, Val> = by_key.collect();
    by_key.into_values().collect()
}

#[cfg(test)]
mod tests;
