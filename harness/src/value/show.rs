//! Types as text, as WIT writes them. With `{:#}`, a type that has a name stands as its name.

use std::collections::BTreeMap;
use std::fmt::{self, Display};

use super::rules::Kind;
use super::types::{Annotated, WitType};

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
            Self::List(item) => around(f, "list", &[Some(item)]),
            Self::FixedLengthList(item, length) => {
                f.write_str("list<")?;
                item.fmt(f)?;
                write!(f, ", {length}>")
            }
            Self::Record(fields) => {
                f.write_str("record { ")?;
                separated(f, fields.iter(), |f, (name, ty)| {
                    write!(f, "{name}: ")?;
                    ty.fmt(f)
                })?;
                f.write_str(" }")
            }
            Self::Tuple(types) => {
                let types: Vec<_> = types.iter().map(Some).collect();
                around(f, "tuple", &types)
            }
            Self::Variant(cases) => cases_of(f, "variant", cases),
            Self::Enum(names) => names_of(f, "enum", names),
            Self::Option(item) => around(f, "option", &[Some(item)]),
            Self::Result(types) => match (&types.0, &types.1) {
                (None, None) => f.write_str("result"),
                (Some(ok), None) => around(f, "result", &[Some(ok)]),
                (ok, err) => around(f, "result", &[ok.as_ref(), err.as_ref()]),
            },
            Self::Flags(names) => names_of(f, "flags", names),
            Self::Annotated(annotated) => match &annotated.name {
                Some(name) if f.alternate() => f.write_str(name),
                _ => annotation(f, annotated),
            },
            Self::Named(named) => f.write_str(named.name()),
            Self::Bound(index) => write!(f, "definition {index}"),
            Self::Opaque(what) => f.write_str(what),
        }
    }
}

/// The definitions that a type mentions, by name, its own included.
pub fn definitions(ty: &WitType) -> BTreeMap<String, WitType> {
    let mut found = BTreeMap::new();
    collect(ty, &mut found);
    found
}

fn collect(ty: &WitType, found: &mut BTreeMap<String, WitType>) {
    if let WitType::Named(named) = ty {
        if !found.contains_key(named.name()) {
            let body = named.body();
            found.insert(named.name().to_owned(), body.clone());
            collect(&body, found);
        }
        return;
    }
    if let WitType::Annotated(annotated) = ty
        && let Some(name) = &annotated.name
    {
        let unnamed = Annotated {
            name: None,
            ..(**annotated).clone()
        };
        found
            .entry(name.clone())
            .or_insert_with(|| WitType::Annotated(unnamed.into()));
    }
    for part in ty.parts() {
        collect(part, found);
    }
}

fn annotation(f: &mut fmt::Formatter<'_>, annotated: &Annotated) -> fmt::Result {
    let shape = &annotated.shape;
    match (&annotated.kind, shape) {
        (Kind::Integers { min, max }, _) => {
            shape.fmt(f)?;
            write!(f, " {min}..={max}")
        }
        (Kind::Floats { min, max }, _) => {
            shape.fmt(f)?;
            write!(f, " {min}..={max}")
        }
        (Kind::Map, WitType::List(entry)) => match &**entry {
            WitType::Tuple(types) if types.len() == 2 => {
                around(f, "map", &[Some(&types[0]), Some(&types[1])])
            }
            _ => shape.fmt(f),
        },
        (Kind::Union(_), WitType::Variant(cases)) => cases_of(f, "union", cases),
        (Kind::Multimodal, WitType::List(item)) => around(f, "multimodal", &[Some(item)]),
        (kind, _) => match kind.word() {
            Some(word) => f.write_str(word),
            None => shape.fmt(f),
        },
    }
}

fn around(f: &mut fmt::Formatter<'_>, word: &str, arguments: &[Option<&WitType>]) -> fmt::Result {
    write!(f, "{word}<")?;
    separated(f, arguments.iter(), |f, ty| match ty {
        Some(ty) => ty.fmt(f),
        None => f.write_str("_"),
    })?;
    f.write_str(">")
}

fn cases_of(
    f: &mut fmt::Formatter<'_>,
    word: &str,
    cases: &[(String, Option<WitType>)],
) -> fmt::Result {
    write!(f, "{word} {{ ")?;
    separated(f, cases.iter(), |f, (name, ty)| match ty {
        Some(ty) => {
            write!(f, "{name}(")?;
            ty.fmt(f)?;
            f.write_str(")")
        }
        None => f.write_str(name),
    })?;
    f.write_str(" }")
}

fn names_of(f: &mut fmt::Formatter<'_>, word: &str, names: &[String]) -> fmt::Result {
    write!(f, "{word} {{ ")?;
    separated(f, names.iter(), |f, name| f.write_str(name))?;
    f.write_str(" }")
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
