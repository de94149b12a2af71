//! The numbers of a component's core memories, where those that flags are in are put among them, beside each memory that
//! modules share.

use std::collections::HashMap;
use std::convert::Infallible;

use anyhow::Result;
use wasm_encoder::reencode::{Error, Reencode, ReencodeComponent};
use wasm_encoder::{
    Alias, CanonicalFunctionSection, ComponentAliasSection, ComponentSection, ExportKind,
    InstanceSection,
};
use wasmparser::{
    ComponentAlias, ComponentAliasSectionReader, ComponentCanonicalSectionReader, ExternalKind,
    Instance, InstanceSectionReader,
};

use crate::module::MEMORY_EXPORT;

/// The core memories of a component under way.
#[derive(Default)]
pub(crate) struct Memories {
    /// The new number of each.
    numbers: Vec<u32>,
    /// The new number of the memory that the flags of each are in, by its old number.
    flags: HashMap<u32, u32>,
    /// How many were put among them.
    pub(crate) added: u32,
}

impl Memories {
    /// Takes a section of aliases, which has been copied. Appends another where there are memories of instances that
    /// `owns_memory` knows.
    pub(crate) fn aliases(
        &mut self,
        section: ComponentAliasSectionReader<'_>,
        owns_memory: impl Fn(u32) -> bool,
        output: &mut Vec<u8>,
    ) -> Result<()> {
        let mut owners = Vec::new();
        for alias in section {
            if let ComponentAlias::CoreInstanceExport {
                kind: ExternalKind::Memory,
                instance_index,
                ..
            } = alias?
            {
                let old = self.numbers.len() as u32;
                self.numbers.push(old + self.added);
                if owns_memory(instance_index) {
                    owners.push((old, instance_index));
                }
            }
        }
        if owners.is_empty() {
            return Ok(());
        }
        let mut aliases = ComponentAliasSection::new();
        for (old, instance) in owners {
            aliases.alias(Alias::CoreInstanceExport {
                instance,
                kind: ExportKind::Memory,
                name: MEMORY_EXPORT,
            });
            self.flags
                .insert(old, self.numbers.len() as u32 + self.added);
            self.added += 1;
        }
        aliases.append_to_component(output);
        Ok(())
    }

    /// Writes a section of core instances. What exports a memory to other modules exports that of its flags, too.
    ///
    /// # Errors
    /// It cannot be read, or has something that is not known.
    pub(crate) fn instances(
        &mut self,
        section: InstanceSectionReader<'_>,
        output: &mut Vec<u8>,
    ) -> Result<()> {
        let mut instances = InstanceSection::new();
        self.parse_instance_section(&mut instances, section)?;
        instances.append_to_component(output);
        Ok(())
    }

    /// Writes a section of functions that are lifted and lowered.
    ///
    /// # Errors
    /// It cannot be read, or has something that is not known.
    pub(crate) fn functions(
        &mut self,
        section: ComponentCanonicalSectionReader<'_>,
        output: &mut Vec<u8>,
    ) -> Result<()> {
        let mut functions = CanonicalFunctionSection::new();
        self.parse_component_canonical_section(&mut functions, section)?;
        functions.append_to_component(output);
        Ok(())
    }
}

impl Reencode for Memories {
    type Error = Infallible;

    fn memory_index(&mut self, memory: u32) -> Result<u32, Error> {
        let number = self.numbers.get(memory as usize).copied();
        Ok(number.unwrap_or(memory))
    }
}

impl ReencodeComponent for Memories {
    fn parse_instance(
        &mut self,
        instances: &mut InstanceSection,
        instance: Instance<'_>,
    ) -> Result<(), Error> {
        let Instance::FromExports(exports) = instance else {
            return wasm_encoder::reencode::component_utils::parse_instance(
                self, instances, instance,
            );
        };
        let mut items = Vec::with_capacity(exports.len() + 1);
        let mut flags = Vec::new();
        for export in &exports {
            items.push((
                export.name,
                self.export_kind(export.kind)?,
                self.external_index(export.kind, export.index)?,
            ));
            if export.kind == ExternalKind::Memory {
                flags.extend(self.flags.get(&export.index));
            }
        }
        // A module that shares a memory has no other.
        if let [flags] = flags[..] {
            items.push((MEMORY_EXPORT, ExportKind::Memory, flags));
        }
        instances.export_items(items);
        Ok(())
    }
}
