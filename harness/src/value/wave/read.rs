//! WAVE → values of a type.

use std::str::FromStr;

use anyhow::{Context, Result, bail, ensure};

use super::{KEYWORDS, is_in_identifier};
use crate::value::rules::Kind;
use crate::value::{Val, WitType};

/// How deeply a value is nested at most.
const DEEPEST: u32 = 300;

/// A text that is read from front to back.
pub(super) struct Reader<'t> {
    text: &'t str,
    rest: &'t str,
    depth: u32,
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            rest: text,
            depth: 0,
        }
    }

    /// Nothing may follow.
    pub(super) fn end(&mut self) -> Result<()> {
        self.skip();
        ensure!(self.rest.is_empty(), "{} is one too many", self.here());
        Ok(())
    }

    pub(super) fn arguments(&mut self, parameters: &[(String, WitType)]) -> Result<Vec<Val>> {
        self.expect('(')?;
        let mut arguments = Vec::new();
        while !self.eat(')') {
            let (name, ty) = parameters
                .get(arguments.len())
                .with_context(|| format!("{} is more than there are parameters", self.here()))?;
            let argument = self.value(ty);
            arguments.push(argument.with_context(|| format!("in the argument {name}"))?);
            self.comma(')')?;
        }
        let left = &parameters[arguments.len()..];
        for (name, ty) in left {
            ensure!(is_option(ty), "the argument {name} is missing");
            arguments.push(Val::Option(None));
        }
        Ok(arguments)
    }

    pub(super) fn value(&mut self, ty: &WitType) -> Result<Val> {
        ensure!(self.depth < DEEPEST, "the value is nested too deeply");
        self.depth += 1;
        let value = self.of_shape(&ty.shape());
        self.depth -= 1;
        let value = value?;
        Ok(match (&*ty.kind(), value) {
            (Kind::Map, Val::List(entries)) => Val::List(crate::value::entries(entries)),
            (_, value) => value,
        })
    }

    fn of_shape(&mut self, shape: &WitType) -> Result<Val> {
        self.skip();
        Ok(match shape {
            WitType::Bool => match self.word()? {
                "true" => Val::Bool(true),
                "false" => Val::Bool(false),
                other => bail!("{other:?} is neither true nor false"),
            },
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
            WitType::Char => Val::Char(self.character()?),
            WitType::String => Val::String(self.string()?),
            WitType::List(item) => Val::List(self.items(item)?),
            WitType::FixedLengthList(item, length) => {
                let items = self.items(item)?;
                ensure!(
                    items.len() == *length as usize,
                    "the list has {} items, and its type says {length}",
                    items.len()
                );
                Val::FixedLengthList(items)
            }
            WitType::Record(fields) => self.record(fields)?,
            WitType::Tuple(types) => self.tuple(types)?,
            WitType::Variant(cases) => {
                let name = self.name()?;
                let case = cases.iter().find(|(case, _)| *case == name);
                let (_, ty) = case.with_context(|| format!("there is no case {name:?}"))?;
                Val::Variant(name, self.payload(ty.as_ref())?)
            }
            WitType::Enum(names) => {
                let name = self.name()?;
                ensure!(names.contains(&name), "there is no case {name:?}");
                Val::Enum(name)
            }
            WitType::Option(item) => self.option(item)?,
            WitType::Result(types) => self.result(&types.0, &types.1)?,
            WitType::Flags(names) => self.flags(names)?,
            other => bail!("no value of the type {other} can be written"),
        })
    }

    fn items(&mut self, item: &WitType) -> Result<Vec<Val>> {
        self.expect('[')?;
        let mut items = Vec::new();
        while !self.eat(']') {
            items.push(self.value(item)?);
            self.comma(']')?;
        }
        Ok(items)
    }

    fn tuple(&mut self, types: &[WitType]) -> Result<Val> {
        self.expect('(')?;
        let mut values = Vec::new();
        for ty in types {
            values.push(self.value(ty)?);
            self.comma(')')?;
        }
        self.expect(')')?;
        Ok(Val::Tuple(values))
    }

    fn record(&mut self, types: &[(String, WitType)]) -> Result<Val> {
        self.expect('{')?;
        let mut found: Vec<Option<Val>> = vec![None; types.len()];
        if self.eat(':') {
            self.expect('}')?;
        } else {
            while !self.eat('}') {
                let name = self.name()?;
                let place = types.iter().position(|(field, _)| *field == name);
                let place = place.with_context(|| format!("there is no field {name:?}"))?;
                ensure!(found[place].is_none(), "the field {name:?} is there twice");
                self.expect(':')?;
                let value = self.value(&types[place].1);
                found[place] = Some(value.with_context(|| format!("in the field {name}"))?);
                self.comma('}')?;
            }
        }
        let fields = types.iter().zip(found).map(|((name, ty), value)| {
            let value = value.or_else(|| is_option(ty).then_some(Val::Option(None)));
            let value = value.with_context(|| format!("the field {name:?} is missing"))?;
            Ok((name.clone(), value))
        });
        Ok(Val::Record(fields.collect::<Result<_>>()?))
    }

    fn flags(&mut self, known: &[String]) -> Result<Val> {
        self.expect('{')?;
        let mut set = Vec::new();
        while !self.eat('}') {
            let name = self.name()?;
            ensure!(known.contains(&name), "there is no flag {name:?}");
            ensure!(!set.contains(&name), "the flag {name:?} is there twice");
            set.push(name);
            self.comma('}')?;
        }
        // The same flags must be the same value.
        set.sort_by_key(|flag| known.iter().position(|it| it == flag));
        Ok(Val::Flags(set))
    }

    fn option(&mut self, item: &WitType) -> Result<Val> {
        if self.keyword("none") {
            return Ok(Val::Option(None));
        }
        let value = if self.keyword("some") {
            self.payload(Some(item))?
        } else {
            ensure!(is_flat(item), "{} is neither some nor none", self.here());
            Some(Box::new(self.value(item)?))
        };
        Ok(Val::Option(value))
    }

    fn result(&mut self, ok: &Option<WitType>, err: &Option<WitType>) -> Result<Val> {
        if self.keyword("ok") {
            return Ok(Val::Result(Ok(self.payload(ok.as_ref())?)));
        }
        if self.keyword("err") {
            return Ok(Val::Result(Err(self.payload(err.as_ref())?)));
        }
        match ok {
            Some(ty) if is_flat(ty) => Ok(Val::Result(Ok(Some(Box::new(self.value(ty)?))))),
            _ => bail!("{} is neither ok nor err", self.here()),
        }
    }

    fn payload(&mut self, ty: Option<&WitType>) -> Result<Option<Box<Val>>> {
        let Some(ty) = ty else {
            return Ok(None);
        };
        self.expect('(')?;
        let value = self.value(ty)?;
        self.expect(')')?;
        Ok(Some(Box::new(value)))
    }

    fn number<T: FromStr>(&mut self) -> Result<T> {
        let is_in_number = |it: char| it.is_ascii_alphanumeric() || "+-.".contains(it);
        let text = self.take_while(is_in_number);
        let number = text.parse();
        number.ok().with_context(|| match text {
            "" => format!("{} is no number", self.here()),
            text => format!("{text} is no number of its type"),
        })
    }

    fn character(&mut self) -> Result<char> {
        self.expect('\'')?;
        let character = self.next_character()?;
        ensure!(self.rest.starts_with('\''), "a character ends with '");
        self.rest = &self.rest[1..];
        Ok(character)
    }

    fn string(&mut self) -> Result<String> {
        if let Some(rest) = self.rest.strip_prefix("\"\"\"") {
            return self.lines(rest);
        }
        self.expect('"')?;
        let mut text = String::new();
        while !self.rest.starts_with('"') {
            text.push(self.next_character()?);
        }
        self.rest = &self.rest[1..];
        Ok(text)
    }

    /// A text of several lines, between lines with `"""`, whose indentation is that of the last.
    fn lines(&mut self, rest: &'t str) -> Result<String> {
        let (lines, rest) = rest
            .split_once("\"\"\"")
            .context("a text of several lines ends with \"\"\"")?;
        let (first, lines) = lines.split_once('\n').context("a line ends after \"\"\"")?;
        ensure!(
            first.trim_end_matches('\r').is_empty(),
            "a line ends after \"\"\""
        );
        let (lines, indentation) = match lines.rsplit_once('\n') {
            Some((lines, indentation)) => (Some(lines), indentation),
            None => (None, lines),
        };
        ensure!(
            indentation.chars().all(|it| it == ' '),
            "only blanks stand before the last \"\"\""
        );
        let mut text = Vec::new();
        for line in lines.into_iter().flat_map(|lines| lines.split('\n')) {
            let line = line
                .strip_prefix(indentation)
                .context("every line begins with as many blanks as the last")?;
            let mut reader = Reader::new(line.trim_end_matches('\r'));
            let mut read = String::new();
            while !reader.rest.is_empty() {
                read.push(reader.next_character()?);
            }
            text.push(read);
        }
        self.rest = rest;
        Ok(text.join("\n"))
    }

    fn next_character(&mut self) -> Result<char> {
        let mut rest = self.rest.chars();
        let character = match rest.next() {
            None => bail!("the text ends too early"),
            Some('\n') => bail!("a line ends inside of a text"),
            Some('\\') => match rest.next() {
                Some(it @ ('\\' | '"' | '\'')) => it,
                Some('t') => '\t',
                Some('r') => '\r',
                Some('n') => '\n',
                Some('u') => {
                    let escape = rest.as_str();
                    let digits = escape
                        .strip_prefix('{')
                        .and_then(|it| it.split_once('}'))
                        .context("a character's number stands as \\u{…}")?;
                    rest = digits.1.chars();
                    let number = u32::from_str_radix(digits.0, 16).ok();
                    let character = number.and_then(char::from_u32);
                    character.with_context(|| format!("{} is no character", digits.0))?
                }
                _ => bail!("{} is no way to write a character", self.here()),
            },
            Some(character) => character,
        };
        self.rest = rest.as_str();
        Ok(character)
    }

    /// A name of a field, a case or a flag.
    fn name(&mut self) -> Result<String> {
        self.skip();
        if self.rest.starts_with('"') {
            return self.string();
        }
        if let Some(rest) = self.rest.strip_prefix('%') {
            self.rest = rest;
        }
        Ok(self.word()?.to_owned())
    }

    fn word(&mut self) -> Result<&'t str> {
        self.skip();
        let word = self.take_while(is_in_identifier);
        ensure!(!word.is_empty(), "{} is no name", self.here());
        Ok(word)
    }

    /// Whether this word, which means something in WAVE, follows; then it is read.
    fn keyword(&mut self, keyword: &str) -> bool {
        debug_assert!(KEYWORDS.contains(&keyword));
        self.skip();
        match self.rest.strip_prefix(keyword) {
            Some(rest) if !rest.starts_with(is_in_identifier) => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    fn take_while(&mut self, is_part: impl Fn(char) -> bool) -> &'t str {
        let end = self.rest.find(|it| !is_part(it));
        let (taken, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        taken
    }

    /// Blanks and comments.
    fn skip(&mut self) {
        loop {
            self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
            match self.rest.strip_prefix("//") {
                Some(comment) => self.rest = comment.find('\n').map_or("", |at| &comment[at..]),
                None => return,
            }
        }
    }

    fn eat(&mut self, mark: char) -> bool {
        self.skip();
        match self.rest.strip_prefix(mark) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, mark: char) -> Result<()> {
        ensure!(
            self.eat(mark),
            "{} is not the expected `{mark}`",
            self.here()
        );
        Ok(())
    }

    /// A comma, or the end of the list, which is not read.
    fn comma(&mut self, end: char) -> Result<()> {
        self.skip();
        if !self.rest.starts_with(end) {
            self.expect(',')?;
        }
        Ok(())
    }

    /// The place that is read, for errors.
    fn here(&self) -> String {
        let at = self.text.len() - self.rest.len();
        match self.rest.chars().next() {
            Some(it) => format!("{it:?} at byte {at}"),
            None => "the end".to_owned(),
        }
    }
}

fn is_option(ty: &WitType) -> bool {
    matches!(&*ty.shape(), WitType::Option(_))
}

/// Whether `some` or `ok` may be left out around values of the type.
fn is_flat(ty: &WitType) -> bool {
    !matches!(&*ty.shape(), WitType::Option(_) | WitType::Result(_))
}
