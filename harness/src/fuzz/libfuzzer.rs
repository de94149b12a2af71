//! libFuzzer drives a target, and is steered by what happens in the guest: it knows the guest's edges as its own counters,
//! gets the operands that the guest compared, and half of its mutations are those that the comparisons suggest.

use std::cell::RefCell;
use std::ffi::{CString, c_char, c_int, c_uint};
use std::process::ExitCode;

use anyhow::{Context, Result};
use libfuzzer_sys as _;
use proptest::prelude::RngExt;
use proptest::test_runner::{TestCaseError, TestRng};

use super::substitution::Substitution;
use super::target::{Parents, Target, mutated, random};

/// Pairs of operands that libFuzzer gets before a mutation of its own; it keeps 32 of each width.
const OPERANDS: usize = 8;

type Run = extern "C" fn(*const u8, usize) -> c_int;

// SAFETY: these are libFuzzer's own functions, with the types of its headers.
unsafe extern "C" {
    fn LLVMFuzzerRunDriver(argc: *mut c_int, argv: *mut *mut *mut c_char, run: Run) -> c_int;
    fn LLVMFuzzerMutate(data: *mut u8, size: usize, max_size: usize) -> usize;
    fn __sanitizer_cov_8bit_counters_init(start: *mut u8, stop: *mut u8);
    fn __sanitizer_cov_pcs_init(start: *const usize, stop: *const usize);
    safe fn __sanitizer_cov_trace_const_cmp4(left: u32, right: u32);
    safe fn __sanitizer_cov_trace_const_cmp8(left: u64, right: u64);
}

thread_local! {
    /// libFuzzer calls back on the thread that called it.
    static FUZZER: RefCell<Option<Fuzzer>> = const { RefCell::new(None) };
}

struct Fuzzer {
    target: Box<dyn Target>,
    parents: Parents,
    /// The counters that libFuzzer reads and clears: as many as the target has.
    counters: *mut u8,
}

/// The `main` of a target under libFuzzer.
pub(super) fn drive(target: impl Target + 'static) -> Result<ExitCode> {
    let edges = target.counters().len();
    // libFuzzer reads both as long as the process lives.
    let counters = Box::leak(vec![0u8; edges].into_boxed_slice()).as_mut_ptr_range();
    // An address and flags for each edge. The addresses stand for nothing, but there must be as many.
    let addresses: Vec<usize> = (1..=edges).flat_map(|edge| [edge, 0]).collect();
    let addresses = Box::leak(addresses.into_boxed_slice()).as_ptr_range();
    // SAFETY: both ranges are leaked, and nothing else writes to them while libFuzzer looks at them.
    unsafe {
        __sanitizer_cov_8bit_counters_init(counters.start, counters.end);
        __sanitizer_cov_pcs_init(addresses.start, addresses.end);
    }
    host::stays_out();
    let fuzzer = Fuzzer {
        target: Box::new(target),
        parents: Parents::default(),
        counters: counters.start,
    };
    FUZZER.set(Some(fuzzer));

    let mut arguments = Vec::new();
    for argument in std::env::args_os() {
        let argument = CString::new(argument.into_encoded_bytes());
        arguments.push(argument.context("an argument has a zero byte")?.into_raw());
    }
    let mut argc = c_int::try_from(arguments.len()).context("there are too many arguments")?;
    arguments.push(std::ptr::null_mut());
    let mut argv = arguments.leak().as_mut_ptr();
    // libFuzzer looks for it by its name, and a linker leaves out what nobody mentions.
    std::hint::black_box(LLVMFuzzerCustomMutator as *const ());
    // SAFETY: the arguments are leaked and end with a null pointer, as those of a C program.
    let code = unsafe { LLVMFuzzerRunDriver(&raw mut argc, &raw mut argv, run) };
    Ok(match code {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

fn with_fuzzer<R>(work: impl FnOnce(&mut Fuzzer) -> R) -> R {
    // A panic here cannot leave the callback: it ends the process, as a crash of the target itself.
    FUZZER.with_borrow_mut(|fuzzer| work(fuzzer.as_mut().expect("`drive` has set it")))
}

extern "C" fn run(data: *const u8, size: usize) -> c_int {
    let input = match size {
        0 => &[],
        // SAFETY: libFuzzer says that the input is there.
        _ => unsafe { std::slice::from_raw_parts(data, size) },
    };
    with_fuzzer(|fuzzer| {
        let outcome = fuzzer.target.run(input);
        let counters = fuzzer.target.counters();
        // SAFETY: `drive` has made the one as long as the other.
        unsafe {
            std::ptr::copy_nonoverlapping(counters.as_ptr(), fuzzer.counters, counters.len())
        };
        match outcome {
            Ok(()) => 0,
            // It is not kept in the corpus.
            Err(TestCaseError::Reject(_)) => -1,
            Err(TestCaseError::Fail(report)) => {
                eprintln!("\n{report}");
                std::process::abort();
            }
        }
    })
}

/// # Safety
/// Only for libFuzzer: `data` has room for `size` and for `max_size` bytes.
#[unsafe(no_mangle)]
unsafe extern "C" fn LLVMFuzzerCustomMutator(
    data: *mut u8,
    size: usize,
    max_size: usize,
    seed: c_uint,
) -> usize {
    // SAFETY: that there is so much room is what libFuzzer guarantees.
    let buffer = unsafe { std::slice::from_raw_parts_mut(data, size.max(max_size)) };
    with_fuzzer(|fuzzer| {
        let mut rng = random(seed);
        let target = fuzzer.target.as_mut();
        let suggested = fuzzer.parents.substitutions(target, &buffer[..size]);
        let mutated = mutated(&buffer[..size], &suggested, &mut rng);
        let mut mutated = mutated.unwrap_or_else(|| {
            tell(&suggested, &mut rng);
            // SAFETY: as above.
            let size = unsafe { LLVMFuzzerMutate(buffer.as_mut_ptr(), size, max_size) };
            buffer[..size].to_vec()
        });
        mutated.truncate(max_size);
        fuzzer.target.mend(&mut mutated);
        // libFuzzer does not take an empty one.
        mutated.resize(mutated.len().clamp(1, max_size.max(1)), 0);
        fuzzer.parents.child(&mutated);
        buffer[..mutated.len()].copy_from_slice(&mutated);
        mutated.len()
    })
}

/// Some of the operands that the guest compared, for libFuzzer's table of recent compares.
fn tell(substitutions: &[Substitution], rng: &mut TestRng) {
    for _ in 0..OPERANDS.min(substitutions.len()) {
        let number = rng.random_range(0..substitutions.len());
        let (left, right) = substitutions[number].operands();
        __sanitizer_cov_trace_const_cmp8(left, right);
        if let (Ok(left), Ok(right)) = (u32::try_from(left), u32::try_from(right)) {
            __sanitizer_cov_trace_const_cmp4(left, right);
        }
    }
}

/// `cargo fuzz` gives every crate counters, wasmtime's included: some hundred thousand, which libFuzzer would look at after each
/// run, and which would say that every input is new.
#[cfg(target_os = "linux")]
mod host {
    // What an instrumented crate registers lies between these symbols. A linker makes them up, unless somebody has them
    // already: here they are the same place, and nothing lies between.
    std::arch::global_asm!(
        ".pushsection .data.handover_host, \"aw\", @progbits",
        ".globl handover_host_stays_out",
        ".hidden handover_host_stays_out",
        "handover_host_stays_out:",
        ".irp name, __start___sancov_cntrs, __stop___sancov_cntrs, __start___sancov_pcs, __stop___sancov_pcs",
        ".weak \\name",
        ".hidden \\name",
        "\\name:",
        ".endr",
        ".quad 0",
        ".popsection",
    );

    // SAFETY: it is what stands above.
    unsafe extern "C" {
        static handover_host_stays_out: u64;
    }

    /// Mentions the symbols, so that they are linked.
    pub(super) fn stays_out() {
        std::hint::black_box(&raw const handover_host_stays_out);
    }
}

#[cfg(not(target_os = "linux"))]
mod host {
    pub(super) fn stays_out() {}
}
