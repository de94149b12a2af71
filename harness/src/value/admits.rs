//! Whether a value is one of a type, with all the rules that the type has for it.

use super::rules::{BinaryRules, Decimal, Discriminator, Kind, QuantityRules, TextRules, UrlRules};
use super::types::{View, WitType};
use crate::value::Val;

/// Nanoseconds in a second.
pub(super) const SECOND: u32 = 1_000_000_000;

impl WitType {
    /// Whether `value` is a value of this type that its rules allow.
    pub fn admits(&self, value: &Val) -> bool {
        admits(View::of(self), value)
    }
}

fn admits(mut view: View<'_>, value: &Val) -> bool {
    while let Some(inner) = view.inner() {
        if let WitType::Annotated(annotated) = view.ty
            && !allowed(&annotated.kind, value)
        {
            return false;
        }
        view = inner;
    }
    let each = |ty, value| admits(view.at(ty), value);
    match (view.ty, value) {
        (WitType::Bool, Val::Bool(_))
        | (WitType::S8, Val::S8(_))
        | (WitType::U8, Val::U8(_))
        | (WitType::S16, Val::S16(_))
        | (WitType::U16, Val::U16(_))
        | (WitType::S32, Val::S32(_))
        | (WitType::U32, Val::U32(_))
        | (WitType::S64, Val::S64(_))
        | (WitType::U64, Val::U64(_))
        | (WitType::F32, Val::Float32(_))
        | (WitType::F64, Val::Float64(_))
        | (WitType::Char, Val::Char(_))
        | (WitType::String, Val::String(_)) => true,
        (WitType::List(ty), Val::List(items)) => items.iter().all(|item| each(ty, item)),
        (WitType::FixedLengthList(ty, length), Val::FixedLengthList(items)) => {
            items.len() == *length as usize && items.iter().all(|item| each(ty, item))
        }
        (WitType::Record(types), Val::Record(fields)) => {
            let mut both = types.iter().zip(fields);
            types.len() == fields.len()
                && both.all(|((name, ty), (field, value))| name == field && each(ty, value))
        }
        (WitType::Tuple(types), Val::Tuple(values)) => {
            let mut both = types.iter().zip(values);
            types.len() == values.len() && both.all(|(ty, value)| each(ty, value))
        }
        (WitType::Variant(cases), Val::Variant(name, payload)) => {
            let case = cases.iter().find(|(case, _)| case == name);
            match (case, payload) {
                (Some((_, Some(ty))), Some(value)) => each(ty, value),
                (Some((_, None)), None) => true,
                _ => false,
            }
        }
        (WitType::Enum(names), Val::Enum(name)) => names.contains(name),
        (WitType::Flags(names), Val::Flags(set)) => set.iter().all(|flag| names.contains(flag)),
        (WitType::Option(ty), Val::Option(value)) => {
            value.as_ref().is_none_or(|value| each(ty, value))
        }
        (WitType::Result(types), Val::Result(result)) => {
            let (ty, payload) = match result {
                Ok(payload) => (&types.0, payload),
                Err(payload) => (&types.1, payload),
            };
            match (ty, payload) {
                (Some(ty), Some(value)) => each(ty, value),
                (None, None) => true,
                _ => false,
            }
        }
        _ => false,
    }
}

/// Whether the rules of a kind allow a value; the value's shape is checked elsewhere.
pub(super) fn allowed(kind: &Kind, value: &Val) -> bool {
    match kind {
        Kind::Integers { min, max } => {
            integer(value).is_some_and(|number| (*min..=*max).contains(&number))
        }
        Kind::Floats { min, max } => match value {
            Val::Float32(number) => (*min..=*max).contains(&f64::from(*number)),
            Val::Float64(number) => (*min..=*max).contains(number),
            _ => false,
        },
        Kind::Text(rules) => text(rules, value),
        Kind::Binary(rules) => binary(rules, value),
        Kind::Path { extensions } => string(value).is_some_and(|path| {
            let name = path.rsplit('/').next().unwrap_or_default();
            let extension = name.rsplit_once('.').map(|(_, extension)| extension);
            !path.is_empty() && extension.is_none_or(|it| it.is_empty() || one_of(extensions, it))
        }),
        Kind::Url(rules) => string(value).is_some_and(|it| url(rules, it)),
        Kind::Datetime => match field(value, "nanoseconds") {
            Some(Val::U32(nanoseconds)) => *nanoseconds < SECOND,
            _ => false,
        },
        Kind::Quantity(rules) => quantity(rules, value),
        Kind::UnstructuredText { languages } => match value {
            Val::Variant(_, Some(payload)) => match field(payload, "text-type") {
                Some(Val::Option(Some(ty))) => field(ty, "language-code")
                    .and_then(string)
                    .is_some_and(|it| one_of(languages, it)),
                _ => true,
            },
            _ => false,
        },
        Kind::UnstructuredBinary { mime_types } => match value {
            Val::Variant(_, Some(payload)) => field(payload, "binary-type").is_none_or(|ty| {
                let mime = field(ty, "mime-type").and_then(string);
                mime.is_some_and(|it| one_of(mime_types, it))
            }),
            _ => false,
        },
        Kind::Union(rules) => match value {
            Val::Variant(tag, Some(body)) => {
                let rule = rules.iter().find(|(case, _)| case == tag);
                rule.is_some_and(|(_, rule)| rule.holds(body))
            }
            _ => false,
        },
        Kind::Plain | Kind::Uuid | Kind::Duration | Kind::Map | Kind::Multimodal => true,
    }
}

impl Discriminator {
    /// Whether the content of a value shows that it is this case.
    pub(super) fn holds(&self, body: &Val) -> bool {
        // The text itself, or that of a text with a language.
        let text = |value| string(value).or_else(|| string(field(value, "text")?));
        match self {
            Self::Prefix(prefix) => text(body).is_some_and(|it| it.starts_with(prefix)),
            Self::Suffix(suffix) => text(body).is_some_and(|it| it.ends_with(suffix)),
            Self::Contains(part) => text(body).is_some_and(|it| it.contains(part)),
            Self::Pattern(pattern) => text(body).is_some_and(|it| pattern.matches(it)),
            Self::FieldEquals(name, literal) => field(body, name)
                .is_some_and(|value| literal.is_none() || text(value) == literal.as_deref()),
            Self::FieldAbsent(name) => field(body, name).is_none(),
        }
    }
}

fn text(rules: &TextRules, value: &Val) -> bool {
    let Some(text) = field(value, "text").and_then(string) else {
        return false;
    };
    let length = text.chars().count() as u64;
    let language = optional_string(field(value, "language"));
    rules.min_length.is_none_or(|min| length >= u64::from(min))
        && rules.max_length.is_none_or(|max| length <= u64::from(max))
        && rules.pattern.as_ref().is_none_or(|it| it.matches(text))
        && language.is_none_or(|it| one_of(&rules.languages, it))
}

fn binary(rules: &BinaryRules, value: &Val) -> bool {
    let Some(Val::List(bytes)) = field(value, "bytes") else {
        return false;
    };
    let length = bytes.len() as u64;
    let mime = optional_string(field(value, "mime-type"));
    rules.min_bytes.is_none_or(|min| length >= u64::from(min))
        && rules.max_bytes.is_none_or(|max| length <= u64::from(max))
        && mime.is_none_or(|it| one_of(&rules.mime_types, it))
}

/// Stricter than it must be: `scheme://host`, then nothing or a path.
fn url(rules: &UrlRules, url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else {
        return false;
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let is_plain = |text: &str| {
        text.bytes()
            .all(|it| it.is_ascii_alphanumeric() || b"+-.".contains(&it))
    };
    scheme.starts_with(|it: char| it.is_ascii_alphabetic())
        && is_plain(scheme)
        && !host.is_empty()
        && is_plain(host)
        && rest.bytes().all(|it| it.is_ascii_graphic())
        && one_of_ignoring_case(&rules.schemes, scheme)
        && one_of_ignoring_case(&rules.hosts, host)
}

fn quantity(rules: &QuantityRules, value: &Val) -> bool {
    let (Some(Val::S64(mantissa)), Some(Val::S32(scale)), Some(unit)) = (
        field(value, "mantissa"),
        field(value, "scale"),
        field(value, "unit").and_then(string),
    ) else {
        return false;
    };
    let number = Decimal {
        mantissa: *mantissa,
        scale: *scale,
    };
    rules.units.iter().any(|it| it == unit)
        && rules
            .min
            .is_none_or(|min| min.at_most(number) == Some(true))
        && rules
            .max
            .is_none_or(|max| number.at_most(max) == Some(true))
}

fn one_of(allowed: &Option<Vec<String>>, text: &str) -> bool {
    let allowed = allowed.as_ref();
    allowed.is_none_or(|allowed| allowed.iter().any(|it| it == text))
}

fn one_of_ignoring_case(allowed: &Option<Vec<String>>, text: &str) -> bool {
    let allowed = allowed.as_ref();
    allowed.is_none_or(|allowed| allowed.iter().any(|it| it.eq_ignore_ascii_case(text)))
}

fn field<'v>(value: &'v Val, name: &str) -> Option<&'v Val> {
    let Val::Record(fields) = value else {
        return None;
    };
    let found = fields.iter().find(|(field, _)| field == name);
    found.map(|(_, value)| value)
}

fn string(value: &Val) -> Option<&str> {
    match value {
        Val::String(text) => Some(text),
        _ => None,
    }
}

fn optional_string(value: Option<&Val>) -> Option<&str> {
    match value {
        Some(Val::Option(Some(value))) => string(value),
        _ => None,
    }
}

/// The value of a whole number of any type.
pub(super) fn integer(value: &Val) -> Option<i128> {
    Some(match value {
        Val::S8(it) => i128::from(*it),
        Val::U8(it) => i128::from(*it),
        Val::S16(it) => i128::from(*it),
        Val::U16(it) => i128::from(*it),
        Val::S32(it) => i128::from(*it),
        Val::U32(it) => i128::from(*it),
        Val::S64(it) => i128::from(*it),
        Val::U64(it) => i128::from(*it),
        _ => return None,
    })
}
