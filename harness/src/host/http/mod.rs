//! `wasi:http`, the client's side: every request is answered by the first of the user's answers that matches, or by a 200
//! without a body. What exists for incoming requests only is out of reach.

mod fields;
mod request;
mod response;

use std::fmt::Write as _;

use wasmtime::component::Val;

use super::call::{Call, NONE, err, ok};
use super::describe::shortened;
use super::handles::Failure;
use super::interfaces::{Function, Interface, Others};
use super::record::Effect::{Local, Write};

pub(super) use fields::Fields;
pub(super) use request::{OutgoingBody, OutgoingRequest, RequestOptions};
pub(super) use response::{
    FutureResponse, FutureTrailers, IncomingBody, IncomingResponse, Response,
};

pub(super) const INTERFACES: &[Interface] = &[
    Interface {
        name: "wasi:http/outgoing-handler",
        functions: &[Function("handle", Write, handle)],
        others: Others::Unknown,
    },
    types(fields::FUNCTIONS),
    types(request::FUNCTIONS),
    types(response::FUNCTIONS),
    types(&[Function("http-error-code", Local, error_code)]),
];

/// A part of the interface with all the resources.
const fn types(functions: &'static [Function]) -> Interface {
    Interface {
        name: "wasi:http/types",
        functions,
        others: Others::OutOfReach,
    }
}

/// The fields of a request, a response or trailers.
type Entries = Vec<(String, Vec<u8>)>;

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
    Ok(Some(ok(call.give(FutureResponse::new(response))?)))
}

fn describe_request(method: &str, url: Option<&str>, headers: &[(String, Vec<u8>)]) -> Box<str> {
    let mut text = format!("{method} {}", url.unwrap_or("(no authority)"));
    for (name, value) in headers {
        // Writing to a string does not fail.
        let _ = write!(text, ", {name}: {}", value.escape_ascii());
    }
    shortened(text)
}

fn give_headers(
    call: &mut Call<'_>,
    headers: Vec<(String, Vec<u8>)>,
) -> wasmtime::Result<Option<Val>> {
    let headers = Fields::immutable(headers);
    call.keep(headers.size())?;
    call.give(headers).map(Some)
}

fn error_code(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    call.object::<Failure>(0)?;
    Ok(Some(NONE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::call::{list_of_bytes, some, text};
    use crate::host::testing::Host;
    use crate::host::{Effect, HttpAnswer, WorldSettings};

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
