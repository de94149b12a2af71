//! Arguments → the text in an id, by place.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{DEEPEST, Uuid, place, times};
use crate::value::rules::Kind;
use crate::value::{Val, WitType};

/// The arguments with commas between them.
pub(super) fn arguments(
    parameters: &[(String, WitType)],
    arguments: &[Val],
) -> Result<String, String> {
    let mut writer = Writer {
        text: String::new(),
        depth: 0,
    };
    if let ([(_, ty)], [Val::List(inputs)]) = (parameters, arguments)
        && matches!(&*ty.kind(), Kind::Multimodal)
    {
        writer.multimodal(ty, inputs)?;
        return Ok(writer.text);
    }
    let types = parameters.iter().map(|(_, ty)| ty);
    writer.separated(types.zip(arguments), "")?;
    Ok(writer.text)
}

struct Writer {
    text: String,
    depth: u32,
}

impl Writer {
    fn value(&mut self, value: &Val, ty: &WitType) -> Result<(), String> {
        if self.depth >= DEEPEST {
            return Err(format!("the value is nested more than {DEEPEST} times"));
        }
        self.depth += 1;
        let shape = ty.shape();
        if !self.of_kind(value, &ty.kind(), &shape)? {
            self.of_shape(value, &shape)?;
        }
        self.depth -= 1;
        Ok(())
    }

    fn of_shape(&mut self, value: &Val, shape: &WitType) -> Result<(), String> {
        match (shape, value) {
            (_, Val::Bool(it)) => self.plain(it),
            (_, Val::S8(it)) => self.plain(it),
            (_, Val::U8(it)) => self.plain(it),
            (_, Val::S16(it)) => self.plain(it),
            (_, Val::U16(it)) => self.plain(it),
            (_, Val::S32(it)) => self.plain(it),
            (_, Val::U32(it)) => self.plain(it),
            (_, Val::S64(it)) => self.plain(it),
            (_, Val::U64(it)) => self.plain(it),
            (_, Val::Float32(it)) => self.float(it.is_finite(), *it == 0.0, &it.to_string()),
            (_, Val::Float64(it)) => self.float(it.is_finite(), *it == 0.0, &it.to_string()),
            (_, Val::Char(it)) => self.tagged("c", &it.to_string()),
            (_, Val::String(text)) => self.tagged("", text),
            (WitType::List(item), Val::List(items))
            | (WitType::FixedLengthList(item, _), Val::FixedLengthList(items)) => {
                self.text.push('[');
                self.separated(items.iter().map(|it| (&**item, it)), "]")
            }
            (WitType::Record(types), Val::Record(fields)) => {
                self.text.push('(');
                let types = types.iter().map(|(_, ty)| ty);
                self.separated(types.zip(fields.iter().map(|(_, it)| it)), ")")
            }
            (WitType::Tuple(types), Val::Tuple(values)) => {
                self.text.push('(');
                self.separated(types.iter().zip(values), ")")
            }
            (WitType::Variant(cases), Val::Variant(name, payload)) => {
                let at = place(cases, name).ok_or("there is no such case")?;
                self.plain(format_args!("v{at}"))?;
                self.payload(payload.as_deref(), cases[at].1.as_ref())
            }
            (WitType::Enum(names), Val::Enum(name)) => {
                let at = names.iter().position(|it| it == name);
                self.plain(format_args!("v{}", at.ok_or("there is no such case")?))
            }
            (WitType::Flags(names), Val::Flags(set)) => {
                let places = names.iter().enumerate().filter(|(_, it)| set.contains(it));
                let places: Vec<String> = places.map(|(at, _)| at.to_string()).collect();
                self.plain(format_args!("f({})", places.join(",")))
            }
            (WitType::Option(_), Val::Option(None)) => self.plain('n'),
            (WitType::Option(item), Val::Option(Some(value))) => {
                self.text.push('s');
                self.payload(Some(value), Some(item))
            }
            (WitType::Result(types), Val::Result(result)) => match result {
                Ok(payload) => {
                    self.text.push_str("ok");
                    self.payload(payload.as_deref(), types.0.as_ref())
                }
                Err(payload) => {
                    self.text.push_str("err");
                    self.payload(payload.as_deref(), types.1.as_ref())
                }
            },
            _ => Err("a value does not fit its type".to_owned()),
        }
    }

    /// What has a way of its own to be written; whether the kind is one of those.
    fn of_kind(&mut self, value: &Val, kind: &Kind, shape: &WitType) -> Result<bool, String> {
        let fields = match value {
            Val::Record(fields) => fields.iter().map(|(_, it)| it).collect(),
            _ => Vec::new(),
        };
        match (kind, fields.as_slice(), value) {
            (Kind::Text(_), [Val::String(text), Val::Option(language)], _) => {
                let language = language.as_deref();
                self.with_type("t", language, text, false)?;
            }
            (Kind::Binary(_), [Val::List(bytes), Val::Option(mime)], _) => {
                self.with_type("b", mime.as_deref(), &encoded(bytes), true)?;
            }
            (Kind::Path { .. }, _, Val::String(path)) => self.tagged("@p", path)?,
            (Kind::Url(_), _, Val::String(url)) => self.tagged("@u", url)?,
            (Kind::Uuid, [Val::U64(high), Val::U64(low)], _) => {
                let (high, low) = (*high, *low);
                self.tagged("@uuid", &Uuid { high, low }.to_string())?;
            }
            (Kind::Datetime, [Val::S64(seconds), Val::U32(nanoseconds)], _) => {
                self.tagged("@dt", &times::datetime(*seconds, *nanoseconds)?)?;
            }
            (Kind::Duration, [Val::S64(nanoseconds)], _) => {
                self.tagged("@dur", &times::duration(*nanoseconds))?;
            }
            (Kind::Quantity(_), [Val::S64(mantissa), Val::S32(scale), Val::String(unit)], _) => {
                let number = times::decimal(*mantissa, *scale)?;
                self.tagged("@qty", &format!("{number}{unit}"))?;
            }
            (Kind::Map, _, Val::List(entries)) => {
                let WitType::List(entry) = shape else {
                    return Ok(false);
                };
                self.text.push_str("m[");
                self.separated(entries.iter().map(|it| (&**entry, it)), "]")?;
            }
            (Kind::Union(_), _, Val::Variant(tag, Some(body))) => {
                let WitType::Variant(cases) = shape else {
                    return Ok(false);
                };
                let at = place(cases, tag).ok_or("there is no such case")?;
                self.plain(format_args!("u{at}"))?;
                let is_empty = matches!(&**body, Val::Record(fields) if fields.is_empty());
                if !is_empty {
                    self.payload(Some(body), cases[at].1.as_ref())?;
                }
            }
            (Kind::UnstructuredText { .. }, _, Val::Variant(_, Some(content))) => {
                match &**content {
                    Val::String(url) => self.tagged("@tu", url)?,
                    content => {
                        let (text, language) = inline(content)?;
                        self.with_type("t", language, text_of(text)?, false)?;
                    }
                }
            }
            (Kind::UnstructuredBinary { .. }, _, Val::Variant(_, Some(content))) => {
                match &**content {
                    Val::String(url) => self.tagged("@bu", url)?,
                    content => {
                        let (bytes, mime) = inline(content)?;
                        let bytes = encoded(super::list(bytes)?);
                        self.with_type("b", mime, &bytes, true)?;
                    }
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn multimodal(&mut self, ty: &WitType, inputs: &[Val]) -> Result<(), String> {
        let WitType::List(item) = &*ty.shape() else {
            return Err("the input is of no type".to_owned());
        };
        let WitType::Variant(cases) = &*item.shape() else {
            return Err("the input is of no type".to_owned());
        };
        for (number, input) in inputs.iter().enumerate() {
            if number > 0 {
                self.text.push(',');
            }
            let Val::Variant(name, content) = input else {
                return Err("an input does not fit its type".to_owned());
            };
            let at = place(cases, name).ok_or("there is no such input")?;
            self.plain(at)?;
            self.payload(content.as_deref(), cases[at].1.as_ref())?;
        }
        Ok(())
    }

    fn plain(&mut self, it: impl std::fmt::Display) -> Result<(), String> {
        write!(self.text, "{it}").map_err(|error| error.to_string())
    }

    fn float(&mut self, is_finite: bool, is_zero: bool, text: &str) -> Result<(), String> {
        if !is_finite {
            return Err("a number that is not finite has no place in an id".to_owned());
        }
        self.text.push_str(if is_zero { "0" } else { text });
        if is_zero || !text.contains('.') {
            self.text.push_str(".0");
        }
        Ok(())
    }

    fn separated<'v>(
        &mut self,
        values: impl Iterator<Item = (&'v WitType, &'v Val)>,
        end: &str,
    ) -> Result<(), String> {
        for (number, (ty, value)) in values.enumerate() {
            if number > 0 {
                self.text.push(',');
            }
            self.value(value, ty)?;
        }
        self.text.push_str(end);
        Ok(())
    }

    fn payload(&mut self, value: Option<&Val>, ty: Option<&WitType>) -> Result<(), String> {
        match (value, ty) {
            (Some(value), Some(ty)) => {
                self.text.push('(');
                self.value(value, ty)?;
                self.text.push(')');
                Ok(())
            }
            (None, None) => Ok(()),
            _ => Err("a content does not fit its type".to_owned()),
        }
    }

    /// A text in quotes after its tag.
    fn tagged(&mut self, tag: &str, text: &str) -> Result<(), String> {
        self.text.push_str(tag);
        self.text.push('"');
        for it in text.chars() {
            match it {
                '"' => self.text.push_str("\\\""),
                '\\' => self.text.push_str("\\\\"),
                '\n' => self.text.push_str("\\n"),
                '\r' => self.text.push_str("\\r"),
                '\t' => self.text.push_str("\\t"),
                '\u{8}' => self.text.push_str("\\b"),
                '\u{c}' => self.text.push_str("\\f"),
                it if it.is_control() => self.plain(format_args!("\\u{:04x}", it as u32))?,
                it => self.text.push(it),
            }
        }
        self.text.push('"');
        Ok(())
    }

    /// A text with its language or MIME type, which stands in brackets if there is one or must be.
    fn with_type(
        &mut self,
        tag: &str,
        ty: Option<&Val>,
        text: &str,
        always: bool,
    ) -> Result<(), String> {
        self.text.push('@');
        self.text.push_str(tag);
        if always || ty.is_some() {
            let ty = ty.map(text_of).transpose()?.unwrap_or_default();
            if ty.contains(']') {
                return Err("a type with a bracket has no place in an id".to_owned());
            }
            self.plain(format_args!("[{ty}]"))?;
        }
        self.tagged("", text)
    }
}

/// The data of an inline input, and its language or MIME type.
fn inline(content: &Val) -> Result<(&Val, Option<&Val>), String> {
    let Val::Record(fields) = content else {
        return Err("an input does not fit its type".to_owned());
    };
    let [(_, data), (_, ty)] = fields.as_slice() else {
        return Err("an input does not fit its type".to_owned());
    };
    let ty = match ty {
        Val::Option(ty) => ty.as_deref(),
        ty => Some(ty),
    };
    match ty {
        Some(Val::Record(fields)) => Ok((data, fields.first().map(|(_, it)| it))),
        _ => Ok((data, None)),
    }
}

fn text_of(value: &Val) -> Result<&str, String> {
    super::super::wire::text(value)
}

fn encoded(bytes: &[Val]) -> String {
    let bytes = bytes.iter().filter_map(|it| match it {
        Val::U8(byte) => Some(*byte),
        _ => None,
    });
    STANDARD.encode(bytes.collect::<Vec<u8>>())
}
