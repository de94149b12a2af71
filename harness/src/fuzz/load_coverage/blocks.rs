//! A core module as its basic blocks, and what follows from how often each was entered.

use std::collections::BTreeMap;
use std::ops::Range;

use super::Function;
use super::places::Places;
use handover_instrument::{ModuleMap, SiteKind};

/// The blocks of a module.
#[derive(Debug, Clone)]
pub(super) struct Module {
    number: u32,
    symbols: BTreeMap<u32, String>,
    /// In the order of the file: those of a function stand together, its entry first.
    blocks: Vec<Block>,
}

#[derive(Debug, Clone)]
struct Block {
    /// Number of its function.
    function: u32,
    /// Where it is: bytes from the beginning of the code section's contents.
    code: Range<u64>,
    entered: u64,
}

impl Module {
    /// A module of which nothing was entered.
    pub(super) fn new(map: &ModuleMap) -> Self {
        let mut blocks: Vec<Block> = Vec::with_capacity(map.sites.len());
        for site in &map.sites {
            let end = match site.kind {
                SiteKind::Block { end } => end,
                SiteKind::Entry | SiteKind::Outcome | SiteKind::Comparison { .. } => site.offset,
            };
            let mut start = site.offset.saturating_sub(map.code_start);
            if blocks.last().is_none_or(|it| it.function != site.function) {
                // What stands before the first instruction declares locals. Compilers say of it where the function begins.
                start = start.saturating_sub(1);
            }
            blocks.push(Block {
                function: site.function,
                code: start..end.saturating_sub(map.code_start),
                entered: 0,
            });
        }
        Self {
            number: map.module,
            symbols: map.names.iter().cloned().collect(),
            blocks,
        }
    }

    /// Adds how often each block was entered.
    pub(super) fn add(&mut self, counts: &[u64]) {
        for (block, count) in self.blocks.iter_mut().zip(counts) {
            block.entered += count;
        }
    }

    /// Its functions.
    pub(super) fn functions(&self, places: &Places) -> impl Iterator<Item = Function> {
        let functions = self.blocks.chunk_by(|a, b| a.function == b.function);
        functions.filter_map(|blocks| {
            let entry = blocks.first()?;
            let start = entry.code.start;
            let place = places.at(start).or_else(|| places.at(start + 1));
            Some(Function {
                module: self.number,
                number: entry.function,
                symbol: self.symbols.get(&entry.function).cloned(),
                place: place.map(|it| (places.file(it).to_owned(), it.line)),
                entered: entry.entered,
                blocks: blocks.len(),
                reached: blocks.iter().filter(|it| it.entered > 0).count(),
            })
        })
    }

    /// Notes how often each line was reached. A line without code that can be reached is not noted.
    pub(super) fn lines(&self, places: &Places, files: &mut BTreeMap<String, BTreeMap<u32, u64>>) {
        for place in places.iter() {
            let first = self
                .blocks
                .partition_point(|block| block.code.end <= place.code.start);
            let blocks = self.blocks[first..].iter();
            let touched = blocks.take_while(|block| block.code.start < place.code.end);
            let Some(entered) = touched.map(|block| block.entered).max() else {
                continue;
            };
            let path = places.file(place);
            if !files.contains_key(path) {
                files.insert(path.to_owned(), BTreeMap::new());
            }
            if let Some(lines) = files.get_mut(path) {
                let line = lines.entry(place.line).or_default();
                *line = entered.max(*line);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use handover_instrument::Site;

    #[test]
    fn a_line_is_reached_as_often_as_the_code_of_it_that_was_reached_most() {
        let site = |function, offset, end| Site {
            function,
            offset,
            kind: SiteKind::Block { end },
        };
        // The code section's contents start at 100; nothing reaches what is between 20 and 25.
        let map = ModuleMap {
            module: 0,
            start: 8,
            code_start: 100,
            added_memory: 0,
            notes_writes: true,
            imported_functions: 0,
            names: Vec::new(),
            sites: vec![site(0, 103, 110), site(0, 110, 120), site(1, 128, 140)],
        };
        let mut module = Module::new(&map);
        module.add(&[2, 7, 0]);
        module.add(&[1, 0, 0]);
        let places = [
            (2..3, 1),
            (3..8, 2),
            (8..12, 3),
            (12..20, 4),
            (20..25, 5),
            (26..40, 6),
            (40..50, 2),
        ];
        let places = Places::in_file("a.rs", &places);
        let mut files = BTreeMap::new();
        module.lines(&places, &mut files);
        let lines = BTreeMap::from([(1, 3), (2, 3), (3, 7), (4, 7), (6, 0)]);
        assert_eq!(files, BTreeMap::from([("a.rs".to_owned(), lines)]));

        let functions: Vec<_> = module.functions(&places).collect();
        let told = |it: &Function| (it.entered, it.blocks, it.reached, it.place.clone());
        let place = |line| Some(("a.rs".to_owned(), line));
        let wanted = [(3, 2, 2, place(1)), (0, 1, 0, place(6))];
        assert_eq!(functions.iter().map(told).collect::<Vec<_>>(), wanted);
    }
}
