//! The resource types that a component imports.

use wasmtime::component::ResourceType;

use super::handles::{self, FIRST_UNKNOWN_PAYLOAD};

/// The resource types of a component's imports, and the payloads of the host's types that stand for them.
#[derive(Debug, Default)]
pub(super) struct Resources {
    types: Vec<(ResourceType, u32)>,
    /// Interface and name of the types that the world knows nothing about; their payloads count up from
    /// [`FIRST_UNKNOWN_PAYLOAD`].
    unknown: Vec<(String, String)>,
}

impl Resources {
    /// The payload of a type that occurs in the component's own types.
    pub(super) fn payload(&self, ty: &ResourceType) -> Option<u32> {
        let (_, payload) = self.types.iter().find(|(known, _)| known == ty)?;
        Some(*payload)
    }

    /// Finds or makes the payload for a resource type. Interfaces that mention the resource of another one alias its type,
    /// under any name; the first import of a type is the resource's own interface.
    pub(super) fn define(&mut self, ty: ResourceType, interface: &str, resource: &str) -> u32 {
        if let Some(payload) = self.payload(&ty) {
            return payload;
        }
        let payload = handles::known_payload(interface, resource)
            .unwrap_or_else(|| self.unknown_payload(interface, resource));
        self.types.push((ty, payload));
        payload
    }

    fn unknown_payload(&mut self, interface: &str, resource: &str) -> u32 {
        let known = self
            .unknown
            .iter()
            .position(|(known, name)| known == interface && name == resource);
        let index = known.unwrap_or_else(|| {
            self.unknown
                .push((interface.to_owned(), resource.to_owned()));
            self.unknown.len() - 1
        });
        FIRST_UNKNOWN_PAYLOAD.saturating_add(u32::try_from(index).unwrap_or(u32::MAX))
    }
}
