//! The tree that every format is read into.

use super::Document;
use crate::case::mutate::leb128;

/// A self-describing format, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// JSON.
    Json,
    /// CBOR.
    Cbor,
    /// MessagePack.
    MessagePack,
    /// The bytes of a text, or bytes that nothing is known of.
    Plain,
}

/// A part of a document, in the order of the bytes.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Piece {
    Value(Format, Node),
    /// A length in front of what it covers.
    Sized(Number, Vec<Piece>),
    /// A number of items in front of them. All items are made alike.
    Counted(Number, Vec<Vec<Piece>>),
    /// How many bytes follow in these pieces, and so many more.
    Length(Number, i64),
    /// A checksum of the pieces in this range of the same list.
    Checksum(super::checksum::Checksum, std::ops::Range<usize>),
    /// A part that has a name. Of what lies `outside`, no byte is a component's state.
    Part {
        name: String,
        outside: bool,
        pieces: Vec<Piece>,
    },
}

/// How a length or a count is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Number {
    /// So many bytes, the lowest first.
    Little(usize),
    /// So many bytes, the highest first.
    Big(usize),
    /// Seven bits a byte, the lowest first.
    Leb128,
    /// SCALE's compact numbers: the two lowest bits say how many bytes there are.
    Compact,
}

/// A value of a format.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    Null,
    Bool(bool),
    Integer(i128),
    Single(f32),
    Double(f64),
    /// A number in JSON that is no integer, or a very large one: as it is written.
    Decimal(String),
    Text(String),
    Bytes(Vec<u8>),
    Extension(i8, Vec<u8>),
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
    Tag(u64, Box<Node>),
    /// A text or bytes that hold a document of their own.
    Inside(Holder, Box<Document>),
}

/// What a document stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Holder {
    Text,
    Bytes,
}

/// What a node is, without its value. Equal kinds can take each other's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Kind {
    Null,
    Bool,
    Integer,
    Float,
    Text,
    Bytes,
    List,
    Map,
    /// A tag, or a document inside.
    Wrapper,
}

impl Node {
    /// The keys of a record, which two of the same type have in common.
    pub(super) fn keys(&self) -> Vec<&Self> {
        match self {
            Self::Map(entries) => entries.iter().map(|(key, _)| key).collect(),
            _ => Vec::new(),
        }
    }

    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Null => Kind::Null,
            Self::Bool(_) => Kind::Bool,
            Self::Integer(_) => Kind::Integer,
            Self::Single(_) | Self::Double(_) | Self::Decimal(_) => Kind::Float,
            Self::Text(_) => Kind::Text,
            Self::Bytes(_) | Self::Extension(..) => Kind::Bytes,
            Self::List(_) => Kind::List,
            Self::Map(_) => Kind::Map,
            Self::Tag(..) | Self::Inside(..) => Kind::Wrapper,
        }
    }

    /// How many parts it has: items, or keys and values together.
    pub(super) fn parts(&self) -> usize {
        match self {
            Self::List(items) => items.len(),
            Self::Map(entries) => 2 * entries.len(),
            _ => 0,
        }
    }
}

impl Number {
    /// Every way to write a number that is looked for; the wide ones first, which seldom fit by chance.
    pub(super) const ALL: [Self; 9] = [
        Self::Little(8),
        Self::Big(8),
        Self::Little(4),
        Self::Big(4),
        Self::Little(2),
        Self::Big(2),
        Self::Leb128,
        Self::Little(1),
        Self::Compact,
    ];

    /// The number in front of the bytes, and how many of them it takes.
    pub(super) fn read(self, bytes: &[u8]) -> Option<(u64, usize)> {
        match self {
            Self::Little(size) => {
                let number = bytes.get(..size)?.iter().rev();
                Some((
                    number.fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
                    size,
                ))
            }
            Self::Big(size) => {
                let number = bytes.get(..size)?.iter();
                Some((
                    number.fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
                    size,
                ))
            }
            Self::Leb128 => {
                let mut number = 0u64;
                for (index, byte) in bytes.iter().enumerate().take(9) {
                    number |= u64::from(byte & 0x7f) << (7 * index);
                    if *byte < 0x80 {
                        // A trailing zero is never written.
                        return (*byte != 0 || index == 0).then_some((number, index + 1));
                    }
                }
                None
            }
            Self::Compact => {
                let size = match bytes.first()? & 3 {
                    0 => 1,
                    1 => 2,
                    2 => 4,
                    _ => return None,
                };
                let (number, _) = Self::Little(size).read(bytes)?;
                Some((number >> 2, size))
            }
        }
    }

    /// The number as it is written; of one that is too large, the lowest bytes.
    pub(super) fn write(self, number: u64) -> Vec<u8> {
        match self {
            Self::Little(size) => number.to_le_bytes()[..size.min(8)].to_vec(),
            Self::Big(size) => number.to_be_bytes()[8 - size.min(8)..].to_vec(),
            Self::Leb128 => leb128(number),
            Self::Compact => match number {
                0..0x40 => Self::Little(1).write(number << 2),
                0x40..0x4000 => Self::Little(2).write(number << 2 | 1),
                _ => Self::Little(4).write(number << 2 | 2),
            },
        }
    }
}
