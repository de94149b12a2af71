//! When two types are the same: the same structure and the same names of fields, cases and flags, however often a type that
//! mentions itself was unfolded. Rules, examples and names of definitions do not count.

use std::collections::HashSet;
use std::hash::{Hash, Hasher};
use std::mem::discriminant;

use super::rules::Family;
use super::types::{View, WitType};

/// How many types, and how many levels of them, go into a hash. What lies further in only leads to collisions.
const HASHED: usize = 64;
const HASHED_LEVELS: u32 = 4;

impl PartialEq for WitType {
    fn eq(&self, other: &Self) -> bool {
        same(View::of(self), View::of(other), &mut HashSet::new())
    }
}

impl Eq for WitType {}

impl Hash for WitType {
    fn hash<H: Hasher>(&self, state: &mut H) {
        hash(View::of(self), state, HASHED_LEVELS, &mut { HASHED });
    }
}

/// The type without names and annotations, and what family of values its annotation means.
fn resolve(mut view: View<'_>) -> (Family, View<'_>) {
    let mut family = Family::Any;
    while let Some(inner) = view.inner() {
        if let WitType::Annotated(annotated) = view.ty
            && family == Family::Any
        {
            family = annotated.kind.family();
        }
        view = inner;
    }
    (family, view)
}

/// Compares types. What is being compared already, further out, is assumed to be the same: two types that mention
/// themselves differ only if a difference is met.
fn same<'t>(
    left: View<'t>,
    right: View<'t>,
    assumed: &mut HashSet<(*const WitType, *const WitType)>,
) -> bool {
    let ((left_family, left), (right_family, right)) = (resolve(left), resolve(right));
    if left_family != right_family || discriminant(left.ty) != discriminant(right.ty) {
        return false;
    }
    let are_in_definitions = left.definitions.is_some() && right.definitions.is_some();
    if are_in_definitions && !assumed.insert((left.ty, right.ty)) {
        return true;
    }
    let mut each = |l: &'t WitType, r: &'t WitType| same(left.at(l), right.at(r), assumed);
    let mut optional = |l: &'t Option<WitType>, r: &'t Option<WitType>| match (l, r) {
        (Some(l), Some(r)) => each(l, r),
        (None, None) => true,
        _ => false,
    };
    match (left.ty, right.ty) {
        (WitType::List(l), WitType::List(r)) | (WitType::Option(l), WitType::Option(r)) => {
            each(l, r)
        }
        (WitType::FixedLengthList(l, length), WitType::FixedLengthList(r, other)) => {
            length == other && each(l, r)
        }
        (WitType::Record(l), WitType::Record(r)) => {
            let mut fields = l.iter().zip(r.iter());
            l.len() == r.len() && fields.all(|((l, lt), (r, rt))| l == r && each(lt, rt))
        }
        (WitType::Tuple(l), WitType::Tuple(r)) => {
            l.len() == r.len() && l.iter().zip(r.iter()).all(|(l, r)| each(l, r))
        }
        (WitType::Variant(l), WitType::Variant(r)) => {
            let mut cases = l.iter().zip(r.iter());
            l.len() == r.len() && cases.all(|((l, lt), (r, rt))| l == r && optional(lt, rt))
        }
        (WitType::Result(l), WitType::Result(r)) => optional(&l.0, &r.0) && optional(&l.1, &r.1),
        (WitType::Enum(l), WitType::Enum(r)) | (WitType::Flags(l), WitType::Flags(r)) => l == r,
        (WitType::Opaque(l), WitType::Opaque(r)) => l == r,
        _ => true,
    }
}

fn hash<H: Hasher>(view: View<'_>, state: &mut H, levels: u32, left: &mut usize) {
    if levels == 0 || *left == 0 {
        return;
    }
    *left -= 1;
    let (family, view) = resolve(view);
    family.hash(state);
    discriminant(view.ty).hash(state);
    match view.ty {
        WitType::Record(fields) => fields.iter().for_each(|(name, _)| name.hash(state)),
        WitType::Variant(cases) => cases.iter().for_each(|(name, _)| name.hash(state)),
        WitType::Enum(names) | WitType::Flags(names) => names.hash(state),
        WitType::FixedLengthList(_, length) => length.hash(state),
        WitType::Opaque(what) => what.hash(state),
        _ => {}
    }
    for part in view.ty.parts() {
        hash(view.at(part), state, levels - 1, left);
    }
}
