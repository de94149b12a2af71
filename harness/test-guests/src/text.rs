//! The component that a guest is, as text.

use std::fmt::Write;

use crate::{CAP, Export, Guest, Import, Shape};

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

impl Guest {
    pub(crate) fn wat(&self) -> String {
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
