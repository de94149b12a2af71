//! Values made from WIT types, for functions that the world knows nothing about.

use wasmtime::component::{Type, Val};

use super::call::Call;
use super::draw::Draw;
use super::handles::{self, Kind, Object};
use super::io::{Input, Output, Pollable};

/// Answers a call with a value of its result type, after letting go of every handle among the arguments.
pub(super) fn synthesize(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    for argument in call.arguments {
        release(call, argument)?;
    }
    let Some(ty) = &call.import.result else {
        return Ok(None);
    };
    let draw = call.draw();
    Maker::new(draw, &|_, _, _| None)
        .make(call, "", ty)
        .map(Some)
}

/// Chooses the value of a record's field, or of the whole result (with an empty name), instead of drawing it.
pub(super) type Choice<'a> = &'a dyn Fn(&str, &Type, &mut Draw) -> Option<Val>;

/// Makes one value.
pub(super) struct Maker<'a> {
    draw: Draw,
    choice: Choice<'a>,
    /// How many more parts the value may have: a small type can describe values without end.
    budget: u32,
}

impl<'a> Maker<'a> {
    const PARTS: u32 = 10_000;

    pub(super) fn new(draw: Draw, choice: Choice<'a>) -> Self {
        Self {
            draw,
            choice,
            budget: Self::PARTS,
        }
    }

    pub(super) fn make(
        &mut self,
        call: &mut Call<'_>,
        name: &str,
        ty: &Type,
    ) -> wasmtime::Result<Val> {
        if let Some(chosen) = (self.choice)(name, ty, &mut self.draw) {
            return Ok(chosen);
        }
        self.budget = self.budget.checked_sub(1).ok_or_else(|| call.too_much())?;
        Ok(match ty {
            Type::Bool => Val::Bool(self.one_in(2)),
            Type::S8 => Val::S8(self.number() as i8),
            Type::U8 => Val::U8(self.number() as u8),
            Type::S16 => Val::S16(self.number() as i16),
            Type::U16 => Val::U16(self.number() as u16),
            Type::S32 => Val::S32(self.number() as i32),
            Type::U32 => Val::U32(self.number() as u32),
            Type::S64 => Val::S64(self.number() as i64),
            Type::U64 => Val::U64(self.number()),
            Type::Float32 => Val::Float32(self.draw.below(1 << 16) as f32 / 8.0),
            Type::Float64 => Val::Float64(self.draw.below(1 << 32) as f64 / 8.0),
            Type::Char => Val::Char(self.letter()),
            Type::String => Val::String(self.string()),
            Type::List(list) => {
                let ty = list.ty();
                Val::List(self.items(call, &ty)?)
            }
            Type::FixedLengthList(list) => {
                let ty = list.ty();
                let items = (0..list.len()).map(|_| self.make(call, "", &ty));
                Val::FixedLengthList(items.collect::<wasmtime::Result<_>>()?)
            }
            Type::Map(map) => {
                let (key, value) = (map.key(), map.value());
                let keys = self.items(call, &key)?.into_iter();
                let entries = keys.map(|key| Ok((key, self.make(call, "", &value)?)));
                Val::Map(entries.collect::<wasmtime::Result<_>>()?)
            }
            Type::Record(record) => {
                let fields = record.fields().map(|field| {
                    let value = self.make(call, field.name, &field.ty)?;
                    Ok((field.name.to_owned(), value))
                });
                Val::Record(fields.collect::<wasmtime::Result<_>>()?)
            }
            Type::Tuple(tuple) => {
                let items = tuple.types().map(|ty| self.make(call, "", &ty));
                Val::Tuple(items.collect::<wasmtime::Result<_>>()?)
            }
            Type::Variant(variant) => {
                let index = self.draw.below(variant.cases().len() as u64) as usize;
                let case = variant.cases().nth(index);
                let case = case.ok_or_else(|| call.unsupported())?;
                let payload = self.payload(call, case.ty)?;
                Val::Variant(case.name.to_owned(), payload)
            }
            Type::Enum(names) => {
                let index = self.draw.below(names.names().len() as u64) as usize;
                let name = names.names().nth(index);
                Val::Enum(name.ok_or_else(|| call.unsupported())?.to_owned())
            }
            Type::Option(option) => {
                let present = self.one_in(2).then(|| option.ty());
                Val::Option(self.payload(call, present)?)
            }
            // Most calls succeed.
            Type::Result(result) => match self.one_in(4) {
                false => Val::Result(Ok(self.payload(call, result.ok())?)),
                true => Val::Result(Err(self.payload(call, result.err())?)),
            },
            Type::Flags(flags) => Val::Flags(
                flags
                    .names()
                    .filter(|_| self.one_in(2))
                    .map(str::to_owned)
                    .collect(),
            ),
            Type::Own(resource) => {
                let payload = call.import.resources.payload(resource);
                let payload = payload.ok_or_else(|| call.unsupported())?;
                let object = object(payload).ok_or_else(|| call.unsupported())?;
                call.give(object)?
            }
            Type::Borrow(_) | Type::Future(_) | Type::Stream(_) | Type::ErrorContext => {
                return Err(call.unsupported());
            }
        })
    }

    fn payload(
        &mut self,
        call: &mut Call<'_>,
        ty: Option<Type>,
    ) -> wasmtime::Result<Option<Box<Val>>> {
        let value = ty.map(|ty| self.make(call, "", &ty)).transpose()?;
        Ok(value.map(Box::new))
    }

    fn items(&mut self, call: &mut Call<'_>, ty: &Type) -> wasmtime::Result<Vec<Val>> {
        let length = self.draw.below(4);
        (0..length).map(|_| self.make(call, "", ty)).collect()
    }

    fn one_in(&mut self, count: u64) -> bool {
        self.draw.below(count) == 0
    }

    /// Small more often than not.
    fn number(&mut self) -> u64 {
        let shift = self.draw.below(64);
        self.draw.u64() >> shift
    }

    fn letter(&mut self) -> char {
        char::from(b'a' + self.draw.below(26) as u8)
    }

    fn string(&mut self) -> String {
        let length = self.draw.below(9);
        (0..length).map(|_| self.letter()).collect()
    }
}

/// Something to put behind a handle of the type with this payload, where that makes sense.
fn object(payload: u32) -> Option<Object> {
    match payload {
        _ if payload >= handles::FIRST_UNKNOWN_PAYLOAD => Some(Object::Opaque(payload)),
        _ if payload == Kind::Pollable as u32 => Some(Pollable::ready().into()),
        _ if payload == Kind::Input as u32 => Some(Input::default().into()),
        _ if payload == Kind::Output as u32 => Some(Output::Unknown.into()),
        _ => None,
    }
}

/// Lets go of every handle in a value; an owned one is gone afterwards.
pub(super) fn release(call: &mut Call<'_>, value: &Val) -> wasmtime::Result<()> {
    match value {
        Val::Resource(resource) => {
            let (handle, _) = call.handle(value)?;
            if resource.owned() {
                call.world().handles.remove(handle);
            }
            Ok(())
        }
        Val::List(items) | Val::FixedLengthList(items) | Val::Tuple(items) => {
            items.iter().try_for_each(|item| release(call, item))
        }
        Val::Map(entries) => entries
            .iter()
            .flat_map(|(key, value)| [key, value])
            .try_for_each(|part| release(call, part)),
        Val::Record(fields) => fields
            .iter()
            .try_for_each(|(_, field)| release(call, field)),
        Val::Variant(_, Some(payload))
        | Val::Option(Some(payload))
        | Val::Result(Ok(Some(payload)) | Err(Some(payload))) => release(call, payload),
        Val::Future(_) | Val::Stream(_) | Val::ErrorContext(_) => Err(call.unsupported()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Guest, stop};
    use super::super::{HostStop, Moment, WorldSettings};
    use super::*;

    /// A guest that asks `shop:unknown/it.make` for a value of the type and returns how often it got one.
    fn guest(ty: &str) -> Guest {
        let text = format!(
            r#"
(component
  (import "shop:unknown/it" (instance $i
    (type $r (record (field "a" s8) (field "b" (tuple u16 s16 s32 s64))))
    (export "r" (type $record (eq $r)))
    (type $v (variant (case "a") (case "b" $record) (case "c" (list float32))))
    (export "v" (type $variant (eq $v)))
    (type $e (enum "x" "y" "z"))
    (export "e" (type $enum (eq $e)))
    (type $f (flags "x" "y" "z"))
    (export "f" (type $flags (eq $f)))
    (export "res" (type $res (sub resource)))
    (export "make" (func (result {ty})))))
  (core module $memory (memory (export "memory") 2)
    (global $next (mut i32) (i32.const 1024))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (local $at i32)
      (local.set $at (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
      (global.set $next (i32.add (local.get $at) (local.get 3)))
      local.get $at))
  (core instance $memory (instantiate $memory))
  (alias core export $memory "memory" (core memory $mem))
  (alias core export $memory "realloc" (core func $realloc))
  (core func $make (canon lower (func $i "make") (memory $mem) (realloc $realloc)))
  (core module $m
    (import "h" "make" (func $make (param i32)))
    (func (export "f") (result i32) (call $make (i32.const 0)) (i32.const 1)))
  (core instance $c (instantiate $m (with "h" (instance (export "make" (func $make))))))
  (func (export "f") (result u32) (canon lift (core func $c "f"))))
"#
        );
        let settings = WorldSettings {
            synthesize_unknown: true,
            ..WorldSettings::default()
        };
        Guest::with(&text, settings)
    }

    #[test]
    fn values_of_every_type_are_made_and_accepted() {
        for ty in [
            "(list (tuple bool u8 u32 u64 float64 char string))",
            "(tuple $record $record)",
            "(list $variant)",
            "(list (tuple $enum $flags))",
            "(option (list (result string (error $enum))))",
            "(list (result))",
            "(option (own $res))",
            "(list (own $res))",
        ] {
            let mut guest = guest(ty);
            for operation in 0..30 {
                guest.enter(Moment::Operation(operation));
                assert_eq!(guest.call("f", &[]).unwrap(), Val::U32(1), "{ty}");
            }
        }
    }

    #[test]
    fn a_type_with_values_without_end_is_a_typed_stop() {
        let mut ty = "string".to_owned();
        for _ in 0..40 {
            ty = format!("(tuple {ty} {ty})").chars().take(1 << 20).collect();
            if ty.len() > 200_000 {
                break;
            }
        }
        let mut guest = guest(&ty);
        let function = "shop:unknown/it.make".into();
        assert_eq!(stop(guest.call("f", &[])), HostStop::TooMuch { function });
    }
}
