//! What the values of a type mean beyond their shape, and which of them are allowed.

use super::types::WitType;

/// The compiled form of a pattern takes at most so many bytes, on Golem too.
const MAX_COMPILED: usize = 10 << 20;

/// What a type's values mean, and which of them are allowed.
#[derive(Debug, Clone)]
pub enum Kind {
    /// Nothing beyond their shape.
    Plain,
    /// Whole numbers in a range, both ends included.
    #[allow(missing_docs)]
    Integers { min: i128, max: i128 },
    /// Numbers in a range, both ends included; no NaN.
    #[allow(missing_docs)]
    Floats { min: f64, max: f64 },
    /// A text with its language.
    Text(TextRules),
    /// Bytes with their MIME type.
    Binary(BinaryRules),
    /// A path, with the extensions that are allowed.
    #[allow(missing_docs)]
    Path { extensions: Option<Vec<String>> },
    /// A URL.
    Url(UrlRules),
    /// A UUID, as two halves.
    Uuid,
    /// A time since 1970, with nanoseconds below a second.
    Datetime,
    /// A number of nanoseconds.
    Duration,
    /// A decimal number with a unit.
    Quantity(QuantityRules),
    /// Pairs of a key and a value; a list without an order.
    Map,
    /// A variant whose case can be told from its content; each case with its rule.
    Union(Vec<(String, Discriminator)>),
    /// A text, inline or by its URL, with the languages that are allowed.
    #[allow(missing_docs)]
    UnstructuredText { languages: Option<Vec<String>> },
    /// Bytes, inline or by their URL, with the MIME types that are allowed.
    #[allow(missing_docs)]
    UnstructuredBinary { mime_types: Option<Vec<String>> },
    /// Any number of inputs of several types.
    Multimodal,
}

/// Kinds that are told apart when types are compared: those whose values another type's cannot stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Family {
    Any,
    Text,
    Binary,
    Path,
    Url,
    Quantity,
    Union,
}

/// Which texts are allowed. Lengths are in characters.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct TextRules {
    pub languages: Option<Vec<String>>,
    pub min_length: Option<u32>,
    pub max_length: Option<u32>,
    pub pattern: Option<Pattern>,
}

/// A regular expression that a text matches somewhere.
#[derive(Debug, Clone)]
pub struct Pattern(regex::Regex);

/// Which bytes are allowed.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct BinaryRules {
    pub mime_types: Option<Vec<String>>,
    pub min_bytes: Option<u32>,
    pub max_bytes: Option<u32>,
}

/// Which URLs are allowed.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct UrlRules {
    pub schemes: Option<Vec<String>>,
    pub hosts: Option<Vec<String>>,
}

/// Which quantities are allowed.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct QuantityRules {
    pub units: Vec<String>,
    pub min: Option<Decimal>,
    pub max: Option<Decimal>,
}

/// `mantissa * 10^-scale`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Decimal {
    pub mantissa: i64,
    pub scale: i32,
}

/// How the content of a union's value shows which case it is.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub enum Discriminator {
    Prefix(String),
    Suffix(String),
    Contains(String),
    Pattern(Pattern),
    /// The record has this field, with this text in it if one is given.
    FieldEquals(String, Option<String>),
    FieldAbsent(String),
}

impl Pattern {
    /// None if it is not a regular expression, or one too large: such a rule holds for every text.
    pub(crate) fn new(pattern: &str) -> Option<Self> {
        let compiled = regex::RegexBuilder::new(pattern)
            .size_limit(MAX_COMPILED)
            .build();
        compiled.ok().map(Self)
    }

    /// As its author wrote it.
    pub fn text(&self) -> &str {
        self.0.as_str()
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

impl Decimal {
    /// Whether the number is at most the other; none if the difference of the scales is too large to say.
    pub(super) fn at_most(self, other: Self) -> Option<bool> {
        let scale = self.scale.max(other.scale);
        let scaled = |it: Self| {
            let shift = u32::try_from(i64::from(scale) - i64::from(it.scale)).ok()?;
            i128::from(it.mantissa).checked_mul(10_i128.checked_pow(shift)?)
        };
        Some(scaled(self)? <= scaled(other)?)
    }
}

impl Kind {
    pub(super) fn family(&self) -> Family {
        match self {
            Self::Text(_) => Family::Text,
            Self::Binary(_) => Family::Binary,
            Self::Path { .. } => Family::Path,
            Self::Url(_) => Family::Url,
            Self::Quantity(_) => Family::Quantity,
            Self::Union(_) => Family::Union,
            _ => Family::Any,
        }
    }

    /// The word for a kind whose shape is always the same.
    pub(super) fn word(&self) -> Option<&'static str> {
        match self {
            Self::Text(_) => Some("text"),
            Self::Binary(_) => Some("binary"),
            Self::Path { .. } => Some("path"),
            Self::Url(_) => Some("url"),
            Self::Uuid => Some("uuid"),
            Self::Datetime => Some("datetime"),
            Self::Duration => Some("duration"),
            Self::Quantity(_) => Some("quantity"),
            Self::UnstructuredText { .. } => Some("unstructured-text"),
            Self::UnstructuredBinary { .. } => Some("unstructured-binary"),
            _ => None,
        }
    }

    /// The type of this kind; none for kinds that say something about another type.
    pub(crate) fn ty(self) -> Option<WitType> {
        let text = || WitType::String;
        let bytes = || WitType::list(WitType::U8);
        let shape = match &self {
            Self::Text(_) => {
                WitType::record([("text", text()), ("language", WitType::option(text()))])
            }
            Self::Binary(_) => {
                WitType::record([("bytes", bytes()), ("mime-type", WitType::option(text()))])
            }
            Self::Path { .. } | Self::Url(_) => text(),
            Self::Uuid => {
                WitType::record([("high-bits", WitType::U64), ("low-bits", WitType::U64)])
            }
            Self::Datetime => {
                WitType::record([("seconds", WitType::S64), ("nanoseconds", WitType::U32)])
            }
            Self::Duration => WitType::record([("nanoseconds", WitType::S64)]),
            Self::Quantity(_) => WitType::record([
                ("mantissa", WitType::S64),
                ("scale", WitType::S32),
                ("unit", text()),
            ]),
            Self::UnstructuredText { .. } => {
                let language = WitType::record([("language-code", text())]);
                let inline =
                    WitType::record([("data", text()), ("text-type", WitType::option(language))]);
                WitType::variant([("url", Some(text())), ("inline", Some(inline))])
            }
            Self::UnstructuredBinary { .. } => {
                let mime = WitType::record([("mime-type", text())]);
                let inline = WitType::record([("data", bytes()), ("binary-type", mime)]);
                WitType::variant([("url", Some(text())), ("inline", Some(inline))])
            }
            _ => return None,
        };
        Some(shape.of_kind(self))
    }
}
