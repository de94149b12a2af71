//! The text in an id, by place → arguments.

use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::super::wire::{record, string, variant};
use super::{DEEPEST, Uuid, times};
use crate::value::rules::Kind;
use crate::value::{Val, WitType};

/// The arguments that a text gives, with commas between them. Options at the end may be left out.
pub(super) fn arguments(text: &str, parameters: &[(String, WitType)]) -> Result<Vec<Val>, String> {
    let mut reader = Reader {
        text,
        rest: text,
        depth: 0,
    };
    let mut arguments = Vec::new();
    if let [(_, ty)] = parameters
        && matches!(&*ty.kind(), Kind::Multimodal)
    {
        arguments.push(reader.multimodal(ty)?);
    } else {
        for (number, (_, ty)) in parameters.iter().enumerate() {
            let is_left_out = reader.rest.is_empty() && matches!(&*ty.shape(), WitType::Option(_));
            if is_left_out && number > 0 {
                arguments.push(Val::Option(None));
                continue;
            }
            if number > 0 {
                reader.expect(",")?;
            }
            arguments.push(reader.value(ty)?);
        }
    }
    match reader.rest.is_empty() {
        true => Ok(arguments),
        false => Err(reader.unexpected("the end")),
    }
}

struct Reader<'t> {
    text: &'t str,
    rest: &'t str,
    depth: u32,
}

impl<'t> Reader<'t> {
    fn value(&mut self, ty: &WitType) -> Result<Val, String> {
        if self.depth >= DEEPEST {
            return Err(format!("the value is nested more than {DEEPEST} times"));
        }
        self.depth += 1;
        let shape = ty.shape();
        let value = match self.of_kind(&ty.kind(), &shape)? {
            Some(value) => value,
            None => self.of_shape(&shape)?,
        };
        self.depth -= 1;
        Ok(value)
    }

    fn of_shape(&mut self, shape: &WitType) -> Result<Val, String> {
        Ok(match shape {
            WitType::Bool if self.eat("true") => Val::Bool(true),
            WitType::Bool if self.eat("false") => Val::Bool(false),
            WitType::S8 => Val::S8(self.number()?),
            WitType::U8 => Val::U8(self.number()?),
            WitType::S16 => Val::S16(self.number()?),
            WitType::U16 => Val::U16(self.number()?),
            WitType::S32 => Val::S32(self.number()?),
            WitType::U32 => Val::U32(self.number()?),
            WitType::S64 => Val::S64(self.number()?),
            WitType::U64 => Val::U64(self.number()?),
            WitType::F32 => Val::Float32(self.number()?),
            WitType::F64 => Val::Float64(self.number()?),
            WitType::Char => {
                let text = self.tagged("c")?;
                let mut characters = text.chars();
                match (characters.next(), characters.next()) {
                    (Some(character), None) => Val::Char(character),
                    _ => return Err(format!("{text:?} is not one character")),
                }
            }
            WitType::String => Val::String(self.tagged("")?),
            WitType::List(item) => {
                self.expect("[")?;
                Val::List(self.items(item)?)
            }
            WitType::FixedLengthList(item, length) => {
                self.expect("[")?;
                let items = self.items(item)?;
                match items.len() == *length as usize {
                    true => Val::FixedLengthList(items),
                    false => return Err(format!("there are {} items of {length}", items.len())),
                }
            }
            WitType::Record(fields) => {
                let values = self.each(fields.iter().map(|(_, ty)| ty))?;
                let fields = fields.iter().zip(values);
                Val::Record(fields.map(|((name, _), it)| (name.clone(), it)).collect())
            }
            WitType::Tuple(types) => Val::Tuple(self.each(types.iter())?),
            WitType::Variant(cases) => {
                self.expect("v")?;
                let (name, ty) = self.case(cases)?;
                Val::Variant(name.clone(), self.payload(ty.as_ref())?)
            }
            WitType::Enum(names) => {
                self.expect("v")?;
                Val::Enum(self.case(names)?.clone())
            }
            WitType::Flags(names) => self.flags(names)?,
            WitType::Option(item) => match self.eat("n") {
                true => Val::Option(None),
                false => {
                    self.expect("s")?;
                    Val::Option(self.payload(Some(item))?)
                }
            },
            WitType::Result(types) => match self.eat("ok") {
                true => Val::Result(Ok(self.payload(types.0.as_ref())?)),
                false => {
                    self.expect("err")?;
                    Val::Result(Err(self.payload(types.1.as_ref())?))
                }
            },
            other => return Err(self.unexpected(&format!("a {other:#}"))),
        })
    }

    fn of_kind(&mut self, kind: &Kind, shape: &WitType) -> Result<Option<Val>, String> {
        let no = |what: &str, text: &str| format!("{text:?} is no {what}");
        Ok(Some(match kind {
            Kind::Text(_) => {
                let (language, text) = self.with_type("@t")?;
                let language = language.map(|it| Box::new(string(it)));
                record([
                    ("text", Val::String(text)),
                    ("language", Val::Option(language)),
                ])
            }
            Kind::Binary(_) => {
                let (mime, text) = self.with_type("@b")?;
                let mime = mime.filter(|it| !it.is_empty());
                let mime = mime.map(|it| Box::new(string(it)));
                record([("bytes", decoded(&text)?), ("mime-type", Val::Option(mime))])
            }
            Kind::Path { .. } => Val::String(self.tagged("@p")?),
            Kind::Url(_) => Val::String(self.tagged("@u")?),
            Kind::Uuid => self.tagged("@uuid")?.parse::<Uuid>()?.value(),
            Kind::Datetime => {
                let text = self.tagged("@dt")?;
                let time = times::parse_datetime(&text);
                let (seconds, nanoseconds) = time.ok_or_else(|| no("time", &text))?;
                record([
                    ("seconds", Val::S64(seconds)),
                    ("nanoseconds", Val::U32(nanoseconds)),
                ])
            }
            Kind::Duration => {
                let text = self.tagged("@dur")?;
                let nanoseconds = times::parse_duration(&text);
                let nanoseconds = nanoseconds.ok_or_else(|| no("duration", &text))?;
                record([("nanoseconds", Val::S64(nanoseconds))])
            }
            Kind::Quantity(_) => {
                let text = self.tagged("@qty")?;
                let quantity = times::parse_quantity(&text);
                let (mantissa, scale, unit) = quantity.ok_or_else(|| no("quantity", &text))?;
                record([
                    ("mantissa", Val::S64(mantissa)),
                    ("scale", Val::S32(scale)),
                    ("unit", string(unit)),
                ])
            }
            Kind::Map => match shape {
                WitType::List(entry) => {
                    self.expect("m[")?;
                    Val::List(crate::value::entries(self.items(entry)?))
                }
                _ => return Ok(None),
            },
            Kind::Union(_) => match shape {
                WitType::Variant(cases) => self.union(cases)?,
                _ => return Ok(None),
            },
            Kind::UnstructuredText { .. } if self.rest.starts_with("@tu\"") => {
                variant("url", Val::String(self.tagged("@tu")?))
            }
            Kind::UnstructuredText { .. } => {
                let (language, text) = self.with_type("@t")?;
                let ty = language.map(|it| Box::new(record([("language-code", string(it))])));
                let inline = [("data", Val::String(text)), ("text-type", Val::Option(ty))];
                variant("inline", record(inline))
            }
            Kind::UnstructuredBinary { .. } if self.rest.starts_with("@bu\"") => {
                variant("url", Val::String(self.tagged("@bu")?))
            }
            Kind::UnstructuredBinary { .. } => {
                let (mime, text) = self.with_type("@b")?;
                let ty = record([("mime-type", string(mime.unwrap_or_default()))]);
                let inline = [("data", decoded(&text)?), ("binary-type", ty)];
                variant("inline", record(inline))
            }
            Kind::Plain | Kind::Integers { .. } | Kind::Floats { .. } | Kind::Multimodal => {
                return Ok(None);
            }
        }))
    }

    fn union(&mut self, cases: &[(String, Option<WitType>)]) -> Result<Val, String> {
        self.expect("u")?;
        let (tag, ty) = self.case(cases)?;
        let body = match self.rest.starts_with('(') {
            true => self.payload(ty.as_ref())?,
            false => Some(Box::new(Val::Record(Vec::new()))),
        };
        Ok(Val::Variant(tag.clone(), body))
    }

    fn multimodal(&mut self, ty: &WitType) -> Result<Val, String> {
        let WitType::List(item) = &*ty.shape() else {
            return Err(self.unexpected("an input"));
        };
        let WitType::Variant(cases) = &*item.shape() else {
            return Err(self.unexpected("an input"));
        };
        let mut inputs = Vec::new();
        while !self.rest.is_empty() {
            if !inputs.is_empty() {
                self.expect(",")?;
            }
            let (name, ty) = self.case(cases)?;
            inputs.push(Val::Variant(name.clone(), self.payload(ty.as_ref())?));
        }
        Ok(Val::List(inputs))
    }

    fn items(&mut self, item: &WitType) -> Result<Vec<Val>, String> {
        let mut items = Vec::new();
        while !self.eat("]") {
            if !items.is_empty() {
                self.expect(",")?;
            }
            items.push(self.value(item)?);
        }
        Ok(items)
    }

    fn each<'v>(&mut self, types: impl Iterator<Item = &'v WitType>) -> Result<Vec<Val>, String> {
        self.expect("(")?;
        let mut values = Vec::new();
        for ty in types {
            if !values.is_empty() {
                self.expect(",")?;
            }
            values.push(self.value(ty)?);
        }
        self.expect(")")?;
        Ok(values)
    }

    fn flags(&mut self, names: &[String]) -> Result<Val, String> {
        self.expect("f(")?;
        let mut set: Vec<String> = Vec::new();
        while !self.eat(")") {
            if !set.is_empty() {
                self.expect(",")?;
            }
            let name = self.case(names)?;
            match set.contains(name) {
                true => return Err(format!("the flag {name:?} is there twice")),
                false => set.push(name.clone()),
            }
        }
        Ok(Val::Flags(set))
    }

    /// What stands at the place that follows.
    fn case<'c, T>(&mut self, cases: &'c [T]) -> Result<&'c T, String> {
        let digits = self.take_while(|it| it.is_ascii_digit());
        let at: usize = digits.parse().map_err(|_| self.unexpected("a number"))?;
        let case = cases.get(at);
        case.ok_or_else(|| format!("there is no case {at} of {}", cases.len()))
    }

    fn payload(&mut self, ty: Option<&WitType>) -> Result<Option<Box<Val>>, String> {
        let Some(ty) = ty else {
            return Ok(None);
        };
        self.expect("(")?;
        let value = self.value(ty)?;
        self.expect(")")?;
        Ok(Some(Box::new(value)))
    }

    fn number<T: FromStr>(&mut self) -> Result<T, String> {
        let is_part = |it: char| it.is_ascii_digit() || "+-.eE".contains(it);
        let text = self.take_while(is_part);
        text.parse()
            .map_err(|_| format!("{text:?} is no number of its type"))
    }

    /// A text in quotes after its tag.
    fn tagged(&mut self, tag: &str) -> Result<String, String> {
        self.expect(tag)?;
        let start = self.rest;
        self.expect("\"")?;
        // The text is one of JSON's: its end is the first quote that no odd number of backslashes precedes.
        let mut is_escaped = false;
        for (at, it) in self.rest.char_indices() {
            if it == '"' && !is_escaped {
                let (_, rest) = self.rest.split_at(at + 1);
                let quoted = &start[..start.len() - rest.len()];
                self.rest = rest;
                return unquoted(quoted);
            }
            is_escaped = it == '\\' && !is_escaped;
        }
        Err("a text does not end".to_owned())
    }

    /// A text after its tag and its type in brackets.
    fn with_type(&mut self, tag: &str) -> Result<(Option<&'t str>, String), String> {
        self.expect(tag)?;
        let ty = match self.eat("[") {
            true => {
                let ty = self.take_while(|it| it != ']');
                self.expect("]")?;
                Some(ty)
            }
            false => None,
        };
        Ok((ty, self.tagged("")?))
    }

    fn take_while(&mut self, is_part: impl Fn(char) -> bool) -> &'t str {
        let end = self.rest.find(|it| !is_part(it));
        let (taken, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        taken
    }

    fn eat(&mut self, mark: &str) -> bool {
        match self.rest.strip_prefix(mark) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, mark: &str) -> Result<(), String> {
        match self.eat(mark) {
            true => Ok(()),
            false => Err(self.unexpected(mark)),
        }
    }

    fn unexpected(&self, expected: &str) -> String {
        let at = self.text.len() - self.rest.len();
        format!("{expected} is missing at byte {at} of its arguments")
    }
}

/// A text of JSON, in which control characters may also stand as they are.
fn unquoted(quoted: &str) -> Result<String, String> {
    let escaped = quoted.chars().map(|it| match it.is_control() {
        true => format!("\\u{:04x}", it as u32),
        false => it.to_string(),
    });
    let escaped: String = escaped.collect();
    serde_json::from_str(&escaped).map_err(|error| format!("a text is malformed: {error}"))
}

fn decoded(text: &str) -> Result<Val, String> {
    let bytes = STANDARD.decode(text);
    let bytes = bytes.map_err(|error| format!("bytes are malformed: {error}"))?;
    Ok(Val::List(bytes.into_iter().map(Val::U8).collect()))
}
