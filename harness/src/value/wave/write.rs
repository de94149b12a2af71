//! Values → WAVE.

use std::fmt::Write;

use super::{KEYWORDS, is_identifier};
use crate::value::Val;

/// Whether a blank follows every comma and colon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Spaced,
    Compact,
}

/// A value as WAVE without blanks.
pub(crate) fn compact(value: &Val) -> String {
    self::value(value, Style::Compact)
}

pub(super) fn value(value: &Val, style: Style) -> String {
    let mut writer = Writer {
        text: String::new(),
        style,
    };
    writer.value(value);
    writer.text
}

struct Writer {
    text: String,
    style: Style,
}

impl Writer {
    fn value(&mut self, value: &Val) {
        match value {
            Val::Bool(it) => self.plain(it),
            Val::S8(it) => self.plain(it),
            Val::U8(it) => self.plain(it),
            Val::S16(it) => self.plain(it),
            Val::U16(it) => self.plain(it),
            Val::S32(it) => self.plain(it),
            Val::U32(it) => self.plain(it),
            Val::S64(it) => self.plain(it),
            Val::U64(it) => self.plain(it),
            Val::Float32(it) if it.is_nan() => self.text.push_str("nan"),
            Val::Float32(it) => self.plain(it),
            Val::Float64(it) if it.is_nan() => self.text.push_str("nan"),
            Val::Float64(it) => self.plain(it),
            Val::Char(it) => {
                self.text.push('\'');
                self.character(*it);
                self.text.push('\'');
            }
            Val::String(text) => self.string(text),
            Val::List(items) | Val::FixedLengthList(items) => {
                self.separated('[', items, ']', Self::value);
            }
            Val::Record(fields) => self.record(fields),
            Val::Tuple(values) => self.separated('(', values, ')', Self::value),
            Val::Variant(name, payload) => {
                self.case(name);
                self.payload(payload.as_deref());
            }
            Val::Enum(name) => self.case(name),
            Val::Option(Some(value)) => {
                self.text.push_str("some");
                self.payload(Some(value));
            }
            Val::Option(None) => self.text.push_str("none"),
            Val::Result(Ok(payload)) => {
                self.text.push_str("ok");
                self.payload(payload.as_deref());
            }
            Val::Result(Err(payload)) => {
                self.text.push_str("err");
                self.payload(payload.as_deref());
            }
            Val::Flags(names) => self.separated('{', names, '}', |writer, name| writer.name(name)),
            // Handles, streams and the like: no operation whose type holds one is ever called.
            _ => self.text.push_str("<no text form>"),
        }
    }

    fn plain(&mut self, it: impl std::fmt::Display) {
        let _ = write!(self.text, "{it}");
    }

    fn separated<T>(&mut self, open: char, items: &[T], close: char, each: impl Fn(&mut Self, &T)) {
        self.text.push(open);
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.blank(',');
            }
            each(self, item);
        }
        self.text.push(close);
    }

    fn blank(&mut self, mark: char) {
        self.text.push(mark);
        if self.style == Style::Spaced {
            self.text.push(' ');
        }
    }

    /// Fields that are `none` are left out, as in all WAVE.
    fn record(&mut self, fields: &[(String, Val)]) {
        let is_there = |(_, value): &&(String, Val)| !matches!(value, Val::Option(None));
        let fields: Vec<&(String, Val)> = fields.iter().filter(is_there).collect();
        if fields.is_empty() {
            self.text.push_str("{:}");
            return;
        }
        self.separated('{', &fields, '}', |writer, (name, value)| {
            writer.name(name);
            writer.blank(':');
            writer.value(value);
        });
    }

    fn payload(&mut self, payload: Option<&Val>) {
        if let Some(value) = payload {
            self.text.push('(');
            self.value(value);
            self.text.push(')');
        }
    }

    fn case(&mut self, name: &str) {
        if KEYWORDS.contains(&name) {
            self.text.push('%');
        }
        self.name(name);
    }

    fn name(&mut self, name: &str) {
        match is_identifier(name) {
            true => self.text.push_str(name),
            false => self.string(name),
        }
    }

    fn string(&mut self, text: &str) {
        self.text.push('"');
        text.chars().for_each(|it| self.character(it));
        self.text.push('"');
    }

    fn character(&mut self, it: char) {
        match it {
            '\\' | '"' | '\'' | '\t' | '\r' | '\n' => self.plain(it.escape_default()),
            it if it.is_control() => self.plain(it.escape_unicode()),
            it => self.plain(it.escape_debug()),
        }
    }
}
