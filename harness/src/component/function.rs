//! The operations that a component offers: its exported functions with their WIT types.

use std::fmt;

use wasmtime::Engine;
use wasmtime::component::types::{self, ComponentItem};
use wasmtime::component::{Component, ComponentExportIndex, Type, Val};

use crate::value::WitType;

/// The name of an exported function. The version of its interface is not part of it: an update may raise that.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FunctionName {
    /// `namespace:package/interface`, none for a function that the component exports itself.
    pub interface: Option<String>,
    /// The function's own name.
    pub name: String,
}

impl FunctionName {
    /// Whether `text` means this function: its full name, or its own name alone.
    pub fn answers_to(&self, text: &str) -> bool {
        text == self.name || text == self.to_string()
    }
}

impl fmt::Display for FunctionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.interface {
            Some(interface) => write!(f, "{interface}.{}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// What every component of componentize-py exports beside its world: the start of the interpreter, done long ago.
const COMPONENTIZE_PY_INIT: &str = "exports.init";

/// An exported function.
#[derive(Debug, Clone)]
pub struct Function {
    /// Its name.
    pub name: FunctionName,
    /// The version of its interface, as it stands behind the `@`.
    pub version: Option<String>,
    /// Parameters in order, with their names.
    pub parameters: Vec<(String, WitType)>,
    /// What it returns.
    pub result: Option<WitType>,
    /// Whether its type says `async func`.
    pub is_async: bool,
    pub(crate) export: ComponentExportIndex,
    raw_parameters: Vec<Type>,
}

impl Function {
    /// Why no history can contain this function; none if one can.
    pub fn not_an_operation(&self) -> Option<String> {
        let platform = ["golem:api/", "golem:rpc/"];
        if let Some(interface) = &self.name.interface
            && platform.iter().any(|prefix| interface.starts_with(prefix))
        {
            return Some("it belongs to the platform, not to the worker's users".to_owned());
        }
        if self.name.to_string() == COMPONENTIZE_PY_INIT {
            return Some("componentize-py calls it once, while it builds the component".to_owned());
        }
        self.parameters
            .iter()
            .map(|(_, ty)| ty)
            .chain(&self.result)
            .find_map(WitType::opaque_part)
            .map(|what| format!("its type holds a {what}, which lives in one worker only"))
    }

    /// Reads the arguments of a call from WAVE, without the parentheses' outside: `("a", 3)`.
    ///
    /// # Errors
    /// The text is not WAVE or does not fit the parameters' types.
    pub(crate) fn parse_arguments(
        &self,
        call: &wasmtime::component::wasm_wave::untyped::UntypedFuncCall<'_>,
    ) -> anyhow::Result<Vec<Val>> {
        Ok(call.to_wasm_params(&self.raw_parameters)?)
    }

    /// Whether a call of the one function can be made on the other, and their results compared.
    pub fn same_type(&self, other: &Self) -> bool {
        let types = |function: &Self| {
            function
                .parameters
                .iter()
                .map(|(_, ty)| ty.clone())
                .collect::<Vec<_>>()
        };
        types(self) == types(other) && self.result == other.result
    }
}

impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name.name, Signature(self))
    }
}

/// A function's type as WIT writes it.
pub struct Signature<'a>(pub &'a Function);

impl fmt::Display for Signature<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Signature(function) = self;
        if function.is_async {
            f.write_str("async ")?;
        }
        f.write_str("func(")?;
        for (index, (name, ty)) in function.parameters.iter().enumerate() {
            let comma = if index > 0 { ", " } else { "" };
            write!(f, "{comma}{name}: {ty}")?;
        }
        f.write_str(")")?;
        match &function.result {
            Some(result) => write!(f, " -> {result}"),
            None => Ok(()),
        }
    }
}

/// Every function that the component exports, in the order of its exports.
pub(super) fn exported(engine: &Engine, component: &Component) -> Vec<Function> {
    let mut functions = Vec::new();
    for (name, item) in component.component_type().exports(engine) {
        match item.ty {
            ComponentItem::ComponentFunc(ty) => {
                functions.extend(function(component, None, name, &ty));
            }
            ComponentItem::ComponentInstance(instance) => {
                for (function_name, item) in instance.exports(engine) {
                    if let ComponentItem::ComponentFunc(ty) = item.ty {
                        functions.extend(function(component, Some(name), function_name, &ty));
                    }
                }
            }
            _ => {}
        }
    }
    functions
}

fn function(
    component: &Component,
    instance: Option<&str>,
    name: &str,
    ty: &types::ComponentFunc,
) -> Option<Function> {
    let parent = match instance {
        Some(instance) => Some(component.get_export_index(None, instance)?),
        None => None,
    };
    let export = component.get_export_index(parent.as_ref(), name)?;
    let (interface, version) = match instance {
        Some(instance) => match instance.split_once('@') {
            Some((interface, version)) => (Some(interface), Some(version)),
            None => (Some(instance), None),
        },
        None => (None, None),
    };
    let raw_parameters: Vec<Type> = ty.params().map(|(_, ty)| ty).collect();
    Some(Function {
        name: FunctionName {
            interface: interface.map(str::to_owned),
            name: name.to_owned(),
        },
        version: version.map(str::to_owned),
        parameters: ty
            .params()
            .map(|(name, ty)| (name.to_owned(), WitType::new(&ty)))
            .collect(),
        result: ty.results().next().as_ref().map(WitType::new),
        is_async: ty.async_(),
        export,
        raw_parameters,
    })
}
