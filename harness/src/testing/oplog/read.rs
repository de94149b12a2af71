//! Reads an oplog as `golem agent oplog ID --format json` prints it, entry by entry: Golem 1.5 prints arrays of `[index, entry]`,
//! Golem 1.6 a stream of `{"$type":"agent.oplog","index":…,"entry":…}`. Files of production are large, and their text is not kept.

use std::collections::BTreeMap;
use std::fmt;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, ensure};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::entry::{Entry, Read, entry};
use crate::error::{Error, ErrorKind};
use crate::files::open_regular;

/// The largest oplog that is read, in bytes: its invocations and snapshots are kept, the rest is not.
const MAX_FILE: u64 = 1 << 30;

/// An oplog that was read.
#[derive(Debug, Clone)]
pub struct Oplog {
    /// The file.
    pub path: PathBuf,
    /// The entries that a history needs, with their indices, in order; without those that a jump or a revert dropped.
    pub entries: Vec<(u64, Entry)>,
    /// How many entries the file has.
    pub read: usize,
    /// How many of them a jump or a revert dropped.
    pub dropped: usize,
    /// How many host calls it tells.
    pub host_calls: usize,
    /// How many entries of each type that is unknown here.
    pub unknown: BTreeMap<String, usize>,
}

/// Reads an oplog.
///
/// # Errors
/// The file cannot be read, has more than 1 GiB, ends in the middle of an entry, or is no oplog; the error tells the entry.
pub fn read(path: &Path) -> Result<Oplog, Error> {
    ErrorKind::File.of(|| {
        let shown = path.display();
        let file = open_regular(path, MAX_FILE);
        let file = file.with_context(|| format!("cannot read the oplog {shown}"))?;
        let mut gathered = Gathered::default();
        let mut json = serde_json::Deserializer::from_reader(BufReader::new(file));
        loop {
            let part = Part {
                of: &mut gathered,
                is_entry: false,
            };
            let one = part.deserialize(&mut json);
            one.map_err(|error| refused(path, &gathered, error))?;
            if json.end().is_ok() {
                break;
            }
        }
        ensure!(gathered.read > 0, "the oplog {shown} has no entry");
        Ok(gathered.oplog(path))
    })
}

/// What is wrong with a file, as a sentence.
fn refused(path: &Path, gathered: &Gathered, error: serde_json::Error) -> anyhow::Error {
    let (shown, entry) = (path.display(), gathered.read + 1);
    if error.is_io() {
        return anyhow::Error::new(error).context(format!("cannot read the oplog {shown}"));
    }
    if error.is_eof() {
        return anyhow!(
            "the oplog {shown} ends in the middle of entry {entry}: {EXPECTED} was expected; print it again"
        );
    }
    anyhow!("{shown} is no oplog, at entry {entry}: {EXPECTED} was expected ({error})")
}

const EXPECTED: &str = "[index, entry] or {\"$type\": \"agent.oplog\", \"index\": …, \"entry\": …}, as `golem agent oplog --format json` prints it,";

/// What was read until now.
#[derive(Default)]
struct Gathered {
    entries: Vec<(u64, Entry)>,
    /// First and last index of each region that counts no more.
    regions: Vec<(u64, u64)>,
    /// The index of each host call.
    host_calls: Vec<u64>,
    read: usize,
    /// The index of every entry, for those that regions drop.
    indices: Vec<u64>,
    unknown: BTreeMap<String, usize>,
}

impl Gathered {
    fn take(&mut self, index: u64, text: &RawValue) -> serde_json::Result<()> {
        match entry(text)? {
            Read::Known(Entry::Dropped(start, end)) => self.regions.push((start, end)),
            Read::Known(Entry::HostCall) => self.host_calls.push(index),
            Read::Known(Entry::Other) => {}
            Read::Known(entry) => self.entries.push((index, entry)),
            Read::Unknown(ty) => *self.unknown.entry(ty).or_default() += 1,
        }
        self.indices.push(index);
        self.read += 1;
        Ok(())
    }

    fn oplog(mut self, path: &Path) -> Oplog {
        self.regions.sort_unstable();
        let mut merged: Vec<(u64, u64)> = Vec::new();
        for (start, end) in self.regions {
            match merged.last_mut() {
                Some((_, last)) if start <= *last => *last = end.max(*last),
                _ => merged.push((start, end)),
            }
        }
        let counts = |index: u64| {
            let before = merged.partition_point(|(start, _)| *start <= index);
            before == 0 || merged[before - 1].1 < index
        };
        self.entries.retain(|(index, _)| counts(*index));
        self.entries.sort_by_key(|(index, _)| *index);
        Oplog {
            path: path.to_owned(),
            entries: self.entries,
            read: self.read,
            dropped: self.indices.iter().filter(|it| !counts(**it)).count(),
            host_calls: self.host_calls.iter().filter(|it| counts(**it)).count(),
            unknown: self.unknown,
        }
    }
}

/// A value of the file that is being read: an entry, or an array of entries.
struct Part<'g> {
    of: &'g mut Gathered,
    /// Whether an array is one entry.
    is_entry: bool,
}

impl<'de> DeserializeSeed<'de> for Part<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Part<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an entry of an oplog")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        if self.is_entry {
            let index = items.next_element()?;
            let text: Option<Box<RawValue>> = items.next_element()?;
            let (Some(index), Some(text)) = (index, text) else {
                return Err(A::Error::custom("an array of fewer than two items"));
            };
            return self.of.take(index, &text).map_err(A::Error::custom);
        }
        loop {
            let part = Part {
                of: self.of,
                is_entry: true,
            };
            if items.next_element_seed(part)?.is_none() {
                return Ok(());
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<(), A::Error> {
        let view = View::deserialize(MapAccessDeserializer::new(fields))?;
        match view {
            View {
                ty,
                index: Some(index),
                entry: Some(text),
            } if ty == OPLOG => self.of.take(index, &text).map_err(A::Error::custom),
            View { ty, .. } if ty == OPLOG => Err(A::Error::custom("it has no index, or no entry")),
            // Something else that the command prints, such as a message.
            View { ty, .. } => {
                *self.of.unknown.entry(ty).or_default() += 1;
                Ok(())
            }
        }
    }
}

/// How Golem 1.6 marks an entry.
const OPLOG: &str = "agent.oplog";

#[derive(Deserialize)]
struct View {
    #[serde(rename = "$type")]
    ty: String,
    index: Option<u64>,
    entry: Option<Box<RawValue>>,
}
