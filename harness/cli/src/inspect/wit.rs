//! The names of types, which a component keeps and wasmtime does not.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use wit_parser::decoding::{DecodedWasm, decode};
use wit_parser::{Resolve, Type, TypeDefKind, WorldId, WorldItem};

use handover::component::Function;
use handover::value::rules::Kind;
use handover::value::{Annotated, WitType};

/// The types of a component, as its author wrote them.
pub struct Types {
    resolve: Resolve,
    world: WorldId,
}

impl Types {
    /// Reads them.
    ///
    /// # Errors
    /// The bytes are no component, or its types are none that WIT can say.
    pub fn read(bytes: &[u8]) -> Result<Self> {
        match decode(bytes).context("the types cannot be read as WIT")? {
            DecodedWasm::Component(resolve, world) => Ok(Self { resolve, world }),
            DecodedWasm::WitPackage(..) => bail!("these are types, and no component"),
        }
    }

    /// The same function, with the names of its types.
    pub fn named(&self, function: &Function) -> Function {
        let mut named = function.clone();
        if let Some(written) = self.function(function) {
            for ((_, ty), parameter) in named.parameters.iter_mut().zip(&written.params) {
                *ty = self.with_names(ty, &parameter.ty);
            }
            if let (Some(ty), Some(written)) = (&mut named.result, &written.result) {
                *ty = self.with_names(ty, written);
            }
        }
        named
    }

    fn function(&self, function: &Function) -> Option<&wit_parser::Function> {
        let exports = self.resolve.worlds[self.world].exports.values();
        exports
            .filter_map(|export| match export {
                WorldItem::Interface { id, .. } => {
                    let interface = &self.resolve.interfaces[*id];
                    let package = &self.resolve.packages[interface.package?].name;
                    let name = interface.name.as_deref()?;
                    let name = format!("{}:{}/{name}", package.namespace, package.name);
                    let version = package.version.as_ref().map(ToString::to_string);
                    let is_it = function.name.interface.as_ref() == Some(&name)
                        && function.version == version;
                    interface
                        .functions
                        .get(&function.name.name)
                        .filter(|_| is_it)
                }
                WorldItem::Function(it) => {
                    let is_it = function.name.interface.is_none() && it.name == function.name.name;
                    is_it.then_some(it)
                }
                WorldItem::Type { .. } => None,
            })
            .next()
    }

    /// A type, with the names that it and its parts have where it is written down.
    fn with_names(&self, ty: &WitType, written: &Type) -> WitType {
        let Type::Id(id) = written else {
            return ty.clone();
        };
        let definition = &self.resolve.types[*id];
        let one = |ty: &Arc<WitType>, written| Arc::new(self.with_names(ty, written));
        let optional = |ty: &Option<WitType>, written: &Option<Type>| match (ty, written) {
            (Some(ty), Some(written)) => Some(self.with_names(ty, written)),
            _ => ty.clone(),
        };
        let shape = match (ty, &definition.kind) {
            (_, TypeDefKind::Type(other)) => self.with_names(ty, other),
            (WitType::List(item), TypeDefKind::List(written)) => WitType::List(one(item, written)),
            (WitType::FixedLengthList(item, length), TypeDefKind::FixedLengthList(written, _)) => {
                WitType::FixedLengthList(one(item, written), *length)
            }
            (WitType::Option(item), TypeDefKind::Option(written)) => {
                WitType::Option(one(item, written))
            }
            (WitType::Result(types), TypeDefKind::Result(written)) => {
                let ok = optional(&types.0, &written.ok);
                WitType::Result(Arc::new((ok, optional(&types.1, &written.err))))
            }
            (WitType::Tuple(types), TypeDefKind::Tuple(written)) => {
                let pairs = types.iter().zip(&written.types);
                WitType::Tuple(pairs.map(|(ty, it)| self.with_names(ty, it)).collect())
            }
            (WitType::Record(fields), TypeDefKind::Record(written)) => {
                let pairs = fields.iter().zip(&written.fields);
                let named = |((name, ty), it): (&(String, WitType), &wit_parser::Field)| {
                    (name.clone(), self.with_names(ty, &it.ty))
                };
                WitType::Record(pairs.map(named).collect())
            }
            (WitType::Variant(cases), TypeDefKind::Variant(written)) => {
                let pairs = cases.iter().zip(&written.cases);
                let named = pairs.map(|((name, ty), it)| (name.clone(), optional(ty, &it.ty)));
                WitType::Variant(named.collect())
            }
            _ => ty.clone(),
        };
        match &definition.name {
            // What one interface uses of another has one name in both.
            Some(name) if shape.name() != Some(name) => WitType::Annotated(Arc::new(Annotated {
                name: Some(name.clone()),
                shape,
                kind: Kind::Plain,
                examples: Vec::new(),
            })),
            _ => shape,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use handover::component::read;
    use handover::versions::config::Config;

    #[test]
    fn types_have_their_authors_names() -> Result<()> {
        let path = "embedded:cart-v2";
        let bytes = read(path)?;
        let component = Config::default().runtime()?.open_bytes(path, &bytes)?;
        let types = Types::read(&bytes)?;
        let shown = component.operations().iter().map(|it| {
            let named = types.named(it);
            // Names are no part of a type.
            assert_eq!(named.parameters, it.parameters);
            assert_eq!(named.result, it.result);
            match named.result {
                Some(ty) => format!("{ty:#}"),
                None => String::new(),
            }
        });
        let shown: Vec<String> = shown.collect();
        for expected in [
            "result<line, cart-error>",
            "list<tuple<order-id, order-state>>",
        ] {
            assert!(shown.iter().any(|it| it == expected), "{shown:?}");
        }
        Ok(())
    }

    #[test]
    fn what_is_no_component_is_refused() {
        assert!(Types::read(b"\0asm").is_err());
        assert!(Types::read(b"").is_err());
    }
}
