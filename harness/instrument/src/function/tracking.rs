//! Notes what a function changes, so that a reset knows what to restore.

use std::ops::Range;

use wasm_encoder::MemArg;

use super::effect::{Effect, Import, StoreOf};
use super::frame::Frame;
use super::{ResetParts, Writer};
use crate::layout::GRANULE_BITS;
use crate::runtime::text::wat;
use crate::runtime::{at, size};

/// Bytes of results that an imported function writes at most.
pub(crate) const RETURN_AREA: i32 = 512;

/// The flag of the granule whose number is its address.
fn flag(reset: ResetParts) -> MemArg {
    at(0, reset.flags)
}

impl Writer<'_> {
    /// Notes the effect of the instruction at this place in the file.
    pub(super) fn track(
        &mut self,
        effect: &Effect,
        frame: Option<&Frame>,
        reset: ResetParts,
        place: Range<usize>,
    ) {
        match effect {
            Effect::None => {
                if let Some(frame) = frame.filter(|it| it.begins == place.end) {
                    self.copy_to(place.end);
                    self.mark_frame(frame, reset);
                }
                return;
            }
            Effect::Unknown(_) => return,
            Effect::Store(_) if frame.is_some_and(|it| it.has(place.start)) => return,
            _ => self.copy_to(place.start),
        }
        match effect {
            Effect::Import(import) if import.is_harmless => {
                self.begin_import(*import, reset);
                self.copy_to(place.end);
                self.end_import();
            }
            Effect::Import(_) | Effect::Irreversible => self.note_irreversible(),
            Effect::Store(store) => self.mark_store(store, reset),
            Effect::Bulk => self.mark_bulk(reset),
            Effect::Size => {
                self.skip_to(place.end);
                let layout = self.surroundings.layout;
                size(&mut self.code(), layout, reset.flags);
            }
            Effect::Grow => {
                self.skip_to(place.end);
                self.code().call(reset.grow);
            }
            Effect::None | Effect::Unknown(_) => {}
        }
    }

    /// Notes which granules the stores to a frame write to.
    fn mark_frame(&mut self, frame: &Frame, reset: ResetParts) {
        let (local, flag) = (frame.local, flag(reset));
        let mut code = self.code();
        for offset in [frame.offsets.start(), frame.offsets.end()] {
            wat!(code;
                (i32.store8 flag
                    (i32.shr_u
                        (i32.add (local.get local) (i32.const offset.cast_signed()))
                        (i32.const GRANULE_BITS))
                    (i32.const 1))
            );
        }
    }

    /// Notes which granule the store to come writes to.
    fn mark_store(&mut self, store: &StoreOf, reset: ResetParts) {
        let (value, address) = (self.scratch(store.value), self.first_scratch + 1);
        let flag = flag(reset);
        let mut code = self.code();
        wat!(code; (local.set value) (local.tee address));
        if store.offset > 0 {
            let offset = (store.offset as u32).cast_signed();
            wat!(code; (i32.add (i32.const offset)));
        }
        wat!(code;
            (i32.store8 flag (i32.shr_u (i32.const GRANULE_BITS)) (i32.const 1))
            (local.get address)
            (local.get value)
        );
    }

    /// Notes what the instruction to come writes to; address, something and length are on the stack.
    fn mark_bulk(&mut self, reset: ResetParts) {
        let first = self.first_scratch;
        let (address, between, length) = (first, first + 1, first + 2);
        let mark = reset.mark;
        let mut code = self.code();
        wat!(code;
            (local.set length)
            (local.set between)
            (call mark (local.tee address) (local.get length))
            (local.get address)
            (local.get between)
            (local.get length)
        );
    }

    /// Notes that the instruction to come changes something that a reset cannot undo.
    pub(super) fn note_irreversible(&mut self) {
        let irreversible = self.in_record(self.surroundings.layout.irreversible());
        let mut code = self.code();
        wat!(code; (i32.store8 irreversible (i32.const 0) (i32.const 1)));
    }

    /// Notes that the module is entered, if it resets itself.
    pub(super) fn enter(&mut self) {
        let layout = self.surroundings.layout;
        let entered = self.in_record(layout.entered());
        let resets_itself = self.in_record(layout.resets_itself());
        let mut code = self.code();
        wat!(code;
            (i32.store8 entered (i32.const 0) (i32.load8_u resets_itself (i32.const 0)))
        );
    }

    /// Notes what the call of an imported function to come may write, and that it is under way.
    fn begin_import(&mut self, import: Import, reset: ResetParts) {
        let address = self.first_scratch;
        let outside = self.in_record(self.surroundings.layout.outside());
        let mark = reset.mark;
        let mut code = self.code();
        if import.returns_through_memory {
            wat!(code;
                (local.tee address)
                (call mark (local.get address) (i32.const RETURN_AREA))
            );
        }
        wat!(code; (i32.store8 outside (i32.const 0) (i32.const 1)));
    }

    /// Notes that it has returned.
    fn end_import(&mut self) {
        let outside = self.in_record(self.surroundings.layout.outside());
        let mut code = self.code();
        wat!(code; (i32.store8 outside (i32.const 0) (i32.const 0)));
    }
}
