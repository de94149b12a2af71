//! What is particular about the answers of a history, without their values: which cases they have, what is empty, how long lists are.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};

use siphasher::sip::SipHasher13;

use crate::case::Call;
use crate::value::Val;
use crate::worker::observation::Observation;

/// What operations answered, how often each was taken, and which after which.
pub(super) fn answers<'a>(
    lived: impl Iterator<Item = (&'a Call, &'a Observation)>,
    features: &mut Vec<u64>,
) {
    let mut taken: BTreeMap<usize, u32> = BTreeMap::new();
    let mut last = None;
    for (call, observation) in lived {
        features.push(hash(&("answer", call.operation, shape(observation))));
        if observation.is_refusal() {
            continue;
        }
        features.push(hash(&("after", last, call.operation)));
        last = Some(call.operation);
        let times = taken.entry(call.operation).or_default();
        *times += 1;
        features.push(hash(&("times", call.operation, times.ilog2())));
    }
}

/// What an answer is like.
pub(super) fn shape(answer: &Observation) -> Vec<u64> {
    let mut shape = Vec::new();
    if let Observation::Returned(Some(value)) = answer {
        outline(value, &mut shape);
    }
    shape
}

/// So much of a value is looked at.
const LOOKED_AT: usize = 24;
/// So many items are told from one less.
const MANY: usize = 20;

/// What a value is like: its cases, and how large its lists, texts and numbers are.
fn outline(value: &Val, shape: &mut Vec<u64>) {
    if shape.len() >= LOOKED_AT {
        return;
    }
    match value {
        Val::Bool(it) => shape.push(u64::from(*it)),
        Val::String(it) => shape.push(u64::from(!it.is_empty())),
        Val::List(items) => {
            shape.push(items.len().min(MANY) as u64);
            if let Some(first) = items.first() {
                outline(first, shape);
            }
        }
        Val::Record(fields) => fields.iter().for_each(|(_, field)| outline(field, shape)),
        Val::Tuple(items) => items.iter().for_each(|item| outline(item, shape)),
        Val::Option(inner) => {
            shape.push(u64::from(inner.is_some()));
            if let Some(inner) = inner {
                outline(inner, shape);
            }
        }
        Val::Result(result) => {
            shape.push(u64::from(result.is_ok()));
            let (Ok(inner) | Err(inner)) = result;
            if let Some(inner) = inner {
                outline(inner, shape);
            }
        }
        Val::Variant(case, inner) => {
            shape.push(hash(case));
            if let Some(inner) = inner {
                outline(inner, shape);
            }
        }
        Val::Enum(case) => shape.push(hash(case)),
        Val::Flags(flags) => shape.push(hash(flags)),
        number => shape.push(u64::from(is_zero(number))),
    }
}

fn is_zero(number: &Val) -> bool {
    match number {
        Val::S8(0)
        | Val::U8(0)
        | Val::S16(0)
        | Val::U16(0)
        | Val::S32(0)
        | Val::U32(0)
        | Val::S64(0)
        | Val::U64(0) => true,
        Val::Float32(it) => *it == 0.0,
        Val::Float64(it) => *it == 0.0,
        _ => false,
    }
}

pub(super) fn hash(value: &impl Hash) -> u64 {
    let mut hasher = SipHasher13::new_with_keys(1, 0);
    value.hash(&mut hasher);
    hasher.finish()
}
