//! `wasi:blobstore`: containers that have to be created, with objects in them.

use std::sync::Arc;

use wasmtime::component::Val;

use super::{Stock, Stored, Stores, now, written};
use crate::host::call::{Call, err, list_of_bytes, ok, text};
use crate::host::describe::{describe_bytes, shortened};
use crate::host::interfaces::{Function, Interface, Others};
use crate::host::io::{Draft, Input, Output};
use crate::host::record::Effect::{Local, Read, Write};

pub(super) const INTERFACES: &[Interface] = &[
    Interface {
        name: "wasi:blobstore/blobstore",
        functions: &[
            Function("create-container", Write, create_container),
            Function("get-container", Read, find_container),
            Function("delete-container", Write, delete_container),
            Function("container-exists", Read, container_exists),
            Function("copy-object", Write, copy),
            Function("move-object", Write, move_object),
        ],
        others: Others::Unknown,
    },
    Interface {
        name: "wasi:blobstore/container",
        functions: &[
            Function("container.name", Local, name),
            Function("container.info", Read, info),
            Function("container.get-data", Read, data),
            Function("container.write-data", Write, write_data),
            Function("container.list-objects", Read, list),
            Function("container.delete-object", Write, delete_object),
            Function("container.delete-objects", Write, delete_objects),
            Function("container.has-object", Read, has_object),
            Function("container.object-info", Read, object_info),
            Function("container.clear", Write, clear),
            Function(
                "stream-object-names.read-stream-object-names",
                Local,
                next_names,
            ),
            Function(
                "stream-object-names.skip-stream-object-names",
                Local,
                skip_names,
            ),
        ],
        others: Others::Unknown,
    },
    Interface {
        name: "wasi:blobstore/types",
        functions: &[
            Function("outgoing-value.new-outgoing-value", Local, |call| {
                call.give(BlobDraft(Draft::default())).map(Some)
            }),
            Function("outgoing-value.outgoing-value-write-body", Local, |call| {
                let draft = Arc::clone(&call.object::<BlobDraft>(0)?.0);
                Ok(Some(ok(call.give(Output::Value(draft))?)))
            }),
            Function(
                "incoming-value.incoming-value-consume-sync",
                Local,
                |call| {
                    let bytes = Arc::clone(&call.object::<BlobValue>(0)?.0);
                    Ok(Some(ok(list_of_bytes(&bytes))))
                },
            ),
            Function(
                "incoming-value.incoming-value-consume-async",
                Local,
                |call| {
                    let bytes = Arc::clone(&call.object::<BlobValue>(0)?.0);
                    Ok(Some(ok(call.give(Input::Bytes { bytes, position: 0 })?)))
                },
            ),
            Function("incoming-value.size", Local, |call| {
                let size = call.object::<BlobValue>(0)?.0.len();
                Ok(Some(Val::U64(size as u64)))
            }),
        ],
        others: Others::Unknown,
    },
];

/// A container's name.
#[derive(Debug)]
pub(in crate::host) struct Container(Box<str>);

/// An object that the guest is writing.
#[derive(Debug)]
pub(in crate::host) struct BlobDraft(Draft);

/// What was found of an object.
#[derive(Debug)]
pub(in crate::host) struct BlobValue(Arc<[u8]>);

/// The names of objects that are still to be told, last first.
#[derive(Debug)]
pub(in crate::host) struct ObjectNames(Vec<Box<str>>);

/// The error of this interface is a text.
type Done<T> = Result<T, String>;

fn answer(done: Done<Option<Val>>) -> wasmtime::Result<Option<Val>> {
    Ok(Some(match done {
        Ok(value) => ok(value),
        Err(message) => err(Val::String(message)),
    }))
}

impl Stores {
    fn container(&mut self, name: &str) -> Done<&mut Stock> {
        let missing = || format!("there is no container {name:?}");
        self.containers.get_mut(name).ok_or_else(missing)
    }

    fn object(&mut self, container: &str, name: &str) -> Done<Stored> {
        let object = self.container(container)?.objects.get(name).cloned();
        object.ok_or_else(|| format!("there is no object {name:?} in {container:?}"))
    }

    /// Answers whether the object was there.
    fn remove_object(&mut self, container: &str, name: &str) -> Done<bool> {
        let gone = self.container(container)?.objects.remove(name);
        if let Some(gone) = &gone {
            self.uncount(name, gone);
        }
        Ok(gone.is_some())
    }

    fn clear(&mut self, container: &str) -> Done<()> {
        let objects = std::mem::take(&mut self.container(container)?.objects);
        for (name, gone) in &objects {
            self.uncount(name, gone);
        }
        Ok(())
    }
}

fn stores<'a>(call: &'a mut Call<'_>) -> &'a mut Stores {
    &mut call.world().outside.stores
}

fn container(call: &mut Call<'_>) -> wasmtime::Result<Box<str>> {
    Ok(call.object::<Container>(0)?.0.clone())
}

fn create_container(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let name = call.string(0)?;
    call.keep(name.len())?;
    let created = now(call);
    let stock = || Stock {
        created,
        ..Stock::default()
    };
    stores(call)
        .containers
        .entry(name.into())
        .or_insert_with(stock);
    let container = call.give(Container(name.into()))?;
    answer(Ok(Some(container)))
}

fn find_container(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let name = call.string(0)?;
    if let Err(message) = stores(call).container(name) {
        return answer(Err(message));
    }
    let container = call.give(Container(name.into()))?;
    answer(Ok(Some(container)))
}

fn delete_container(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let name = call.string(0)?;
    let done = stores(call).clear(name);
    stores(call).containers.remove(name);
    answer(done.map(|()| None))
}

fn container_exists(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let name = call.string(0)?;
    let exists = stores(call).containers.contains_key(name);
    answer(Ok(Some(Val::Bool(exists))))
}

/// Container and name of an `object-id`.
fn object_id<'a>(call: &Call<'a>, index: usize) -> wasmtime::Result<(&'a str, &'a str)> {
    match call.argument(index)? {
        Val::Record(fields) => match fields.as_slice() {
            [(_, Val::String(container)), (_, Val::String(object))] => Ok((container, object)),
            _ => Err(call.unsupported()),
        },
        _ => Err(call.unsupported()),
    }
}

/// Puts an object into a container that is there, in place of what has the name.
fn put(
    call: &mut Call<'_>,
    container: &str,
    name: &str,
    bytes: Arc<[u8]>,
) -> wasmtime::Result<Done<()>> {
    let at = now(call);
    let stores = stores(call);
    let before = match stores.container(container) {
        Ok(stock) => stock.objects.get(name).cloned(),
        Err(message) => return Ok(Err(message)),
    };
    if stores.count(name, before.as_ref(), bytes.len()).is_err() {
        return Err(call.too_much());
    }
    let stock = stores.container(container);
    Ok(stock.map(|stock| {
        stock.objects.insert(name.into(), Stored { bytes, at });
    }))
}

fn copy(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let (from, to) = (object_id(call, 0)?, object_id(call, 1)?);
    let done = match stores(call).object(from.0, from.1) {
        Ok(object) => put(call, to.0, to.1, object.bytes)?,
        Err(message) => Err(message),
    };
    answer(done.map(|()| None))
}

fn move_object(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let (from, to) = (object_id(call, 0)?, object_id(call, 1)?);
    let mut done = match stores(call).object(from.0, from.1) {
        Ok(object) => put(call, to.0, to.1, object.bytes)?,
        Err(message) => Err(message),
    };
    if done.is_ok() && from != to {
        done = stores(call).remove_object(from.0, from.1).map(|_| ());
    }
    answer(done.map(|()| None))
}

fn name(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let name = container(call)?;
    answer(Ok(Some(text(&name))))
}

fn info(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let name = container(call)?;
    let created = stores(call).container(&name).map(|stock| stock.created);
    answer(created.map(|created| {
        Some(Val::Record(vec![
            ("name".to_owned(), text(&name)),
            ("created-at".to_owned(), Val::U64(created)),
        ]))
    }))
}

/// From one byte to another, both of them included.
fn data(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let (container, name) = (container(call)?, call.string(1)?);
    let (start, end) = (call.u64(2)?, call.u64(3)?);
    let object = match stores(call).object(&container, name) {
        Ok(object) => object.bytes,
        Err(message) => return answer(Err(message)),
    };
    let at = |offset: u64| {
        usize::try_from(offset)
            .unwrap_or(usize::MAX)
            .min(object.len())
    };
    let bytes = match (at(start), at(end.saturating_add(1))) {
        (0, end) if end == object.len() => Arc::clone(&object),
        (start, end) => object.get(start..end).unwrap_or_default().into(),
    };
    let value = call.give(BlobValue(bytes))?;
    answer(Ok(Some(value)))
}

fn write_data(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let (container, name) = (container(call)?, call.string(1)?);
    let bytes = written(&call.object::<BlobDraft>(2)?.0);
    call.amend(Write, || {
        shortened(format!(
            "{container:?}, {name:?}, {}",
            describe_bytes(&bytes)
        ))
    });
    let done = put(call, &container, name, bytes)?;
    answer(done.map(|()| None))
}

fn list(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let container = container(call)?;
    let names: Vec<Box<str>> = match stores(call).container(&container) {
        Ok(stock) => stock.objects.keys().rev().cloned().collect(),
        Err(message) => return answer(Err(message)),
    };
    let bytes = names.iter().map(|name| name.len()).sum();
    call.keep(bytes)?;
    call.charge(bytes as u64);
    let names = call.give(ObjectNames(names))?;
    answer(Ok(Some(names)))
}

fn delete_object(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let (container, name) = (container(call)?, call.string(1)?);
    call.amend(Write, || shortened(format!("{container:?}, {name:?}")));
    let done = stores(call).remove_object(&container, name);
    answer(done.map(|_| None))
}

fn delete_objects(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let (container, names) = (container(call)?, call.list(1)?);
    call.amend(Write, || shortened(format!("{container:?}, {names:?}")));
    let mut done = Ok(false);
    for name in names {
        let Val::String(name) = name else {
            return Err(call.unsupported());
        };
        done = done.and_then(|_| stores(call).remove_object(&container, name));
    }
    answer(done.map(|_| None))
}

fn has_object(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let (container, name) = (container(call)?, call.string(1)?);
    let stock = stores(call).container(&container);
    let has = stock.map(|stock| stock.objects.contains_key(name));
    answer(has.map(|has| Some(Val::Bool(has))))
}

fn object_info(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let (container, name) = (container(call)?, call.string(1)?);
    let object = stores(call).object(&container, name);
    answer(object.map(|object| {
        let fields = [
            ("name", text(name)),
            ("container", text(&container)),
            ("created-at", Val::U64(object.at)),
            ("size", Val::U64(object.bytes.len() as u64)),
        ];
        let fields = fields.map(|(name, it)| (name.to_owned(), it));
        Some(Val::Record(fields.into()))
    }))
}

fn clear(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let container = container(call)?;
    call.amend(Write, || shortened(format!("{container:?}")));
    let done = stores(call).clear(&container);
    answer(done.map(|()| None))
}

/// The next names, and whether these are all.
fn take_names(call: &mut Call<'_>) -> wasmtime::Result<(Vec<Box<str>>, bool)> {
    let most = usize::try_from(call.u64(1)?).unwrap_or(usize::MAX);
    let names = &mut call.object::<ObjectNames>(0)?.0;
    let mut taken = names.split_off(names.len().saturating_sub(most));
    taken.reverse();
    Ok((taken, names.is_empty()))
}

fn next_names(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let (names, is_end) = take_names(call)?;
    let names = Val::List(names.iter().map(|name| text(name)).collect());
    answer(Ok(Some(Val::Tuple(vec![names, Val::Bool(is_end)]))))
}

fn skip_names(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let (names, is_end) = take_names(call)?;
    let skipped = Val::U64(names.len() as u64);
    answer(Ok(Some(Val::Tuple(vec![skipped, Val::Bool(is_end)]))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::testing::Host;

    fn of(function: &str) -> String {
        format!("wasi:blobstore/container.{function}")
    }

    /// Writes an object by way of a stream.
    fn write(host: &mut Host, container: &Val, name: &str, bytes: &[u8]) {
        let types = "wasi:blobstore/types.outgoing-value";
        let value = host
            .call(&format!("{types}.new-outgoing-value"), &[])
            .unwrap();
        let body = format!("{types}.outgoing-value-write-body");
        let stream = host.ok(&body, std::slice::from_ref(&value));
        let stream = [stream, list_of_bytes(bytes)];
        host.call("wasi:io/streams.output-stream.write", &stream)
            .unwrap();
        let data = [container.clone(), text(name), value];
        assert_eq!(
            host.call(&of("container.write-data"), &data).unwrap(),
            ok(None)
        );
    }

    fn read(host: &mut Host, container: &Val, name: &str, start: u64, end: u64) -> Val {
        let range = [
            container.clone(),
            text(name),
            Val::U64(start),
            Val::U64(end),
        ];
        let value = host.ok(&of("container.get-data"), &range);
        host.ok(
            "wasi:blobstore/types.incoming-value.incoming-value-consume-sync",
            &[value],
        )
    }

    #[test]
    fn an_object_is_read_in_whole_and_in_part_also_after_an_update() {
        let mut old = Host::new();
        let open = "wasi:blobstore/blobstore.get-container";
        let missing = old.call(open, &[text("carts")]).unwrap();
        assert!(matches!(missing, Val::Result(Err(_))));
        let carts = old.ok(
            "wasi:blobstore/blobstore.create-container",
            &[text("carts")],
        );
        write(&mut old, &carts, "ann", b"apples");
        let call = old.newest_call();
        assert_eq!(
            call.arguments.as_deref(),
            Some(r#""carts", "ann", b"apples""#)
        );
        let mut new = Host::new();
        new.continue_from(&old);
        let carts = new.ok(open, &[text("carts")]);
        assert_eq!(
            read(&mut new, &carts, "ann", 0, u64::MAX),
            list_of_bytes(b"apples")
        );
        assert_eq!(read(&mut new, &carts, "ann", 1, 2), list_of_bytes(b"pp"));
        assert_eq!(read(&mut new, &carts, "ann", 5, 2), list_of_bytes(b""));
    }

    #[test]
    fn objects_are_moved_listed_and_cleared() {
        let mut host = Host::new();
        let carts = host.ok(
            "wasi:blobstore/blobstore.create-container",
            &[text("carts")],
        );
        for name in ["b", "a", "c"] {
            write(&mut host, &carts, name, b"x");
        }
        let id = |object: &str| {
            let fields = [("container", text("carts")), ("object", text(object))];
            Val::Record(fields.map(|(name, it)| (name.to_owned(), it)).into())
        };
        let moved = host.call("wasi:blobstore/blobstore.move-object", &[id("c"), id("d")]);
        assert_eq!(moved.unwrap(), ok(None));
        let names = host.ok(&of("container.list-objects"), std::slice::from_ref(&carts));
        let next = of("stream-object-names.read-stream-object-names");
        for (count, expected, is_end) in [(2, vec!["a", "b"], false), (9, vec!["d"], true)] {
            let expected = Val::List(expected.into_iter().map(text).collect());
            let told = host.ok(&next, &[names.clone(), Val::U64(count)]);
            assert_eq!(told, Val::Tuple(vec![expected, Val::Bool(is_end)]));
        }
        host.call(&of("container.clear"), std::slice::from_ref(&carts))
            .unwrap();
        assert_eq!(
            host.ok(&of("container.has-object"), &[carts, text("a")]),
            Val::Bool(false)
        );
        assert_eq!(host.store.data().outside.stores.bytes, 0);
    }
}
