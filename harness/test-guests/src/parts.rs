//! The bodies of the guest's functions.

pub(crate) const READ_V1: &str = "
    (if (i32.ne (local.get $length) (i32.const 10)) (then (return (i32.const 0))))
    (if (i32.ne (i32.load16_u (local.get $at)) (i32.const 0x314b)) (then (return (i32.const 0))))
    (if (i32.gt_u (i32.load offset=2 (local.get $at)) (global.get $cap)) (then (return (i32.const 0))))
    (global.set $count (i32.load offset=2 (local.get $at)))
    (global.set $mark (i32.load offset=6 (local.get $at)))
    (i32.const 1)";
pub(crate) const READ_V2: &str = "
    (if (i32.ne (local.get $length) (i32.const 10)) (then (return (i32.const 0))))
    (if (i32.ne (i32.load16_u (local.get $at)) (i32.const 0x324b)) (then (return (i32.const 0))))
    (if (i32.gt_u (i32.load offset=6 (local.get $at)) (global.get $cap)) (then (return (i32.const 0))))
    (global.set $mark (i32.load offset=2 (local.get $at)))
    (global.set $count (i32.load offset=6 (local.get $at)))
    (i32.const 1)";
pub(crate) const SAVE_V1: &str = "
    (i32.store16 (i32.const 64) (i32.const 0x314b))
    (i32.store (i32.const 66) (global.get $count))
    (i32.store (i32.const 70) (global.get $mark))
    (call $snapshot (i32.const 64) (i32.const 10))";
pub(crate) const SAVE_V2: &str = "
    (i32.store16 (i32.const 64) (i32.const 0x324b))
    (i32.store (i32.const 66) (global.get $mark))
    (i32.store (i32.const 70) (global.get $count))
    (call $snapshot (i32.const 64) (i32.const 10))";
pub(crate) const LOAD_V1: &str = "
    (if (result i32) (call $read-v1 (local.get $at) (local.get $length))
      (then (call $accept)) (else (call $refuse)))";
pub(crate) const LOAD_V2: &str = "
    (if (result i32)
      (i32.or
        (call $read-v1 (local.get $at) (local.get $length))
        (call $read-v2 (local.get $at) (local.get $length)))
      (then (call $accept)) (else (call $refuse)))";
pub(crate) const ADD: &str = "
    (if (i32.gt_u (local.get $by) (i32.sub (global.get $cap) (global.get $count)))
      (then (global.set $count (global.get $cap)))
      (else (global.set $count (i32.add (global.get $count) (local.get $by)))))
    (global.get $count)";
/// Bytes that the bump allocator gave away are never given back; memory grows as it is needed.
pub(crate) const REALLOC: &str = "
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
