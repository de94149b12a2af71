//! `golem:api/host`: the functions that ordinary workers call, in every version of the package.
//!
//! The versions differ in the types, not in the names, so answers are made from the WIT type of the result, with sensible
//! values where a field or a case is known by its name. Setting the oplog index is not among the functions: a worker that does
//! so travels back in time, and nothing here could follow it.

use wasmtime::component::{Type, Val};

use crate::host::agent::{Uuid, component_id};
use crate::host::call::{Call, ok, text};
use crate::host::cli::variables;
use crate::host::describe;
use crate::host::draw::Draw;
use crate::host::fit::{fits, is_plain};
use crate::host::interfaces::{Function, Interface, Others};
use crate::host::record::Effect::{Read, Write};
use crate::host::stop::HostStop;
use crate::host::synthesize::{Choice, Maker};

pub(super) const INTERFACES: &[Interface] = &[Interface {
    name: "golem:api/host",
    functions: &[
        Function("get-self-metadata", Read, self_metadata),
        Function("get-oplog-index", Read, oplog_index),
        // What follows is a write, even where it returns something: Golem puts an entry into the oplog for it.
        Function("mark-begin-operation", Write, oplog_index),
        Function("mark-end-operation", Write, |_| Ok(None)),
        Function("oplog-commit", Write, |_| Ok(None)),
        Function("generate-idempotency-key", Write, idempotency_key),
        Function("get-retry-policy", Read, setting),
        Function("set-retry-policy", Write, set),
        Function("get-oplog-persistence-level", Read, setting),
        Function("set-oplog-persistence-level", Write, set),
        Function("get-idempotence-mode", Read, setting),
        Function("set-idempotence-mode", Write, set),
        Function("trap", Read, trap),
    ],
    others: Others::Unknown,
}];

pub(super) fn oplog_index(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let number = call.number;
    let world = call.world();
    // How much there is in an oplog before and between depends on more than the history: another seed, another count.
    let before = world.draw_constant("the oplog's start").below(1_000);
    let between = world.draw(OPLOG_GAP, 0).below(100) as u32;
    let index = world
        .clock
        .moment()
        .oplog_index(number.saturating_add(between));
    Ok(Some(Val::U64(before + index)))
}

/// The number under which the gaps in the oplog are drawn; host functions count from 0.
const OPLOG_GAP: u64 = u64::MAX;

/// What the worker is does not change in its life; that an update changes its version is not the worker's state.
fn self_metadata(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let world = call.world();
    let draw = world.draw_constant("self metadata");
    let environment = variables(world);
    let agent = world.agent().cloned();
    let id = agent.as_ref().map_or("worker", |agent| &agent.id);
    let revision = agent.as_ref().map_or(0, |agent| agent.revision);
    let component = agent.as_ref().map(|_| component_id());
    make_ok(call, draw, &|name, ty, _| match (name, ty) {
        ("env", Type::List(_)) => Some(environment.clone()),
        ("args" | "config" | "config-vars", Type::List(_)) => Some(Val::List(Vec::new())),
        ("worker-name" | "agent-id" | "agent-name", Type::String) => Some(text(id)),
        ("component-id", ty) => component.clone().filter(|it| fits(it, ty)),
        ("status", Type::Enum(ty)) => ty
            .names()
            .any(|name| name == "running")
            .then(|| Val::Enum("running".to_owned())),
        ("component-version" | "component-revision", Type::U64) => Some(Val::U64(revision)),
        ("retry-count", Type::U64) => Some(Val::U64(0)),
        _ => None,
    })
}

/// A random UUID, marked as one.
fn idempotency_key(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let draw = call.draw();
    make(call, draw, &|name, ty, draw| match (name, ty) {
        ("", _) => Some(Uuid::draw(draw).value()).filter(|it| fits(it, ty)),
        _ => None,
    })
}

/// What the worker set, or else Golem's default.
fn setting(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let name = setting_name(call)?;
    if let (Some(value), Some(ty)) = (
        call.world().outside.setting(name).cloned(),
        &call.import.result,
    ) && fits(&value, ty)
    {
        return Ok(Some(value));
    }
    let draw = call.world().draw_constant(name);
    make(call, draw, &|name, ty, _| match (name, ty) {
        // The result itself.
        ("", Type::Bool) => Some(Val::Bool(true)),
        ("", Type::Variant(ty)) => ty
            .cases()
            .any(|case| case.name == "smart" && case.ty.is_none())
            .then(|| Val::Variant("smart".to_owned(), None)),
        ("", Type::Enum(ty)) => ty
            .names()
            .any(|name| name == "smart")
            .then(|| Val::Enum("smart".to_owned())),
        // A retry policy.
        ("max-attempts", Type::U32) => Some(Val::U32(3)),
        ("min-delay", Type::U64) => Some(Val::U64(1_000_000_000)),
        ("max-delay", Type::U64) => Some(Val::U64(10_000_000_000)),
        ("multiplier", Type::Float64) => Some(Val::Float64(2.0)),
        ("max-jitter-factor", Type::Option(_)) => Some(Val::Option(None)),
        _ => None,
    })
}

fn set(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let name = setting_name(call)?;
    let value = call.argument(0)?;
    if !is_plain(value) {
        return Err(call.unsupported());
    }
    let weight = describe::weight(std::slice::from_ref(value));
    call.keep(usize::try_from(weight).unwrap_or(usize::MAX))?;
    call.world().outside.set(name, value.clone());
    Ok(None)
}

fn setting_name<'a>(call: &Call<'a>) -> wasmtime::Result<&'a str> {
    let name = call.import.function.split_once('-');
    name.map(|(_, name)| name).ok_or_else(|| call.unsupported())
}

fn trap(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let reason = call.string(0)?.to_owned();
    Err(HostStop::Aborted { reason }.into())
}

pub(super) fn make(
    call: &mut Call<'_>,
    draw: Draw,
    choice: Choice<'_>,
) -> wasmtime::Result<Option<Val>> {
    let Some(ty) = &call.import.result else {
        return Err(call.unsupported());
    };
    Maker::new(draw, choice).make(call, "", ty).map(Some)
}

/// Likewise; where the type is a result, from some version on, it is `ok`.
fn make_ok(call: &mut Call<'_>, draw: Draw, choice: Choice<'_>) -> wasmtime::Result<Option<Val>> {
    let ty = match &call.import.result {
        Some(Type::Result(ty)) => ty.ok(),
        _ => return make(call, draw, choice),
    };
    let value = ty.map(|ty| Maker::new(draw, choice).make(call, "", &ty));
    Ok(Some(ok(value.transpose()?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::testing::{Guest, stop};
    use crate::host::{Effect, HostStop, Moment, World, WorldSettings};

    /// A guest of `golem:api` in the given version that passes calls on to the host.
    fn guest(version: &str) -> String {
        format!(
            r#"
(component
  (import "golem:api/host@{version}" (instance $host
    (type $level (variant (case "persist-nothing") (case "persist-remote-side-effects") (case "smart")))
    (export "persistence-level" (type $persistence-level (eq $level)))
    (export "get-oplog-index" (func (result u64)))
    (export "mark-begin-operation" (func (result u64)))
    (export "get-idempotence-mode" (func (result bool)))
    (export "set-idempotence-mode" (func (param "idempotent" bool)))
    (export "get-oplog-persistence-level" (func (result $persistence-level)))
    (export "set-oplog-index" (func (param "index" u64)))
    (export "generate-idempotency-key" (func (result u64)))))
  (core func $index (canon lower (func $host "get-oplog-index")))
  (core func $begin (canon lower (func $host "mark-begin-operation")))
  (core func $mode (canon lower (func $host "get-idempotence-mode")))
  (core func $set-mode (canon lower (func $host "set-idempotence-mode")))
  (core func $level (canon lower (func $host "get-oplog-persistence-level")))
  (core func $set-index (canon lower (func $host "set-oplog-index")))
  (core func $key (canon lower (func $host "generate-idempotency-key")))
  (core module $m
    (import "h" "set-mode" (func $set-mode (param i32)))
    (import "h" "set-index" (func $set-index (param i64)))
    (func (export "set-mode") (param i32) (result i32)
      (call $set-mode (local.get 0)) (i32.const 1))
    (func (export "set-index") (param i64) (result i32)
      (call $set-index (local.get 0)) (i32.const 1)))
  (core instance $i (instantiate $m
    (with "h" (instance
      (export "set-mode" (func $set-mode))
      (export "set-index" (func $set-index))))))
  (func (export "index") (result u64) (canon lift (core func $index)))
  (func (export "begin") (result u64) (canon lift (core func $begin)))
  (func (export "mode") (result bool) (canon lift (core func $mode)))
  (func (export "level") (result u32) (canon lift (core func $level)))
  (func (export "key") (result u64) (canon lift (core func $key)))
  (func (export "set-mode") (param "mode" bool) (result bool) (canon lift (core func $i "set-mode")))
  (func (export "set-index") (param "index" u64) (result bool) (canon lift (core func $i "set-index"))))
"#
        )
    }

    #[test]
    fn what_was_set_is_what_is_read_also_by_the_next_version_of_the_worker() {
        let mut old = Guest::new(&guest("1.1.0"));
        assert_eq!(old.call("mode", &[]).unwrap(), Val::Bool(true));
        old.call("set-mode", &[Val::Bool(false)]).unwrap();
        assert_eq!(old.call("mode", &[]).unwrap(), Val::Bool(false));

        let mut new = Guest::new(&guest("1.5.0"));
        assert_eq!(new.call("mode", &[]).unwrap(), Val::Bool(true));
        let outside = old.store.data().outside().clone();
        let world = new.store.data_mut();
        let settings = world.settings.clone();
        *world = World::new(settings, 1, 1 << 20).with_outside(outside);
        assert_eq!(new.call("mode", &[]).unwrap(), Val::Bool(false));
    }

    #[test]
    fn the_oplog_index_grows_and_is_a_function_of_the_moment() {
        let mut guest = Guest::new(&guest("0.2.0"));
        let first = guest.enter(Moment::Operation(3)).u64("index", &[]);
        let second = guest.u64("index", &[]);
        assert!(second > first);
        guest.enter(Moment::Save(4)).u64("begin", &[]);
        assert!(guest.enter(Moment::Operation(4)).u64("index", &[]) > second);
        assert_eq!(guest.enter(Moment::Operation(3)).u64("index", &[]), first);
    }

    #[test]
    fn marks_and_settings_are_writes_and_questions_are_reads() {
        let mut guest = Guest::new(&guest("1.1.0"));
        for name in ["begin", "key", "index", "mode"] {
            guest.call(name, &[]).unwrap();
        }
        guest.call("set-mode", &[Val::Bool(true)]).unwrap();
        let effects: Vec<Effect> = guest.calls().iter().map(|call| call.effect).collect();
        assert_eq!(effects, [Write, Write, Read, Read, Write]);
        let last = guest.calls().last().unwrap();
        assert_eq!(&*last.function, "golem:api/host.set-idempotence-mode");
        assert_eq!(last.arguments.as_deref(), Some("true"));
    }

    /// A guest that looks at records: the worker's metadata as in version 1.1, and the retry policy.
    const RECORDS: &str = r#"
(component
  (import "golem:api/host@1.1.0" (instance $host
    (type $uuid (record (field "high-bits" u64) (field "low-bits" u64)))
    (export "uuid" (type $uuid' (eq $uuid)))
    (type $component (record (field "uuid" $uuid')))
    (export "component-id" (type $component' (eq $component)))
    (type $worker (record (field "component-id" $component') (field "worker-name" string)))
    (export "worker-id" (type $worker' (eq $worker)))
    (type $status (enum "idle" "running"))
    (export "worker-status" (type $status' (eq $status)))
    (type $metadata (record
      (field "worker-id" $worker') (field "args" (list string)) (field "env" (list (tuple string string)))
      (field "status" $status') (field "component-version" u64) (field "retry-count" u64)))
    (export "worker-metadata" (type $metadata' (eq $metadata)))
    (export "get-self-metadata" (func (result $metadata')))
    (type $policy (record
      (field "max-attempts" u32) (field "min-delay" u64) (field "max-delay" u64)
      (field "multiplier" float64) (field "max-jitter-factor" (option float64))))
    (export "retry-policy" (type $policy' (eq $policy)))
    (export "get-retry-policy" (func (result $policy')))
    (export "set-retry-policy" (func (param "new-retry-policy" $policy')))))
  (core module $memory (memory (export "memory") 1)
    (global $next (mut i32) (i32.const 1024))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (local $at i32)
      (local.set $at (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
      (global.set $next (i32.add (local.get $at) (local.get 3)))
      local.get $at))
  (core instance $memory (instantiate $memory))
  (alias core export $memory "memory" (core memory $mem))
  (alias core export $memory "realloc" (core func $realloc))
  (core func $metadata (canon lower (func $host "get-self-metadata") (memory $mem) (realloc $realloc)))
  (core func $get (canon lower (func $host "get-retry-policy") (memory $mem)))
  (core func $set (canon lower (func $host "set-retry-policy")))
  (core module $m
    (import "m" "memory" (memory 1))
    (import "h" "metadata" (func $metadata (param i32)))
    (import "h" "get" (func $get (param i32)))
    (import "h" "set" (func $set (param i32 i64 i64 f64 i32 f64)))
    (func (export "identity") (result i64)
      (call $metadata (i32.const 0))
      (i64.xor (i64.load (i32.const 0)) (i64.load (i32.const 8))))
    (func (export "variables-and-status") (result i64)
      (call $metadata (i32.const 0))
      (i64.add
        (i64.mul (i64.load32_u (i32.const 36)) (i64.const 10))
        (i64.load8_u (i32.const 40))))
    (func (export "attempts") (result i64)
      (call $get (i32.const 0))
      (i64.load32_u (i32.const 0)))
    (func (export "set-attempts") (param i32) (result i64)
      (call $set (local.get 0) (i64.const 1) (i64.const 2) (f64.const 1) (i32.const 1) (f64.const 0.5))
      (i64.const 0)))
  (core instance $i (instantiate $m
    (with "m" (instance $memory))
    (with "h" (instance
      (export "metadata" (func $metadata)) (export "get" (func $get)) (export "set" (func $set))))))
  (func (export "identity") (result u64) (canon lift (core func $i "identity")))
  (func (export "variables-and-status") (result u64) (canon lift (core func $i "variables-and-status")))
  (func (export "attempts") (result u64) (canon lift (core func $i "attempts")))
  (func (export "set-attempts") (param "attempts" u32) (result u64) (canon lift (core func $i "set-attempts"))))
"#;

    #[test]
    fn the_metadata_name_the_same_running_worker_at_every_moment() {
        let settings = WorldSettings {
            environment: vec![("STAGE".to_owned(), "test".to_owned())],
            ..WorldSettings::default()
        };
        let mut guest = Guest::with(RECORDS, settings);
        let identity = guest.u64("identity", &[]);
        assert_eq!(guest.u64("identity", &[]), identity);
        guest.enter(Moment::Operation(7));
        assert_eq!(guest.u64("identity", &[]), identity);
        assert_eq!(guest.u64("variables-and-status", &[]), 11);
    }

    #[test]
    fn a_retry_policy_is_what_it_was_set_to() {
        let mut guest = Guest::new(RECORDS);
        assert_eq!(guest.u64("attempts", &[]), 3);
        guest.u64("set-attempts", &[Val::U32(9)]);
        assert_eq!(guest.u64("attempts", &[]), 9);
        let call = guest.calls().get(1).unwrap();
        assert_eq!(
            call.arguments.as_deref(),
            Some(
                "{max-attempts: 9, min-delay: 1, max-delay: 2, multiplier: 1.0, max-jitter-factor: some(0.5)}"
            )
        );
    }

    #[test]
    fn the_default_persistence_level_is_the_smart_one() {
        let mut guest = Guest::new(&guest("1.1.7"));
        assert_eq!(guest.call("level", &[]).unwrap(), Val::U32(2));
    }

    #[test]
    fn travelling_back_in_time_is_unsupported() {
        let mut guest = Guest::new(&guest("1.1.0"));
        let stop = stop(guest.call("set-index", &[Val::U64(1)]));
        let function = "golem:api/host.set-oplog-index".into();
        assert_eq!(stop, HostStop::Unsupported { function });
    }
}
