//! The arguments of a call as histories show them, and who calls.

use anyhow::{Context, Result};

use crate::component::Function;
use crate::value::{Val, parse_arguments, wave};

/// The arguments of a call, of which the first `given` are its user's; behind them who calls, if that is somebody.
pub(super) fn call_text(given: usize, arguments: &[Val]) -> String {
    let (given, principal) = arguments.split_at(given.min(arguments.len()));
    let given: Vec<String> = given.iter().map(wave).collect();
    let caller: String = principal.iter().map(caller).collect();
    format!("({}){caller}", given.join(", "))
}

/// Reads what [`call_text`] wrote for a call of this function.
pub(super) fn called(function: &Function, text: &str) -> Result<Vec<Val>> {
    let given = function.user_parameters();
    let [principal] = &function.parameters[given.len()..] else {
        return Ok(parse_arguments(function, text)?);
    };
    let whole = crate::value::arguments(text, given);
    if let Ok(mut arguments) = whole {
        arguments.push(anonymous());
        return Ok(arguments);
    }
    // The arguments may have the same words in a text of theirs.
    let ends = text.match_indices(BY).map(|(at, _)| at + 1);
    let mut parsed = ends.filter_map(|end| {
        let mut arguments = crate::value::arguments(&text[..end], given).ok()?;
        let caller = format!("({})", &text[end + BY.len() - 1..]);
        arguments.extend(crate::value::arguments(&caller, std::slice::from_ref(principal)).ok()?);
        Some(arguments)
    });
    match parsed.next() {
        Some(arguments) => Ok(arguments),
        None => whole.with_context(|| format!("the arguments {text} do not fit {function}")),
    }
}

/// What stands between a call and who calls.
const BY: &str = ") by ";

/// The principal of a call that nobody signed.
pub(crate) fn anonymous() -> Val {
    Val::Variant("anonymous".to_owned(), None)
}

/// Who calls, behind a call: nothing for nobody.
fn caller(principal: &Val) -> String {
    match *principal == anonymous() {
        true => String::new(),
        false => format!(" by {}", wave(principal)),
    }
}
