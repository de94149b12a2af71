//! What a worker of a probed component has recorded, read where it lies; and how such a worker is put back into the state in
//! which it was when it had started.

use wasmtime::component::{TypedFunc, WasmList};

use super::Worker;
use crate::observation::Failure;

/// Where the records of a worker are, in the order of [`crate::component::Component::records`]; and what puts it back.
pub(crate) struct Records {
    lists: Vec<WasmList<u8>>,
    resets: Vec<TypedFunc<(u32,), (u32,)>>,
}

/// What the added function is asked for: to put its module back, or to make what is there what is put back, by what was
/// written to or by all of the memory.
const PUT_BACK: u32 = 0;
const KEEP_WRITTEN: u32 = 1;
const KEEP_ALL: u32 = 2;

impl Worker<'_> {
    /// Asks the worker where its records are, which can be read as long as it lives, also after it failed. With `keep`, its
    /// state becomes the one that [`Self::put_back`] restores.
    pub(crate) fn records(&mut self, keep: bool) -> Result<Records, Failure> {
        let moment = self.store.data().moment();
        let component = self.component;
        self.call(moment, |store, instance| {
            let mut lists = Vec::with_capacity(component.records().len());
            for (function, _) in component.records() {
                let typed =
                    instance.get_typed_func::<(), (WasmList<u8>,)>(&mut *store, function.export)?;
                lists.push(typed.call(&mut *store, ())?.0);
            }
            let mut resets = Vec::new();
            if !keep {
                return Ok(Records { lists, resets });
            }
            for function in component.resets() {
                resets.push(instance.get_typed_func(&mut *store, function.export)?);
            }
            // Another module may have written to a memory that it imports.
            let keep = match component.records().len() {
                1 => KEEP_WRITTEN,
                _ => KEEP_ALL,
            };
            for reset in &resets {
                if reset.call(&mut *store, (keep,))? != (1,) {
                    resets.clear();
                    break;
                }
            }
            Ok(Records { lists, resets })
        })
    }

    /// The records as they are now. `records` are this worker's own.
    pub(crate) fn read<'r>(&'r self, records: &'r Records) -> impl Iterator<Item = &'r [u8]> {
        let lists = records.lists.iter();
        lists.map(|list| list.as_le_slice(&self.store))
    }

    /// Puts the worker back into the state in which it was when `records` were asked for. Answers false if that cannot be done
    /// exactly; then it is of no use any more.
    pub(crate) fn put_back(&mut self, records: &Records) -> bool {
        // What the world answered is part of the state.
        if records.resets.is_empty() || !self.host_calls().is_empty() {
            return false;
        }
        let moment = self.store.data().moment();
        let done = self.call(moment, |store, _| {
            for reset in &records.resets {
                if reset.call(&mut *store, (PUT_BACK,))? != (1,) {
                    return Ok(false);
                }
            }
            Ok(true)
        });
        done.unwrap_or(false)
    }
}
