//! A small guest, written as WAT, so that every fault in the tests is one visible snippet.
//!
//! The guest is a counter that also keeps a mark: `add(by) -> u32` counts up to [`CAP`], `get() -> u32` reads the count,
//! `mark(with)` and `marked() -> u32` write and read a second field. It is a component of one core module, whose
//! functions are the [`Guest`]'s *parts*. A part is a body in WAT; a test replaces, prolongs or edits it.
//!
//! Version 1 saves `K1`, the count, the mark; version 2 saves `K2`, the mark, the count (numbers of four bytes, little
//! endian) and loads both.

mod imports;
mod opened;
mod parts;
mod text;

pub use imports::{EXIT, Import, NOW, OPLOG_COMMIT, OPLOG_INDEX, STOCK};
pub use opened::{chain, open, pair, runtime, small_limits};
use parts::{ADD, LOAD_V1, LOAD_V2, READ_V1, READ_V2, REALLOC, SAVE_V1, SAVE_V2};

/// The counter counts up to here.
pub const CAP: u32 = 1000;

/// How a snapshot travels through save and load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// `list<u8>`
    Bytes,
    /// A record of `list<u8>` in a field of this name, and `mime-type`.
    Record(&'static str),
}

/// An exported function: the interface (none for the component's own) and the name in it.
pub type Export = (Option<&'static str>, &'static str);

/// A guest under construction.
#[derive(Debug, Clone)]
pub struct Guest {
    parts: Vec<(&'static str, &'static str, String)>,
    imports: Vec<Import>,
    items: String,
    component_items: String,
    save: Option<Export>,
    load: Option<Export>,
    saves: Shape,
    loads: Shape,
    mime: &'static str,
    function: &'static str,
}

impl Guest {
    /// Version 1.
    pub fn v1() -> Self {
        Self::new(SAVE_V1, LOAD_V1)
    }

    /// Version 2: another format, and it loads both.
    pub fn v2() -> Self {
        Self::new(SAVE_V2, LOAD_V2)
    }

    fn new(save: &str, load: &str) -> Self {
        let reads = "(param $at i32) (param $length i32) (result i32)";
        let parts = [
            (
                "realloc",
                "(param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)",
                REALLOC,
            ),
            ("read-v1", reads, READ_V1),
            ("read-v2", reads, READ_V2),
            ("start", "", ""),
            ("add", "(param $by i32) (result i32)", ADD),
            ("get", "(result i32)", "(global.get $count)"),
            (
                "mark",
                "(param $with i32)",
                "(global.set $mark (local.get $with))",
            ),
            ("marked", "(result i32)", "(global.get $mark)"),
            ("save", "(result i32)", save),
            ("load", "", load),
        ];
        Self {
            parts: parts
                .into_iter()
                .map(|(name, ty, body)| (name, ty, body.to_owned()))
                .collect(),
            imports: Vec::new(),
            items: String::new(),
            component_items: String::new(),
            save: Some((Some("golem:api/save-snapshot@1.1.0"), "save")),
            load: Some((Some("golem:api/load-snapshot@1.1.0"), "load")),
            saves: Shape::Bytes,
            loads: Shape::Bytes,
            mime: "application/octet-stream",
            function: "func",
        }
    }

    /// Replaces the body of a part.
    pub fn with(mut self, part: &str, body: impl Into<String>) -> Self {
        *self.part(part) = body.into();
        self
    }

    /// Puts a snippet before the body of a part.
    pub fn before(mut self, part: &str, snippet: &str) -> Self {
        self.part(part).insert_str(0, snippet);
        self
    }

    /// Puts a snippet behind the body of a part; its result is known by then.
    pub fn after(mut self, part: &str, snippet: &str) -> Self {
        self.part(part).push_str(snippet);
        self
    }

    /// Replaces a piece of the body of a part, wherever it occurs.
    pub fn edit(mut self, part: &str, from: &str, to: &str) -> Self {
        let body = self.part(part);
        assert!(body.contains(from), "{part} does not contain {from}");
        *body = body.replace(from, to);
        self
    }

    fn part(&mut self, name: &str) -> &mut String {
        let part = self.parts.iter_mut().find(|(part, _, _)| *part == name);
        let (_, _, body) = part.unwrap_or_else(|| panic!("the guest has no part {name}"));
        body
    }

    /// Imports a function.
    pub fn import(mut self, import: Import) -> Self {
        self.imports.push(import);
        self
    }

    /// Adds a definition to the core module: a global, a function, data.
    pub fn item(mut self, item: &str) -> Self {
        self.items.push_str(item);
        self.items.push('\n');
        self
    }

    /// Adds a definition to the component, behind all others. `$guest` is the instance of the core module, `$memory` and
    /// `$realloc` are its memory and its allocator.
    pub fn component_item(mut self, item: &str) -> Self {
        self.component_items.push_str(item);
        self.component_items.push('\n');
        self
    }

    /// Saves and loads a record with the bytes in this field; load has the MIME type in `$mime` and `$mime-length`.
    pub fn record(mut self, field: &'static str) -> Self {
        self.saves = Shape::Record(field);
        self.loads = Shape::Record(field);
        self
    }

    /// The MIME type of the record that save returns.
    pub fn mime(mut self, mime: &'static str) -> Self {
        self.mime = mime;
        self
    }

    /// Exports save under this name; not at all if there is none.
    pub fn save_as(mut self, export: Option<Export>) -> Self {
        self.save = export;
        self
    }

    /// Exports load under this name; not at all if there is none.
    pub fn load_as(mut self, export: Option<Export>) -> Self {
        self.load = export;
        self
    }

    /// Gives save and load the type `async func`, still lifted synchronously.
    pub fn async_type(mut self) -> Self {
        self.function = "func async";
        self
    }

    /// The component's bytes.
    pub fn wasm(&self) -> Vec<u8> {
        component(&self.wat())
    }

    /// The component's bytes with DWARF, in which the source file has this path.
    pub fn wasm_with_dwarf(&self, path: &str) -> Vec<u8> {
        let mut parser = wat::Parser::new();
        parser.generate_dwarf(wat::GenerateDwarf::Full);
        let parsed = parser.parse_str(Some(path.as_ref()), self.wat());
        parsed.expect("a guest in WAT")
    }
}

/// A component from its text.
pub fn component(wat: &str) -> Vec<u8> {
    wat::parse_str(wat).unwrap_or_else(|error| panic!("{error}\n{wat}"))
}
