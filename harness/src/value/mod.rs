//! Values of WIT types: generated ([`strategy`]), remembered and used again (`pool`), compared ([`difference`]), and
//! written as WAVE.

pub mod difference;
pub(crate) mod pool;
pub mod strategy;
mod types;
pub(crate) mod vary;

pub use types::WitType;
pub use wasmtime::component::Val;

use crate::component::Function;
use anyhow::{Context, Result};
use wasmtime::component::wasm_wave::untyped::UntypedFuncCall;

/// A value as WAVE.
pub fn wave(value: &Val) -> String {
    // Only handles, streams and the like have no WAVE, and no operation whose type holds one is ever called.
    value
        .to_wave()
        .unwrap_or_else(|_| "<no text form>".to_owned())
}

/// A call as WAVE: the function's own name and its arguments.
pub fn wave_call(function: &Function, arguments: &[Val]) -> String {
    let arguments: Vec<String> = arguments.iter().map(wave).collect();
    format!("{}({})", function.name.name, arguments.join(", "))
}

/// Reads the arguments of a call to `function` from WAVE: the text from the opening parenthesis on.
///
/// # Errors
/// The text is not WAVE, or does not fit the function's parameters.
pub fn parse_arguments(function: &Function, text: &str) -> Result<Vec<Val>> {
    let call = format!("f{text}");
    let call = UntypedFuncCall::parse(&call)
        .with_context(|| format!("the arguments {text} are not written as WAVE"))?;
    let mut arguments = function
        .parse_arguments(&call)
        .with_context(|| format!("the arguments {text} do not fit {function}"))?;
    for (argument, (_, ty)) in arguments.iter_mut().zip(&function.parameters) {
        order_flags(argument, ty);
    }
    Ok(arguments)
}

/// WAVE gives flags back in an order of its own; the same flags must be the same value and the same text.
fn order_flags(value: &mut Val, ty: &WitType) {
    if let (Val::Flags(set), WitType::Flags(order)) = (&mut *value, ty) {
        set.sort_by_key(|flag| order.iter().position(|known| known == flag));
    }
    for (part, ty) in pool::parts_mut(value, ty) {
        order_flags(part, ty);
    }
}
