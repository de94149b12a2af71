//! How much memory the results of an imported function take, which the host writes to where it is told.

use wasmparser::component_types::{ComponentDefinedType, ComponentValType};
use wasmparser::types::TypesRef;

use crate::function::RETURN_AREA;

/// Bytes of a value that is no compound, its alignment included: the longest are a string and a list.
const LEAF: u64 = 16;

/// Whether the results of a component's function may take more memory than an imported function is expected to write.
pub(crate) fn are_large(types: TypesRef<'_>, function: u32) -> bool {
    let function = &types[types.component_function_at(function)];
    let bytes = function.result.map_or(0, |ty| size(types, ty));
    bytes > u64::from(RETURN_AREA.unsigned_abs())
}

/// A bound of the bytes that a value of this type takes.
fn size(types: TypesRef<'_>, ty: ComponentValType) -> u64 {
    let ComponentValType::Type(id) = ty else {
        return LEAF;
    };
    let sum = |parts: &mut dyn Iterator<Item = ComponentValType>| {
        parts.fold(0, |sum: u64, ty| sum.saturating_add(size(types, ty)))
    };
    let most = |cases: &mut dyn Iterator<Item = ComponentValType>| {
        let payload = cases.map(|ty| size(types, ty)).max().unwrap_or(0);
        payload.saturating_add(LEAF)
    };
    match &types[id] {
        ComponentDefinedType::Record(record) => sum(&mut record.fields.values().copied()),
        ComponentDefinedType::Tuple(tuple) => sum(&mut tuple.types.iter().copied()),
        ComponentDefinedType::Variant(variant) => {
            most(&mut variant.cases.values().filter_map(|case| case.ty))
        }
        ComponentDefinedType::Option { ty, .. } => most(&mut std::iter::once(*ty)),
        ComponentDefinedType::Result { ok, err, .. } => {
            most(&mut [*ok, *err].into_iter().flatten())
        }
        ComponentDefinedType::FixedLengthList {
            element, length, ..
        } => size(types, *element).saturating_mul(u64::from(*length)),
        ComponentDefinedType::Flags(flags) => LEAF.saturating_mul(flags.len() as u64 / 32 + 1),
        ComponentDefinedType::Primitive(_)
        | ComponentDefinedType::List { .. }
        | ComponentDefinedType::Map { .. }
        | ComponentDefinedType::Enum(_)
        | ComponentDefinedType::Own(_)
        | ComponentDefinedType::Borrow(_)
        | ComponentDefinedType::Future { .. }
        | ComponentDefinedType::Stream { .. } => LEAF,
    }
}
