//! WIT types as plain data: comparable across components, hashable, shown as WIT writes them.

use std::fmt;
use std::sync::Arc;

use wasmtime::component::Type;

/// A WIT type. Two types are equal if they have the same structure and the same field, case and flag names.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum WitType {
    Bool,
    S8,
    U8,
    S16,
    U16,
    S32,
    U32,
    S64,
    U64,
    F32,
    F64,
    Char,
    String,
    List(Arc<WitType>),
    FixedLengthList(Arc<WitType>, u32),
    Record(Arc<[(String, WitType)]>),
    Tuple(Arc<[WitType]>),
    Variant(Arc<[(String, Option<WitType>)]>),
    Enum(Arc<[String]>),
    Option(Arc<WitType>),
    Result(Arc<(Option<WitType>, Option<WitType>)>),
    Flags(Arc<[String]>),
    /// A type whose values live inside one worker only (resources, streams, futures) or that WAVE cannot write; the
    /// text names it.
    Opaque(&'static str),
}

impl WitType {
    pub(crate) fn new(ty: &Type) -> Self {
        let optional = |ty: Option<Type>| ty.as_ref().map(Self::new);
        match ty {
            Type::Bool => Self::Bool,
            Type::S8 => Self::S8,
            Type::U8 => Self::U8,
            Type::S16 => Self::S16,
            Type::U16 => Self::U16,
            Type::S32 => Self::S32,
            Type::U32 => Self::U32,
            Type::S64 => Self::S64,
            Type::U64 => Self::U64,
            Type::Float32 => Self::F32,
            Type::Float64 => Self::F64,
            Type::Char => Self::Char,
            Type::String => Self::String,
            Type::List(list) => Self::List(Arc::new(Self::new(&list.ty()))),
            Type::FixedLengthList(list) => {
                Self::FixedLengthList(Arc::new(Self::new(&list.ty())), list.len())
            }
            Type::Record(record) => Self::Record(
                record
                    .fields()
                    .map(|field| (field.name.to_owned(), Self::new(&field.ty)))
                    .collect(),
            ),
            Type::Tuple(tuple) => Self::Tuple(tuple.types().map(|ty| Self::new(&ty)).collect()),
            Type::Variant(variant) => Self::Variant(
                variant
                    .cases()
                    .map(|case| (case.name.to_owned(), optional(case.ty)))
                    .collect(),
            ),
            Type::Enum(names) => Self::Enum(names.names().map(str::to_owned).collect()),
            Type::Option(option) => Self::Option(Arc::new(Self::new(&option.ty()))),
            Type::Result(result) => {
                Self::Result(Arc::new((optional(result.ok()), optional(result.err()))))
            }
            Type::Flags(flags) => Self::Flags(flags.names().map(str::to_owned).collect()),
            Type::Own(_) | Type::Borrow(_) => Self::Opaque("resource handle"),
            Type::Stream(_) => Self::Opaque("stream"),
            Type::Future(_) => Self::Opaque("future"),
            Type::ErrorContext => Self::Opaque("error-context"),
            Type::Map(_) => Self::Opaque("map"),
        }
    }

    /// What inside this type keeps its values from being generated, written down and compared; none for value types.
    pub fn opaque_part(&self) -> Option<&'static str> {
        match self {
            Self::Opaque(what) => Some(what),
            Self::List(item) | Self::FixedLengthList(item, _) | Self::Option(item) => {
                item.opaque_part()
            }
            Self::Record(fields) => fields.iter().find_map(|(_, ty)| ty.opaque_part()),
            Self::Tuple(types) => types.iter().find_map(Self::opaque_part),
            Self::Variant(cases) => cases
                .iter()
                .find_map(|(_, ty)| ty.as_ref().and_then(Self::opaque_part)),
            Self::Result(types) => [&types.0, &types.1]
                .into_iter()
                .flatten()
                .find_map(Self::opaque_part),
            _ => None,
        }
    }
}

impl fmt::Display for WitType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("bool"),
            Self::S8 => f.write_str("s8"),
            Self::U8 => f.write_str("u8"),
            Self::S16 => f.write_str("s16"),
            Self::U16 => f.write_str("u16"),
            Self::S32 => f.write_str("s32"),
            Self::U32 => f.write_str("u32"),
            Self::S64 => f.write_str("s64"),
            Self::U64 => f.write_str("u64"),
            Self::F32 => f.write_str("f32"),
            Self::F64 => f.write_str("f64"),
            Self::Char => f.write_str("char"),
            Self::String => f.write_str("string"),
            Self::List(item) => write!(f, "list<{item}>"),
            Self::FixedLengthList(item, length) => write!(f, "list<{item}, {length}>"),
            Self::Record(fields) => {
                f.write_str("record { ")?;
                separated(f, fields.iter(), |f, (name, ty)| write!(f, "{name}: {ty}"))?;
                f.write_str(" }")
            }
            Self::Tuple(types) => {
                f.write_str("tuple<")?;
                separated(f, types.iter(), |f, ty| write!(f, "{ty}"))?;
                f.write_str(">")
            }
            Self::Variant(cases) => {
                f.write_str("variant { ")?;
                separated(f, cases.iter(), |f, (name, ty)| match ty {
                    Some(ty) => write!(f, "{name}({ty})"),
                    None => f.write_str(name),
                })?;
                f.write_str(" }")
            }
            Self::Enum(names) => {
                f.write_str("enum { ")?;
                separated(f, names.iter(), |f, name| f.write_str(name))?;
                f.write_str(" }")
            }
            Self::Option(item) => write!(f, "option<{item}>"),
            Self::Result(types) => match (&types.0, &types.1) {
                (None, None) => f.write_str("result"),
                (Some(ok), None) => write!(f, "result<{ok}>"),
                (None, Some(err)) => write!(f, "result<_, {err}>"),
                (Some(ok), Some(err)) => write!(f, "result<{ok}, {err}>"),
            },
            Self::Flags(names) => {
                f.write_str("flags { ")?;
                separated(f, names.iter(), |f, name| f.write_str(name))?;
                f.write_str(" }")
            }
            Self::Opaque(what) => f.write_str(what),
        }
    }
}

fn separated<T>(
    f: &mut fmt::Formatter<'_>,
    items: impl Iterator<Item = T>,
    mut show: impl FnMut(&mut fmt::Formatter<'_>, T) -> fmt::Result,
) -> fmt::Result {
    for (index, item) in items.enumerate() {
        if index > 0 {
            f.write_str(", ")?;
        }
        show(f, item)?;
    }
    Ok(())
}
