//! Values of types with rules: numbers in a range, texts, bytes, paths, URLs, times, quantities. Each kind has a small domain,
//! so that values collide, with the bounds of its rules in it.

use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::patterns;
use super::{WEIGHT_COMMON, WEIGHT_RARE};
use crate::value::admits::{SECOND, allowed};
use crate::value::rules::{
    BinaryRules, Decimal, Discriminator, Kind, QuantityRules, TextRules, UrlRules,
};
use crate::value::{Val, WitType};

/// The longest text or list of bytes that is made only because a rule asks for so much.
const LONGEST: u32 = 70_000;
/// How many texts are kept of those that a pattern makes.
const PATTERN_DOMAIN: usize = 16;
/// How many contents are tried for a case of a union, and how many are kept.
const UNION_DRAWN: usize = 128;
const UNION_DOMAIN: usize = 32;
/// The first and the last second that a date with a year of four digits can say.
const YEARS: (i64, i64) = (-62_167_219_200, 253_402_300_799);

/// Values of a kind; none if it allows none that is known, or says nothing about its values.
pub(super) fn values(kind: &Kind, shape: &WitType) -> Option<SBoxedStrategy<Val>> {
    let domain = domain(kind, shape)?;
    if domain.is_empty() {
        return None;
    }
    let common = select(domain);
    let rare = match kind {
        Kind::Integers { min, max } => {
            let shape = shape.clone();
            let any = (*min..=*max).prop_filter_map("a number", move |it| number(&shape, it));
            any.sboxed()
        }
        Kind::Floats { min, max } if min < max => {
            let is_single = matches!(shape, WitType::F32);
            let (min, max) = (*min, *max);
            // A part of the way: the difference of the ends may be no number.
            let any = (0.0_f64..=1.0).prop_map(move |part| float(is_single, min, max, part));
            any.sboxed()
        }
        Kind::Uuid => any::<(u64, u64)>().prop_map(uuid).sboxed(),
        Kind::Datetime => (YEARS.0..=YEARS.1, 0..SECOND).prop_map(datetime).sboxed(),
        Kind::Duration => any::<i64>().prop_map(duration).sboxed(),
        _ => return Some(common.sboxed()),
    };
    Some(prop_oneof![WEIGHT_COMMON => common, WEIGHT_RARE => rare].sboxed())
}

/// Values of a kind that its rules allow, the simplest first; none if the kind says nothing about them.
pub(super) fn domain(kind: &Kind, shape: &WitType) -> Option<Vec<Val>> {
    let mut domain = match kind {
        Kind::Integers { min, max } => {
            let numbers = [
                0,
                1,
                2,
                3,
                -1,
                *min,
                *max,
                min.saturating_add(1),
                max.saturating_sub(1),
            ];
            let numbers = numbers.into_iter().filter_map(|it| number(shape, it));
            numbers.collect()
        }
        Kind::Floats { min, max } => {
            let numbers = [0.0, 1.0, 0.5, -0.0, 0.1, *min, *max];
            let is_single = matches!(shape, WitType::F32);
            let numbers = numbers.into_iter().map(|it| float(is_single, it, it, 0.0));
            numbers.collect()
        }
        Kind::Text(rules) => texts(rules),
        Kind::Binary(rules) => binaries(rules),
        Kind::Path { extensions } => paths(extensions.as_deref()),
        Kind::Url(rules) => urls(rules),
        Kind::Uuid => {
            let halves = [(0, 1), (0, 2), (0, 0), (1, 0), (u64::MAX, u64::MAX)];
            halves.into_iter().map(uuid).collect()
        }
        Kind::Datetime => {
            let times = [
                (0, 0),
                (1, 0),
                (1_700_000_000, 1),
                (-1, SECOND - 1),
                (YEARS.0, 0),
                (YEARS.1, 0),
            ];
            times.into_iter().map(datetime).collect()
        }
        Kind::Duration => {
            let second = i64::from(SECOND);
            let durations = [
                0,
                1,
                second,
                90 * second,
                -second,
                second + 1,
                i64::MIN,
                i64::MAX,
            ];
            durations.into_iter().map(duration).collect()
        }
        Kind::Quantity(rules) => quantities(rules),
        Kind::UnstructuredText { languages } => references("text-type", languages.as_deref()),
        Kind::UnstructuredBinary { mime_types } => references("binary-type", mime_types.as_deref()),
        Kind::Plain | Kind::Map | Kind::Union(_) | Kind::Multimodal => return None,
    };
    domain.retain(|value| allowed(kind, value));
    Some(distinct(domain))
}

/// The contents of a union's case that its rule tells from the others; none if none is found.
pub(super) fn discriminated(
    bodies: SBoxedStrategy<Val>,
    ty: &WitType,
    rule: &Discriminator,
) -> Option<SBoxedStrategy<Val>> {
    let rewritten = |body: Val| rewritten(body, rule);
    let fits = |body: &Val| ty.admits(body) && rule.holds(body);
    let mut runner = TestRunner::deterministic();
    let drawn = (0..UNION_DRAWN).filter_map(|_| bodies.new_tree(&mut runner).ok());
    let drawn = drawn.map(|tree| tree.current()).flat_map(rewritten);
    let mut domain = distinct(drawn.filter(fits).collect());
    domain.truncate(UNION_DOMAIN);
    (!domain.is_empty()).then(|| select(domain).sboxed())
}

/// The content itself, then with what the rule asks for written into it.
fn rewritten(body: Val, rule: &Discriminator) -> Vec<Val> {
    let text = |change: &dyn Fn(&str) -> String| {
        let mut changed = body.clone();
        if let Some(text) = text_in(&mut changed) {
            *text = change(text);
        }
        changed
    };
    let written = match rule {
        Discriminator::Prefix(prefix) => vec![
            text(&|it| format!("{prefix}{it}")),
            text(&|_| prefix.clone()),
        ],
        Discriminator::Suffix(suffix) => vec![
            text(&|it| format!("{it}{suffix}")),
            text(&|_| suffix.clone()),
        ],
        Discriminator::Contains(part) => {
            vec![text(&|it| format!("{it}{part}")), text(&|_| part.clone())]
        }
        Discriminator::Pattern(pattern) => {
            let matching = patterns::matching(pattern.text());
            let matching = matching.into_iter().take(PATTERN_DOMAIN);
            matching.map(|it| text(&|_| it.clone())).collect()
        }
        Discriminator::FieldEquals(name, Some(literal)) => {
            let mut changed = body.clone();
            if let Val::Record(fields) = &mut changed
                && let Some((_, value)) = fields.iter_mut().find(|(field, _)| field == name)
                && let Some(text) = text_in(value)
            {
                literal.clone_into(text);
            }
            vec![changed]
        }
        Discriminator::FieldEquals(_, None) | Discriminator::FieldAbsent(_) => Vec::new(),
    };
    std::iter::once(body).chain(written).collect()
}

/// The text that a value is, or that a text with a language holds.
fn text_in(value: &mut Val) -> Option<&mut String> {
    match value {
        Val::String(text) => Some(text),
        Val::Record(fields) => match fields.first_mut() {
            Some((name, Val::String(text))) if name == "text" => Some(text),
            _ => None,
        },
        _ => None,
    }
}

fn texts(rules: &TextRules) -> Vec<Val> {
    let texts: Vec<String> = match &rules.pattern {
        Some(pattern) => {
            let texts = patterns::matching(pattern.text()).into_iter();
            // Shorter texts than the rules allow may match when they are repeated.
            texts.flat_map(|it| [fitted(&it, rules), it]).collect()
        }
        None => {
            let long = "0123456789abcdef".repeat(17);
            let plain = [
                "a",
                "b",
                "c",
                "",
                "A",
                "a b",
                "é",
                "日本語",
                "\u{1f6d2}\"\\\n",
                "\0",
            ];
            let plain = plain.into_iter().chain([long.as_str()]);
            let bounds = [rules.min_length, rules.max_length];
            let bounds = bounds.into_iter().flatten().filter(|it| *it <= LONGEST);
            let bounds = bounds.map(|length| "a".repeat(length as usize));
            plain.map(|it| fitted(it, rules)).chain(bounds).collect()
        }
    };
    let language = rules.languages.as_ref().and_then(|them| them.first());
    let languages = match language {
        Some(language) => vec![None, Some(language.clone())],
        None => vec![None, Some("en".to_owned())],
    };
    let record = |text: &String, language: &Option<String>| {
        let language = language.clone().map(|it| Box::new(Val::String(it)));
        Val::Record(vec![
            ("text".to_owned(), Val::String(text.clone())),
            ("language".to_owned(), Val::Option(language)),
        ])
    };
    let kind = Kind::Text(rules.clone());
    let plain = texts.iter().map(|text| record(text, &None));
    let plain = plain.filter(|it| allowed(&kind, it));
    let mut plain = distinct(plain.collect());
    if rules.pattern.is_some() {
        plain.truncate(PATTERN_DOMAIN);
    }
    let with_language = texts.first().map(|text| record(text, &languages[1]));
    plain.into_iter().chain(with_language).collect()
}

/// The text, repeated or cut to a length that the rules allow.
fn fitted(text: &str, rules: &TextRules) -> String {
    let min = rules.min_length.unwrap_or(0).min(LONGEST) as usize;
    let max = rules.max_length.map_or(usize::MAX, |max| max as usize);
    let length = text.chars().count().max(min).min(max);
    let text = if text.is_empty() { "a" } else { text };
    text.chars().cycle().take(length).collect()
}

fn binaries(rules: &BinaryRules) -> Vec<Val> {
    let lengths = [
        Some(1),
        Some(0),
        Some(3),
        Some(300),
        rules.min_bytes,
        rules.max_bytes,
    ];
    let lengths = lengths.into_iter().flatten().filter(|it| *it <= LONGEST);
    let min = rules.min_bytes.unwrap_or(0);
    let longer = [min.saturating_add(1)]
        .into_iter()
        .filter(|it| *it <= LONGEST);
    let mime = match &rules.mime_types {
        Some(mime_types) => mime_types.first().cloned(),
        None => Some("application/octet-stream".to_owned()),
    };
    let mimes = [None, mime];
    let contents = lengths
        .chain(longer)
        .flat_map(|length| [(length, 1), (length, 0)]);
    let both = contents.flat_map(|content| mimes.iter().map(move |mime| (content, mime)));
    let binary = both.map(|((length, byte), mime)| {
        let mime = mime.clone().map(|it| Box::new(Val::String(it)));
        Val::Record(vec![
            (
                "bytes".to_owned(),
                Val::List(vec![Val::U8(byte); length as usize]),
            ),
            ("mime-type".to_owned(), Val::Option(mime)),
        ])
    });
    binary.collect()
}

fn paths(extensions: Option<&[String]>) -> Vec<Val> {
    let names = ["a", "b", "dir/a", "/tmp/é b"];
    let extensions = extensions.map_or_else(|| vec!["txt".to_owned()], <[_]>::to_vec);
    let with = names
        .iter()
        .flat_map(|name| extensions.iter().map(move |it| format!("{name}.{it}")));
    let without = names.iter().map(|&name| name.to_owned());
    with.chain(without).map(Val::String).collect()
}

fn urls(rules: &UrlRules) -> Vec<Val> {
    let or = |them: &Option<Vec<String>>, other: &[&str]| match them {
        Some(them) => them.clone(),
        None => other.iter().map(|&it| it.to_owned()).collect(),
    };
    let schemes = or(&rules.schemes, &["https", "http"]);
    let hosts = or(&rules.hosts, &["example.com", "a.test"]);
    let mut urls = Vec::new();
    for scheme in schemes.iter().take(4) {
        for host in hosts.iter().take(4) {
            for path in ["/", "/a", "/a/b?c=1"] {
                urls.push(Val::String(format!("{scheme}://{host}{path}")));
            }
        }
    }
    urls
}

fn quantities(rules: &QuantityRules) -> Vec<Val> {
    let bounds = [rules.min, rules.max].into_iter().flatten();
    let near = bounds.flat_map(|it| {
        let near = |mantissa| Decimal { mantissa, ..it };
        [
            it,
            near(it.mantissa.saturating_add(1)),
            near(it.mantissa.saturating_sub(1)),
        ]
    });
    let plain = [(0, 0), (1, 0), (2, 0), (15, 1), (-1, 0)];
    let plain = plain.map(|(mantissa, scale)| Decimal { mantissa, scale });
    let numbers: Vec<Decimal> = plain.into_iter().chain(near).collect();
    let units = rules.units.iter().take(4);
    let quantities = units.flat_map(|unit| numbers.iter().map(move |it| (unit, it)));
    let quantity = quantities.map(|(unit, number)| {
        Val::Record(vec![
            ("mantissa".to_owned(), Val::S64(number.mantissa)),
            ("scale".to_owned(), Val::S32(number.scale)),
            ("unit".to_owned(), Val::String(unit.clone())),
        ])
    });
    quantity.collect()
}

/// Texts or bytes of an input that is either inline or a URL.
fn references(field: &str, allowed: Option<&[String]>) -> Vec<Val> {
    let string = |text: &str| Val::String(text.to_owned());
    let is_text = field == "text-type";
    let plain = if is_text {
        "en"
    } else {
        "application/octet-stream"
    };
    let allowed = allowed.and_then(<[_]>::first).map_or(plain, String::as_str);
    let contents = ["a", "b", "", "é"].map(|text| match is_text {
        true => string(text),
        false => Val::List(text.bytes().map(Val::U8).collect()),
    });
    let name = if is_text {
        "language-code"
    } else {
        "mime-type"
    };
    let ty = Val::Record(vec![(name.to_owned(), string(allowed))]);
    let types = match is_text {
        true => vec![Val::Option(None), Val::Option(Some(Box::new(ty)))],
        false => vec![ty],
    };
    let both = contents
        .iter()
        .flat_map(|content| types.iter().map(move |ty| (content, ty)));
    let inline = both.map(|(content, ty)| {
        let record = Val::Record(vec![
            ("data".to_owned(), content.clone()),
            (field.to_owned(), ty.clone()),
        ]);
        Val::Variant("inline".to_owned(), Some(Box::new(record)))
    });
    let url = Val::Variant(
        "url".to_owned(),
        Some(Box::new(string("https://example.com/a"))),
    );
    inline.chain([url]).collect()
}

/// A whole number as a value of its type; none if it does not fit.
fn number(ty: &WitType, number: i128) -> Option<Val> {
    Some(match ty {
        WitType::S8 => Val::S8(number.try_into().ok()?),
        WitType::U8 => Val::U8(number.try_into().ok()?),
        WitType::S16 => Val::S16(number.try_into().ok()?),
        WitType::U16 => Val::U16(number.try_into().ok()?),
        WitType::S32 => Val::S32(number.try_into().ok()?),
        WitType::U32 => Val::U32(number.try_into().ok()?),
        WitType::S64 => Val::S64(number.try_into().ok()?),
        WitType::U64 => Val::U64(number.try_into().ok()?),
        _ => return None,
    })
}

fn float(is_single: bool, min: f64, max: f64, part: f64) -> Val {
    let number = (min * (1.0 - part) + max * part).clamp(min, max);
    match is_single {
        true => {
            let single = number as f32;
            // Rounding may have left the range.
            let inside = match f64::from(single) {
                it if it < min => single.next_up(),
                it if it > max => single.next_down(),
                _ => single,
            };
            Val::Float32(inside)
        }
        false => Val::Float64(number),
    }
}

fn uuid((high, low): (u64, u64)) -> Val {
    Val::Record(vec![
        ("high-bits".to_owned(), Val::U64(high)),
        ("low-bits".to_owned(), Val::U64(low)),
    ])
}

fn datetime((seconds, nanoseconds): (i64, u32)) -> Val {
    Val::Record(vec![
        ("seconds".to_owned(), Val::S64(seconds)),
        ("nanoseconds".to_owned(), Val::U32(nanoseconds)),
    ])
}

fn duration(nanoseconds: i64) -> Val {
    Val::Record(vec![("nanoseconds".to_owned(), Val::S64(nanoseconds))])
}

fn distinct(values: Vec<Val>) -> Vec<Val> {
    let mut distinct: Vec<Val> = Vec::new();
    for value in values {
        if !distinct.contains(&value) {
            distinct.push(value);
        }
    }
    distinct
}
