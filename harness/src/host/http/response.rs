//! Responses, all of which are there at once.

use std::sync::Arc;

use wasmtime::component::Val;

use super::{Entries, give_headers};
use crate::host::call::{Call, NONE, err, ok, some};
use crate::host::interfaces::Function;
use crate::host::io::{Input, Pollable};
use crate::host::record::Effect::Local;
use crate::host::{HttpAnswer, WorldSettings};

pub(super) const FUNCTIONS: &[Function] = &[
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
];

/// The response to a request: one of the user's answers, or a 200 without headers and body.
#[derive(Debug, Clone)]
pub(in crate::host) struct Response {
    settings: Arc<WorldSettings>,
    /// Which of the user's answers.
    answer: Option<usize>,
}

/// A response, until it is taken.
#[derive(Debug)]
pub(in crate::host) struct FutureResponse(Option<Response>);

impl FutureResponse {
    pub(super) fn new(response: Response) -> Self {
        Self(Some(response))
    }
}

#[derive(Debug)]
pub(in crate::host) struct IncomingResponse {
    response: Response,
    body_taken: bool,
}

/// The body of a response, until its stream is taken.
#[derive(Debug)]
pub(in crate::host) struct IncomingBody(Option<Response>);

/// No trailers, until that is asked for.
#[derive(Debug, Default)]
pub(in crate::host) struct FutureTrailers {
    taken: bool,
}

impl Response {
    pub(super) fn to(method: &str, url: &str, settings: &Arc<WorldSettings>) -> Self {
        let mut answers = settings.http.iter();
        Self {
            settings: Arc::clone(settings),
            answer: answers.position(|answer| answer.matches(method, url)),
        }
    }

    #[cfg(test)]
    pub(in crate::host) fn with_body(body: Vec<u8>) -> Self {
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

    fn headers(&self) -> Entries {
        let headers = self.answer().into_iter().flat_map(|answer| &answer.headers);
        headers
            .map(|(name, value)| (name.to_ascii_lowercase(), value.clone().into_bytes()))
            .collect()
    }

    pub(in crate::host) fn body(&self) -> &[u8] {
        self.answer().map_or(&[], |answer| &answer.body)
    }
}

impl HttpAnswer {
    fn matches(&self, method: &str, url: &str) -> bool {
        let any_method = |own: &String| own.eq_ignore_ascii_case(method);
        self.method.as_ref().is_none_or(any_method) && url.starts_with(&self.url_prefix)
    }
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
