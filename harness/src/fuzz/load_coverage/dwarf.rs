//! Finds the DWARF of a component's core modules.

use std::collections::BTreeMap;

use anyhow::Result;
use wasmparser::{Encoding, Parser, Payload};

/// What is known of a core module that has DWARF: its `.debug_…` sections by name, and how long the contents of its code
/// section are, in bytes.
#[derive(Default)]
pub(super) struct Sections<'a> {
    pub(super) named: BTreeMap<&'a str, &'a [u8]>,
    pub(super) code: u64,
}

/// The sections of each core module that has any, by the module's number in the component.
///
/// # Errors
/// The component cannot be read.
pub(super) fn sections(component: &[u8]) -> Result<BTreeMap<u32, Sections<'_>>> {
    let mut modules = BTreeMap::new();
    let mut count = 0;
    let mut module = None;
    for payload in Parser::new(0).parse_all(component) {
        match payload? {
            Payload::Version {
                encoding: Encoding::Module,
                ..
            } => {
                module = Some((count, Sections::default()));
                count += 1;
            }
            Payload::CodeSectionStart { range, .. } => {
                if let Some((_, sections)) = &mut module {
                    sections.code = range.len() as u64;
                }
            }
            Payload::CustomSection(section) if section.name().starts_with(".debug_") => {
                if let Some((_, sections)) = &mut module {
                    sections.named.insert(section.name(), section.data());
                }
            }
            // Nothing stands inside a module, so that the first end is its own.
            Payload::End(_) => modules.extend(module.take()),
            _ => {}
        }
    }
    modules.retain(|_, sections| !sections.named.is_empty());
    Ok(modules)
}
