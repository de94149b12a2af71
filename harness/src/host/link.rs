//! Defines every import of a component.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use wasmtime::component::types::{ComponentFunc, ComponentItem};
use wasmtime::component::{Component, Linker, LinkerInstance};
use wasmtime::{AsContextMut as _, Engine};

use super::WorldSettings;
use super::call::{Answer, Import};
use super::draw::hash;
use super::handles;
use super::interfaces::{Answerer, Known, look_up, plain, without_version};
use super::record::Effect;
use super::resources::Resources;
use super::world::World;

/// A function that a component imports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedFunction {
    /// As the component imports it, with its version; empty for a function that is imported on its own.
    pub interface: String,
    /// As the component imports it, with the brackets that mark methods.
    pub function: String,
    /// The name in records and messages, `namespace:package/interface.function`.
    pub name: Arc<str>,
    /// What a call does to the world outside; of functions that write to streams, that depends on the stream.
    pub effect: Effect,
    /// Who answers a call.
    pub answerer: Answerer,
    /// It is an `async func`. wasmtime only takes asynchronous calls of a component that imports one, its start included.
    pub is_async: bool,
}

/// Defines every import of the component in a linker.
///
/// Fails for imports that are no functions or resources.
pub(crate) fn link(
    engine: &Engine,
    component: &Component,
    settings: &Arc<WorldSettings>,
) -> anyhow::Result<(Linker<World>, Vec<ImportedFunction>)> {
    let mut flat = Flat::default();
    for (name, import) in component.component_type().imports(engine) {
        let interface = import.implements.unwrap_or(name);
        match import.ty {
            ComponentItem::ComponentInstance(instance) => {
                let items = instance.exports(engine).map(|(name, item)| (name, item.ty));
                flat.instance(engine, vec![name.to_owned()], interface, items)?;
            }
            item => flat.item(engine, Vec::new(), "", name, item)?,
        }
    }
    flat.define(engine, settings)
        // wasmtime's errors become anyhow's by way of the standard library's.
        .map_err(|error| anyhow::Error::from_boxed(error.into()))
        .context("the component's imports can not be defined")
}

fn instance_at<'a>(
    linker: &'a mut Linker<World>,
    path: &[String],
) -> wasmtime::Result<LinkerInstance<'a, World>> {
    let mut instance = linker.root();
    for name in path {
        instance = instance.into_instance(name)?;
    }
    Ok(instance)
}

/// The imports of a component as flat lists; the paths lead to the instances that they are exports of.
#[derive(Default)]
struct Flat {
    resources: Resources,
    resource_imports: Vec<(Vec<String>, String, u32)>,
    functions: Vec<FlatFunction>,
}

struct FlatFunction {
    path: Vec<String>,
    interface: String,
    function: String,
    ty: ComponentFunc,
}

impl Flat {
    fn define(
        self,
        engine: &Engine,
        settings: &WorldSettings,
    ) -> wasmtime::Result<(Linker<World>, Vec<ImportedFunction>)> {
        let mut linker = Linker::new(engine);
        for (path, name, payload) in self.resource_imports {
            let ty = handles::resource_type(payload);
            instance_at(&mut linker, &path)?.resource(&name, ty, |mut store, handle| {
                store.data_mut().handles.remove(handle);
                Ok(())
            })?;
        }
        let resources = Arc::new(self.resources);
        let mut indices = HashMap::new();
        let mut imported = Vec::with_capacity(self.functions.len());
        for function in self.functions {
            let next = indices.len();
            let mut import = function.import(settings, &resources);
            import.index = *indices.entry(Arc::clone(&import.name)).or_insert(next);
            imported.push(function.imported(&import));
            function.define(&mut instance_at(&mut linker, &function.path)?, import)?;
        }
        Ok((linker, imported))
    }

    fn instance<'a>(
        &mut self,
        engine: &Engine,
        path: Vec<String>,
        interface: &str,
        items: impl Iterator<Item = (&'a str, ComponentItem)>,
    ) -> anyhow::Result<()> {
        for (name, item) in items {
            // A type that is no resource needs no definition in an instance.
            if !matches!(item, ComponentItem::Type(_)) {
                self.item(engine, path.clone(), interface, name, item)?;
            }
        }
        Ok(())
    }

    fn item(
        &mut self,
        engine: &Engine,
        path: Vec<String>,
        interface: &str,
        name: &str,
        item: ComponentItem,
    ) -> anyhow::Result<()> {
        match item {
            ComponentItem::ComponentFunc(ty) => {
                self.functions.push(FlatFunction {
                    path,
                    interface: interface.to_owned(),
                    function: name.to_owned(),
                    ty,
                });
            }
            ComponentItem::Resource(ty) => {
                let payload = self.resources.define(ty, without_version(interface), name);
                self.resource_imports.push((path, name.to_owned(), payload));
            }
            ComponentItem::ComponentInstance(instance) => {
                let path = [path, vec![name.to_owned()]].concat();
                let items = instance.exports(engine).map(|(name, item)| (name, item.ty));
                self.instance(engine, path, name, items)
                    .with_context(|| format!("in the imported instance `{name}`"))?;
            }
            ComponentItem::Module(_) | ComponentItem::CoreFunc(_) => {
                bail!("the component imports the core module `{name}`, which nobody can provide")
            }
            ComponentItem::Component(_) => {
                bail!("the component imports the component `{name}`, which nobody can provide")
            }
            ComponentItem::Type(_) => {
                bail!("the component imports the type `{name}`, which nobody can provide")
            }
        }
        Ok(())
    }
}

impl FlatFunction {
    /// An asynchronous function is answered at once too, like all that the world answers.
    fn define(
        &self,
        instance: &mut LinkerInstance<'_, World>,
        import: Import,
    ) -> wasmtime::Result<()> {
        if !self.ty.async_() {
            return instance.func_new(&self.function, move |store, _type, arguments, results| {
                import.answer(store, arguments, results)
            });
        }
        let import = Arc::new(import);
        instance.func_new_concurrent(
            &self.function,
            move |accessor, _type, arguments, results| {
                let import = Arc::clone(&import);
                Box::pin(async move {
                    accessor.with(|mut access| {
                        import.answer(access.as_context_mut(), arguments, results)
                    })
                })
            },
        )
    }

    fn import(&self, settings: &WorldSettings, resources: &Arc<Resources>) -> Import {
        let interface = without_version(&self.interface);
        let function = plain(&self.function);
        let name: Arc<str> = match interface {
            "" => function.as_str().into(),
            _ => format!("{interface}.{function}").into(),
        };
        let (effect, answer) = match look_up(interface, &function) {
            Known::Function(known) => (known.1, Answer::Handler(known.2)),
            Known::OutOfReach => (
                Effect::Local,
                Answer::Handler(|call| Err(call.unsupported())),
            ),
            Known::Unknown => {
                let reads = settings.reads.contains(&*name);
                let effect = if reads { Effect::Read } else { Effect::Write };
                let answer = match settings.synthesize_unknown {
                    true => Answer::Synthesized,
                    false => Answer::Nobody,
                };
                (effect, answer)
            }
        };
        Import {
            hash: hash(name.as_bytes()),
            name,
            function: function.into(),
            index: 0,
            effect,
            answer,
            result: self.ty.results().next(),
            is_checked: !self.interface.contains("@0.2."),
            resources: Arc::clone(resources),
        }
    }

    fn imported(&self, import: &Import) -> ImportedFunction {
        ImportedFunction {
            interface: self.interface.clone(),
            function: self.function.clone(),
            name: Arc::clone(&import.name),
            effect: import.effect,
            is_async: self.ty.async_(),
            answerer: match import.answer {
                Answer::Handler(_) => Answerer::World,
                Answer::Synthesized => Answerer::Synthesized,
                Answer::Nobody => Answerer::Nobody,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use wasmtime::component::Val;

    use super::super::testing::{CLOCKS, Guest, concurrent_engine, start};
    use super::super::{HostStop, Moment};
    use super::*;

    /// A guest that passes one function of one interface on, without a memory.
    fn passing_on(interface: &str, function: &str, signature: &str) -> String {
        format!(
            r#"
(component
  (import "{interface}" (instance $i (export "{function}" (func {signature}))))
  (core func $f (canon lower (func $i "{function}")))
  (func (export "f") {signature} (canon lift (core func $f))))
"#
        )
    }

    #[test]
    fn an_import_that_nobody_knows_links_and_stops_when_it_is_called() {
        let text = passing_on(
            "shop:bank/account@3.0.0",
            "pay",
            r#"(param "cents" u64) (result bool)"#,
        );
        let mut guest = Guest::new(&text);
        let import = guest.imports.first().unwrap().clone();
        assert_eq!(import.interface, "shop:bank/account@3.0.0");
        assert_eq!(&*import.name, "shop:bank/account.pay");
        assert_eq!(
            (import.effect, import.answerer),
            (Effect::Write, Answerer::Nobody)
        );
        let function = "shop:bank/account.pay".into();
        let stop = guest.stop("f", &[Val::U64(5)]);
        assert_eq!(stop, HostStop::Unsupported { function });
        let call = guest.calls().last().unwrap();
        assert_eq!(call.arguments.as_deref(), Some("5"));
    }

    #[test]
    fn a_function_may_be_declared_read_only() {
        let text = passing_on("shop:bank/account", "balance", "(result u64)");
        let settings = WorldSettings {
            reads: ["shop:bank/account.balance".to_owned()].into(),
            ..WorldSettings::default()
        };
        let guest = Guest::with(&text, settings);
        assert_eq!(guest.imports.first().unwrap().effect, Effect::Read);
    }

    #[test]
    fn a_known_name_with_another_type_is_unsupported() {
        let text = passing_on(
            "wasi:clocks/monotonic-clock@0.2.0",
            "subscribe-duration",
            "(result u32)",
        );
        let stop = Guest::new(&text).stop("f", &[]);
        assert!(matches!(stop, HostStop::Unsupported { .. }));
    }

    #[test]
    fn exit_is_a_typed_stop() {
        let text = passing_on(
            "wasi:cli/exit@0.2.4",
            "exit-with-code",
            r#"(param "status-code" u8)"#,
        );
        let mut guest =
            Guest::new(&text.replace("status-code\" u8)", "status-code\" u8) (result u8)"));
        let stop = guest.stop("f", &[Val::U8(3)]);
        assert_eq!(stop, HostStop::Exit { ok: false, code: 3 });
        let text = passing_on(
            "wasi:cli/exit@0.2.0",
            "exit",
            r#"(param "status" (result)) (result u8)"#,
        );
        let ok = Val::Result(Ok(None));
        assert_eq!(
            Guest::new(&text).stop("f", &[ok]),
            HostStop::Exit { ok: true, code: 0 }
        );
    }

    #[test]
    fn a_trap_that_golem_was_asked_for_is_a_typed_stop() {
        let text = r#"
(component
  (import "golem:api/host@1.5.0" (instance $i (export "trap" (func (param "reason" string)))))
  (core module $memory (memory (export "memory") 1) (data (i32.const 0) "enough"))
  (core instance $memory (instantiate $memory))
  (alias core export $memory "memory" (core memory $mem))
  (core func $trap (canon lower (func $i "trap") (memory $mem)))
  (core module $m
    (import "h" "trap" (func $trap (param i32 i32)))
    (func (export "f") (result i32) (call $trap (i32.const 0) (i32.const 6)) (i32.const 0)))
  (core instance $c (instantiate $m (with "h" (instance (export "trap" (func $trap))))))
  (func (export "f") (result u32) (canon lift (core func $c "f"))))
"#;
        let reason = "enough".to_owned();
        assert_eq!(
            Guest::new(text).stop("f", &[]),
            HostStop::Aborted { reason }
        );
    }

    #[test]
    fn two_versions_of_an_interface_count_their_calls_together() {
        let text = r#"
(component
  (import "wasi:random/random@0.2.0" (instance $a (export "get-random-u64" (func (result u64)))))
  (import "wasi:random/random@0.2.3" (instance $b (export "get-random-u64" (func (result u64)))))
  (core func $a (canon lower (func $a "get-random-u64")))
  (core func $b (canon lower (func $b "get-random-u64")))
  (func (export "a") (result u64) (canon lift (core func $a)))
  (func (export "b") (result u64) (canon lift (core func $b))))
"#;
        let mut guest = Guest::new(text);
        let first = [guest.u64("a", &[]), guest.u64("a", &[])];
        guest.enter(Moment::Operation(9));
        guest.enter(Moment::Instantiate {
            operation: 0,
            attempt: 0,
        });
        assert_eq!(first, [guest.u64("b", &[]), guest.u64("a", &[])]);
    }

    #[test]
    fn an_interface_may_mention_the_pollable_of_another_one_under_any_name() {
        let text = r#"
(component $c
  (import "wasi:io/poll@0.2.3" (instance $poll
    (export "pollable" (type $pollable (sub resource)))
    (export "[method]pollable.ready" (func (param "self" (borrow $pollable)) (result bool)))))
  (alias export $poll "pollable" (type $pollable))
  (import "golem:rpc/types@0.2.2" (instance $rpc
    (alias outer $c $pollable (type $outer))
    (export "wait" (type $wait (eq $outer)))
    (export "future-invoke-result" (type $future (sub resource)))
    (export "[constructor]future-invoke-result" (func (result (own $future))))
    (export "[method]future-invoke-result.subscribe"
      (func (param "self" (borrow $future)) (result (own $wait))))))
  (alias export $rpc "future-invoke-result" (type $future))
  (core func $new (canon lower (func $rpc "[constructor]future-invoke-result")))
  (core func $subscribe (canon lower (func $rpc "[method]future-invoke-result.subscribe")))
  (core func $ready (canon lower (func $poll "[method]pollable.ready")))
  (core func $drop-pollable (canon resource.drop $pollable))
  (core func $drop-future (canon resource.drop $future))
  (core module $m
    (import "h" "new" (func $new (result i32)))
    (import "h" "subscribe" (func $subscribe (param i32) (result i32)))
    (import "h" "ready" (func $ready (param i32) (result i32)))
    (import "h" "drop-pollable" (func $drop-pollable (param i32)))
    (import "h" "drop-future" (func $drop-future (param i32)))
    (func (export "f") (result i32) (local $future i32) (local $pollable i32) (local $ready i32)
      (local.set $pollable (call $subscribe (local.tee $future (call $new))))
      (local.set $ready (call $ready (local.get $pollable)))
      (call $drop-pollable (local.get $pollable))
      (call $drop-future (local.get $future))
      local.get $ready)
    (func (export "leak") (result i32)
      (loop (drop (call $new)) (br 0)) unreachable))
  (core instance $i (instantiate $m (with "h" (instance
    (export "new" (func $new))
    (export "subscribe" (func $subscribe))
    (export "ready" (func $ready))
    (export "drop-pollable" (func $drop-pollable))
    (export "drop-future" (func $drop-future))))))
  (func (export "f") (result bool) (canon lift (core func $i "f")))
  (func (export "leak") (result bool) (canon lift (core func $i "leak"))))
"#;
        let settings = WorldSettings {
            synthesize_unknown: true,
            ..WorldSettings::default()
        };
        let mut guest = Guest::with(text, settings);
        for _ in 0..3 {
            assert_eq!(guest.call("f", &[]).unwrap(), Val::Bool(true));
        }
        assert_eq!(guest.store.data().handles.live(), 0);
        let function = "golem:rpc/types.future-invoke-result.constructor".into();
        assert_eq!(guest.stop("leak", &[]), HostStop::TooMuch { function });
    }

    #[test]
    fn an_engine_with_concurrency_makes_no_difference() {
        let mut plain = Guest::new(CLOCKS);
        let mut concurrent = start(&concurrent_engine(), CLOCKS, WorldSettings::default()).unwrap();
        for guest in [&mut plain, &mut concurrent] {
            guest.u64("sleep", &[Val::U64(1)]);
            guest.u64("random", &[]);
        }
        assert_eq!(plain.calls(), concurrent.calls());
        assert_eq!(plain.u64("random", &[]), concurrent.u64("random", &[]));
    }

    #[test]
    fn host_calls_cost_fuel() {
        let mut guest = Guest::new(CLOCKS);
        let before = guest.store.get_fuel().unwrap();
        guest.u64("monotonic", &[]);
        let one = before - guest.store.get_fuel().unwrap();
        assert!((200..400).contains(&one), "{one}");
        guest.store.set_fuel(300).unwrap();
        guest.u64("monotonic", &[]);
        let error = guest
            .call("monotonic", &[])
            .and_then(|_| guest.call("monotonic", &[]));
        let trap = error.unwrap_err().downcast::<wasmtime::Trap>().unwrap();
        assert_eq!(trap, wasmtime::Trap::OutOfFuel);
    }

    #[test]
    fn imports_that_are_neither_functions_nor_resources_are_refused_by_name() {
        let text = r#"(component (import "plug" (core module)))"#;
        let error = start(&concurrent_engine(), text, WorldSettings::default());
        let error = format!("{:#}", error.err().unwrap());
        assert!(error.contains("core module `plug`"), "{error}");
    }

    #[test]
    fn functions_and_instances_may_be_imported_without_an_interface() {
        let text = r#"
(component
  (import "beep" (func $beep (result u32)))
  (import "outer" (instance $outer
    (export "inner" (instance (export "boop" (func (result u32)))))))
  (core func $f (canon lower (func $beep)))
  (func (export "f") (result u32) (canon lift (core func $f))))
"#;
        let mut guest = Guest::new(text);
        let names: Vec<&str> = guest.imports.iter().map(|import| &*import.name).collect();
        assert_eq!(names, ["beep", "inner.boop"]);
        let function = "beep".into();
        assert_eq!(guest.stop("f", &[]), HostStop::Unsupported { function });
    }
}
