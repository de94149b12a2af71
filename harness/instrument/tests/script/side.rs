//! The modules of a script, all as they are or all rewritten.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use wasmtime::{
    Config, Engine, Extern, ExternRef, Func, Instance, Linker, Module, Ref, Store, Trap, Val,
    ValType,
};
use wast::WastArg;
use wast::core::WastArgCore;

/// The names of memories and globals, and what is in them.
pub type Left = BTreeMap<String, String>;

/// What something did.
#[derive(Debug, PartialEq)]
pub enum Did {
    Returned(Vec<String>),
    Trapped(Option<Trap>),
    /// It could not be done here, for this reason.
    Nothing(&'static str),
}

/// Modules, and their instances.
pub struct Side {
    store: Store<()>,
    linker: Linker<()>,
    instances: Vec<Instance>,
}

/// Which of several NaN an operation gives is not for the specification to say, and so is the same here.
static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let mut config = Config::new();
    config.cranelift_nan_canonicalization(true);
    Engine::new(&config).expect("an engine")
});

pub fn is_valid(module: &[u8]) -> bool {
    Module::validate(&ENGINE, module).is_ok()
}

impl Side {
    pub fn new(spectest: &[u8]) -> Self {
        let mut store = Store::new(&ENGINE, ());
        let mut linker = Linker::new(&ENGINE);
        let spectest = Module::new(&ENGINE, spectest).expect("it is a module");
        let instance = Instance::new(&mut store, &spectest, &[]).expect("it starts");
        linker
            .instance(&mut store, "spectest", instance)
            .expect("it is the first");
        Self {
            store,
            linker,
            instances: Vec::new(),
        }
    }

    /// Starts a module; its number.
    ///
    /// # Errors
    /// What it did instead.
    pub fn start(&mut self, bytes: &[u8]) -> Result<usize, Did> {
        let number = self.instances.len();
        let Ok(module) = Module::new(&ENGINE, bytes) else {
            return Err(Did::Nothing("a module that the engine does not run"));
        };
        match self.linker.instantiate(&mut self.store, &module) {
            Ok(instance) => {
                self.instances.push(instance);
                Ok(number)
            }
            Err(error) => match error.downcast_ref::<Trap>() {
                Some(trap) => Err(Did::Trapped(Some(*trap))),
                None => Err(Did::Nothing("a module that cannot be linked")),
            },
        }
    }

    /// Calls an export.
    pub fn call(&mut self, number: usize, name: &str, arguments: &[WastArg<'_>]) -> Did {
        let instance = self.instances[number];
        let Some(function) = instance.get_func(&mut self.store, name) else {
            return Did::Nothing("a function that is not there");
        };
        let types: Vec<ValType> = function.ty(&self.store).params().collect();
        let values = arguments.iter().zip(types);
        let values: Option<Vec<Val>> = values.map(|(it, ty)| self.value(it, &ty)).collect();
        let Some(values) = values.filter(|it| it.len() == arguments.len()) else {
            return Did::Nothing("an argument that cannot be made here");
        };
        self.made(function, &values)
    }

    fn made(&mut self, function: Func, arguments: &[Val]) -> Did {
        let results = function.ty(&self.store).results().len();
        let mut results = vec![Val::I32(0); results];
        match function.call(&mut self.store, arguments, &mut results) {
            Ok(()) => Did::Returned(results.iter().map(|it| self.shown(it)).collect()),
            Err(error) => Did::Trapped(error.downcast_ref::<Trap>().copied()),
        }
    }

    /// Reads an exported global.
    pub fn global(&mut self, number: usize, name: &str) -> Did {
        match self.instances[number].get_global(&mut self.store, name) {
            Some(global) => {
                let value = global.get(&mut self.store);
                Did::Returned(vec![self.shown(&value)])
            }
            None => Did::Nothing("a global that is not there"),
        }
    }

    /// What is in the memories and globals that an instance exports.
    pub fn left(&mut self, number: usize) -> Left {
        let instance = self.instances[number];
        let exports = instance.exports(&mut self.store);
        let exports: Vec<(String, Extern)> = exports
            .map(|it| (it.name().to_owned(), it.into_extern()))
            .collect();
        let mut left = Left::new();
        for (name, export) in exports {
            match export {
                Extern::Memory(memory) => {
                    let data = memory.data(&self.store);
                    let filled = data.iter().enumerate().filter(|(_, byte)| **byte != 0);
                    let filled: Vec<(usize, &u8)> = filled.collect();
                    left.insert(
                        format!("memory {name}"),
                        format!("{} bytes: {filled:?}", data.len()),
                    );
                }
                Extern::Global(global) => {
                    let value = global.get(&mut self.store);
                    left.insert(format!("global {name}"), self.shown(&value));
                }
                _ => {}
            }
        }
        left
    }

    fn value(&mut self, argument: &WastArg<'_>, ty: &ValType) -> Option<Val> {
        let WastArg::Core(argument) = argument else {
            return None;
        };
        Some(match argument {
            WastArgCore::I32(it) => Val::I32(*it),
            WastArgCore::I64(it) => Val::I64(*it),
            WastArgCore::F32(it) => Val::F32(it.bits),
            WastArgCore::F64(it) => Val::F64(it.bits),
            WastArgCore::V128(it) => Val::V128(u128::from_le_bytes(it.to_le_bytes()).into()),
            WastArgCore::RefNull(_) => Val::null_ref(ty.as_ref()?.heap_type()),
            WastArgCore::RefExtern(it) => {
                Val::ExternRef(Some(ExternRef::new(&mut self.store, *it).ok()?))
            }
            WastArgCore::RefHost(_) => return None,
        })
    }

    fn shown(&self, value: &Val) -> String {
        match value {
            Val::V128(it) => format!("v128 {:032x}", it.as_u128()),
            Val::ExternRef(Some(it)) => {
                let data = it.data(&self.store).ok().flatten();
                format!("extern {:?}", data.and_then(|it| it.downcast_ref::<u32>()))
            }
            Val::FuncRef(_) | Val::ExternRef(_) | Val::AnyRef(_) | Val::ExnRef(_) => {
                match value.ref_().is_some_and(|it: Ref| it.is_null()) {
                    true => "null".to_owned(),
                    false => "a reference".to_owned(),
                }
            }
            other => format!("{other:?}"),
        }
    }
}
