//! `wasi:keyvalue`, as Golem has it: buckets that exist as soon as they are opened.

use std::sync::Arc;

use wasmtime::component::Val;

use super::{Stored, now, written};
use crate::host::call::{Call, NONE, list_of_bytes, ok, some, text};
use crate::host::describe::{describe, describe_bytes, shortened};
use crate::host::interfaces::{Function, Interface, Others};
use crate::host::io::{Draft, Input, Output};
use crate::host::record::Effect::{Local, Read, Write};

pub(super) const INTERFACES: &[Interface] = &[
    Interface {
        name: "wasi:keyvalue/types",
        functions: &[
            Function("bucket.open-bucket", Read, open),
            Function("outgoing-value.new-outgoing-value", Local, |call| {
                call.give(ValueDraft(Draft::default())).map(Some)
            }),
            Function(
                "outgoing-value.outgoing-value-write-body-sync",
                Local,
                write_sync,
            ),
            Function(
                "outgoing-value.outgoing-value-write-body-async",
                Local,
                write_stream,
            ),
            Function(
                "incoming-value.incoming-value-consume-sync",
                Local,
                consume_sync,
            ),
            Function(
                "incoming-value.incoming-value-consume-async",
                Local,
                consume_stream,
            ),
            Function("incoming-value.incoming-value-size", Local, size),
        ],
        others: Others::Unknown,
    },
    Interface {
        name: "wasi:keyvalue/wasi-keyvalue-error",
        functions: &[Function("error.trace", Local, |call| {
            call.object::<StoreError>(0)?;
            Ok(Some(text("error")))
        })],
        others: Others::Unknown,
    },
    Interface {
        name: "wasi:keyvalue/eventual",
        functions: &[
            Function("get", Read, get),
            Function("set", Write, set),
            Function("delete", Write, delete),
            Function("exists", Read, exists),
        ],
        others: Others::Unknown,
    },
    Interface {
        name: "wasi:keyvalue/eventual-batch",
        functions: &[
            Function("get-many", Read, get_many),
            Function("keys", Read, keys),
            Function("set-many", Write, set_many),
            Function("delete-many", Write, delete_many),
        ],
        others: Others::Unknown,
    },
];

/// A bucket's name.
#[derive(Debug)]
pub(in crate::host) struct Bucket(Box<str>);

/// A value that the guest is writing.
#[derive(Debug)]
pub(in crate::host) struct ValueDraft(Draft);

/// A value that was stored.
#[derive(Debug)]
pub(in crate::host) struct StoredValue(Arc<[u8]>);

/// An error, which no call gives.
#[derive(Debug)]
pub(in crate::host) struct StoreError;

fn open(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let name = call.string(0)?;
    call.keep(name.len())?;
    Ok(Some(ok(call.give(Bucket(name.into()))?)))
}

fn write_sync(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let bytes = call.bytes(1)?;
    call.keep(bytes.len())?;
    call.object::<ValueDraft>(0)?.0 = Draft::new(bytes.into());
    Ok(Some(ok(None)))
}

fn write_stream(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let draft = Arc::clone(&call.object::<ValueDraft>(0)?.0);
    Ok(Some(ok(call.give(Output::Value(draft))?)))
}

fn consume_sync(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let bytes = Arc::clone(&call.object::<StoredValue>(0)?.0);
    Ok(Some(ok(list_of_bytes(&bytes))))
}

fn consume_stream(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let bytes = Arc::clone(&call.object::<StoredValue>(0)?.0);
    let stream = call.give(Input::Bytes { bytes, position: 0 })?;
    Ok(Some(ok(stream)))
}

fn size(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let bytes = call.object::<StoredValue>(0)?.0.len();
    Ok(Some(ok(Val::U64(bytes as u64))))
}

fn bucket(call: &mut Call<'_>) -> wasmtime::Result<Box<str>> {
    Ok(call.object::<Bucket>(0)?.0.clone())
}

fn stored(call: &mut Call<'_>, bucket: &str, key: &str) -> Option<Arc<[u8]>> {
    let bucket = call.world().outside.stores.buckets.get(bucket)?;
    bucket.get(key).map(|stored| Arc::clone(&stored.bytes))
}

/// An option of a value.
fn found(call: &mut Call<'_>, bucket: &str, key: &str) -> wasmtime::Result<Val> {
    match stored(call, bucket, key) {
        Some(bytes) => Ok(some(call.give(StoredValue(bytes))?)),
        None => Ok(NONE),
    }
}

fn get(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let (bucket, key) = (bucket(call)?, call.string(1)?);
    Ok(Some(ok(found(call, &bucket, key)?)))
}

fn exists(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let (bucket, key) = (bucket(call)?, call.string(1)?);
    let exists = stored(call, &bucket, key).is_some();
    Ok(Some(ok(Val::Bool(exists))))
}

/// Stores a value, and answers what the record is to say of it.
fn put(call: &mut Call<'_>, bucket: &str, key: &str, value: &Val) -> wasmtime::Result<String> {
    let bytes = written(&call.object_of::<ValueDraft>(value)?.0);
    let text = format!("{bucket:?}, {key:?}, {}", describe_bytes(&bytes));
    let at = now(call);
    let stores = &mut call.world().outside.stores;
    let entries = stores.buckets.get(bucket);
    let before = entries.and_then(|entries| entries.get(key)).cloned();
    let counted = stores.count(key, before.as_ref(), bytes.len());
    if counted.is_err() {
        return Err(call.too_much());
    }
    let entries = stores.buckets.entry(bucket.into()).or_default();
    entries.insert(key.into(), Stored { bytes, at });
    Ok(text)
}

fn set(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let (bucket, key) = (bucket(call)?, call.string(1)?);
    let value = call.argument(2)?;
    let text = put(call, &bucket, key, value)?;
    call.amend(Write, || shortened(text));
    Ok(Some(ok(None)))
}

fn set_many(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let (bucket, pairs) = (bucket(call)?, call.list(1)?);
    let mut texts = Vec::with_capacity(pairs.len());
    for pair in pairs {
        let Val::Tuple(parts) = pair else {
            return Err(call.unsupported());
        };
        let [Val::String(key), value] = parts.as_slice() else {
            return Err(call.unsupported());
        };
        texts.push(put(call, &bucket, key, value)?);
    }
    call.amend(Write, || shortened(texts.join("; ")));
    Ok(Some(ok(None)))
}

fn remove(call: &mut Call<'_>, bucket: &str, keys: &[Val]) -> wasmtime::Result<Option<Val>> {
    for key in keys {
        let Val::String(key) = key else {
            return Err(call.unsupported());
        };
        let stores = &mut call.world().outside.stores;
        let entries = stores.buckets.get_mut(bucket);
        if let Some(gone) = entries.and_then(|entries| entries.remove(key.as_str())) {
            stores.uncount(key, &gone);
        }
    }
    call.amend(Write, || {
        shortened(format!("{bucket:?}, {}", describe(keys)))
    });
    Ok(Some(ok(None)))
}

fn delete(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let bucket = bucket(call)?;
    let key = call.argument(1)?;
    remove(call, &bucket, std::slice::from_ref(key))
}

fn delete_many(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let (bucket, keys) = (bucket(call)?, call.list(1)?);
    remove(call, &bucket, keys)
}

fn get_many(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let (bucket, keys) = (bucket(call)?, call.list(1)?);
    let mut values = Vec::with_capacity(keys.len());
    for key in keys {
        let Val::String(key) = key else {
            return Err(call.unsupported());
        };
        values.push(found(call, &bucket, key)?);
    }
    Ok(Some(ok(Val::List(values))))
}

fn keys(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let bucket = bucket(call)?;
    let entries = call.world().outside.stores.buckets.get(&*bucket);
    let keys = entries.into_iter().flat_map(|entries| entries.keys());
    Ok(Some(ok(Val::List(keys.map(|key| text(key)).collect()))))
}

#[cfg(test)]
mod tests {
    use super::super::Stores;
    use super::*;
    use crate::host::HostStop;
    use crate::host::testing::{Host, stop};

    fn value(host: &mut Host, bytes: &[u8]) -> Val {
        let name = "wasi:keyvalue/types.outgoing-value";
        let value = host
            .call(&format!("{name}.new-outgoing-value"), &[])
            .unwrap();
        let write = format!("{name}.outgoing-value-write-body-sync");
        host.call(&write, &[value.clone(), list_of_bytes(bytes)])
            .unwrap();
        value
    }

    fn bucket(host: &mut Host, name: &str) -> Val {
        host.ok("wasi:keyvalue/types.bucket.open-bucket", &[text(name)])
    }

    fn get(host: &mut Host, bucket: &Val, key: &str) -> Option<Val> {
        let arguments = [bucket.clone(), text(key)];
        let Val::Option(value) = host.ok("wasi:keyvalue/eventual.get", &arguments) else {
            panic!("an option")
        };
        let consume = "wasi:keyvalue/types.incoming-value.incoming-value-consume-sync";
        value.map(|value| host.ok(consume, &[*value]))
    }

    #[test]
    fn what_is_stored_is_found_also_after_an_update_and_in_no_other_bucket() {
        let mut old = Host::new();
        let carts = bucket(&mut old, "carts");
        let one = value(&mut old, b"one");
        let set = [carts.clone(), text("ann"), one];
        old.call("wasi:keyvalue/eventual.set", &set).unwrap();
        let call = old.newest_call();
        assert_eq!(call.effect, Write);
        assert_eq!(call.arguments.as_deref(), Some(r#""carts", "ann", b"one""#));
        let mut new = Host::new();
        new.continue_from(&old);
        for (name, expected) in [("carts", Some(list_of_bytes(b"one"))), ("wishes", None)] {
            let bucket = bucket(&mut new, name);
            assert_eq!(get(&mut new, &bucket, "ann"), expected, "{name}");
        }
        let delete = [carts.clone(), text("ann")];
        old.call("wasi:keyvalue/eventual.delete", &delete).unwrap();
        assert_eq!(get(&mut old, &carts, "ann"), None);
        assert_eq!(old.store.data().outside.stores.bytes, 0);
    }

    #[test]
    fn several_values_are_set_at_once_and_listed_by_key() {
        let mut host = Host::new();
        let carts = bucket(&mut host, "carts");
        let pairs = ["b", "a"].map(|key| {
            let value = value(&mut host, key.as_bytes());
            Val::Tuple(vec![text(key), value])
        });
        let set = [carts.clone(), Val::List(pairs.into())];
        host.call("wasi:keyvalue/eventual-batch.set-many", &set)
            .unwrap();
        let keys = host.ok(
            "wasi:keyvalue/eventual-batch.keys",
            std::slice::from_ref(&carts),
        );
        assert_eq!(keys, Val::List(vec![text("a"), text("b")]));
        let wanted = Val::List(vec![text("a"), text("c")]);
        let many = host.ok("wasi:keyvalue/eventual-batch.get-many", &[carts, wanted]);
        assert!(matches!(many, Val::List(values)
            if matches!(values.as_slice(), [Val::Option(Some(_)), Val::Option(None)])));
    }

    #[test]
    fn a_store_without_end_is_a_typed_stop() {
        let mut host = Host::new();
        let carts = bucket(&mut host, "carts");
        let large = value(&mut host, &vec![0; Stores::BYTES / 2]);
        let mut set = |key: &str| {
            let set = [carts.clone(), text(key), large.clone()];
            host.call("wasi:keyvalue/eventual.set", &set)
        };
        set("a").unwrap();
        set("a").unwrap();
        assert!(matches!(stop(set("b")), HostStop::TooMuch { .. }));
    }
}
