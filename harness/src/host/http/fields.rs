//! The headers and trailers of `wasi:http`.

use wasmtime::component::Val;

use super::Entries;
use crate::host::call::{Call, err, list_of_bytes, ok};
use crate::host::interfaces::Function;
use crate::host::record::Effect::Local;

pub(super) const FUNCTIONS: &[Function] = &[
    Function("fields.constructor", Local, constructor),
    Function("fields.from-list", Local, from_list),
    Function("fields.get", Local, get),
    Function("fields.has", Local, has),
    Function("fields.set", Local, set),
    Function("fields.delete", Local, delete),
    Function("fields.append", Local, append),
    Function("fields.entries", Local, entries),
    Function("fields.clone", Local, clone),
];

/// A list of fields; names are in lower case.
#[derive(Debug, Default)]
pub(in crate::host) struct Fields {
    pub(super) entries: Entries,
    /// Whether they belong to a request or response.
    immutable: bool,
}

impl Fields {
    pub(super) fn immutable(entries: Entries) -> Self {
        Self {
            entries,
            immutable: true,
        }
    }

    pub(super) fn size(&self) -> usize {
        let sizes = self.entries.iter().map(|(name, value)| size(name, value));
        sizes.sum()
    }
}

fn size(name: &str, value: &[u8]) -> usize {
    name.len() + value.len() + size_of::<(String, Vec<u8>)>()
}

/// Why fields refuse a change.
enum Refusal {
    InvalidSyntax,
    Forbidden,
    Immutable,
}

impl Refusal {
    fn value(self) -> Val {
        let name = match self {
            Self::InvalidSyntax => "invalid-syntax",
            Self::Forbidden => "forbidden",
            Self::Immutable => "immutable",
        };
        err(Val::Variant(name.to_owned(), None))
    }
}

/// The fields that belong to the connection, not to the guest.
const FORBIDDEN: [&str; 10] = [
    "connection",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "transfer-encoding",
    "upgrade",
];

/// Whether a text is a token of HTTP, as names of fields and methods are.
pub(super) fn is_token(text: &str) -> bool {
    let is_token_byte =
        |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_token_byte)
}

fn checked_name(name: &str) -> Result<String, Refusal> {
    if !is_token(name) {
        return Err(Refusal::InvalidSyntax);
    }
    let name = name.to_ascii_lowercase();
    if FORBIDDEN.contains(&name.as_str()) {
        return Err(Refusal::Forbidden);
    }
    Ok(name)
}

fn check_value(value: &[u8]) -> Result<(), Refusal> {
    let allowed = |byte: &u8| *byte == b'\t' || (*byte >= b' ' && *byte != 0x7f);
    match value.iter().all(allowed) {
        true => Ok(()),
        false => Err(Refusal::InvalidSyntax),
    }
}

fn constructor(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    call.give(Fields::default()).map(Some)
}

fn from_list(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let mut fields = Fields::default();
    for entry in call.list(0)? {
        let Val::Tuple(parts) = entry else {
            return Err(call.unsupported());
        };
        let [Val::String(name), value] = parts.as_slice() else {
            return Err(call.unsupported());
        };
        let value = call.bytes_of(value)?;
        let name = match checked_name(name).and_then(|name| check_value(&value).map(|()| name)) {
            Ok(name) => name,
            Err(refusal) => return Ok(Some(refusal.value())),
        };
        fields.entries.push((name, value));
    }
    call.keep(fields.size())?;
    Ok(Some(ok(call.give(fields)?)))
}

fn get(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let name = call.string(1)?;
    let fields = call.object::<Fields>(0)?;
    let values = fields
        .entries
        .iter()
        .filter(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, value)| list_of_bytes(value));
    Ok(Some(Val::List(values.collect())))
}

fn has(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let name = call.string(1)?;
    let fields = call.object::<Fields>(0)?;
    let mut names = fields.entries.iter().map(|(known, _)| known);
    Ok(Some(Val::Bool(
        names.any(|known| known.eq_ignore_ascii_case(name)),
    )))
}

fn set(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let values = call.list(2)?;
    let values: Vec<Vec<u8>> = values
        .iter()
        .map(|value| call.bytes_of(value))
        .collect::<wasmtime::Result<_>>()?;
    change(call, |fields, name| {
        values.iter().try_for_each(|value| check_value(value))?;
        fields.entries.retain(|(known, _)| *known != name);
        let entries = values.into_iter().map(|value| (name.clone(), value));
        fields.entries.extend(entries);
        Ok(())
    })
}

fn delete(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    change(call, |fields, name| {
        fields.entries.retain(|(known, _)| *known != name);
        Ok(())
    })
}

fn append(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let value = call.bytes(2)?;
    change(call, |fields, name| {
        check_value(&value)?;
        fields.entries.push((name, value));
        Ok(())
    })
}

/// Changes the fields in the first argument under the name in the second.
fn change(
    call: &mut Call<'_>,
    change: impl FnOnce(&mut Fields, String) -> Result<(), Refusal>,
) -> wasmtime::Result<Option<Val>> {
    let name = call.string(1)?;
    let fields = call.object::<Fields>(0)?;
    let before = fields.size();
    let changed = match fields.immutable {
        true => Err(Refusal::Immutable),
        false => checked_name(name).and_then(|name| change(fields, name)),
    };
    let grown = fields.size().saturating_sub(before);
    call.keep(grown)?;
    Ok(Some(changed.map_or_else(Refusal::value, |()| ok(None))))
}

fn entries(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let fields = call.object::<Fields>(0)?;
    let entries = fields
        .entries
        .iter()
        .map(|(name, value)| Val::Tuple(vec![Val::String(name.clone()), list_of_bytes(value)]));
    Ok(Some(Val::List(entries.collect())))
}

fn clone(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let entries = call.object::<Fields>(0)?.entries.clone();
    let fields = Fields {
        entries,
        immutable: false,
    };
    call.keep(fields.size())?;
    call.give(fields).map(Some)
}
