//! What a worker of a probed component has recorded, read where it lies.

use wasmtime::component::WasmList;

use super::Worker;
use crate::observation::Failure;

/// Where the records of a worker are, in the order of [`crate::component::Component::records`].
pub(crate) struct Records(Vec<WasmList<u8>>);

impl Worker<'_> {
    /// Asks the worker where its records are. They can be read as long as it lives, also after it failed.
    pub(crate) fn records(&mut self) -> Result<Records, Failure> {
        let moment = self.store.data().moment();
        let component = self.component;
        let lists = self.call(moment, |store, instance| {
            let mut lists = Vec::with_capacity(component.records().len());
            for (function, _) in component.records() {
                let typed =
                    instance.get_typed_func::<(), (WasmList<u8>,)>(&mut *store, function.export)?;
                lists.push(typed.call(&mut *store, ())?.0);
            }
            Ok(lists)
        });
        lists.map(Records)
    }

    /// The records as they are now. `records` are this worker's own.
    pub(crate) fn read<'r>(&'r self, records: &'r Records) -> impl Iterator<Item = &'r [u8]> {
        let lists = records.0.iter();
        lists.map(|list| list.as_le_slice(&self.store))
    }
}
