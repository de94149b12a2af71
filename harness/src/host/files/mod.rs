//! `wasi:filesystem` 0.2: an empty file system in memory for each worker, with a root directory that it may write to.
//!
//! Golem's snapshots hold no files, so that a worker has none after an update, unless the user says that they are carried
//! over. What a worker writes to files is its own state, and no write to the world outside.

mod descriptor;
mod directory;
mod path;
mod tree;

use wasmtime::component::Val;

use super::call::{Call, NONE, err, ok, some, text};
use super::handles::{Failure, Handles, Object};
use super::interfaces::{Function, Interface, Others};
use super::io::{Input, Output};
use super::record::Effect::{Constant, Local};

pub(super) use descriptor::{Descriptor, write_to};
pub(super) use directory::DirectoryStream;
pub(super) use tree::{Files, NodeId};

pub(super) const INTERFACES: &[Interface] = &[
    Interface {
        name: "wasi:filesystem/preopens",
        functions: &[Function("get-directories", Constant, directories)],
        others: Others::Unknown,
    },
    types(&[Function("filesystem-error-code", Local, error_code)]),
    types(descriptor::FUNCTIONS),
    types(directory::FUNCTIONS),
];

/// A part of the interface with all the resources.
const fn types(functions: &'static [Function]) -> Interface {
    Interface {
        name: "wasi:filesystem/types",
        functions,
        others: Others::Unknown,
    }
}

/// Why something cannot be done with a file: a case of `error-code`.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub(super) struct FileError(pub(super) &'static str);

/// What a handler answers from what it did to files.
fn answer<T>(
    done: Result<T, FileError>,
    value: impl FnOnce(T) -> Option<Val>,
) -> wasmtime::Result<Option<Val>> {
    Ok(Some(match done {
        Ok(done) => ok(value(done)),
        Err(FileError(code)) => err(Val::Enum(code.to_owned())),
    }))
}

fn directories(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let root = call.give(Descriptor::root())?;
    Ok(Some(Val::List(vec![Val::Tuple(vec![root, text("/")])])))
}

fn error_code(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let code = call.object::<Failure>(0)?.0;
    Ok(Some(
        code.map_or(NONE, |code| some(Val::Enum(code.to_owned()))),
    ))
}

/// A time as the wall clock shows it: seconds since 1970, and nanoseconds.
type Stamp = (u64, u32);

fn now(call: &mut Call<'_>) -> Stamp {
    call.world().clock.wall(0)
}

/// The files for a change of at most so many new bytes, which are charged. Files that are neither named nor open are gone first.
fn writable<'a>(call: &'a mut Call<'_>, new_bytes: u64) -> &'a mut Files {
    call.charge(new_bytes.min(Files::BYTES as u64));
    let world = call.world();
    let files = &mut world.outside.files;
    files.forget_unless(|node| is_open(&world.handles, node));
    files
}

fn is_open(handles: &Handles, node: NodeId) -> bool {
    handles.any(|object| match object {
        Object::Descriptor(descriptor) => descriptor.node == node,
        Object::Input(input) => matches!(input, Input::File { node: open, .. } if *open == node),
        Object::Output(output) => {
            matches!(output, Output::File { node: open, .. } if *open == node)
        }
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::super::call::list_of_bytes;
    use super::super::testing::Host;
    use super::super::{Effect, Moment, WorldSettings};
    use super::*;

    fn name(function: &str) -> String {
        format!("wasi:filesystem/types.{function}")
    }

    fn root(host: &mut Host) -> Val {
        let directories = host.call("wasi:filesystem/preopens.get-directories", &[]);
        let Ok(Val::List(directories)) = directories else {
            panic!("{directories:?}")
        };
        match directories.as_slice() {
            [Val::Tuple(root)] => root[0].clone(),
            other => panic!("{other:?}"),
        }
    }

    fn flags(names: &str) -> Val {
        Val::Flags(names.split_whitespace().map(str::to_owned).collect())
    }

    fn open(
        host: &mut Host,
        root: &Val,
        path: &str,
        how: &str,
        access: &str,
    ) -> Result<Val, String> {
        let arguments = [
            root.clone(),
            flags(""),
            text(path),
            flags(how),
            flags(access),
        ];
        match host.call(&name("descriptor.open-at"), &arguments).unwrap() {
            Val::Result(Ok(Some(descriptor))) => Ok(*descriptor),
            Val::Result(Err(Some(code))) => match *code {
                Val::Enum(code) => Err(code),
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        }
    }

    fn contents(host: &mut Host, descriptor: &Val) -> Vec<Val> {
        let arguments = [descriptor.clone(), Val::U64(1_000), Val::U64(0)];
        match host.ok(&name("descriptor.read"), &arguments) {
            Val::Tuple(mut parts) => {
                assert_eq!(parts.pop(), Some(Val::Bool(true)));
                match parts.pop() {
                    Some(Val::List(bytes)) => bytes,
                    other => panic!("{other:?}"),
                }
            }
            other => panic!("{other:?}"),
        }
    }

    fn bytes(text: &str) -> Vec<Val> {
        text.bytes().map(Val::U8).collect()
    }

    /// Appends a line to a file by way of a stream.
    fn append(host: &mut Host, file: &Val, line: &str) -> Val {
        let stream = host.ok(
            &name("descriptor.append-via-stream"),
            std::slice::from_ref(file),
        );
        let write = "wasi:io/streams.output-stream.blocking-write-and-flush";
        let arguments = [stream, list_of_bytes(line.as_bytes())];
        host.call(write, &arguments).unwrap()
    }

    #[test]
    fn what_is_written_to_a_file_is_read_again_and_is_no_write_outside() {
        let mut host = Host::new();
        let root = root(&mut host);
        let file = open(&mut host, &root, "log", "create", "read write").unwrap();
        assert_eq!(append(&mut host, &file, "one\n"), ok(None));
        assert_eq!(append(&mut host, &file, "two\n"), ok(None));
        let patch = [file.clone(), list_of_bytes(b"O"), Val::U64(0)];
        assert_eq!(host.ok(&name("descriptor.write"), &patch), Val::U64(1));
        assert_eq!(contents(&mut host, &file), bytes("One\ntwo\n"));
        let stream = host.ok(&name("descriptor.read-via-stream"), &[file, Val::U64(4)]);
        let read = "wasi:io/streams.input-stream.blocking-read";
        let arguments = [stream, Val::U64(100)];
        assert_eq!(host.ok(read, &arguments), list_of_bytes(b"two\n"));
        assert!(matches!(
            host.call(read, &arguments).unwrap(),
            Val::Result(Err(_))
        ));
        let calls = host.store.data().calls();
        assert!(calls.iter().all(|call| call.effect != Effect::Write));
    }

    #[test]
    fn files_are_gone_after_an_update_unless_they_are_carried() {
        for files_are_carried in [false, true] {
            let settings = WorldSettings {
                files_are_carried,
                ..WorldSettings::default()
            };
            let mut old = Host::with(settings.clone());
            let directory = root(&mut old);
            let file = open(&mut old, &directory, "log", "create", "write").unwrap();
            append(&mut old, &file, "one");
            let mut new = Host::with(settings);
            new.continue_from(&old);
            let directory = root(&mut new);
            let opened = open(&mut new, &directory, "log", "", "read");
            match files_are_carried {
                true => assert_eq!(contents(&mut new, &opened.unwrap()), bytes("one")),
                false => assert_eq!(opened, Err("no-entry".to_owned())),
            }
        }
    }

    #[test]
    fn what_may_not_be_opened_or_written_is_refused_with_its_code() {
        let mut host = Host::new();
        let root = root(&mut host);
        let made = [root.clone(), text("shelf")];
        let make = name("descriptor.create-directory-at");
        assert_eq!(host.call(&make, &made).unwrap(), ok(None));
        let file = open(&mut host, &root, "log", "create", "write").unwrap();
        for (path, how, access, code) in [
            ("log", "create exclusive", "write", "exist"),
            ("log", "directory", "read", "not-directory"),
            ("shelf", "", "write", "is-directory"),
            ("shelf", "truncate", "read", "is-directory"),
            ("new", "create directory", "read", "invalid"),
            ("new/", "create", "write", "is-directory"),
            ("new", "", "read", "no-entry"),
            ("../log", "", "read", "not-permitted"),
        ] {
            let opened = open(&mut host, &root, path, how, access);
            assert_eq!(opened, Err(code.to_owned()), "{path} {how} {access}");
        }
        let read = [file, Val::U64(1), Val::U64(0)];
        let refused = err(Val::Enum("bad-descriptor".to_owned()));
        assert_eq!(host.call(&name("descriptor.read"), &read).unwrap(), refused);
        let reading = open(&mut host, &root, "log", "", "read").unwrap();
        let write = [reading, list_of_bytes(b"x"), Val::U64(0)];
        assert_eq!(
            host.call(&name("descriptor.write"), &write).unwrap(),
            refused
        );
        let links = [root, text("log"), text("other")];
        let refused = err(Val::Enum("unsupported".to_owned()));
        assert_eq!(
            host.call(&name("descriptor.symlink-at"), &links).unwrap(),
            refused
        );
    }

    #[test]
    fn a_directory_lists_its_entries_by_name() {
        let mut host = Host::new();
        let root = root(&mut host);
        for path in ["b", "a", "c"] {
            open(&mut host, &root, path, "create", "write").unwrap();
        }
        let unlink = [root.clone(), text("b")];
        host.call(&name("descriptor.unlink-file-at"), &unlink)
            .unwrap();
        let stream = host.ok(&name("descriptor.read-directory"), &[root]);
        let next = name("directory-entry-stream.read-directory-entry");
        let entry = |name: &str| {
            let kind = Val::Enum("regular-file".to_owned());
            let fields = [("type", kind), ("name", text(name))];
            some(Val::Record(
                fields.map(|(name, it)| (name.to_owned(), it)).into(),
            ))
        };
        for expected in [entry("a"), entry("c"), NONE, NONE] {
            assert_eq!(host.ok(&next, std::slice::from_ref(&stream)), expected);
        }
    }

    #[test]
    fn a_file_that_is_replaced_stays_with_those_who_have_it_open() {
        let mut host = Host::new();
        let root = root(&mut host);
        let old = open(&mut host, &root, "log", "create", "read write").unwrap();
        append(&mut host, &old, "old");
        let draft = open(&mut host, &root, "draft", "create", "read write").unwrap();
        append(&mut host, &draft, "new");
        let rename = [root.clone(), text("draft"), root.clone(), text("log")];
        let renamed = host.call(&name("descriptor.rename-at"), &rename).unwrap();
        assert_eq!(renamed, ok(None));
        append(&mut host, &draft, "er");
        assert_eq!(contents(&mut host, &old), bytes("old"));
        let now = open(&mut host, &root, "log", "", "read").unwrap();
        assert_eq!(contents(&mut host, &now), bytes("newer"));
        let same = [now, draft];
        let same = host.call(&name("descriptor.is-same-object"), &same);
        assert_eq!(same.unwrap(), Val::Bool(true));
    }

    #[test]
    fn a_full_file_system_is_an_error_of_the_stream_with_its_code() {
        let mut host = Host::new();
        let root = root(&mut host);
        let file = open(&mut host, &root, "log", "create", "write").unwrap();
        let size = |bytes: usize| [file.clone(), Val::U64(bytes as u64)];
        let refused = err(Val::Enum("insufficient-space".to_owned()));
        let set = name("descriptor.set-size");
        assert_eq!(host.call(&set, &size(Files::BYTES + 1)).unwrap(), refused);
        assert_eq!(host.call(&set, &size(Files::BYTES)).unwrap(), ok(None));
        let failed = append(&mut host, &file, "x");
        let Val::Result(Err(Some(failed))) = failed else {
            panic!("{failed:?}")
        };
        let Val::Variant(_, Some(error)) = *failed else {
            panic!("{failed:?}")
        };
        let code = host
            .call(&name("filesystem-error-code"), &[*error])
            .unwrap();
        assert_eq!(code, some(Val::Enum("insufficient-space".to_owned())));
    }

    #[test]
    fn times_are_those_of_the_moment_and_can_be_set() {
        let mut host = Host::new();
        let root = root(&mut host);
        host.store.data_mut().enter(Moment::Operation(3));
        let file = open(&mut host, &root, "log", "create", "write").unwrap();
        let modified = |host: &mut Host| match host
            .ok(&name("descriptor.stat"), std::slice::from_ref(&file))
        {
            Val::Record(fields) => fields[4].1.clone(),
            other => panic!("{other:?}"),
        };
        let made = modified(&mut host);
        host.store.data_mut().enter(Moment::Operation(4));
        assert_eq!(modified(&mut host), made);
        append(&mut host, &file, "x");
        assert_ne!(modified(&mut host), made);
        let time = Val::Record(vec![
            ("seconds".to_owned(), Val::U64(7)),
            ("nanoseconds".to_owned(), Val::U32(8)),
        ]);
        let no_change = Val::Variant("no-change".to_owned(), None);
        let given = Val::Variant("timestamp".to_owned(), Some(Box::new(time.clone())));
        let set = [file.clone(), no_change, given];
        host.call(&name("descriptor.set-times"), &set).unwrap();
        assert_eq!(modified(&mut host), some(time));
    }
}
