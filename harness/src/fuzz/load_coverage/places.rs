//! Which code of a module comes from which source line, by its DWARF.

use std::collections::HashMap;
use std::ops::Range;

use addr2line::Context;
use addr2line::gimli::{Dwarf, EndianSlice, Error, LittleEndian, SectionId};

use super::dwarf::Sections;

/// What the line table says. Addresses are those of DWARF: bytes from the beginning of the code section's contents.
#[derive(Default)]
pub(super) struct Places {
    files: Vec<String>,
    /// In the order of their addresses.
    places: Vec<Place>,
}

/// Some code, and where it comes from.
pub(super) struct Place {
    pub(super) code: Range<u64>,
    file: usize,
    pub(super) line: u32,
}

impl Places {
    /// Reads the line tables of all units.
    ///
    /// # Errors
    /// One of them is damaged.
    pub(super) fn read(sections: &Sections<'_>) -> Result<Self, Error> {
        let dwarf = Dwarf::load(|id: SectionId| {
            let data = sections.named.get(id.name()).copied().unwrap_or_default();
            Ok::<_, Error>(EndianSlice::new(data, LittleEndian))
        })?;
        let context = Context::from_dwarf(dwarf)?;
        // The iterator below ends at a table that is damaged, without a word.
        context.parse_lines()?;
        let mut found = Self::default();
        let mut numbers = HashMap::new();
        for (start, length, location) in context.find_location_range(0, sections.code)? {
            let (Some(file), Some(line)) = (location.file, location.line) else {
                continue;
            };
            let number = *numbers.entry(file).or_insert_with(|| {
                found.files.push(file.to_owned());
                found.files.len() - 1
            });
            found.places.push(Place {
                code: start..start.saturating_add(length),
                file: number,
                line,
            });
        }
        found.places.sort_by_key(|place| place.code.start);
        Ok(found)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Place> {
        self.places.iter()
    }

    /// The path of a place's file.
    pub(super) fn file(&self, place: &Place) -> &str {
        self.files.get(place.file).map_or("", String::as_str)
    }

    /// The place of an address.
    pub(super) fn at(&self, address: u64) -> Option<&Place> {
        let behind = self
            .places
            .partition_point(|place| place.code.start <= address);
        let place = self.places.get(behind.checked_sub(1)?)?;
        place.code.contains(&address).then_some(place)
    }

    /// Places in one file.
    #[cfg(test)]
    pub(super) fn in_file(path: &str, places: &[(Range<u64>, u32)]) -> Self {
        let place = |(code, line): &(Range<u64>, u32)| Place {
            code: code.clone(),
            file: 0,
            line: *line,
        };
        Self {
            files: vec![path.to_owned()],
            places: places.iter().map(place).collect(),
        }
    }
}
