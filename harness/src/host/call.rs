//! One host call: what happens around every handler, and what handlers need to read arguments and build answers.

use std::sync::Arc;

use wasmtime::StoreContextMut;
use wasmtime::component::{ResourceAny, ResourceDynamic, Type, Val};

use super::describe::{self, describe};
use super::draw::Draw;
use super::fit::fits;
use super::handles::{Full, Kept, Object};
use super::journal::Answered;
use super::record::{Effect, HostCall};
use super::resources::Resources;
use super::stop::HostStop;
use super::synthesize::synthesize;
use super::world::World;

/// Answers a host call: its result, or none for a function without one.
pub(super) type Handler = fn(&mut Call<'_>) -> wasmtime::Result<Option<Val>>;

/// Fuel for each host call: without it, a guest could spend a minute of the host's time on the fuel of a second.
const CALL_FUEL: u64 = 200;
/// Fuel for each element or byte that crosses the boundary, for the same reason.
const ELEMENT_FUEL: u64 = 4;

/// A host function as a component imports it.
#[derive(Debug)]
pub(super) struct Import {
    /// `namespace:package/interface.function`, without a version.
    pub(super) name: Arc<str>,
    /// The hash of the name.
    pub(super) hash: u64,
    /// The name within the interface.
    pub(super) function: Box<str>,
    /// Equal for all versions of a function that one linker defines.
    pub(super) index: usize,
    pub(super) effect: Effect,
    pub(super) answer: Answer,
    pub(super) result: Option<Type>,
    /// The types of the interface differ between versions, so that an answer may be of another version's type.
    pub(super) is_checked: bool,
    pub(super) resources: Arc<Resources>,
}

/// What answers the calls of an import.
#[derive(Debug)]
pub(super) enum Answer {
    Handler(Handler),
    Synthesized,
    Nobody,
}

impl Import {
    /// Makes one call of this import.
    pub(super) fn answer(
        &self,
        mut store: StoreContextMut<'_, World>,
        arguments: &[Val],
        results: &mut [Val],
    ) -> wasmtime::Result<()> {
        charge(
            &mut store,
            CALL_FUEL.saturating_add(ELEMENT_FUEL.saturating_mul(describe::weight(arguments))),
        );
        let world = store.data_mut();
        let number = world.count(self.index);
        world.record.push(HostCall {
            moment: world.clock.moment(),
            function: Arc::clone(&self.name),
            effect: self.effect,
            arguments: (self.effect == Effect::Write).then(|| describe(arguments)),
        });
        let mut call = Call {
            store,
            import: self,
            arguments,
            number,
            seen: Vec::new(),
        };
        let answer = match self.answer {
            Answer::Handler(handler) => handler(&mut call)?,
            Answer::Synthesized => synthesize(&mut call)?,
            Answer::Nobody => return Err(call.unsupported()),
        };
        let answer = match call.world().journalled(&self.name, answer.as_ref()) {
            Answered::Live => answer,
            Answered::AsRecorded(recorded) => match &self.result {
                // Another version of the interface may have another type.
                Some(ty) if fits(&recorded, ty) => Some(recorded),
                _ => answer,
            },
            Answered::Departed => return Err(HostStop::Departed.into()),
        };
        match (answer, results) {
            (Some(value), [result]) => {
                let mut ty = self.result.iter().filter(|_| self.is_checked);
                if ty.any(|ty| !fits(&value, ty)) {
                    return Err(call.unsupported());
                }
                let weight = describe::weight(std::slice::from_ref(&value));
                charge(&mut call.store, ELEMENT_FUEL.saturating_mul(weight));
                *result = value;
                Ok(())
            }
            (None, []) => Ok(()),
            _ => Err(call.unsupported()),
        }
    }
}

/// Takes fuel from the guest, if the engine counts fuel at all.
fn charge(store: &mut StoreContextMut<'_, World>, fuel: u64) {
    if let Ok(left) = store.get_fuel() {
        // It cannot fail where reading the fuel did not.
        let _ = store.set_fuel(left.saturating_sub(fuel));
    }
}

/// One host call, as its handler sees it.
pub(super) struct Call<'a> {
    pub(super) store: StoreContextMut<'a, World>,
    pub(super) import: &'a Import,
    pub(super) arguments: &'a [Val],
    /// Of the calls of this function within the moment, counted from 0.
    pub(super) number: u32,
    /// The handles that were looked up, each with its number and the payload of its type: the engine tells them only once.
    seen: Vec<(ResourceAny, u32, u32)>,
}

impl<'a> Call<'a> {
    pub(super) fn world(&mut self) -> &mut World {
        self.store.data_mut()
    }

    /// The random values of this call.
    pub(super) fn draw(&self) -> Draw {
        self.store.data().draw(self.import.hash, self.number)
    }

    /// As [`Self::draw`], for the seed of a hash function.
    pub(super) fn draw_hashes(&self) -> Draw {
        let world = self.store.data();
        world.draw_hashes(self.import.hash, self.number)
    }

    /// Records that this call writes, or does not, against the table; the arguments matter for writes.
    pub(super) fn amend(&mut self, effect: Effect, arguments: impl FnOnce() -> Box<str>) {
        let arguments = (effect == Effect::Write).then(arguments);
        self.world().record.amend(effect, arguments);
    }

    // Arguments. One that is missing or of another type means that the import is not the function it is named for.

    pub(super) fn argument(&self, index: usize) -> wasmtime::Result<&'a Val> {
        self.arguments.get(index).ok_or_else(|| self.unsupported())
    }

    pub(super) fn u64(&self, index: usize) -> wasmtime::Result<u64> {
        match self.argument(index)? {
            Val::U64(number) => Ok(*number),
            _ => Err(self.unsupported()),
        }
    }

    pub(super) fn string(&self, index: usize) -> wasmtime::Result<&'a str> {
        match self.argument(index)? {
            Val::String(text) => Ok(text),
            _ => Err(self.unsupported()),
        }
    }

    pub(super) fn list(&self, index: usize) -> wasmtime::Result<&'a [Val]> {
        match self.argument(index)? {
            Val::List(items) => Ok(items),
            _ => Err(self.unsupported()),
        }
    }

    pub(super) fn bytes(&self, index: usize) -> wasmtime::Result<Vec<u8>> {
        self.bytes_of(self.argument(index)?)
    }

    pub(super) fn bytes_of(&self, value: &Val) -> wasmtime::Result<Vec<u8>> {
        let Val::List(items) = value else {
            return Err(self.unsupported());
        };
        items
            .iter()
            .map(|item| match item {
                Val::U8(byte) => Ok(*byte),
                _ => Err(self.unsupported()),
            })
            .collect()
    }

    /// The value of an argument that is an option.
    pub(super) fn option(&self, index: usize) -> wasmtime::Result<Option<&'a Val>> {
        match self.argument(index)? {
            Val::Option(value) => Ok(value.as_deref()),
            _ => Err(self.unsupported()),
        }
    }

    // Handles. Every one that arrives has to be taken or looked up, so that its borrow ends with the call.

    /// The number behind a handle, and the payload of its type.
    pub(super) fn handle(&mut self, value: &Val) -> wasmtime::Result<(u32, u32)> {
        let Val::Resource(resource) = value else {
            return Err(self.unsupported());
        };
        let mut seen = self.seen.iter();
        if let Some((_, handle, payload)) = seen.find(|(known, ..)| known == resource) {
            return Ok((*handle, *payload));
        }
        let dynamic: ResourceDynamic = resource.try_into_resource_dynamic(&mut self.store)?;
        let (handle, payload) = (dynamic.rep(), dynamic.ty());
        self.seen.push((*resource, handle, payload));
        Ok((handle, payload))
    }

    fn handle_of<T: Kept>(&mut self, value: &Val) -> wasmtime::Result<u32> {
        let (handle, payload) = self.handle(value)?;
        if payload != T::KIND as u32 {
            return Err(self.unsupported());
        }
        Ok(handle)
    }

    /// What is behind a borrowed handle.
    pub(super) fn object<T: Kept>(&mut self, index: usize) -> wasmtime::Result<&mut T> {
        let value = self.argument(index)?;
        self.object_of(value)
    }

    pub(super) fn object_of<T: Kept>(&mut self, value: &Val) -> wasmtime::Result<&mut T> {
        let handle = self.handle_of::<T>(value)?;
        let missing = HostStop::Unsupported {
            function: Arc::clone(&self.import.name),
        };
        let object = self.store.data_mut().handles.get(handle);
        object.ok_or_else(|| missing.into())
    }

    /// Takes what is behind an owned handle, which the guest gave away.
    pub(super) fn take<T: Kept>(&mut self, index: usize) -> wasmtime::Result<T> {
        let value = self.argument(index)?;
        self.take_of(value)
    }

    pub(super) fn take_of<T: Kept>(&mut self, value: &Val) -> wasmtime::Result<T> {
        let handle = self.handle_of::<T>(value)?;
        let object = self.world().handles.remove(handle);
        object.and_then(T::unwrap).ok_or_else(|| self.unsupported())
    }

    /// Gives the guest a handle.
    pub(super) fn give(&mut self, object: impl Into<Object>) -> wasmtime::Result<Val> {
        let inserted = self.world().handles.insert(object.into());
        let (handle, payload) = inserted.map_err(|Full| self.too_much())?;
        let resource = ResourceDynamic::new_own(handle, payload);
        Ok(Val::Resource(
            resource.try_into_resource_any(&mut self.store)?,
        ))
    }

    /// Takes fuel for so many elements or bytes that the host works on beyond those that cross the boundary.
    pub(super) fn charge(&mut self, elements: u64) {
        charge(&mut self.store, ELEMENT_FUEL.saturating_mul(elements));
    }

    /// Counts bytes that the guest makes the host keep.
    pub(super) fn keep(&mut self, bytes: usize) -> wasmtime::Result<()> {
        let kept = self.world().handles.keep(bytes);
        kept.map_err(|Full| self.too_much())
    }

    // Ends of the call that are no answers.

    pub(super) fn unsupported(&self) -> wasmtime::Error {
        let function = Arc::clone(&self.import.name);
        HostStop::Unsupported { function }.into()
    }

    pub(super) fn blocked(&self) -> wasmtime::Error {
        let function = Arc::clone(&self.import.name);
        HostStop::Blocked { function }.into()
    }

    pub(super) fn too_much(&self) -> wasmtime::Error {
        let function = Arc::clone(&self.import.name);
        HostStop::TooMuch { function }.into()
    }
}

// Answers.

pub(super) fn ok(value: impl Into<Option<Val>>) -> Val {
    Val::Result(Ok(value.into().map(Box::new)))
}

pub(super) fn err(value: impl Into<Option<Val>>) -> Val {
    Val::Result(Err(value.into().map(Box::new)))
}

pub(super) fn some(value: Val) -> Val {
    Val::Option(Some(Box::new(value)))
}

pub(super) const NONE: Val = Val::Option(None);

pub(super) fn text(value: &str) -> Val {
    Val::String(value.to_owned())
}

pub(super) fn list_of_bytes(bytes: &[u8]) -> Val {
    Val::List(bytes.iter().copied().map(Val::U8).collect())
}
