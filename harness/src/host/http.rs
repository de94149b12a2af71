//! `wasi:http`, the client's side: every request is answered by the first of the user's answers that matches, or by a 200
//! without a body. What exists for incoming requests only is out of reach.

use std::fmt::Write as _;
use std::sync::Arc;

use wasmtime::component::Val;

use super::{HttpAnswer, WorldSettings};
use super::call::{Call, NONE, err, ok, some};
use super::describe::shortened;
use super::handles::Failure;
use super::http_fields::{Fields, is_token};
use super::interfaces::{Function, Interface, Others};
use super::io::{Input, Output, Pollable};
use super::record::Effect::{Local, Write};

pub(super) const INTERFACES: &[Interface] = &[
    Interface {
        name: "wasi:http/outgoing-handler",
        functions: &[Function("handle", Write, handle)],
        others: Others::Unknown,
    },
    Interface {
        name: "wasi:http/types",
        functions: &[
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
            Function("future-incoming-response.subscribe", Local, |call| {
                call.object::<FutureResponse>(0)?;
                call.give(Pollable::ready()).map(Some)
            }),
            Function("future-incoming-response.get", Local, response),
            Function("incoming-response.status", Local, status),
            Function("incoming-response.headers", Local, response_headers),
            Function("incoming-response.consume", Local, consume),
            Function("incoming-body.stream", Local, response_stream),
            Function("incoming-body.finish", Local, finish_response),
            Function("future-trailers.subscribe", Local, |call| {
                call.object::<FutureTrailers>(0)?;
                call.give(Pollable::ready()).map(Some)
            }),
            Function("future-trailers.get", Local, trailers),
            Function("http-error-code", Local, error_code),
        ],
        others: Others::OutOfReach,
    },
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
pub(super) struct OutgoingRequest {
    /// GET if absent.
    method: Option<Case>,
    scheme: Option<Case>,
    authority: Option<String>,
    path: Option<String>,
    headers: Vec<(String, Vec<u8>)>,
    body_taken: bool,
}

impl OutgoingRequest {
    fn method(&self) -> String {
        let method = self.method.as_ref().map_or("get", Case::text);
        method.to_ascii_uppercase()
    }

    /// The whole URL; none without an authority, which no request can be sent to.
    fn url(&self) -> Option<String> {
        let scheme = self.scheme.as_ref().map_or("https", Case::text);
        let scheme = scheme.to_ascii_lowercase();
        let authority = self.authority.as_deref()?;
        let path = self.path.as_deref().unwrap_or("/");
        Some(format!("{scheme}://{authority}{path}"))
    }
}

#[derive(Debug, Default)]
pub(super) struct RequestOptions {
    connect: Option<u64>,
    first_byte: Option<u64>,
    between_bytes: Option<u64>,
}

#[derive(Debug, Default)]
pub(super) struct OutgoingBody {
    stream_taken: bool,
}

/// The response to a request: one of the user's answers, or a 200 without headers and body.
#[derive(Debug, Clone)]
pub(super) struct Response {
    settings: Arc<WorldSettings>,
    /// Which of the user's answers.
    answer: Option<usize>,
}

/// A response, until it is taken.
#[derive(Debug)]
pub(super) struct FutureResponse(Option<Response>);

#[derive(Debug)]
pub(super) struct IncomingResponse {
    response: Response,
    body_taken: bool,
}

/// The body of a response, until its stream is taken.
#[derive(Debug)]
pub(super) struct IncomingBody(Option<Response>);

/// No trailers, until that is asked for.
#[derive(Debug, Default)]
pub(super) struct FutureTrailers {
    taken: bool,
}

impl Response {
    fn to(method: &str, url: &str, settings: &Arc<WorldSettings>) -> Self {
        let mut answers = settings.http.iter();
        Self {
            settings: Arc::clone(settings),
            answer: answers.position(|answer| answer.matches(method, url)),
        }
    }

    #[cfg(test)]
    pub(super) fn with_body(body: Vec<u8>) -> Self {
        let answer = HttpAnswer {
            method: None,
            url_prefix: String::new(),
            status: 200,
            headers: Vec::new(),
            body,
        };
        let settings = WorldSettings {
            http: vec![answer],
            ..WorldSettings::default()
        };
        Self::to("GET", "", &Arc::new(settings))
    }

    fn answer(&self) -> Option<&HttpAnswer> {
        self.settings.http.get(self.answer?)
    }

    fn status(&self) -> u16 {
        self.answer().map_or(200, |answer| answer.status)
    }

    fn headers(&self) -> Vec<(String, Vec<u8>)> {
        let headers = self.answer().into_iter().flat_map(|answer| &answer.headers);
        headers
            .map(|(name, value)| (name.to_ascii_lowercase(), value.clone().into_bytes()))
            .collect()
    }

    pub(super) fn body(&self) -> &[u8] {
        self.answer().map_or(&[], |answer| &answer.body)
    }
}

impl HttpAnswer {
    fn matches(&self, method: &str, url: &str) -> bool {
        let any_method = |own: &String| own.eq_ignore_ascii_case(method);
        self.method.as_ref().is_none_or(any_method) && url.starts_with(&self.url_prefix)
    }
}

fn handle(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let request = call.take::<OutgoingRequest>(0)?;
    if let Some(options) = call.option(1)? {
        call.take_of::<RequestOptions>(options)?;
    }
    let (method, url) = (request.method(), request.url());
    call.amend(Write, || {
        describe_request(&method, url.as_deref(), &request.headers)
    });
    let Some(url) = url else {
        let invalid = Val::Variant("HTTP-request-URI-invalid".to_owned(), None);
        return Ok(Some(err(invalid)));
    };
    let response = Response::to(&method, &url, &call.world().settings);
    Ok(Some(ok(call.give(FutureResponse(Some(response)))?)))
}

fn describe_request(method: &str, url: Option<&str>, headers: &[(String, Vec<u8>)]) -> Box<str> {
    let mut text = format!("{method} {}", url.unwrap_or("(no authority)"));
    for (name, value) in headers {
        // Writing to a string does not fail.
        let _ = write!(text, ", {name}: {}", value.escape_ascii());
    }
    shortened(text)
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

fn give_headers(
    call: &mut Call<'_>,
    headers: Vec<(String, Vec<u8>)>,
) -> wasmtime::Result<Option<Val>> {
    let headers = Fields::immutable(headers);
    call.keep(headers.size())?;
    call.give(headers).map(Some)
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

/// What a future gives at once and only once.
fn once(value: Option<Val>) -> Val {
    some(value.map_or_else(|| err(None), |value| ok(ok(value))))
}

fn response(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let response = call.object::<FutureResponse>(0)?.0.take();
    let response = response.map(|response| IncomingResponse {
        response,
        body_taken: false,
    });
    let response = response.map(|response| call.give(response)).transpose()?;
    Ok(Some(once(response)))
}

fn status(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let status = call.object::<IncomingResponse>(0)?.response.status();
    Ok(Some(Val::U16(status)))
}

fn response_headers(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let headers = call.object::<IncomingResponse>(0)?.response.headers();
    give_headers(call, headers)
}

fn consume(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let incoming = call.object::<IncomingResponse>(0)?;
    if std::mem::replace(&mut incoming.body_taken, true) {
        return Ok(Some(err(None)));
    }
    let body = IncomingBody(Some(incoming.response.clone()));
    Ok(Some(ok(call.give(body)?)))
}

fn response_stream(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let Some(body) = call.object::<IncomingBody>(0)?.0.take() else {
        return Ok(Some(err(None)));
    };
    Ok(Some(ok(call.give(Input::new(body))?)))
}

fn finish_response(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    call.take::<IncomingBody>(0)?;
    call.give(FutureTrailers::default()).map(Some)
}

fn trailers(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let trailers = call.object::<FutureTrailers>(0)?;
    let none = (!std::mem::replace(&mut trailers.taken, true)).then_some(NONE);
    Ok(Some(once(none)))
}

fn error_code(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    call.object::<Failure>(0)?;
    Ok(Some(NONE))
}

#[cfg(test)]
mod tests {
    use super::super::call::{list_of_bytes, text};
    use super::super::testing::Host;
    use super::super::Effect;
    use super::*;

    fn name(function: &str) -> String {
        format!("wasi:http/types.{function}")
    }

    /// A request with one header, and its handle.
    fn request(host: &mut Host, method: &str, authority: &str) -> Val {
        let fields = host.call(&name("fields.constructor"), &[]).unwrap();
        let values = Val::List(vec![list_of_bytes(b"1")]);
        let set = [fields.clone(), text("X-Version"), values];
        assert_eq!(host.call(&name("fields.set"), &set).unwrap(), ok(None));
        let request = host
            .call(&name("outgoing-request.constructor"), &[fields])
            .unwrap();
        let variant = |name: &str| Val::Variant(name.to_owned(), None);
        for (setter, value) in [
            ("set-method", variant(method)),
            ("set-scheme", some(variant("HTTP"))),
            ("set-authority", some(text(authority))),
            ("set-path-with-query", some(text("/carts?all=1"))),
        ] {
            let setter = name(&format!("outgoing-request.{setter}"));
            let answer = host.call(&setter, &[request.clone(), value]);
            assert_eq!(answer.unwrap(), ok(None), "{setter}");
        }
        request
    }

    /// Sends a request and takes the response out of its future.
    fn send(host: &mut Host, request: Val) -> Val {
        let future = host.ok("wasi:http/outgoing-handler.handle", &[request, NONE]);
        let subscribe = name("future-incoming-response.subscribe");
        let pollable = host
            .call(&subscribe, std::slice::from_ref(&future))
            .unwrap();
        host.run("wasi:io/poll.pollable.block", &[pollable])
            .unwrap();
        let get = name("future-incoming-response.get");
        let first = host.call(&get, std::slice::from_ref(&future)).unwrap();
        assert_eq!(host.call(&get, &[future]).unwrap(), some(err(None)));
        unwrap_ok(unwrap_ok(unwrap_some(first)))
    }

    fn unwrap_some(value: Val) -> Val {
        match value {
            Val::Option(Some(value)) => *value,
            other => panic!("{other:?}"),
        }
    }

    fn unwrap_ok(value: Val) -> Val {
        match value {
            Val::Result(Ok(Some(value))) => *value,
            other => panic!("{other:?}"),
        }
    }

    /// Reads a response's body to its end and finishes it.
    fn body(host: &mut Host, response: &Val) -> Vec<u8> {
        let body = host.ok(
            &name("incoming-response.consume"),
            std::slice::from_ref(response),
        );
        let stream = host.ok(&name("incoming-body.stream"), std::slice::from_ref(&body));
        let mut bytes = Vec::new();
        let read = "wasi:io/streams.input-stream.blocking-read";
        while let Val::Result(Ok(Some(piece))) =
            host.call(read, &[stream.clone(), Val::U64(4)]).unwrap()
        {
            let Val::List(piece) = *piece else {
                panic!("a piece is a list")
            };
            bytes.extend(piece.iter().map(|byte| match byte {
                Val::U8(byte) => *byte,
                other => panic!("{other:?}"),
            }));
        }
        let trailers = host.call(&name("incoming-body.finish"), &[body]).unwrap();
        let get = name("future-trailers.get");
        let first = host.call(&get, std::slice::from_ref(&trailers)).unwrap();
        assert_eq!(first, some(ok(ok(NONE))));
        assert_eq!(host.call(&get, &[trailers]).unwrap(), some(err(None)));
        bytes
    }

    #[test]
    fn a_request_is_answered_with_an_empty_200() {
        let mut host = Host::new();
        let request = request(&mut host, "get", "shop.example");
        let response = send(&mut host, request);
        let status = name("incoming-response.status");
        let status = host.call(&status, std::slice::from_ref(&response)).unwrap();
        assert_eq!(status, Val::U16(200));
        assert_eq!(body(&mut host, &response), b"");
    }

    #[test]
    fn the_first_answer_that_matches_wins() {
        let answer = |method: Option<&str>, prefix: &str, status, body: &str| HttpAnswer {
            method: method.map(str::to_owned),
            url_prefix: prefix.to_owned(),
            status,
            headers: vec![("X-From".to_owned(), "stub".to_owned())],
            body: body.as_bytes().to_vec(),
        };
        let settings = WorldSettings {
            http: vec![
                answer(None, "http://other.example", 500, ""),
                answer(Some("get"), "http://shop.example", 500, ""),
                answer(Some("post"), "http://shop.example/carts", 201, "created"),
                answer(None, "", 500, ""),
            ],
            ..WorldSettings::default()
        };
        let mut host = Host::with(settings);
        let request = request(&mut host, "post", "shop.example");
        let response = send(&mut host, request);
        let status = name("incoming-response.status");
        let status = host.call(&status, std::slice::from_ref(&response)).unwrap();
        assert_eq!(status, Val::U16(201));
        let headers = name("incoming-response.headers");
        let headers = host
            .call(&headers, std::slice::from_ref(&response))
            .unwrap();
        let values = host.call(&name("fields.get"), &[headers, text("x-from")]);
        assert_eq!(values.unwrap(), Val::List(vec![list_of_bytes(b"stub")]));
        assert_eq!(body(&mut host, &response), b"created");
    }

    #[test]
    fn a_request_and_its_body_are_writes_and_tell_what_was_sent() {
        let mut host = Host::new();
        let request = request(&mut host, "put", "shop.example");
        let body = host.ok(
            &name("outgoing-request.body"),
            std::slice::from_ref(&request),
        );
        let stream = host.ok(&name("outgoing-body.write"), std::slice::from_ref(&body));
        let write = "wasi:io/streams.output-stream.write";
        host.call(write, &[stream, list_of_bytes(b"{}")]).unwrap();
        assert_eq!(host.newest_call().effect, Effect::Write);
        assert_eq!(host.newest_call().arguments.as_deref(), Some(r#"b"{}""#));
        host.call(&name("outgoing-body.finish"), &[body, NONE])
            .unwrap();
        assert_eq!(host.newest_call().effect, Effect::Write);
        host.ok("wasi:http/outgoing-handler.handle", &[request, NONE]);
        let sent = host.newest_call();
        assert_eq!(sent.effect, Effect::Write);
        let expected = "PUT http://shop.example/carts?all=1, x-version: 1";
        assert_eq!(sent.arguments.as_deref(), Some(expected));
    }

    #[test]
    fn what_can_be_taken_once_is_refused_the_second_time() {
        let mut host = Host::new();
        let request = request(&mut host, "get", "shop.example");
        let body = host.ok(
            &name("outgoing-request.body"),
            std::slice::from_ref(&request),
        );
        for (function, handle) in [
            ("outgoing-request.body", &request),
            ("outgoing-body.write", &body),
        ] {
            host.call(&name(function), std::slice::from_ref(handle))
                .unwrap();
            let second = host.call(&name(function), std::slice::from_ref(handle));
            assert_eq!(second.unwrap(), err(None), "{function}");
        }
    }

    #[test]
    fn a_request_without_authority_is_refused_by_the_network() {
        let mut host = Host::new();
        let fields = host.call(&name("fields.constructor"), &[]).unwrap();
        let request = host
            .call(&name("outgoing-request.constructor"), &[fields])
            .unwrap();
        let answer = host.call("wasi:http/outgoing-handler.handle", &[request, NONE]);
        let invalid = Val::Variant("HTTP-request-URI-invalid".to_owned(), None);
        assert_eq!(answer.unwrap(), err(invalid));
    }

    #[test]
    fn headers_of_a_request_can_not_be_changed_and_forbidden_ones_not_set() {
        let mut host = Host::new();
        let refused = |case: &str| err(Val::Variant(case.to_owned(), None));
        let request = request(&mut host, "get", "shop.example");
        let headers = name("outgoing-request.headers");
        let headers = host.call(&headers, &[request]).unwrap();
        let delete = [headers.clone(), text("x-version")];
        assert_eq!(
            host.call(&name("fields.delete"), &delete).unwrap(),
            refused("immutable")
        );
        let copy = host.call(&name("fields.clone"), &[headers]).unwrap();
        let mut append = |field: &str, value: &[u8]| {
            let arguments = [copy.clone(), text(field), list_of_bytes(value)];
            host.call(&name("fields.append"), &arguments).unwrap()
        };
        assert_eq!(append("Host", b"a"), refused("forbidden"));
        assert_eq!(append("a b", b"a"), refused("invalid-syntax"));
        assert_eq!(append("a", b"\n"), refused("invalid-syntax"));
        assert_eq!(append("x-version", b"2"), ok(None));
        let entry = |value: &[u8]| Val::Tuple(vec![text("x-version"), list_of_bytes(value)]);
        let entries = host.call(&name("fields.entries"), &[copy]).unwrap();
        assert_eq!(entries, Val::List(vec![entry(b"1"), entry(b"2")]));
    }
}
