//! Components around a core module that `wasm-smith` makes of a fuzzer's bytes: valid ones, of code that nobody would write.
//! (Its own components are behind the specification: wasm-tools#1000.)

use arbitrary::Unstructured;
use wasm_encoder::Encode;
use wasm_smith::{Config, Module};

/// What stands in the shell where a made module belongs: an empty module with a custom section.
const PLACE: &[u8] = b"\0asm\x01\0\0\0\0\x05\x04made";
/// The section of a component that holds a core module.
const CORE_MODULE: u8 = 1;

/// The imports and exports of a made module. What its functions do is for the bytes to say.
const SHAPE: &str = r#"(module
    (import "base" "memory" (memory 3 16))
    (func (export "save") (result i32) unreachable)
    (func (export "load") (param i32 i32) (result i32) unreachable)
    (func (export "take") (param i64 f64) (result i64) unreachable)
    (func (export "look") (result f32) unreachable))"#;

/// Save, load and two operations around a made module. A snapshot is a piece of the memory, and load accepts by all that the
/// first 4 KiB of the memory are then, so that code that was changed while it was rewritten is likely to answer otherwise.
const SHELL: &str = r#"(component
    (core module $base
      (memory (export "memory") 3 16)
      (global $free (mut i32) (i32.const 0))
      ;; The second page and the third, again and again.
      (func (export "realloc") (param i32 i32 i32 i32) (result i32)
        (local $at i32)
        (if (i32.gt_u (local.get 3) (i32.const 0x1fff0)) (then (unreachable)))
        (if (i32.gt_u (i32.add (global.get $free) (local.get 3)) (i32.const 0x1fff0))
          (then (global.set $free (i32.const 0))))
        (local.set $at (i32.add (i32.const 0x10000) (global.get $free)))
        (global.set $free (i32.and (i32.add (i32.add (global.get $free) (local.get 3)) (i32.const 15)) (i32.const -16)))
        (local.get $at)))
    ;; A module without a name has no section for it.
    (core module (@custom "made" ""))
    (core module $glue
      (import "base" "memory" (memory 3 16))
      (import "made" "save" (func $save (result i32)))
      (import "made" "load" (func $load (param i32 i32) (result i32)))
      (func $digest (param $digest i32) (result i32)
        (local $at i32)
        (loop $words
          (local.set $digest (i32.mul
            (i32.xor (local.get $digest) (i32.load (local.get $at)))
            (i32.const 0x01000193)))
          (local.set $digest (i32.xor (local.get $digest) (i32.shr_u (local.get $digest) (i32.const 15))))
          (br_if $words (i32.lt_u
            (local.tee $at (i32.add (local.get $at) (i32.const 4)))
            (i32.const 4096))))
        (local.get $digest))
      (func (export "save") (result i32)
        (local $length i32)
        (local.set $length (i32.and (call $save) (i32.const 0xff)))
        (i32.store (i32.const 0xff00) (i32.const 0))
        (i32.store (i32.const 0xff04) (local.get $length))
        (i32.const 0xff00))
      (func (export "load") (param $at i32) (param $length i32) (result i32)
        (i32.store8 (i32.const 0xff10)
          (i32.and (call $digest (call $load (local.get $at) (local.get $length))) (i32.const 1)))
        (i64.store (i32.const 0xff14) (i64.const 0))
        (i32.const 0xff10)))
    (core instance $base (instantiate $base))
    (core instance $made (instantiate 1 (with "base" (instance $base))))
    (core instance $glue (instantiate $glue (with "base" (instance $base)) (with "made" (instance $made))))
    (alias core export $base "memory" (core memory $memory))
    (alias core export $base "realloc" (core func $realloc))
    (func $save (result (list u8)) (canon lift (core func $glue "save") (memory $memory)))
    (func $load (param "bytes" (list u8)) (result (result (error string)))
      (canon lift (core func $glue "load") (memory $memory) (realloc (func $realloc))))
    (func $take (param "a" s64) (param "b" f64) (result s64) (canon lift (core func $made "take")))
    (func $look (result f32) (canon lift (core func $made "look")))
    (instance $saves (export "save" (func $save)))
    (instance $loads (export "load" (func $load)))
    (export "golem:api/save-snapshot@1.1.0" (instance $saves))
    (export "golem:api/load-snapshot@1.1.0" (instance $loads))
    (export "take" (func $take))
    (export "look" (func $look)))"#;

/// Makes components of bytes.
pub struct Generator {
    shape: Vec<u8>,
    before: Vec<u8>,
    after: Vec<u8>,
}

impl Generator {
    /// What stands around every made module.
    ///
    /// # Errors
    /// The shell is no component with a place for a module.
    pub fn new() -> Result<Self, String> {
        let shell = wat::parse_str(SHELL).map_err(|error| error.to_string())?;
        let place = [&[CORE_MODULE, PLACE.len() as u8], PLACE].concat();
        let at = shell
            .windows(place.len())
            .position(|bytes| bytes == place)
            .ok_or("the shell has no place for a module")?;
        Ok(Self {
            shape: wat::parse_str(SHAPE).map_err(|error| error.to_string())?,
            before: shell[..at].to_vec(),
            after: shell[at + place.len()..].to_vec(),
        })
    }

    /// The component that these bytes stand for; none if they are too few.
    #[must_use]
    pub fn component(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let config = Config {
            module_shape: Some(self.shape.clone()),
            max_table_elements: 10_000,
            // What the engine does not run.
            exceptions_enabled: false,
            gc_enabled: false,
            memory64_enabled: false,
            threads_enabled: false,
            ..Config::default()
        };
        let module = Module::new(config, &mut Unstructured::new(bytes)).ok()?;
        let mut component = self.before.clone();
        component.push(CORE_MODULE);
        module.to_bytes().encode(&mut component);
        component.extend_from_slice(&self.after);
        Some(component)
    }
}
