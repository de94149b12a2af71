//! What the host keeps behind the resource handles that it gave to the guest.

use wasmtime::component::ResourceType;

use super::files::{Descriptor, DirectoryStream};
use super::golem::{
    Agents, Cancellation, Context, LazyPollable, OplogReader, OplogSearch, PromiseResult,
    QuotaToken, RemoteAgent, RemoteResult, Reservation, Span,
};
use super::http::{
    Fields, FutureResponse, FutureTrailers, IncomingBody, IncomingResponse, OutgoingBody,
    OutgoingRequest, RequestOptions,
};
use super::io::{Input, Output, Pollable};
use super::stores::{
    BlobDraft, BlobValue, Bucket, Container, ObjectNames, StoreError, StoredValue, ValueDraft,
};

/// Declares the kinds of resources that the world hands out: what is kept behind a handle, and the WIT name.
macro_rules! kinds {
    ($($kind:ident: $interface:literal $resource:literal,)*) => {
        /// A kind of resource that the world hands out. Its number is the payload of the dynamic resource type.
        #[derive(Debug, Copy, Clone, PartialEq, Eq)]
        #[repr(u32)]
        pub(super) enum Kind { $($kind,)* }

        /// What is behind a handle.
        #[derive(Debug)]
        pub(super) enum Object {
            $($kind($kind),)*
            /// A handle of a type that the world knows nothing about, with the payload of that type.
            Opaque(u32),
        }

        const KINDS: &[(Kind, &str, &str)] = &[$((Kind::$kind, $interface, $resource),)*];

        impl Object {
            fn payload(&self) -> u32 {
                match self {
                    $(Self::$kind(_) => Kind::$kind as u32,)*
                    Self::Opaque(payload) => *payload,
                }
            }
        }

        $(impl Kept for $kind {
            const KIND: Kind = Kind::$kind;

            fn get(object: &mut Object) -> Option<&mut Self> {
                match object {
                    Object::$kind(kept) => Some(kept),
                    _ => None,
                }
            }

            fn unwrap(object: Object) -> Option<Self> {
                match object {
                    Object::$kind(kept) => Some(kept),
                    _ => None,
                }
            }
        }

        impl From<$kind> for Object {
            fn from(kept: $kind) -> Self {
                Self::$kind(kept)
            }
        })*
    };
}

kinds! {
    Failure: "wasi:io/error" "error",
    Pollable: "wasi:io/poll" "pollable",
    Input: "wasi:io/streams" "input-stream",
    Output: "wasi:io/streams" "output-stream",
    Descriptor: "wasi:filesystem/types" "descriptor",
    DirectoryStream: "wasi:filesystem/types" "directory-entry-stream",
    Network: "wasi:sockets/network" "network",
    RemoteAgent: "golem:agent/host" "wasm-rpc",
    RemoteResult: "golem:agent/host" "future-invoke-result",
    Cancellation: "golem:agent/host" "cancellation-token",
    Agents: "golem:api/host" "get-agents",
    PromiseResult: "golem:api/host" "get-promise-result",
    Span: "golem:api/context" "span",
    Context: "golem:api/context" "invocation-context",
    LazyPollable: "golem:durability/durability" "lazy-initialized-pollable",
    QuotaToken: "golem:quota/types" "quota-token",
    Reservation: "golem:quota/types" "reservation",
    OplogReader: "golem:api/oplog" "get-oplog",
    OplogSearch: "golem:api/oplog" "search-oplog",
    Bucket: "wasi:keyvalue/types" "bucket",
    ValueDraft: "wasi:keyvalue/types" "outgoing-value",
    StoredValue: "wasi:keyvalue/types" "incoming-value",
    StoreError: "wasi:keyvalue/wasi-keyvalue-error" "error",
    Container: "wasi:blobstore/container" "container",
    ObjectNames: "wasi:blobstore/container" "stream-object-names",
    BlobDraft: "wasi:blobstore/types" "outgoing-value",
    BlobValue: "wasi:blobstore/types" "incoming-value",
    Fields: "wasi:http/types" "fields",
    OutgoingRequest: "wasi:http/types" "outgoing-request",
    RequestOptions: "wasi:http/types" "request-options",
    OutgoingBody: "wasi:http/types" "outgoing-body",
    FutureResponse: "wasi:http/types" "future-incoming-response",
    IncomingResponse: "wasi:http/types" "incoming-response",
    IncomingBody: "wasi:http/types" "incoming-body",
    FutureTrailers: "wasi:http/types" "future-trailers",
}

/// An error of a stream, with its code if a file is to blame. No other stream has any.
#[derive(Debug)]
pub(super) struct Failure(pub(super) Option<&'static str>);

/// The network, which nothing can be reached through.
#[derive(Debug)]
pub(super) struct Network;

/// What can be behind a handle.
pub(super) trait Kept: Into<Object> {
    const KIND: Kind;
    fn get(object: &mut Object) -> Option<&mut Self>;
    fn unwrap(object: Object) -> Option<Self>;
}

/// The payload of the resource type with this name, if the world hands out such resources.
pub(super) fn known_payload(interface: &str, resource: &str) -> Option<u32> {
    let (kind, ..) = KINDS
        .iter()
        .find(|(_, known, name)| *known == interface && *name == resource)?;
    Some(*kind as u32)
}

/// Payloads from here on are those of types that the world knows nothing about.
pub(super) const FIRST_UNKNOWN_PAYLOAD: u32 = KINDS.len() as u32;

pub(super) fn resource_type(payload: u32) -> ResourceType {
    ResourceType::host_dynamic(payload)
}

/// The objects behind the handles of one worker.
#[derive(Debug, Default)]
pub(super) struct Handles {
    slots: Vec<Option<Object>>,
    free: Vec<u32>,
    /// Bytes kept for the guest so far, in objects and settings that may be gone again.
    kept: usize,
    changes: u64,
}

/// The guest asks for more handles or bytes than the host keeps.
#[derive(Debug)]
pub(super) struct Full;

impl Handles {
    /// Handles alive at the same time. A guest that leaks one per call gets this far in no sensible history.
    const LIVE: usize = 1 << 16;
    /// Bytes of headers, URLs and settings that the host keeps for a worker during its whole life.
    const KEPT: usize = 64 << 20;

    /// Stores an object: the number behind its handle, and the payload of the handle's type.
    pub(super) fn insert(&mut self, object: Object) -> Result<(u32, u32), Full> {
        self.changes += 1;
        let payload = object.payload();
        if let Some(free) = self.free.pop()
            && let Some(slot) = self.slots.get_mut(free as usize)
        {
            *slot = Some(object);
            return Ok((free, payload));
        }
        if self.slots.len() >= Self::LIVE {
            return Err(Full);
        }
        self.slots.push(Some(object));
        Ok((self.slots.len() as u32 - 1, payload))
    }

    pub(super) fn get<T: Kept>(&mut self, handle: u32) -> Option<&mut T> {
        T::get(self.slots.get_mut(handle as usize)?.as_mut()?)
    }

    pub(super) fn remove(&mut self, handle: u32) -> Option<Object> {
        self.changes += 1;
        let object = self.slots.get_mut(handle as usize)?.take()?;
        self.free.push(handle);
        Some(object)
    }

    /// Whether any of those that the guest has is such a one.
    pub(super) fn any(&self, is_it: impl FnMut(&Object) -> bool) -> bool {
        self.slots.iter().flatten().any(is_it)
    }

    /// How many were given and taken back so far.
    pub(super) fn changes(&self) -> u64 {
        self.changes
    }

    /// Whether the guest was ever given any.
    pub(super) fn were_used(&self) -> bool {
        !self.slots.is_empty() || self.kept > 0
    }

    /// How many the guest has.
    pub(super) fn live(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Counts bytes that the guest makes the host keep.
    pub(super) fn keep(&mut self, bytes: usize) -> Result<(), Full> {
        self.kept = self.kept.saturating_add(bytes);
        if self.kept > Self::KEPT {
            return Err(Full);
        }
        Ok(())
    }
}
