//! What a worker may use, and why that much. A limit that is reached is a typed result, never an abort.

use std::sync::Arc;

use anyhow::{Context, Result};
use wasmtime::ResourceLimiter;

use super::budget::Budget;

/// The bounds on one worker. Every one of them is counted, not timed, so that a verdict is the same on every machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Fuel (about one per WebAssembly instruction) for the start of an instance and for each call.
    pub fuel: u64,
    /// Fuel on top for each byte of the snapshot that the worker loads or has loaded: a large state may take longer.
    pub fuel_per_byte: u64,
    /// Bytes of linear memory, summed over all memories of a worker.
    pub memory: usize,
    /// Bytes of WebAssembly stack.
    pub stack: usize,
    /// Bytes that one call may hand from the guest to the host: a snapshot, a result, or the arguments of a host call.
    pub transfer: usize,
}

impl Limits {
    /// A billion instructions is about half a second: far above what a hand-written save or load takes (an interpreted
    /// one: some ten million), and soon enough that a hang does not stop a run.
    pub const FUEL: u64 = 1_000_000_000;
    /// An interpreter that looks at each byte in its own language takes some thousand instructions for it.
    pub const FUEL_PER_BYTE: u64 = 10_000;
    /// Golem's default for a worker is of this order, and eight workers of it still fit in a small machine.
    pub const MEMORY: usize = 512 << 20;
    /// Interpreters compiled to WebAssembly recurse on this stack for every nested value they parse.
    pub const STACK: usize = 1 << 20;
    /// Every thread gets such a stack.
    pub const MAX_STACK: usize = 1 << 30;
    /// Lifting a value costs the host a multiple of its size, so the bound is well below that of memory.
    pub const TRANSFER: usize = 128 << 20;
}

/// How many times the fuel of an ordinary worker's call one of an agent is granted: a TypeScript agent takes 1.3 times the default
/// to start its runtime, in whichever call comes first.
pub(crate) const AGENT_FUEL: u64 = 8;

/// Host frames need stack beside the guest's own.
const HOST_STACK: usize = 4 << 20;

impl Limits {
    /// Threads with enough stack for workers.
    ///
    /// # Errors
    /// They cannot be started.
    pub(crate) fn threads(&self) -> Result<rayon::ThreadPool> {
        rayon::ThreadPoolBuilder::new()
            .stack_size(self.stack.saturating_add(HOST_STACK))
            .build()
            .context("the threads cannot be started")
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            fuel: Self::FUEL,
            fuel_per_byte: Self::FUEL_PER_BYTE,
            memory: Self::MEMORY,
            stack: Self::STACK,
            transfer: Self::TRANSFER,
        }
    }
}

/// Counts a worker's linear memory and refuses growth above the limit. What it is granted, it takes from the budget, and gives
/// it back with the worker's end.
#[derive(Debug)]
pub(crate) struct MemoryLimiter {
    limit: usize,
    used: usize,
    /// Whether growth was refused since the flag was last taken.
    refused: bool,
    /// What it shares with other workers; none of a worker by itself.
    budget: Option<Arc<Budget>>,
}

impl MemoryLimiter {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            used: 0,
            refused: false,
            budget: None,
        }
    }

    /// Takes what it counts from now on from a budget.
    pub(crate) fn within(&mut self, budget: &Arc<Budget>) {
        self.budget = Some(Arc::clone(budget));
    }

    /// Bytes of linear memory.
    pub(crate) fn used(&self) -> usize {
        self.used
    }

    /// Whether growth was refused since this was last asked.
    pub(crate) fn take_refused(&mut self) -> bool {
        std::mem::take(&mut self.refused)
    }
}

impl ResourceLimiter for MemoryLimiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let more = desired.saturating_sub(current);
        let used = self.used.saturating_add(more);
        if used > self.limit {
            self.refused = true;
            return Ok(false);
        }
        if let Some(budget) = &self.budget {
            budget.take(more);
        }
        self.used = used;
        Ok(true)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        // A table's entry costs the host a pointer; count it like memory.
        let allowed = desired.saturating_mul(size_of::<usize>()) <= self.limit;
        self.refused |= !allowed;
        Ok(allowed)
    }
}

impl Drop for MemoryLimiter {
    fn drop(&mut self) {
        if let Some(budget) = &self.budget {
            budget.give(self.used);
        }
    }
}
