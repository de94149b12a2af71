//! A component that holds two numbers and takes them over by hand.

use handover::Chain;
use handover::component::Runtime;

use super::config;

/// What tells the versions of the register apart. It holds two numbers and takes them over by hand.
pub struct Register {
    /// Name of the function that sets both.
    pub put: &'static str,
    /// Whether load takes over the right number.
    pub keeps_right: bool,
    /// Names of save and load: interfaces of Golem's, or functions of its own.
    pub golem: bool,
}

pub const REGISTER: Register = Register {
    put: "put",
    keeps_right: true,
    golem: true,
};

impl Register {
    pub fn component(&self) -> Vec<u8> {
        let Self {
            put,
            keeps_right,
            golem,
        } = self;
        let exports = match golem {
            true => {
                r#"(instance $save (export "save" (func $save)))
                (instance $load (export "load" (func $load)))
                (export "golem:api/save-snapshot@1.1.0" (instance $save))
                (export "golem:api/load-snapshot@1.1.0" (instance $load))"#
            }
            false => {
                r#"(export "give-state" (func $save))
                (export "take-state" (func $load))"#
            }
        };
        let right = match keeps_right {
            true => "(i32.load offset=4 (local.get $from))",
            false => "(i32.const 0)",
        };
        let text = format!(
            r#"
(component
  (import "shop:stock/levels@1.0.0" (instance $levels
    (export "level" (func (param "shelf" u32) (result u32)))))
  (core func $level (canon lower (func $levels "level")))
  (core module $m
    (import "shop" "level" (func $level (param i32) (result i32)))
    ;; 0: left and right; 16: what save returns; 32: what load returns; 1024: what load is given
    (memory (export "memory") 32)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
    (func (export "put") (param $left i32) (param $right i32)
      (i32.store (i32.const 0) (local.get $left))
      (i32.store (i32.const 4) (local.get $right)))
    (func (export "both") (result i32) (i32.const 0))
    (func (export "spin") (loop (br 0)))
    (func (export "stock") (param i32) (result i32) (call $level (local.get 0)))
    (func (export "save") (result i32)
      (i32.store (i32.const 16) (i32.const 0))
      (i32.store (i32.const 20) (i32.const 8))
      (i32.const 16))
    (func (export "load") (param $from i32) (param $length i32) (result i32)
      (if (i32.ne (local.get $length) (i32.const 8))
        (then
          (i32.store8 (i32.const 32) (i32.const 1))
          (return (i32.const 32))))
      (i32.store (i32.const 0) (i32.load (local.get $from)))
      (i32.store (i32.const 4) {right})
      (i32.const 32)))
  (core instance $i (instantiate $m (with "shop" (instance (export "level" (func $level))))))
  (alias core export $i "memory" (core memory $memory))
  (alias core export $i "realloc" (core func $realloc))
  (type $numbers-type (record (field "left" u32) (field "right" u32)))
  (export $numbers "numbers" (type $numbers-type))
  (func (export "{put}") (param "left" u32) (param "right" u32)
    (canon lift (core func $i "put")))
  (func (export "both") (result $numbers) (canon lift (core func $i "both") (memory $memory)))
  (func (export "stock") (param "shelf" u32) (result u32) (canon lift (core func $i "stock")))
  (func $save (result (list u8)) (canon lift (core func $i "save") (memory $memory)))
  (func $load (param "bytes" (list u8)) (result (result (error string)))
    (canon lift (core func $i "load") (memory $memory) (realloc $realloc)))
  {exports})
"#
        );
        wat::parse_str(text).expect("the component is written correctly")
    }
}

pub fn registers(old: &Register, new: &Register, text: &str) -> Chain {
    let config = config(text);
    let runtime = Runtime::new(config.limits(), config.world(), config.snapshot_names())
        .expect("the engine starts");
    let open = |label, register: &Register| {
        let opened = runtime.open_bytes(label, &register.component());
        opened.unwrap_or_else(|error| panic!("{error:#}"))
    };
    Chain::new(vec![open("old.wasm", old), open("new.wasm", new)], &config)
        .unwrap_or_else(|error| panic!("{text}: {error:#}"))
}

/// The new version loses the right number.
pub const FORGETFUL: Register = Register {
    keeps_right: false,
    ..REGISTER
};
