//! A small guest, written as WAT, so that every fault in these tests is one visible snippet.
//!
//! The guest is a counter that also keeps a mark: `add(by) -> u32` counts up to [`CAP`], `get() -> u32` reads the count,
//! `mark(with)` and `marked() -> u32` write and read a second field. It is a component of one core module, whose
//! functions are the [`Guest`]'s *parts*. A part is a body in WAT; a test replaces, prolongs or edits it.
//!
//! Version 1 saves `K1`, the count, the mark; version 2 saves `K2`, the mark, the count (numbers of four bytes, little
//! endian) and loads both.

use std::fmt::Write;

use handover::component::{Component, Runtime, SnapshotNames};
use handover::host::WorldSettings;
use handover::host::limits::Limits;
use handover::{Config, Pair};

/// The counter counts up to here.
pub const CAP: u32 = 1000;

/// `golem:api/host.oplog-commit`, which changes the world outside the worker.
pub const OPLOG_COMMIT: Import = Import {
    interface: "golem:api/host@1.1.0",
    function: "oplog-commit",
    wit: r#"(param "replicas" u8)"#,
    core: "(param i32)",
};
/// `golem:api/host.get-oplog-index`
pub const OPLOG_INDEX: Import = Import {
    interface: "golem:api/host@1.1.0",
    function: "get-oplog-index",
    wit: "(result u64)",
    core: "(result i64)",
};
/// `wasi:clocks/monotonic-clock.now`
pub const NOW: Import = Import {
    interface: "wasi:clocks/monotonic-clock@0.2.0",
    function: "now",
    wit: "(result u64)",
    core: "(result i64)",
};
/// `wasi:cli/exit.exit`
pub const EXIT: Import = Import {
    interface: "wasi:cli/exit@0.2.0",
    function: "exit",
    wit: r#"(param "status" (result))"#,
    core: "(param i32)",
};
/// A function that nobody answers.
pub const STOCK: Import = Import {
    interface: "shop:stock/levels@1.0.0",
    function: "level",
    wit: "(result u32)",
    core: "(result i32)",
};

/// A function that a guest imports; its parts call it as `$function`.
#[derive(Debug, Clone, Copy)]
pub struct Import {
    pub interface: &'static str,
    pub function: &'static str,
    /// Parameters and result as WIT types, in the component's text format.
    pub wit: &'static str,
    /// The same as core types.
    pub core: &'static str,
}

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

const READ_V1: &str = "
    (if (i32.ne (local.get $length) (i32.const 10)) (then (return (i32.const 0))))
    (if (i32.ne (i32.load16_u (local.get $at)) (i32.const 0x314b)) (then (return (i32.const 0))))
    (if (i32.gt_u (i32.load offset=2 (local.get $at)) (global.get $cap)) (then (return (i32.const 0))))
    (global.set $count (i32.load offset=2 (local.get $at)))
    (global.set $mark (i32.load offset=6 (local.get $at)))
    (i32.const 1)";
const READ_V2: &str = "
    (if (i32.ne (local.get $length) (i32.const 10)) (then (return (i32.const 0))))
    (if (i32.ne (i32.load16_u (local.get $at)) (i32.const 0x324b)) (then (return (i32.const 0))))
    (if (i32.gt_u (i32.load offset=6 (local.get $at)) (global.get $cap)) (then (return (i32.const 0))))
    (global.set $mark (i32.load offset=2 (local.get $at)))
    (global.set $count (i32.load offset=6 (local.get $at)))
    (i32.const 1)";
const SAVE_V1: &str = "
    (i32.store16 (i32.const 64) (i32.const 0x314b))
    (i32.store (i32.const 66) (global.get $count))
    (i32.store (i32.const 70) (global.get $mark))
    (call $snapshot (i32.const 64) (i32.const 10))";
const SAVE_V2: &str = "
    (i32.store16 (i32.const 64) (i32.const 0x324b))
    (i32.store (i32.const 66) (global.get $mark))
    (i32.store (i32.const 70) (global.get $count))
    (call $snapshot (i32.const 64) (i32.const 10))";
const LOAD_V1: &str = "
    (if (result i32) (call $read-v1 (local.get $at) (local.get $length))
      (then (call $accept)) (else (call $refuse)))";
const LOAD_V2: &str = "
    (if (result i32)
      (i32.or
        (call $read-v1 (local.get $at) (local.get $length))
        (call $read-v2 (local.get $at) (local.get $length)))
      (then (call $accept)) (else (call $refuse)))";
const ADD: &str = "
    (if (i32.gt_u (local.get $by) (i32.sub (global.get $cap) (global.get $count)))
      (then (global.set $count (global.get $cap)))
      (else (global.set $count (i32.add (global.get $count) (local.get $by)))))
    (global.get $count)";
/// Bytes that the bump allocator gave away are never given back; memory grows as it is needed.
const REALLOC: &str = "
    (local $at i32)
    (local.set $at (i32.and
      (i32.add (global.get $free) (i32.sub (local.get $align) (i32.const 1)))
      (i32.sub (i32.const 0) (local.get $align))))
    (global.set $free (i32.add (local.get $at) (local.get $size)))
    (if (i32.lt_u (i32.shl (memory.size) (i32.const 16)) (global.get $free))
      (then (drop (memory.grow (i32.add
        (i32.shr_u (i32.sub (global.get $free) (i32.shl (memory.size) (i32.const 16))) (i32.const 16))
        (i32.const 1))))))
    (memory.copy (local.get $at) (local.get $old) (local.get $old-size))
    (local.get $at)";

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

    fn wat(&self) -> String {
        let mut wat = String::from("(component\n");
        let mut with = String::new();
        for (index, import) in self.imports.iter().enumerate() {
            let Import {
                interface,
                function,
                wit,
                ..
            } = import;
            let _ = writeln!(
                wat,
                r#"(import "{interface}" (instance $import{index} (export "{function}" (func {wit}))))
                (core func $import{index} (canon lower (func $import{index} "{function}")))"#
            );
            let _ = writeln!(with, r#"(export "{function}" (func $import{index}))"#);
        }
        let _ = writeln!(
            wat,
            r#"{}
            (core instance $guest (instantiate $guest (with "host" (instance {with}))))
            (alias core export $guest "memory" (core memory $memory))
            (alias core export $guest "realloc" (core func $realloc))
            {}{}{}{})"#,
            self.module(),
            COUNTER,
            self.snapshot_function("save", self.save, self.saves),
            self.snapshot_function("load", self.load, self.loads),
            self.component_items,
        );
        wat
    }

    fn module(&self) -> String {
        let mut wat = String::from("(core module $guest\n");
        for Import { function, core, .. } in &self.imports {
            let _ = writeln!(
                wat,
                r#"(import "host" "{function}" (func ${function} {core}))"#
            );
        }
        let mime = self.mime;
        let _ = writeln!(
            wat,
            r#"(memory (export "memory") 1)
            (global $cap i32 (i32.const {CAP}))
            (global $count (mut i32) (i32.const 0))
            (global $mark (mut i32) (i32.const 0))
            (global $free (mut i32) (i32.const 4096))
            (data (i32.const 1024) "{mime}")
            (data (i32.const 2048) "these bytes are no snapshot")
            ;; What save returns: the bytes, and in a record the MIME type behind them.
            (func $snapshot (param $at i32) (param $length i32) (result i32)
              (i32.store (i32.const 16) (local.get $at))
              (i32.store (i32.const 20) (local.get $length))
              (i32.store (i32.const 24) (i32.const 1024))
              (i32.store (i32.const 28) (i32.const {}))
              (i32.const 16))
            ;; What load returns: Ok, or Err with a text.
            (func $accept (result i32) (i32.store8 (i32.const 32) (i32.const 0)) (i32.const 32))
            (func $err (param $at i32) (param $length i32) (result i32)
              (i32.store8 (i32.const 32) (i32.const 1))
              (i32.store (i32.const 36) (local.get $at))
              (i32.store (i32.const 40) (local.get $length))
              (i32.const 32))
            (func $refuse (result i32) (call $err (i32.const 2048) (i32.const 27)))
            {}"#,
            mime.len(),
            self.items,
        );
        for (name, ty, body) in &self.parts {
            let ty = match (*name, self.loads) {
                ("load", Shape::Bytes) => "(param $at i32) (param $length i32) (result i32)",
                ("load", Shape::Record(_)) => {
                    "(param $at i32) (param $length i32) (param $mime i32) (param $mime-length i32) (result i32)"
                }
                _ => ty,
            };
            let _ = writeln!(wat, r#"(func ${name} (export "{name}") {ty} {body})"#);
        }
        wat + "(start $start))\n"
    }

    /// Save or load, lifted and exported.
    fn snapshot_function(&self, role: &str, export: Option<Export>, shape: Shape) -> String {
        let Some((interface, name)) = export else {
            return String::new();
        };
        let (definition, snapshot, ty) = match shape {
            Shape::Bytes => (String::new(), "(list u8)".to_owned(), String::new()),
            Shape::Record(field) => (
                format!(
                    r#"(type ${role}-snapshot (record (field "{field}" (list u8)) (field "mime-type" string)))"#
                ),
                format!("${role}-snapshot"),
                format!(r#"(export "snapshot" (type ${role}-snapshot))"#),
            ),
        };
        let signature = match role {
            "save" => format!("(result {snapshot})"),
            _ => format!(r#"(param "snapshot" {snapshot}) (result (result (error string)))"#),
        };
        let function = self.function;
        let exported = match interface {
            None => format!(r#"(export "{name}" (func ${role}))"#),
            Some(interface) => format!(
                r#"(instance ${role} {ty} (export "{name}" (func ${role})))
                (export "{interface}" (instance ${role}))"#
            ),
        };
        format!(
            r#"{definition}
            (type ${role} ({function} {signature}))
            (func ${role} (type ${role}) (canon lift (core func $guest "{role}") (memory $memory) (realloc $realloc)))
            {exported}
            "#
        )
    }
}

const COUNTER: &str = r#"
    (func $add (param "by" u32) (result u32) (canon lift (core func $guest "add")))
    (func $get (result u32) (canon lift (core func $guest "get")))
    (func $mark (param "with" u32) (canon lift (core func $guest "mark")))
    (func $marked (result u32) (canon lift (core func $guest "marked")))
    (instance $counter
      (export "add" (func $add))
      (export "get" (func $get))
      (export "mark" (func $mark))
      (export "marked" (func $marked)))
    (export "test:counter/counter@1.0.0" (instance $counter))
    "#;

/// A component from its text.
pub fn component(wat: &str) -> Vec<u8> {
    wat::parse_str(wat).unwrap_or_else(|error| panic!("{error}\n{wat}"))
}

/// A runtime with small limits: what hangs or hoards is found out soon.
pub fn runtime() -> Runtime {
    let settings = WorldSettings::default();
    Runtime::new(small_limits(), settings, SnapshotNames::default()).expect("a runtime")
}

/// Limits that stop a guest in milliseconds.
pub fn small_limits() -> Limits {
    Limits {
        fuel: 1_000_000,
        memory: 8 << 20,
        transfer: 4 << 20,
        ..Limits::default()
    }
}

/// Opens a guest.
pub fn open(runtime: &Runtime, guest: &Guest) -> Component {
    runtime
        .open_bytes("guest.wasm", &guest.wasm())
        .expect("a guest that opens")
}

/// Opens two versions.
pub fn pair(old: &Guest, new: &Guest) -> Pair {
    let runtime = runtime();
    let component = |label: &str, guest: &Guest| {
        runtime
            .open_bytes(label, &guest.wasm())
            .expect("a guest that opens")
    };
    let (old, new) = (component("old.wasm", old), component("new.wasm", new));
    Pair::new(old, new, &Config::default()).expect("a pair")
}

/// Opens versions in a row, from the one in production on.
pub fn chain(guests: &[Guest], config: &Config) -> Pair {
    let runtime = runtime();
    let versions = guests.iter().zip(1..).map(|(guest, number)| {
        let opened = runtime.open_bytes(&format!("v{number}.wasm"), &guest.wasm());
        opened.expect("a guest that opens")
    });
    Pair::chain(versions.collect(), config).expect("a chain")
}
