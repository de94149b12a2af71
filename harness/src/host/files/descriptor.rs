//! The functions of a descriptor on what it is open on.

use wasmtime::component::Val;

use super::tree::Content;
use super::{FileError, Files, NodeId, Stamp, answer, now, writable};
use crate::host::call::{Call, list_of_bytes, some};
use crate::host::interfaces::Function;
use crate::host::io::{Input, Output};
use crate::host::record::Effect::Local;

pub(super) const FUNCTIONS: &[Function] = &[
    Function("descriptor.read-via-stream", Local, read_via_stream),
    Function("descriptor.write-via-stream", Local, write_via_stream),
    Function("descriptor.append-via-stream", Local, append_via_stream),
    Function("descriptor.advise", Local, nothing),
    Function("descriptor.sync", Local, nothing),
    Function("descriptor.sync-data", Local, nothing),
    Function("descriptor.get-flags", Local, flags),
    Function("descriptor.get-type", Local, kind),
    Function("descriptor.set-size", Local, set_size),
    Function("descriptor.set-times", Local, set_times),
    Function("descriptor.read", Local, read),
    Function("descriptor.write", Local, write),
    Function("descriptor.stat", Local, stat),
    Function("descriptor.is-same-object", Local, is_same),
    Function("descriptor.metadata-hash", Local, metadata_hash),
];

/// A file or directory that is open.
#[derive(Debug, Copy, Clone)]
pub(in crate::host) struct Descriptor {
    pub(super) node: NodeId,
    pub(super) read: bool,
    pub(super) write: bool,
    pub(super) mutate_directory: bool,
}

impl Descriptor {
    pub(super) fn root() -> Self {
        Self {
            node: Files::ROOT,
            read: true,
            write: false,
            mutate_directory: true,
        }
    }

    fn readable(self) -> Result<NodeId, FileError> {
        self.read.then_some(self.node).ok_or(BAD)
    }

    fn writable(self) -> Result<NodeId, FileError> {
        self.write.then_some(self.node).ok_or(BAD)
    }
}

const BAD: FileError = FileError("bad-descriptor");
/// Bytes that one read answers at most.
const CHUNK: u64 = 64 << 10;

pub(super) fn descriptor(call: &mut Call<'_>) -> wasmtime::Result<Descriptor> {
    call.object::<Descriptor>(0).copied()
}

fn nothing(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    descriptor(call)?;
    answer(Ok(()), |()| None)
}

fn files<'a>(call: &'a mut Call<'_>) -> &'a Files {
    &call.world().outside.files
}

fn read_via_stream(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let (descriptor, position) = (descriptor(call)?, call.u64(1)?);
    let node = descriptor.readable();
    match node.and_then(|node| files(call).bytes(node).map(|_| node)) {
        Ok(node) => {
            let stream = call.give(Input::File { node, position })?;
            answer(Ok(stream), Some)
        }
        Err(error) => answer(Err(error), |()| None),
    }
}

fn write_via_stream(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let at = call.u64(1)?;
    stream_to(call, Some(at))
}

fn append_via_stream(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    stream_to(call, None)
}

fn stream_to(call: &mut Call<'_>, position: Option<u64>) -> wasmtime::Result<Option<Val>> {
    let node = descriptor(call)?.writable();
    match node.and_then(|node| files(call).bytes(node).map(|_| node)) {
        Ok(node) => {
            let stream = call.give(Output::File { node, position })?;
            answer(Ok(stream), Some)
        }
        Err(error) => answer(Err(error), |()| None),
    }
}

fn flags(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let descriptor = descriptor(call)?;
    let flags = [
        ("read", descriptor.read),
        ("write", descriptor.write),
        ("mutate-directory", descriptor.mutate_directory),
    ];
    let set = flags.into_iter().filter(|(_, is_set)| *is_set);
    let names = set.map(|(name, _)| name.to_owned()).collect();
    answer(Ok(Val::Flags(names)), Some)
}

fn kind(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let node = descriptor(call)?.node;
    let files = files(call);
    answer(files.node(node).map(|_| kind_of(files, node)), Some)
}

/// A case of `descriptor-type`.
pub(super) fn kind_of(files: &Files, node: NodeId) -> Val {
    let name = match files.is_directory(node) {
        true => "directory",
        false => "regular-file",
    };
    Val::Enum(name.to_owned())
}

fn set_size(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let (descriptor, length) = (descriptor(call)?, call.u64(1)?);
    let now = now(call);
    let files = writable(call, length);
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let done = descriptor.writable();
    answer(
        done.and_then(|node| files.resize(node, length, now)),
        |()| None,
    )
}

fn set_times(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let descriptor = descriptor(call)?;
    change_times(call, Ok(descriptor.node), 1)
}

/// Sets the times of a node to what the arguments from `first` on say.
pub(super) fn change_times(
    call: &mut Call<'_>,
    node: Result<NodeId, FileError>,
    first: usize,
) -> wasmtime::Result<Option<Val>> {
    let now = now(call);
    let accessed = new_time(call, first, now)?;
    let modified = new_time(call, first + 1, now)?;
    let files = writable(call, 0);
    let done = node.and_then(|node| {
        let node = files.node_mut(node)?;
        node.accessed = accessed.unwrap_or(node.accessed);
        node.modified = modified.unwrap_or(node.modified);
        node.changed = now;
        Ok(())
    });
    answer(done, |()| None)
}

/// A `new-timestamp`; none for no change.
fn new_time(call: &Call<'_>, index: usize, now: Stamp) -> wasmtime::Result<Option<Stamp>> {
    let Val::Variant(case, payload) = call.argument(index)? else {
        return Err(call.unsupported());
    };
    match (case.as_str(), payload.as_deref()) {
        ("no-change", None) => Ok(None),
        ("now", None) => Ok(Some(now)),
        ("timestamp", Some(Val::Record(fields))) => match fields.as_slice() {
            [(_, Val::U64(seconds)), (_, Val::U32(nanoseconds))] => {
                Ok(Some((*seconds, *nanoseconds)))
            }
            _ => Err(call.unsupported()),
        },
        _ => Err(call.unsupported()),
    }
}

fn read(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let descriptor = descriptor(call)?;
    let (length, offset) = (call.u64(1)?, call.u64(2)?);
    let files = files(call);
    let bytes = descriptor.readable().and_then(|node| files.bytes(node));
    let read = bytes.map(|bytes| {
        let start = usize::try_from(offset).map_or(bytes.len(), |it| it.min(bytes.len()));
        let rest = bytes.get(start..).unwrap_or_default();
        let length = rest.len().min(length.min(CHUNK) as usize);
        let piece = rest.get(..length).unwrap_or_default();
        let is_end = piece.len() == rest.len();
        Val::Tuple(vec![list_of_bytes(piece), Val::Bool(is_end)])
    });
    answer(read, Some)
}

fn write(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let descriptor = descriptor(call)?;
    let (bytes, offset) = (call.bytes(1)?, call.u64(2)?);
    let node = descriptor.writable();
    let written = node.and_then(|node| write_to(call, node, Some(offset), &bytes));
    answer(written, |()| Some(Val::U64(bytes.len() as u64)))
}

/// Writes to a file at a place, or at its end.
pub(in crate::host) fn write_to(
    call: &mut Call<'_>,
    node: NodeId,
    at: Option<u64>,
    bytes: &[u8],
) -> Result<(), FileError> {
    let now = now(call);
    let length = files(call).bytes(node)?.len() as u64;
    // What is left out is filled.
    let gap = at.unwrap_or(length).saturating_sub(length);
    writable(call, gap).write(node, at, bytes, now)
}

fn stat(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let node = descriptor(call)?.node;
    answer(stat_of(files(call), node), Some)
}

/// A `descriptor-stat`.
pub(super) fn stat_of(files: &Files, node: NodeId) -> Result<Val, FileError> {
    let kind = kind_of(files, node);
    let node = files.node(node)?;
    let time = |(seconds, nanoseconds): Stamp| {
        some(Val::Record(vec![
            ("seconds".to_owned(), Val::U64(seconds)),
            ("nanoseconds".to_owned(), Val::U32(nanoseconds)),
        ]))
    };
    let fields = [
        ("type", kind),
        ("link-count", Val::U64(1)),
        ("size", Val::U64(node.size() as u64)),
        ("data-access-timestamp", time(node.accessed)),
        ("data-modification-timestamp", time(node.modified)),
        ("status-change-timestamp", time(node.changed)),
    ];
    let fields = fields.map(|(name, it)| (name.to_owned(), it));
    Ok(Val::Record(fields.into()))
}

fn is_same(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let node = descriptor(call)?.node;
    let other = call.object::<Descriptor>(1)?.node;
    Ok(Some(Val::Bool(node == other)))
}

fn metadata_hash(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let node = descriptor(call)?.node;
    answer(hash_of(files(call), node), Some)
}

/// A `metadata-hash-value`, by which guests tell files apart.
pub(super) fn hash_of(files: &Files, node: NodeId) -> Result<Val, FileError> {
    let node = files.node(node)?;
    let is_file = matches!(node.content, Content::File(_));
    Ok(Val::Record(vec![
        ("lower".to_owned(), Val::U64(node.identity)),
        ("upper".to_owned(), Val::U64(is_file.into())),
    ]))
}
