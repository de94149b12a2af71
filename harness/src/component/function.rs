//! The operations that a component offers: its exported functions with their WIT types.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use wasmtime::Engine;
use wasmtime::component::types::{self, ComponentItem};
use wasmtime::component::{Component, ComponentExportIndex};

use crate::component::agent::Wire;
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

/// What some tools export beside a component's world: the start of the interpreter, done long ago.
const BUILD_TIME: [(&str, &str); 2] = [
    ("exports.init", "componentize-py"),
    (WIZER_INITIALIZE, "wizer"),
];

/// What components with a language runtime inside export for Wizer: `func()`.
pub(super) const WIZER_INITIALIZE: &str = "wizer-initialize";

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
    /// The identity of its component, and the number there of what is called.
    pub(super) place: (u64, usize),
    /// How it is called, where it is part of an agent.
    pub(crate) wire: Option<Arc<Wire>>,
}

impl Function {
    /// A function of an agent, which is called through this one.
    pub(super) fn of_agent(
        &self,
        name: FunctionName,
        parameters: Vec<(String, WitType)>,
        result: Option<WitType>,
        wire: Wire,
    ) -> Self {
        Self {
            name,
            version: None,
            parameters,
            result,
            is_async: self.is_async,
            place: self.place,
            wire: Some(Arc::new(wire)),
        }
    }

    /// Parameters that its user gives: of an agent's method, all but the one that says who calls.
    pub fn user_parameters(&self) -> &[(String, WitType)] {
        let last = self.parameters.len().saturating_sub(1);
        match &self.wire {
            Some(wire) if wire.has_principal() => &self.parameters[..last],
            _ => &self.parameters,
        }
    }

    /// Whether a host that looks for `recorded` in this function's component finds this function: the names are the same, and the
    /// versions compatible (`wasmtime-environ`, `alternate_lookup_key`).
    pub(crate) fn is_found_as(&self, recorded: &Self) -> bool {
        let parsed =
            |it: &Option<String>| it.as_deref().and_then(|it| semver::Version::parse(it).ok());
        let is_compatible = match (parsed(&self.version), parsed(&recorded.version)) {
            (Some(own), Some(recorded)) if recorded.pre.is_empty() && own.pre.is_empty() => {
                own.major == recorded.major
                    && (own.major > 0 || own.minor == recorded.minor)
                    && (own.major > 0 || own.minor > 0 || own.patch == recorded.patch)
            }
            _ => self.version == recorded.version,
        };
        self.name == recorded.name && is_compatible
    }

    /// Whether Wizer calls it when the component is built.
    pub(super) fn starts_a_runtime(&self) -> bool {
        self.name.interface.is_none() && self.name.name == WIZER_INITIALIZE
    }

    /// Why no history can contain this function; none if one can.
    pub fn not_an_operation(&self) -> Option<String> {
        let platform = ["golem:api/", "golem:rpc/", "golem:agent/"];
        if let Some(interface) = &self.name.interface
            && platform.iter().any(|prefix| interface.starts_with(prefix))
        {
            return Some("it belongs to the platform, not to the worker's users".to_owned());
        }
        let name = self.name.to_string();
        if let Some((_, tool)) = BUILD_TIME.iter().find(|(known, _)| *known == name) {
            return Some(format!(
                "{tool} calls it once, while it builds the component"
            ));
        }
        self.parameters
            .iter()
            .map(|(_, ty)| ty)
            .chain(&self.result)
            .find_map(WitType::opaque_part)
            .map(|what| format!("its type holds a {what}, which lives in one worker only"))
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

/// How an exported function is found in any build of its component.
#[derive(Debug, Clone)]
pub(super) struct ExportName {
    /// The exported instance that it is part of, with its version; none for one that the component exports itself.
    pub(super) instance: Option<String>,
    pub(super) name: String,
}

impl ExportName {
    pub(super) fn find(&self, component: &Component) -> Option<ComponentExportIndex> {
        let parent = match &self.instance {
            Some(instance) => Some(component.get_export_index(None, instance)?),
            None => None,
        };
        component.get_export_index(parent.as_ref(), &self.name)
    }
}

/// What tells the functions of a component from those of all others.
pub(super) fn new_identity() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    LAST.fetch_add(1, Ordering::Relaxed)
}

/// Every function that the component exports, in the order of its exports. None has its place yet.
pub(super) fn exported(engine: &Engine, component: &Component) -> Vec<(ExportName, Function)> {
    let mut functions = Vec::new();
    for (name, item) in component.component_type().exports(engine) {
        match item.ty {
            ComponentItem::ComponentFunc(ty) => functions.push(function(None, name, &ty)),
            ComponentItem::ComponentInstance(instance) => {
                for (function_name, item) in instance.exports(engine) {
                    if let ComponentItem::ComponentFunc(ty) = item.ty {
                        functions.push(function(Some(name), function_name, &ty));
                    }
                }
            }
            _ => {}
        }
    }
    functions
}

fn function(
    instance: Option<&str>,
    name: &str,
    ty: &types::ComponentFunc,
) -> (ExportName, Function) {
    let (interface, version) = match instance {
        Some(instance) => match instance.split_once('@') {
            Some((interface, version)) => (Some(interface), Some(version)),
            None => (Some(instance), None),
        },
        None => (None, None),
    };
    let export = ExportName {
        instance: instance.map(str::to_owned),
        name: name.to_owned(),
    };
    let function = Function {
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
        place: (0, 0),
        wire: None,
    };
    (export, function)
}
