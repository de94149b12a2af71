//! What a worker of a probed component has recorded, read where it lies; and how such a worker is put back into the state in
//! which it was when it had started.

use wasmtime::component::{TypedFunc, WasmList};

use super::Worker;
use super::pool::Body;
use crate::host::Start;
use crate::worker::observation::Failure;
use handover_instrument::{Request, Status};

/// Where the records of a worker are, in the order of [`crate::component::Component::records`]; and what puts it back.
pub(crate) struct Records {
    lists: Vec<WasmList<u8>>,
    resets: Vec<TypedFunc<(u32,), (u32,)>>,
    /// How often the worker should have put itself back; none if it does not do so.
    by_itself: Option<u32>,
    start: Start,
}

/// What of a worker's state the functions that are added to it are to keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    /// Nothing: it is only watched.
    Nothing,
    /// What it is now is what [`Worker::put_back`] restores.
    Now,
    /// The same, and a worker that can do so puts itself back when load is called again, which saves a call.
    NowForLoad,
    /// The same, for a worker that goes on as another one: whatever it has done by then, it is put back to the same.
    ForAnother,
}

impl Records {
    /// Whether the worker can ever be put back.
    pub(super) fn can_be_put_back(&self) -> bool {
        !self.resets.is_empty()
    }
}

impl Worker {
    /// Asks the worker where its records are, which can be read as long as it lives, also after it failed.
    pub(crate) fn records(&mut self, keep: Keep) -> Result<Records, Failure> {
        self.unpaid(|body| {
            let (build, instance, store) = (&body.build, &body.instance, &mut body.store);
            let mut lists = Vec::with_capacity(build.records.len());
            for export in &build.records {
                let typed = instance.get_typed_func::<(), (WasmList<u8>,)>(&mut *store, export)?;
                lists.push(typed.call(&mut *store, ())?.0);
            }
            let mut records = Records {
                lists,
                resets: Vec::new(),
                by_itself: None,
                start: store.data().started(),
            };
            if keep == Keep::Nothing {
                return Ok(records);
            }
            let resets = &mut records.resets;
            for export in &build.resets {
                resets.push(instance.get_typed_func(&mut *store, export)?);
            }
            let what = match build.maps.iter().all(|map| map.notes_writes) {
                true => Request::KeepWritten,
                false => Request::KeepAll,
            };
            for reset in &*resets {
                if reset.call(&mut *store, (what as u32,))? != (1,) {
                    resets.clear();
                    break;
                }
            }
            // Of several modules, each would do so at another time.
            if let (Keep::NowForLoad, [reset], [_]) = (keep, &resets[..], &records.lists[..])
                && reset.call(&mut *store, (Request::ResetOnEntry as u32,))? == (1,)
            {
                records.by_itself = Some(0);
            }
            if keep == Keep::ForAnother {
                for reset in &records.resets {
                    reset.call(&mut *store, (Request::Reserve as u32,))?;
                }
            }
            Ok(records)
        })
    }

    /// The records as they are now. `records` are this worker's own.
    pub(crate) fn read<'r>(&'r self, records: &'r Records) -> impl Iterator<Item = &'r [u8]> {
        let parts = records.lists.iter().map(|list| self.parts(list));
        parts.map(|(_, record)| record)
    }

    fn parts<'r>(&'r self, list: &'r WasmList<u8>) -> (Status, &'r [u8]) {
        Status::split(list.as_le_slice(&self.body.store))
    }

    /// Whether the worker has put itself back as often as it was said to be.
    pub(crate) fn is_put_back(&self, records: &Records) -> bool {
        let done = |list| self.parts(list).0.resets;
        match records.by_itself {
            Some(times) => records.lists.iter().all(|list| done(list) == times),
            None => true,
        }
    }

    /// Puts the worker back into the state in which it was when `records` were asked for, or sees to it that it does so itself
    /// as soon as load is called; then [`Self::is_put_back`] tells whether it did. Answers false if that cannot be done exactly;
    /// then it is of no use any more.
    pub(crate) fn put_back(&mut self, records: &mut Records) -> bool {
        // What the world answered is part of the state.
        let world = self.body.store.data_mut();
        if records.resets.is_empty() || world.restart(&records.start).is_none() {
            return false;
        }
        if let Some(times) = &mut records.by_itself {
            *times = times.wrapping_add(1);
            let can = |status: Status| status.entered && !status.irreversible;
            return records.lists.iter().all(|list| can(self.parts(list).0));
        }
        let done = self.ask(records, Request::Reset);
        done.is_ok_and(|done| done.iter().all(|done| *done == 1))
    }

    /// The state of each module, memory and globals, as a sum; before that, the worker is put back, also if it would do so
    /// itself.
    pub(crate) fn initial_state(&mut self, records: &Records) -> Result<Vec<u32>, Failure> {
        self.ask(records, Request::Reset)?;
        self.ask(records, Request::Digest)
    }

    /// What the functions that put the worker's modules back answer.
    fn ask(&mut self, records: &Records, what: Request) -> Result<Vec<u32>, Failure> {
        self.unpaid(|body| {
            let store = &mut body.store;
            let ask = |reset: &TypedFunc<_, (u32,)>| Ok(reset.call(&mut *store, (what as u32,))?.0);
            records.resets.iter().map(ask).collect()
        })
    }

    /// Calls what was added to the guest: it always ends, and is not the guest's to pay for.
    fn unpaid<R>(
        &mut self,
        run: impl FnOnce(&mut Body) -> wasmtime::Result<R>,
    ) -> Result<R, Failure> {
        let moment = self.body.store.data().moment();
        let granted = std::mem::replace(&mut self.fuel, u64::MAX);
        let called = self.call(moment, run);
        self.fuel = granted;
        called
    }
}
