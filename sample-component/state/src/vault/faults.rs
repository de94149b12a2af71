//! The planted faults, and for each an input that reaches it. Each is a function that nothing inlines, so that the
//! backtrace tells which one it was.

use super::{
    AutoLock, Contents, Format, Secret, decode_mended, seal,
    v2::FATAL,
    v3::Columns,
    v4::{KEY_SCHEDULE, LAYER, PADDING},
};
use crate::{DecodeError, frame};

/// A fault of the vault's load.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    pub name: &'static str,
    /// The function in the guest's backtrace, without its path.
    pub function: &'static str,
    pub what: &'static str,
    /// Makes an input that reaches it, and no other fault.
    pub input: fn() -> Vec<u8>,
}

/// The fault whose missing check these bytes need. Too many layers or too large a count, if not by much, fit into a
/// worker nevertheless; `decode` then answers with an error.
pub fn reached_by(bytes: &[u8]) -> Option<Fault> {
    let refusal = decode_mended(bytes).err()?;
    ALL.into_iter().find(|fault| fault.refusal() == refusal)
}

impl Fault {
    /// What a decoder without the fault says.
    pub(super) fn refusal(&self) -> DecodeError {
        DecodeError::Body(self.what.to_owned())
    }
}

/// All of them.
pub const ALL: [Fault; 7] = [
    MISSING_VERSION,
    UNCHECKED_LENGTH,
    FATAL_VALUE,
    ROWS_BEYOND_COLUMN,
    UNBOUNDED_LAYERS,
    UNCHECKED_COUNT,
    PADDING_WITHOUT_STEP,
];

pub const MISSING_VERSION: Fault = Fault {
    name: "missing-version",
    function: "version_at_unchecked_index",
    what: "the magic and nothing after it: the version is read beyond the end",
    input: || {
        let mut bytes = seal(0, &[]);
        bytes.pop();
        bytes
    },
};

pub const UNCHECKED_LENGTH: Fault = Fault {
    name: "unchecked-length",
    function: "slice_by_unchecked_length",
    what: "v1: a length that is larger than the rest",
    input: || seal(Format::V1 as u8, &[2, 0, 0, 0, 0]),
};

pub const FATAL_VALUE: Fault = Fault {
    name: "fatal-value",
    function: "panic_at_fatal_value",
    what: "v2: an auto-lock of Some(Some(0xdead_beef_cafe)), in postcard",
    input: || {
        let contents = Contents {
            auto_lock: FATAL,
            ..Contents::default()
        };
        seal(Format::V2 as u8, &frame::to_postcard(&contents))
    },
};

pub const ROWS_BEYOND_COLUMN: Fault = Fault {
    name: "rows-beyond-column",
    function: "index_row_beyond_column",
    what: "v3: more rows than a column has elements",
    input: || {
        let columns = Columns {
            auto_lock: AutoLock::None,
            rows: 2,
            names: vec![String::new()],
            texts: vec![String::new()],
            layers: vec![Vec::new()],
        };
        seal(Format::V3 as u8, &frame::to_postcard(&columns))
    },
};

pub const UNBOUNDED_LAYERS: Fault = Fault {
    name: "unbounded-layers",
    function: "peel_layers_without_bound",
    what: "v4: some hundred nested layers, each with a frame of its own on the stack",
    input: || one_value(&[LAYER, 0].repeat(STACK / KEY_SCHEDULE + 1)),
};

pub const UNCHECKED_COUNT: Fault = Fault {
    name: "unchecked-count",
    function: "reserve_by_unchecked_count",
    what: "v4: a number of secrets that memory is reserved for at once",
    input: || seal(Format::V4 as u8, &counted(MEMORY / SMALLEST, &[])),
};

pub const PADDING_WITHOUT_STEP: Fault = Fault {
    name: "padding-without-step",
    function: "skip_padding_without_step",
    what: "v4: the tag of padding before a value: a loop without end",
    input: || one_value(&[PADDING]),
};

/// The stack of a guest, in bytes: the linker's default.
const STACK: usize = 1 << 20;
/// More than a worker gets.
const MEMORY: usize = 1 << 30;
/// What a secret and its name take in a guest, where a pointer has 4 bytes.
const SMALLEST: usize = size_of::<(String, Secret)>() / size_of::<usize>() * 4;

/// A v4 snapshot up to the value of its only secret, which has no name.
fn one_value(value: &[u8]) -> Vec<u8> {
    let named = [&[0], value].concat();
    seal(Format::V4 as u8, &counted(1, &named))
}

fn counted(count: usize, secrets: &[u8]) -> Vec<u8> {
    [&[0], &(count as u32).to_le_bytes()[..], secrets].concat()
}
