//! wasmtime called from a plain target, which cannot see into the guest: what the others are compared with.
#![cfg_attr(fuzzing, no_main)]
#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| handover_fuzz::blind(bytes));
#[cfg(not(fuzzing))]
fn main() {
    handover_fuzz::inputs().for_each(|bytes| handover_fuzz::blind(&bytes));
}
