//! WIT types as plain data: comparable across components, hashable, shown as WIT writes them.

use std::borrow::Cow;
use std::sync::Arc;

use wasmtime::component::Type;

use super::rules::Kind;

/// A WIT type. Two types are equal if they have the same structure and the same field, case and flag names; names, rules and
/// examples of an annotated type do not count.
#[derive(Debug, Clone)]
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
    /// A type that says more than the shape of its values.
    Annotated(Arc<Annotated>),
    /// A type that mentions itself.
    Named(Named),
    /// In the body of a definition: the definition with this number. [`Named::body`] leaves none.
    Bound(usize),
    /// A type whose values live inside one worker only (resources, streams, futures) or that WAVE cannot write; the
    /// text names it.
    Opaque(&'static str),
}

/// What a type says beyond the shape of its values.
#[derive(Debug, Clone)]
pub struct Annotated {
    /// What its definition is called.
    pub name: Option<String>,
    /// How its values look.
    pub shape: WitType,
    /// What they mean, and which of them are allowed.
    pub kind: Kind,
    /// Values that its author gave as examples.
    pub examples: Vec<wasmtime::component::Val>,
}

/// Types that may mention each other and themselves.
#[derive(Debug)]
pub(crate) struct Definitions(pub(crate) Box<[Definition]>);

#[derive(Debug)]
pub(crate) struct Definition {
    pub(crate) name: String,
    /// With [`WitType::Bound`] where it mentions a definition.
    pub(crate) body: WitType,
    /// How many parts its smallest value has.
    pub(crate) smallest: usize,
}

/// One of a number of definitions.
#[derive(Debug, Clone)]
pub struct Named {
    pub(super) definitions: Arc<Definitions>,
    pub(super) index: usize,
}

impl Named {
    /// What the definition is called.
    pub fn name(&self) -> &str {
        &self.definitions.0[self.index].name
    }

    /// The type that it stands for; where it is mentioned again stands a [`WitType::Named`].
    pub fn body(&self) -> WitType {
        self.definitions.0[self.index]
            .body
            .within(&self.definitions)
    }

    pub(super) fn table(&self) -> *const Definitions {
        Arc::as_ptr(&self.definitions)
    }

    pub(super) fn number(&self) -> usize {
        self.index
    }

    /// How many times definitions are mentioned in it.
    pub(super) fn mentions(&self) -> u32 {
        fn count(ty: &WitType) -> u32 {
            let own = u32::from(matches!(ty, WitType::Bound(_)));
            let parts = ty.parts().into_iter().map(count);
            parts.fold(own, u32::saturating_add)
        }
        count(self.open_body())
    }

    /// The type that it stands for, with [`WitType::Bound`] where a definition is mentioned again.
    pub(super) fn open_body(&self) -> &WitType {
        &self.definitions.0[self.index].body
    }

    /// How many parts the smallest of its values has.
    pub(super) fn smallest(&self) -> usize {
        self.definitions.0[self.index].smallest
    }
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

    pub(crate) fn list(item: Self) -> Self {
        Self::List(Arc::new(item))
    }

    pub(crate) fn option(item: Self) -> Self {
        Self::Option(Arc::new(item))
    }

    pub(crate) fn record<'a>(fields: impl IntoIterator<Item = (&'a str, Self)>) -> Self {
        let fields = fields.into_iter();
        Self::Record(fields.map(|(name, ty)| (name.to_owned(), ty)).collect())
    }

    pub(crate) fn variant<'a>(cases: impl IntoIterator<Item = (&'a str, Option<Self>)>) -> Self {
        let cases = cases.into_iter();
        Self::Variant(cases.map(|(name, ty)| (name.to_owned(), ty)).collect())
    }

    /// The type with the kind of its values.
    pub(crate) fn of_kind(self, kind: Kind) -> Self {
        Self::Annotated(Arc::new(Annotated {
            name: None,
            shape: self,
            kind,
            examples: Vec::new(),
        }))
    }

    /// How the type's values look: without names, kinds and examples. Its parts keep theirs.
    pub fn shape(&self) -> Cow<'_, Self> {
        match self {
            Self::Annotated(annotated) => annotated.shape.shape(),
            Self::Named(named) => Cow::Owned(named.body().shape().into_owned()),
            ty => Cow::Borrowed(ty),
        }
    }

    /// What the type's definition is called, if it has a name.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Annotated(annotated) => match &annotated.name {
                Some(name) => Some(name),
                None => annotated.shape.name(),
            },
            Self::Named(named) => Some(named.name()),
            _ => None,
        }
    }

    /// The kind of the type's values, as far as they have one.
    pub fn kind(&self) -> Cow<'_, Kind> {
        match self {
            Self::Annotated(annotated) => match &annotated.kind {
                Kind::Plain => annotated.shape.kind(),
                kind => Cow::Borrowed(kind),
            },
            Self::Named(named) => Cow::Owned(named.body().kind().into_owned()),
            _ => Cow::Owned(Kind::Plain),
        }
    }

    /// The types that stand in this one.
    pub(crate) fn parts(&self) -> Vec<&Self> {
        match self {
            Self::List(item) | Self::FixedLengthList(item, _) | Self::Option(item) => vec![item],
            Self::Record(fields) => fields.iter().map(|(_, ty)| ty).collect(),
            Self::Tuple(types) => types.iter().collect(),
            Self::Variant(cases) => cases.iter().filter_map(|(_, ty)| ty.as_ref()).collect(),
            Self::Result(types) => [&types.0, &types.1].into_iter().flatten().collect(),
            Self::Annotated(annotated) => vec![&annotated.shape],
            _ => Vec::new(),
        }
    }

    /// The same type with every [`WitType::Bound`] replaced by the definition that it means.
    pub(crate) fn within(&self, definitions: &Arc<Definitions>) -> Self {
        let within = |ty: &Self| ty.within(definitions);
        let optional = |ty: &Option<Self>| ty.as_ref().map(within);
        match self {
            Self::Bound(index) => Self::Named(Named {
                definitions: Arc::clone(definitions),
                index: *index,
            }),
            Self::List(item) => Self::list(within(item)),
            Self::FixedLengthList(item, length) => {
                Self::FixedLengthList(Arc::new(within(item)), *length)
            }
            Self::Option(item) => Self::option(within(item)),
            Self::Record(fields) => {
                let fields = fields.iter();
                Self::Record(
                    fields
                        .map(|(name, ty)| (name.clone(), within(ty)))
                        .collect(),
                )
            }
            Self::Tuple(types) => Self::Tuple(types.iter().map(within).collect()),
            Self::Variant(cases) => {
                let cases = cases.iter();
                Self::Variant(
                    cases
                        .map(|(name, ty)| (name.clone(), optional(ty)))
                        .collect(),
                )
            }
            Self::Result(types) => Self::Result(Arc::new((optional(&types.0), optional(&types.1)))),
            Self::Annotated(annotated) => Self::Annotated(Arc::new(Annotated {
                shape: within(&annotated.shape),
                ..(**annotated).clone()
            })),
            leaf => leaf.clone(),
        }
    }

    /// What inside this type keeps its values from being generated, written down and compared; none for value types.
    pub fn opaque_part(&self) -> Option<&'static str> {
        match self {
            Self::Opaque(what) => Some(what),
            ty => ty.parts().into_iter().find_map(Self::opaque_part),
        }
    }
}

/// A type where it stands, perhaps inside the body of a definition: what its [`WitType::Bound`] mean comes along, and nothing
/// is copied.
#[derive(Clone, Copy)]
pub(super) struct View<'t> {
    pub(super) ty: &'t WitType,
    pub(super) definitions: Option<&'t Arc<Definitions>>,
}

impl<'t> View<'t> {
    pub(super) fn of(ty: &'t WitType) -> Self {
        Self {
            ty,
            definitions: None,
        }
    }

    /// A part of the type.
    pub(super) fn at(self, ty: &'t WitType) -> Self {
        Self { ty, ..self }
    }

    /// What one name or one annotation stands for; none if this is neither.
    pub(super) fn inner(self) -> Option<Self> {
        match (self.ty, self.definitions) {
            (WitType::Annotated(annotated), _) => Some(self.at(&annotated.shape)),
            (WitType::Named(named), _) => Some(Self {
                ty: &named.definitions.0[named.index].body,
                definitions: Some(&named.definitions),
            }),
            (WitType::Bound(index), Some(definitions)) => {
                Some(self.at(&definitions.0[*index].body))
            }
            _ => None,
        }
    }
}

/// How many parts the smallest value of a type has, where `bound` says it of definitions; `usize::MAX` if it has no value.
pub(crate) fn smallest(ty: &WitType, bound: &dyn Fn(usize) -> usize) -> usize {
    let of = |ty: &WitType| smallest(ty, bound);
    let optional = |ty: &Option<WitType>| ty.as_ref().map_or(0, of);
    let all = |sizes: &mut dyn Iterator<Item = usize>| sizes.fold(1, usize::saturating_add);
    match ty {
        WitType::Bound(index) => bound(*index),
        WitType::Named(named) => named.smallest(),
        WitType::Annotated(annotated) => of(&annotated.shape),
        WitType::Record(fields) => all(&mut fields.iter().map(|(_, ty)| of(ty))),
        WitType::Tuple(types) => all(&mut types.iter().map(of)),
        WitType::FixedLengthList(_, 0) => 1,
        WitType::FixedLengthList(item, length) => {
            let items = of(item).saturating_mul(*length as usize);
            items.saturating_add(1)
        }
        WitType::Variant(cases) => {
            let least = cases.iter().map(|(_, ty)| optional(ty)).min();
            least.unwrap_or(usize::MAX).saturating_add(1)
        }
        WitType::Result(types) => {
            let least = optional(&types.0).min(optional(&types.1));
            least.saturating_add(1)
        }
        WitType::Enum(names) if names.is_empty() => usize::MAX,
        _ => 1,
    }
}
