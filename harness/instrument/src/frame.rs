//! Which stores of a function go to its stack frame, as compilers keep one in the memory: they are most of a function's stores,
//! and are noted at once where the frame begins.

use std::ops::RangeInclusive;

use wasmparser::{
    BinaryReaderError, BlockType, ContType, FrameKind, FuncType, FunctionBody, ModuleArity,
    Operator, RefType, SubType,
};

use crate::effect::{Effect, effect};
use crate::layout::GRANULE_BITS;

/// The frame of a function.
pub(crate) struct Frame {
    /// The local that has its address.
    pub(crate) local: u32,
    /// Where the instruction ends that sets the local. It does so once, whatever happens then.
    pub(crate) begins: usize,
    /// Where its stores begin to write, counted from its address: in no more than two granules.
    pub(crate) offsets: RangeInclusive<u32>,
    /// Where the stores are, in order.
    stores: Vec<usize>,
}

impl Frame {
    /// Of a function; none if its stores are noted one by one.
    ///
    /// # Errors
    /// An instruction that cannot be read.
    pub(crate) fn of(body: &FunctionBody<'_>) -> Result<Option<Self>, BinaryReaderError> {
        let mut operators = body.get_operators_reader()?;
        let mut search = Search::default();
        while !operators.eof() && !search.is_in_vain() {
            let (operator, offset) = operators.read_with_offset()?;
            search.step(&operator, offset, operators.original_position());
        }
        Ok(search.found())
    }

    /// Whether the store at this offset is one of the frame's.
    pub(crate) fn has(&self, store: usize) -> bool {
        self.stores.binary_search(&store).is_ok()
    }
}

/// More of them than one are worth it.
const FEWEST: usize = 2;

#[derive(Default)]
struct Search {
    /// How much of `global.get`, `i32.const`, `i32.sub` was just read.
    address: usize,
    /// Whether what was read is no longer what every call begins with.
    has_begun: bool,
    /// The local, and where it was set.
    set: Option<(u32, usize)>,
    /// Whether it is set again.
    is_lost: bool,
    /// For each value on top of the stack, whether it is the local's.
    stack: Vec<bool>,
    /// Of each store, where it is and where it writes.
    stores: Vec<(usize, u32)>,
}

impl Search {
    /// Whether nothing that follows can make it a frame.
    fn is_in_vain(&self) -> bool {
        self.is_lost || (self.has_begun && self.set.is_none())
    }

    fn step(&mut self, operator: &Operator<'_>, offset: usize, after: usize) {
        if let Some((local, _)) = self.set {
            self.follow(local, operator, offset);
            return;
        }
        match (operator, self.address) {
            (Operator::GlobalGet { .. }, _) => self.address = 1,
            (Operator::I32Const { .. }, 1) => self.address = 2,
            (Operator::I32Sub, 2) => self.address = 3,
            (Operator::LocalSet { local_index }, 3) if !self.has_begun => {
                self.set = Some((*local_index, after));
            }
            (Operator::LocalTee { local_index }, 3) if !self.has_begun => {
                self.set = Some((*local_index, after));
                self.stack.push(true);
            }
            _ => {
                self.address = 0;
                self.has_begun |=
                    operator.operator_arity(&NoTypes).is_none() || is_control(operator);
            }
        }
    }

    fn follow(&mut self, local: u32, operator: &Operator<'_>, offset: usize) {
        if let Effect::Store(store) = effect(operator, &[])
            && let Some(true) = self
                .stack
                .len()
                .checked_sub(2)
                .and_then(|it| self.stack.get(it))
        {
            match u32::try_from(store.offset) {
                Ok(beside) => self.stores.push((offset, beside)),
                Err(_) => self.is_lost = true,
            }
        }
        let arity = match is_control(operator) {
            true => None,
            false => operator.operator_arity(&NoTypes),
        };
        match arity {
            Some((taken, given)) => {
                let left = self.stack.len().saturating_sub(taken as usize);
                self.stack.truncate(left);
                self.stack.resize(left + given as usize, false);
            }
            None => self.stack.clear(),
        }
        match operator {
            Operator::LocalGet { local_index } => {
                if let Some(top) = self.stack.last_mut() {
                    *top = *local_index == local;
                }
            }
            Operator::LocalSet { local_index } | Operator::LocalTee { local_index } => {
                self.is_lost |= *local_index == local;
            }
            _ => {}
        }
    }

    fn found(self) -> Option<Frame> {
        let (local, begins) = self.set.filter(|_| !self.is_lost)?;
        let first = self.stores.iter().map(|(_, beside)| *beside).min()?;
        let last = self.stores.iter().map(|(_, beside)| *beside).max()?;
        let is_worth_it = self.stores.len() >= FEWEST && last - first <= 1 << GRANULE_BITS;
        is_worth_it.then(|| Frame {
            local,
            begins,
            offsets: first..=last,
            stores: self.stores.iter().map(|(place, _)| *place).collect(),
        })
    }
}

/// Whether other ways than through the instruction before may lead behind an instruction.
fn is_control(operator: &Operator<'_>) -> bool {
    matches!(
        operator,
        Operator::Block { .. }
            | Operator::Loop { .. }
            | Operator::If { .. }
            | Operator::Else
            | Operator::End
            | Operator::Try { .. }
            | Operator::TryTable { .. }
            | Operator::Catch { .. }
            | Operator::CatchAll
            | Operator::Delegate { .. }
    )
}

/// How many operands an instruction has is only asked where that is the same everywhere.
struct NoTypes;

impl ModuleArity for NoTypes {
    fn sub_type_at(&self, _: u32) -> Option<&SubType> {
        None
    }

    fn tag_type_arity(&self, _: u32) -> Option<(u32, u32)> {
        None
    }

    fn type_index_of_function(&self, _: u32) -> Option<u32> {
        None
    }

    fn func_type_of_cont_type(&self, _: &ContType) -> Option<&FuncType> {
        None
    }

    fn sub_type_of_ref_type(&self, _: &RefType) -> Option<&SubType> {
        None
    }

    fn control_stack_height(&self) -> u32 {
        0
    }

    fn label_block(&self, _: u32) -> Option<(BlockType, FrameKind)> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// For each store of a function with this body: `f` if it is noted where the frame begins.
    fn drawn(body: &str) -> String {
        let text = format!(
            "(module (memory 1) (global $stack (mut i32) (i32.const 4096)) (func $f (param $p i32) (local $l i32) {body}))"
        );
        let bytes = wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let mut drawn = String::new();
        for payload in wasmparser::Parser::new(0).parse_all(&bytes) {
            let Ok(wasmparser::Payload::CodeSectionEntry(body)) = payload else {
                continue;
            };
            let frame = Frame::of(&body).expect("a body");
            let operators = body.get_operators_reader().expect("operators");
            for item in operators.into_iter_with_offsets() {
                let (operator, offset) = item.expect("an operator");
                if matches!(effect(&operator, &[]), Effect::Store(_)) {
                    let is_noted = frame.as_ref().is_some_and(|it| it.has(offset));
                    drawn.push(if is_noted { 'f' } else { '.' });
                }
            }
        }
        drawn
    }

    #[test]
    fn stores_beside_the_address_of_the_frame_are_noted_where_it_begins() {
        const BEGIN: &str = "global.get $stack i32.const 64 i32.sub local.tee $l global.set $stack";
        const STORE: &str = "(i32.store offset=8 (local.get $l) (i32.const 1))";
        const LAST: &str = "(i32.store offset=60 (local.get $l) (local.get $p))";
        let kept = format!("{STORE} {LAST}");
        for (body, wanted) in [
            (format!("{BEGIN} {kept}"), "ff"),
            // The address stays on the stack of a leaf.
            ("(i32.store offset=8 (local.tee $l (i32.sub (global.get $stack) (i32.const 64))) (i32.const 1)) \
              (i32.store offset=16 (local.get $l) (i32.const 1))".to_owned(), "ff"),
            (format!("(local.set $p (i32.const 1)) {BEGIN} {kept}"), "ff"),
            (format!("{BEGIN} (loop {STORE} (br_if 0 (local.get $p)) {LAST})"), "ff"),
            (format!("{BEGIN} {STORE} (i64.store (local.get $l) (i64.load offset=8 (local.get $p)))"), "ff"),
            (format!("{BEGIN} {kept} (i32.store (local.get $p) (local.get $l))"), "ff."),
            (format!("{BEGIN} {kept} (i32.store (i32.add (local.get $l) (i32.const 8)) (i32.const 1))"), "ff."),
            // Another way may lead to the store with something else on the stack.
            (format!("{BEGIN} {kept} (i32.store (local.get $l) (if (result i32) (local.get $p) (then (i32.const 1)) (else (i32.const 2))))"), "ff."),
            // The local is not the address in all of the function, or not in all of its calls.
            (format!("{BEGIN} {kept} (local.set $l (local.get $p))"), ".."),
            (format!("{BEGIN} {kept} (drop (local.tee $l (local.get $p)))"), ".."),
            (format!("(block {BEGIN}) {kept}"), ".."),
            (format!("(br_if 0 (local.get $p)) {BEGIN} {kept}"), ".."),
            (format!("{kept} {BEGIN} {kept}"), "..ff"),
            (kept.clone(), ".."),
            // It would be as much to note, or more.
            (format!("{BEGIN} {STORE}"), "."),
            (format!("{BEGIN} {STORE} (i32.store offset=1033 (local.get $l) (i32.const 1))"), ".."),
            (format!("{BEGIN} {STORE} (i32.store offset=1032 (local.get $l) (i32.const 1))"), "ff"),
        ] {
            assert_eq!(drawn(&body), wanted, "{body}");
        }
    }
}
