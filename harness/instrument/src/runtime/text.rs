//! WebAssembly text in Rust: the functions that are added to a module read as they run, and are encoded without an
//! assembler. Names of locals, globals, functions and memories are Rust variables that hold their numbers; an instruction
//! that loads or stores names the [`wasm_encoder::MemArg`] before its operands.

/// Writes instructions to an [`wasm_encoder::InstructionSink`]: `wat!(code; (i32.add (local.get a) (i32.const 1)))`.
/// As in WebAssembly text, operands that are not written are on the stack.
macro_rules! wat {
    ($code:ident; $( ( $($it:tt)+ ) )*) => {{ $( $crate::runtime::text::instruction!($code; $($it)+); )* }};
}

/// One instruction, behind its operands.
macro_rules! instruction {
    ($code:ident; if $condition:tt (then $($then:tt)*)) => {
        wat!($code; $condition);
        $code.if_(wasm_encoder::BlockType::Empty);
        wat!($code; $($then)*);
        $code.end();
    };
    ($code:ident; if $condition:tt (then $($then:tt)*) (else $($else:tt)*)) => {
        wat!($code; $condition);
        $code.if_(wasm_encoder::BlockType::Empty);
        wat!($code; $($then)*);
        $code.else_();
        wat!($code; $($else)*);
        $code.end();
    };
    ($code:ident; block $($body:tt)*) => {
        $code.block(wasm_encoder::BlockType::Empty);
        wat!($code; $($body)*);
        $code.end();
    };
    ($code:ident; loop $($body:tt)*) => {
        $code.loop_(wasm_encoder::BlockType::Empty);
        wat!($code; $($body)*);
        $code.end();
    };
    ($code:ident; br $depth:literal) => { $code.br($depth); };
    ($code:ident; br_if $depth:literal $($in:tt)*) => { wat!($code; $($in)*); $code.br_if($depth); };
    ($code:ident; return $($in:tt)*) => { wat!($code; $($in)*); $code.return_(); };
    ($code:ident; select $($in:tt)*) => { wat!($code; $($in)*); $code.select(); };
    ($code:ident; call $function:ident $($in:tt)*) => { wat!($code; $($in)*); $code.call($function); };
    ($code:ident; local.get $local:tt) => { $code.local_get($local); };
    ($code:ident; local.set $local:tt $($in:tt)*) => { wat!($code; $($in)*); $code.local_set($local); };
    ($code:ident; local.tee $local:tt $($in:tt)*) => { wat!($code; $($in)*); $code.local_tee($local); };
    ($code:ident; global.get $global:tt) => { $code.global_get($global); };
    ($code:ident; global.set $global:tt $($in:tt)*) => { wat!($code; $($in)*); $code.global_set($global); };
    ($code:ident; i32.const $value:expr) => { $code.i32_const($value); };
    ($code:ident; i64.const $value:expr) => { $code.i64_const($value); };
    ($code:ident; i64x2.extract_lane $lane:literal $($in:tt)*) => { wat!($code; $($in)*); $code.i64x2_extract_lane($lane); };
    ($code:ident; memory.size $memory:tt) => { $code.memory_size($memory); };
    ($code:ident; memory.grow $memory:tt $($in:tt)*) => { wat!($code; $($in)*); $code.memory_grow($memory); };
    ($code:ident; memory.fill $memory:tt $($in:tt)*) => { wat!($code; $($in)*); $code.memory_fill($memory); };
    ($code:ident; memory.copy $to:tt $from:tt $($in:tt)*) => { wat!($code; $($in)*); $code.memory_copy($to, $from); };
    ($code:ident; $ty:ident.$name:ident $( ( $($in:tt)+ ) )*) => {
        wat!($code; $( ( $($in)+ ) )*);
        $crate::runtime::text::operator!($code $ty $name);
    };
    ($code:ident; $ty:ident.$name:ident $at:ident $($in:tt)*) => {
        wat!($code; $($in)*);
        $crate::runtime::text::access!($code $ty $name $at);
    };
}

/// An instruction that has operands alone.
macro_rules! operator {
    ($code:ident i32 eqz) => {
        $code.i32_eqz()
    };
    ($code:ident i32 eq) => {
        $code.i32_eq()
    };
    ($code:ident i32 ne) => {
        $code.i32_ne()
    };
    ($code:ident i32 lt_u) => {
        $code.i32_lt_u()
    };
    ($code:ident i32 gt_u) => {
        $code.i32_gt_u()
    };
    ($code:ident i32 ge_u) => {
        $code.i32_ge_u()
    };
    ($code:ident i32 add) => {
        $code.i32_add()
    };
    ($code:ident i32 sub) => {
        $code.i32_sub()
    };
    ($code:ident i32 mul) => {
        $code.i32_mul()
    };
    ($code:ident i32 and) => {
        $code.i32_and()
    };
    ($code:ident i32 shl) => {
        $code.i32_shl()
    };
    ($code:ident i32 shr_u) => {
        $code.i32_shr_u()
    };
    ($code:ident i32 wrap_i64) => {
        $code.i32_wrap_i64()
    };
    ($code:ident i32 reinterpret_f32) => {
        $code.i32_reinterpret_f32()
    };
    ($code:ident i64 eqz) => {
        $code.i64_eqz()
    };
    ($code:ident i64 add) => {
        $code.i64_add()
    };
    ($code:ident i64 mul) => {
        $code.i64_mul()
    };
    ($code:ident i64 or) => {
        $code.i64_or()
    };
    ($code:ident i64 xor) => {
        $code.i64_xor()
    };
    ($code:ident i64 shr_u) => {
        $code.i64_shr_u()
    };
    ($code:ident i64 extend_i32_s) => {
        $code.i64_extend_i32_s()
    };
    ($code:ident i64 extend_i32_u) => {
        $code.i64_extend_i32_u()
    };
    ($code:ident i64 reinterpret_f64) => {
        $code.i64_reinterpret_f64()
    };
}

/// An instruction that loads or stores.
macro_rules! access {
    ($code:ident i32 load $at:ident) => {
        $code.i32_load($at)
    };
    ($code:ident i32 load8_u $at:ident) => {
        $code.i32_load8_u($at)
    };
    ($code:ident i64 load $at:ident) => {
        $code.i64_load($at)
    };
    ($code:ident i32 store $at:ident) => {
        $code.i32_store($at)
    };
    ($code:ident i32 store8 $at:ident) => {
        $code.i32_store8($at)
    };
    ($code:ident i64 store $at:ident) => {
        $code.i64_store($at)
    };
}

pub(crate) use {access, instruction, operator, wat};
