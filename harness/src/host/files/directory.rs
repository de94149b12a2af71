//! The functions of a descriptor that is open on a directory: they take a path.

use wasmtime::component::Val;

use super::descriptor::{Descriptor, change_times, descriptor, hash_of, kind_of, stat_of};
use super::path::{Place, resolve};
use super::tree::{Birth, NO_ENTRY, NOT_DIRECTORY};
use super::{FileError, Files, NodeId, answer, now, writable};
use crate::host::call::{Call, NONE, some};
use crate::host::interfaces::Function;
use crate::host::record::Effect::Local;

pub(super) const FUNCTIONS: &[Function] = &[
    Function("descriptor.open-at", Local, open),
    Function("descriptor.stat-at", Local, stat),
    Function("descriptor.metadata-hash-at", Local, metadata_hash),
    Function("descriptor.set-times-at", Local, set_times),
    Function("descriptor.create-directory-at", Local, create_directory),
    Function("descriptor.remove-directory-at", Local, remove_directory),
    Function("descriptor.unlink-file-at", Local, unlink),
    Function("descriptor.rename-at", Local, rename),
    Function("descriptor.read-directory", Local, list),
    // There are no links.
    Function("descriptor.readlink-at", Local, read_link),
    Function("descriptor.link-at", Local, link),
    Function("descriptor.symlink-at", Local, symbolic_link),
    Function(
        "directory-entry-stream.read-directory-entry",
        Local,
        next_entry,
    ),
];

/// What is left to tell of a directory's entries, last first.
#[derive(Debug)]
pub(in crate::host) struct DirectoryStream(Vec<(Val, String)>);

const READ_ONLY: FileError = FileError("read-only");

/// What the path in an argument leads to from the descriptor.
fn place<'a>(call: &mut Call<'a>, index: usize) -> wasmtime::Result<Result<Place<'a>, FileError>> {
    let (node, path) = (descriptor(call)?.node, call.string(index)?);
    Ok(resolve(&call.world().outside.files, node, path))
}

/// The same for a change of what has the name in the directory.
fn name_to_change<'a>(
    call: &mut Call<'a>,
    index: usize,
) -> wasmtime::Result<Result<(NodeId, &'a str), FileError>> {
    let may_change = descriptor(call)?.mutate_directory;
    Ok(match place(call, index)? {
        Err(error) => Err(error),
        Ok(_) if !may_change => Err(READ_ONLY),
        Ok(Place::Directory(_)) => Err(FileError("invalid")),
        Ok(Place::Name {
            directory, name, ..
        }) => Ok((directory, name)),
    })
}

fn is_set(call: &Call<'_>, index: usize, flag: &str) -> wasmtime::Result<bool> {
    match call.argument(index)? {
        Val::Flags(set) => Ok(set.iter().any(|name| name == flag)),
        _ => Err(call.unsupported()),
    }
}

fn open(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let base = descriptor(call)?;
    let place = place(call, 2)?;
    let wanted = Wanted {
        create: is_set(call, 3, "create")?,
        directory: is_set(call, 3, "directory")?,
        exclusive: is_set(call, 3, "exclusive")?,
        truncate: is_set(call, 3, "truncate")?,
        read: is_set(call, 4, "read")?,
        write: is_set(call, 4, "write")?,
    };
    match place.and_then(|place| wanted.open(call, base, place)) {
        Ok(opened) => {
            let opened = call.give(opened)?;
            answer(Ok(opened), Some)
        }
        Err(error) => answer(Err(error), |()| None),
    }
}

/// How something is to be opened.
#[derive(Debug, Copy, Clone)]
struct Wanted {
    create: bool,
    directory: bool,
    exclusive: bool,
    truncate: bool,
    read: bool,
    write: bool,
}

impl Wanted {
    fn open(
        self,
        call: &mut Call<'_>,
        base: Descriptor,
        place: Place<'_>,
    ) -> Result<Descriptor, FileError> {
        let changes = self.create || self.truncate || self.write;
        if changes && !base.mutate_directory {
            return Err(READ_ONLY);
        }
        let files = &call.world().outside.files;
        let node = match place.node(files) {
            Ok(_) if self.create && self.exclusive => return Err(FileError("exist")),
            Ok(node) => node,
            Err(NO_ENTRY) if self.create => self.create_file(call, place)?,
            Err(error) => return Err(error),
        };
        let is_directory = call.world().outside.files.is_directory(node);
        if is_directory && (self.write || self.truncate) {
            return Err(FileError("is-directory"));
        }
        if !is_directory && self.directory {
            return Err(NOT_DIRECTORY);
        }
        if self.truncate {
            let now = now(call);
            writable(call, 0).resize(node, 0, now)?;
        }
        Ok(Descriptor {
            node,
            read: self.read || is_directory,
            write: self.write,
            mutate_directory: is_directory && base.mutate_directory,
        })
    }

    fn create_file(self, call: &mut Call<'_>, place: Place<'_>) -> Result<NodeId, FileError> {
        let Place::Name {
            directory,
            name,
            is_directory: false,
        } = place
        else {
            return Err(FileError("is-directory"));
        };
        if self.directory {
            return Err(FileError("invalid"));
        }
        let birth = birth(call);
        writable(call, 0).create(directory, name, false, birth)
    }
}

fn birth(call: &mut Call<'_>) -> Birth {
    Birth {
        identity: call.draw().u64(),
        at: now(call),
    }
}

fn stat(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let place = place(call, 2)?;
    let files = &call.world().outside.files;
    let node = place.and_then(|place| place.node(files));
    answer(node.and_then(|node| stat_of(files, node)), Some)
}

fn metadata_hash(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let place = place(call, 2)?;
    let files = &call.world().outside.files;
    let node = place.and_then(|place| place.node(files));
    answer(node.and_then(|node| hash_of(files, node)), Some)
}

fn set_times(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let may_change = descriptor(call)?.mutate_directory;
    let place = place(call, 2)?;
    let node = place.and_then(|place| place.node(&call.world().outside.files));
    let node = node.and_then(|node| may_change.then_some(node).ok_or(READ_ONLY));
    change_times(call, node, 3)
}

fn create_directory(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let name = name_to_change(call, 1)?;
    let birth = birth(call);
    let files = writable(call, 0);
    let done = name.and_then(|(directory, name)| match files.child(directory, name) {
        Ok(_) => Err(FileError("exist")),
        Err(_) => files.create(directory, name, true, birth),
    });
    answer(done, |_| None)
}

fn remove_directory(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let name = name_to_change(call, 1)?;
    let files = writable(call, 0);
    let done = name.and_then(|(directory, name)| files.remove_directory(directory, name));
    answer(done, |()| None)
}

fn unlink(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let name = name_to_change(call, 1)?;
    let files = writable(call, 0);
    let done = name.and_then(|(directory, name)| files.unlink(directory, name));
    answer(done, |()| None)
}

fn rename(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let old = name_to_change(call, 1)?;
    let target = *call.object::<Descriptor>(2)?;
    let path = call.string(3)?;
    let new = match resolve(&call.world().outside.files, target.node, path) {
        Ok(_) if !target.mutate_directory => Err(READ_ONLY),
        Ok(Place::Name {
            directory, name, ..
        }) => Ok((directory, name)),
        Ok(Place::Directory(_)) => Err(FileError("invalid")),
        Err(error) => Err(error),
    };
    let files = writable(call, 0);
    let done = old.and_then(|old| files.rename(old, new?));
    answer(done, |()| None)
}

fn read_link(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let place = place(call, 1)?;
    let node = place.and_then(|place| place.node(&call.world().outside.files));
    // Whatever is there is no link.
    let done: Result<(), _> = node.and(Err(FileError("invalid")));
    answer(done, |()| None)
}

fn link(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    descriptor(call)?;
    call.object::<Descriptor>(3)?;
    answer(Err(FileError("unsupported")), |()| None)
}

fn symbolic_link(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    descriptor(call)?;
    answer(Err(FileError("unsupported")), |()| None)
}

fn list(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let node = descriptor(call)?.node;
    match entries(&call.world().outside.files, node) {
        Ok(entries) => {
            let bytes = entries.iter().map(|(_, name)| name.len()).sum();
            call.keep(bytes)?;
            call.charge(bytes as u64);
            let stream = call.give(DirectoryStream(entries))?;
            answer(Ok(stream), Some)
        }
        Err(error) => answer(Err(error), |()| None),
    }
}

fn entries(files: &Files, directory: NodeId) -> Result<Vec<(Val, String)>, FileError> {
    let entries = files.entries(directory)?.iter().rev();
    let entries = entries.map(|(name, node)| (kind_of(files, *node), name.to_string()));
    Ok(entries.collect())
}

fn next_entry(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let entry = call.object::<DirectoryStream>(0)?.0.pop();
    let entry = entry.map(|(kind, name)| {
        some(Val::Record(vec![
            ("type".to_owned(), kind),
            ("name".to_owned(), Val::String(name)),
        ]))
    });
    answer(Ok(entry.unwrap_or(NONE)), Some)
}
