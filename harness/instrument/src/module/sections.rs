//! The sections of a core module, as bytes, to which items are appended.

use wasm_encoder::{Encode, Section as Encoder, SectionId};
use wasmparser::BinaryReader;

use crate::Error;

/// The sections, in the order of the file.
#[derive(Default)]
pub(super) struct Sections(Vec<Section>);

struct Section {
    id: u8,
    contents: Vec<u8>,
}

/// The order in which sections must stand.
const ORDER: [SectionId; 13] = [
    SectionId::Type,
    SectionId::Import,
    SectionId::Function,
    SectionId::Table,
    SectionId::Memory,
    SectionId::Tag,
    SectionId::Global,
    SectionId::Export,
    SectionId::Start,
    SectionId::Element,
    SectionId::DataCount,
    SectionId::Code,
    SectionId::Data,
];

impl Sections {
    /// Appends a section as it stands in the file.
    pub(super) fn push(&mut self, id: u8, contents: Vec<u8>) {
        self.0.push(Section { id, contents });
    }

    /// What is inside a section, behind its length.
    pub(super) fn contents(&self, id: SectionId) -> Option<&[u8]> {
        let section = self.0.iter().find(|it| it.id == id as u8)?;
        Some(&section.contents)
    }

    /// Puts another section in the place of one that is there.
    pub(super) fn replace(&mut self, section: &impl Encoder) -> Result<(), Error> {
        if let Some(place) = self.0.iter_mut().find(|it| it.id == section.id()) {
            place.contents = contents(section)?;
        }
        Ok(())
    }

    /// Appends the items of a section to those that are there.
    pub(super) fn append(&mut self, added: &impl Encoder) -> Result<(), Error> {
        let id = added.id();
        let added = contents(added)?;
        let Some(section) = self.0.iter_mut().find(|it| it.id == id) else {
            let place = |id: u8| ORDER.iter().position(|known| *known as u8 == id);
            let is_behind =
                |it: &Section| it.id != SectionId::Custom as u8 && place(it.id) > place(id);
            let at = self.0.iter().position(is_behind).unwrap_or(self.0.len());
            let section = Section {
                id,
                contents: added,
            };
            self.0.insert(at, section);
            return Ok(());
        };
        let (before, old) = items(&section.contents)?;
        let (count, new) = items(&added)?;
        let all = before.checked_add(count);
        let all = all.ok_or_else(|| Error::unsupported("a section has too many items"))?;
        let mut contents = Vec::with_capacity(section.contents.len() + added.len());
        all.encode(&mut contents);
        contents.extend_from_slice(old);
        contents.extend_from_slice(new);
        section.contents = contents;
        Ok(())
    }

    /// Writes all of them.
    pub(super) fn write(&self, output: &mut Vec<u8>) {
        for section in &self.0 {
            output.push(section.id);
            section.contents.as_slice().encode(output);
        }
    }
}

/// What is inside a section: the items, with their number before them.
fn contents(section: &impl Encoder) -> Result<Vec<u8>, Error> {
    let mut encoded = Vec::new();
    section.encode(&mut encoded);
    let mut reader = BinaryReader::new(&encoded, 0);
    reader.read_var_u32()?;
    let start = reader.original_position();
    encoded.drain(..start);
    Ok(encoded)
}

/// The number of items, and the items.
fn items(contents: &[u8]) -> Result<(u32, &[u8]), Error> {
    let mut reader = BinaryReader::new(contents, 0);
    let count = reader.read_var_u32()?;
    Ok((count, &contents[reader.original_position()..]))
}
