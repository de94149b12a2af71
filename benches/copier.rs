//! A guest whose state is the bytes that it loaded: what is left of save and load is what the component model and the
//! harness cost.

/// The component.
///
/// # Panics
/// Never: it is checked by every run.
pub fn component() -> Vec<u8> {
    wat::parse_str(WAT).expect("the guest is a component")
}

/// `realloc` gives out the memory behind the first page again and again: an answer is read before the next call.
const WAT: &str = r#"(component
    (core module $guest
        (memory (export "memory") 1)
        (global $at (mut i32) (i32.const 65536))
        (global $length (mut i32) (i32.const 0))
        (func (export "realloc") (param i32 i32 i32 i32) (result i32)
            (local $missing i32)
            (local.set $missing (i32.sub
                (i32.add (i32.const 1) (i32.shr_u (i32.add (local.get 3) (i32.const 65535)) (i32.const 16)))
                (memory.size)))
            (if (i32.gt_s (local.get $missing) (i32.const 0))
                (then (if (i32.eq (memory.grow (local.get $missing)) (i32.const -1)) (then (unreachable)))))
            (i32.const 65536))
        (func (export "save") (result i32)
            (i32.store (i32.const 8) (global.get $at))
            (i32.store (i32.const 12) (global.get $length))
            (i32.const 8))
        (func (export "load") (param $at i32) (param $length i32) (result i32)
            (global.set $at (local.get $at))
            (global.set $length (local.get $length))
            ;; Ok
            (i32.store8 (i32.const 16) (i32.const 0))
            (i32.const 16)))
    (core instance $guest (instantiate $guest))
    (alias core export $guest "memory" (core memory $memory))
    (alias core export $guest "realloc" (core func $realloc))
    (func $save (result (list u8))
        (canon lift (core func $guest "save") (memory $memory)))
    (func $load (param "bytes" (list u8)) (result (result (error string)))
        (canon lift (core func $guest "load") (memory $memory) (realloc $realloc)))
    (instance $saves (export "save" (func $save)))
    (instance $loads (export "load" (func $load)))
    (export "golem:api/save-snapshot@1.1.0" (instance $saves))
    (export "golem:api/load-snapshot@1.1.0" (instance $loads)))"#;
