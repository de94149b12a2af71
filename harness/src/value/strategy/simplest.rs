//! The simplest value of a type: where a type that mentions itself has been unfolded often enough.

use crate::value::{Val, WitType};

use super::kinds;

/// How deeply the simplest value is nested at most.
const DEEPEST: u32 = 256;

/// The smallest value of the type; none if its rules allow none that is known.
pub(super) fn simplest(ty: &WitType) -> Option<Val> {
    within(ty, DEEPEST)
}

fn within(ty: &WitType, depth: u32) -> Option<Val> {
    let depth = depth.checked_sub(1)?;
    let simplest = |ty: &WitType| within(ty, depth);
    let payload = |ty: &Option<WitType>| match ty {
        Some(ty) => Some(Some(Box::new(simplest(ty)?))),
        None => Some(None),
    };
    Some(match ty {
        WitType::Annotated(annotated) => match kinds::domain(&annotated.kind, &annotated.shape) {
            Some(domain) => domain.into_iter().next()?,
            None => simplest(&annotated.shape).filter(|it| ty.admits(it))?,
        },
        WitType::Named(named) => simplest(&named.body())?,
        WitType::Bool => Val::Bool(false),
        WitType::S8 => Val::S8(0),
        WitType::U8 => Val::U8(0),
        WitType::S16 => Val::S16(0),
        WitType::U16 => Val::U16(0),
        WitType::S32 => Val::S32(0),
        WitType::U32 => Val::U32(0),
        WitType::S64 => Val::S64(0),
        WitType::U64 => Val::U64(0),
        WitType::F32 => Val::Float32(0.0),
        WitType::F64 => Val::Float64(0.0),
        WitType::Char => Val::Char('a'),
        WitType::String => Val::String("a".to_owned()),
        WitType::List(_) => Val::List(Vec::new()),
        WitType::FixedLengthList(item, length) => match length {
            0..=super::LONGEST_LIST => {
                let items = vec![simplest(item)?; *length as usize];
                Val::FixedLengthList(items)
            }
            _ => return None,
        },
        WitType::Record(fields) => {
            let fields = fields
                .iter()
                .map(|(name, ty)| Some((name.clone(), simplest(ty)?)));
            Val::Record(fields.collect::<Option<_>>()?)
        }
        WitType::Tuple(types) => Val::Tuple(types.iter().map(simplest).collect::<Option<_>>()?),
        WitType::Variant(cases) => {
            let parts = |(_, ty): &&(String, Option<WitType>)| ty.as_ref().map_or(0, size);
            let (name, ty) = cases.iter().min_by_key(parts)?;
            Val::Variant(name.clone(), payload(ty)?)
        }
        WitType::Enum(names) => Val::Enum(names.first()?.clone()),
        WitType::Option(_) => Val::Option(None),
        WitType::Result(types) => {
            let parts = |ty: &Option<WitType>| ty.as_ref().map_or(0, size);
            match parts(&types.0) <= parts(&types.1) {
                true => Val::Result(Ok(payload(&types.0)?)),
                false => Val::Result(Err(payload(&types.1)?)),
            }
        }
        WitType::Flags(_) => Val::Flags(Vec::new()),
        WitType::Bound(_) | WitType::Opaque(_) => return None,
    })
}

/// How many parts the smallest value of the type has.
fn size(ty: &WitType) -> usize {
    crate::value::types::smallest(ty, &|_| usize::MAX)
}
