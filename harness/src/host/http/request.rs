//! Requests on their way out.

use wasmtime::component::Val;

use super::fields::{Fields, is_token};
use super::{Entries, describe_request, give_headers};
use crate::host::call::{Call, NONE, err, ok, some};
use crate::host::interfaces::Function;
use crate::host::io::Output;
use crate::host::record::Effect::{Local, Write};

pub(super) const FUNCTIONS: &[Function] = &[
    Function("outgoing-request.constructor", Local, new_request),
    Function("outgoing-request.body", Local, request_body),
    Function("outgoing-request.method", Local, method),
    Function("outgoing-request.set-method", Local, set_method),
    Function("outgoing-request.path-with-query", Local, path),
    Function("outgoing-request.set-path-with-query", Local, set_path),
    Function("outgoing-request.scheme", Local, scheme),
    Function("outgoing-request.set-scheme", Local, set_scheme),
    Function("outgoing-request.authority", Local, authority),
    Function("outgoing-request.set-authority", Local, set_authority),
    Function("outgoing-request.headers", Local, request_headers),
    Function("request-options.constructor", Local, |call| {
        call.give(RequestOptions::default()).map(Some)
    }),
    Function("request-options.connect-timeout", Local, |call| {
        timeout(call, |options| &mut options.connect)
    }),
    Function("request-options.set-connect-timeout", Local, |call| {
        set_timeout(call, |options| &mut options.connect)
    }),
    Function("request-options.first-byte-timeout", Local, |call| {
        timeout(call, |options| &mut options.first_byte)
    }),
    Function("request-options.set-first-byte-timeout", Local, |call| {
        set_timeout(call, |options| &mut options.first_byte)
    }),
    Function("request-options.between-bytes-timeout", Local, |call| {
        timeout(call, |options| &mut options.between_bytes)
    }),
    Function("request-options.set-between-bytes-timeout", Local, |call| {
        set_timeout(call, |options| &mut options.between_bytes)
    }),
    Function("outgoing-body.write", Local, body_stream),
    Function("outgoing-body.finish", Write, finish_body),
];

/// A case of `method` or `scheme`, with the text of `other`.
#[derive(Debug, Clone)]
struct Case {
    name: String,
    other: Option<String>,
}

impl Case {
    fn of(value: &Val) -> Option<Self> {
        let Val::Variant(name, payload) = value else {
            return None;
        };
        let other = match payload.as_deref() {
            None => None,
            Some(Val::String(other)) => Some(other.clone()),
            Some(_) => return None,
        };
        Some(Self {
            name: name.clone(),
            other,
        })
    }

    fn value(&self) -> Val {
        let payload = self.other.clone().map(|other| Box::new(Val::String(other)));
        Val::Variant(self.name.clone(), payload)
    }

    fn text(&self) -> &str {
        self.other.as_deref().unwrap_or(&self.name)
    }

    fn size(&self) -> usize {
        self.text().len()
    }
}

/// A request that is being made.
#[derive(Debug, Default)]
pub(in crate::host) struct OutgoingRequest {
    /// GET if absent.
    method: Option<Case>,
    scheme: Option<Case>,
    authority: Option<String>,
    path: Option<String>,
    pub(super) headers: Entries,
    body_taken: bool,
}

impl OutgoingRequest {
    pub(super) fn method(&self) -> String {
        let method = self.method.as_ref().map_or("get", Case::text);
        method.to_ascii_uppercase()
    }

    /// The whole URL; none without an authority, which no request can be sent to.
    pub(super) fn url(&self) -> Option<String> {
        let scheme = self.scheme.as_ref().map_or("https", Case::text);
        let scheme = scheme.to_ascii_lowercase();
        let authority = self.authority.as_deref()?;
        let path = self.path.as_deref().unwrap_or("/");
        Some(format!("{scheme}://{authority}{path}"))
    }
}

#[derive(Debug, Default)]
pub(in crate::host) struct RequestOptions {
    connect: Option<u64>,
    first_byte: Option<u64>,
    between_bytes: Option<u64>,
}

#[derive(Debug, Default)]
pub(in crate::host) struct OutgoingBody {
    stream_taken: bool,
}

fn new_request(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let headers = call.take::<Fields>(0)?.entries;
    let request = OutgoingRequest {
        headers,
        ..OutgoingRequest::default()
    };
    call.give(request).map(Some)
}

fn request_body(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let request = call.object::<OutgoingRequest>(0)?;
    if std::mem::replace(&mut request.body_taken, true) {
        return Ok(Some(err(None)));
    }
    Ok(Some(ok(call.give(OutgoingBody::default())?)))
}

fn method(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let request = call.object::<OutgoingRequest>(0)?;
    let get = || Val::Variant("get".to_owned(), None);
    Ok(Some(request.method.as_ref().map_or_else(get, Case::value)))
}

fn set_method(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let case = Case::of(call.argument(1)?).ok_or_else(|| call.unsupported())?;
    if !is_token(case.text()) {
        call.object::<OutgoingRequest>(0)?;
        return Ok(Some(err(None)));
    }
    call.keep(case.size())?;
    call.object::<OutgoingRequest>(0)?.method = Some(case);
    Ok(Some(ok(None)))
}

fn path(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let path = call.object::<OutgoingRequest>(0)?.path.clone();
    Ok(Some(optional_text(path)))
}

fn set_path(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let path = optional_string(call, 1)?;
    // The path `*` is that of OPTIONS.
    let valid = |path: &String| {
        (path.is_empty() || path == "*" || path.starts_with(['/', '?'])) && is_of_url(path)
    };
    if !path.as_ref().is_none_or(valid) {
        call.object::<OutgoingRequest>(0)?;
        return Ok(Some(err(None)));
    }
    call.object::<OutgoingRequest>(0)?.path = path;
    Ok(Some(ok(None)))
}

fn scheme(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let scheme = call.object::<OutgoingRequest>(0)?.scheme.as_ref();
    Ok(Some(scheme.map(Case::value).map_or(NONE, some)))
}

fn set_scheme(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let scheme = call
        .option(1)?
        .map(|scheme| Case::of(scheme).ok_or_else(|| call.unsupported()));
    let scheme = scheme.transpose()?;
    call.keep(scheme.as_ref().map_or(0, Case::size))?;
    let is_scheme_byte = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    let valid =
        |scheme: &Case| !scheme.text().is_empty() && scheme.text().bytes().all(is_scheme_byte);
    let request = call.object::<OutgoingRequest>(0)?;
    if !scheme.as_ref().is_none_or(valid) {
        return Ok(Some(err(None)));
    }
    request.scheme = scheme;
    Ok(Some(ok(None)))
}

fn authority(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let authority = call.object::<OutgoingRequest>(0)?.authority.clone();
    Ok(Some(optional_text(authority)))
}

fn set_authority(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let authority = optional_string(call, 1)?;
    let valid = |authority: &String| {
        !authority.is_empty() && is_of_url(authority) && !authority.contains(['/', '?', '#'])
    };
    let request = call.object::<OutgoingRequest>(0)?;
    if !authority.as_ref().is_none_or(valid) {
        return Ok(Some(err(None)));
    }
    request.authority = authority;
    Ok(Some(ok(None)))
}

/// Whether all of the text's bytes may occur in a URL.
fn is_of_url(text: &str) -> bool {
    text.bytes().all(|byte| byte > b' ' && byte != 0x7f)
}

fn optional_string(call: &mut Call<'_>, index: usize) -> wasmtime::Result<Option<String>> {
    let text = match call.option(index)? {
        None => return Ok(None),
        Some(Val::String(text)) => text,
        Some(_) => return Err(call.unsupported()),
    };
    call.keep(text.len())?;
    Ok(Some(text.clone()))
}

fn optional_text(text: Option<String>) -> Val {
    text.map(Val::String).map_or(NONE, some)
}

fn request_headers(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let headers = call.object::<OutgoingRequest>(0)?.headers.clone();
    give_headers(call, headers)
}

fn timeout(
    call: &mut Call<'_>,
    which: fn(&mut RequestOptions) -> &mut Option<u64>,
) -> wasmtime::Result<Option<Val>> {
    let timeout = *which(call.object::<RequestOptions>(0)?);
    Ok(Some(timeout.map(Val::U64).map_or(NONE, some)))
}

fn set_timeout(
    call: &mut Call<'_>,
    which: fn(&mut RequestOptions) -> &mut Option<u64>,
) -> wasmtime::Result<Option<Val>> {
    let timeout = match call.option(1)? {
        None => None,
        Some(Val::U64(timeout)) => Some(*timeout),
        Some(_) => return Err(call.unsupported()),
    };
    *which(call.object::<RequestOptions>(0)?) = timeout;
    Ok(Some(ok(None)))
}

fn body_stream(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let body = call.object::<OutgoingBody>(0)?;
    if std::mem::replace(&mut body.stream_taken, true) {
        return Ok(Some(err(None)));
    }
    Ok(Some(ok(call.give(Output::HttpBody)?)))
}

fn finish_body(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    call.take::<OutgoingBody>(0)?;
    let trailers = match call.option(1)? {
        Some(trailers) => call.take_of::<Fields>(trailers)?.entries,
        None => Vec::new(),
    };
    call.amend(Write, || describe_request("trailers", Some(""), &trailers));
    Ok(Some(ok(None)))
}
