//! Where things are in the memory that a rewritten module keeps its record in.
//!
//! First, where the module can be reset, a byte for each granule of the module's own memory that says whether it was written
//! to. Then a few cells, then the record. A record of counters: byte `n` counts site `n`, modulo 256; for blocks it is four
//! bytes, so that a block that is entered 256 times does not look as if it was never reached. A record of comparisons: a ring
//! of the last of them, how many there were, and a byte for each site that says how many of its own are in the ring. The ring
//! itself is never cleared.

use wasm_encoder::Instruction;

use crate::Probes;

/// A pair of integers that the guest compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Comparison {
    /// Number of the site in its [`crate::ModuleMap`].
    pub site: u32,
    /// The left operand, sign-extended to 64 bits. For a `br_table`, its index.
    pub left: u64,
    /// The right operand, likewise. For a `br_table`, the number of its targets.
    pub right: u64,
}

/// Bytes of the module's own memory that are put back together, as a power of two. Its flags, one for each granule of 4 GiB,
/// start at address 0.
pub(crate) const GRANULE_BITS: i32 = 10;
const FLAGS: u64 = 1 << (32 - GRANULE_BITS);
/// Bytes of a page of WebAssembly memory.
pub(crate) const PAGE: u64 = 1 << 16;
/// Bytes of a block's counter.
pub(crate) const BLOCK_COUNTER: u64 = 4;

/// Pages that a memory is made larger by, so that most workers never grow it.
pub(crate) const RESERVED_PAGES: i32 = 16;

/// Bytes of the status.
pub(crate) const STATUS: usize = 8;

/// Bytes of one comparison in the ring: left, right, site, padding.
pub(crate) const RECORD: u32 = 32;
/// Comparisons in the ring, a power of two.
pub(crate) const RING: u32 = 4_096;
/// Of each site so many comparisons are kept: a loop must not push everything else out of the ring.
pub(crate) const PER_SITE: i32 = 8;
/// Offset within the record of the number of comparisons that were written to the ring.
const WRITTEN: u64 = RECORD as u64 * RING as u64;
/// Offsets within one comparison.
pub(crate) const RIGHT: u64 = 8;
pub(crate) const SITE: u64 = 16;
/// Offset within the record of the bytes that count each site's comparisons.
const SITES_START: u64 = WRITTEN + 16;

/// The addresses of one module's memory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout {
    cells: u64,
    comparisons: bool,
    /// Bytes of a counter.
    counter: u64,
}

impl Layout {
    pub(crate) fn new(probes: Probes, reset: bool) -> Self {
        Self {
            cells: if reset { FLAGS } else { 0 },
            comparisons: probes == Probes::Comparisons,
            counter: match probes {
                Probes::Blocks => BLOCK_COUNTER,
                Probes::Edges | Probes::Comparisons | Probes::None => 1,
            },
        }
    }

    /// Two numbers that tell where the status and the record are.
    pub(crate) fn location(&self) -> u64 {
        self.cells
    }

    /// How many pages the memory may have for the module to be put back; 0 for any number.
    pub(crate) fn reserved(&self) -> u64 {
        self.cells + 16
    }

    /// How many pages more the memory has than the modules that write to it believe.
    pub(crate) fn surplus(&self) -> u64 {
        self.cells + 20
    }

    /// A byte that is 1 if the module puts itself back before it is entered again.
    pub(crate) fn by_itself(&self) -> u64 {
        self.status() - 1
    }

    /// A byte that is 1 while a function that the module imports is called.
    pub(crate) fn outside(&self) -> u64 {
        self.status() - 2
    }

    /// What the host reads before the record: see [`Status`].
    pub(crate) fn status(&self) -> u64 {
        self.record() - STATUS as u64
    }

    /// A byte that is 1 if something was changed that cannot be put back.
    pub(crate) fn left(&self) -> u64 {
        self.status()
    }

    /// A byte that is 1 if the module puts itself back before it is entered again, and was entered.
    pub(crate) fn entered(&self) -> u64 {
        self.status() + 1
    }

    /// How often the module has put itself back.
    pub(crate) fn times(&self) -> u64 {
        self.status() + 4
    }

    /// Where the record is.
    pub(crate) fn record(&self) -> u64 {
        self.cells + 64
    }

    /// How many comparisons were written to the ring.
    pub(crate) fn written(&self) -> u64 {
        self.record() + WRITTEN
    }

    /// The counters: what each site did, or how many comparisons of it are in the ring.
    pub(crate) fn sites(&self) -> u64 {
        match self.comparisons {
            true => self.record() + SITES_START,
            false => self.record(),
        }
    }

    /// Bytes of the counters of so many sites.
    pub(crate) fn counters(&self, sites: usize) -> u64 {
        self.counter * sites as u64
    }

    /// Bytes of the record that a host reads.
    pub(crate) fn read(&self, sites: usize) -> u64 {
        match self.comparisons {
            true => SITES_START,
            false => self.counters(sites),
        }
    }

    /// Where what is cleared before each run begins; it ends with the last site.
    pub(crate) fn cleared(&self) -> u64 {
        match self.comparisons {
            true => self.written(),
            false => self.record(),
        }
    }

    /// Pages of the memory.
    pub(crate) fn pages(&self, sites: usize) -> u64 {
        (self.sites() + self.counters(sites)).div_ceil(PAGE)
    }
}

/// What the function that puts a module back is asked for. It answers 1, or 0 if that is not possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Ask {
    /// To put the module back; the only one that is zero.
    PutBack = 0,
    /// To make what is there now what is put back, by what was written to since the start.
    KeepWritten = 1,
    /// The same, by all of the memory.
    KeepAll = 2,
    /// To put the module back from now on when it is entered again.
    ByItself = 3,
    /// To answer a sum of the module's memory and globals.
    SumUp = 4,
    /// To make the memory larger than the module believes, and not to put it back once it is larger still: then what lies
    /// beyond its end is the same each time.
    Reserve = 5,
}

impl Ask {
    pub(crate) const fn constant(self) -> Instruction<'static> {
        Instruction::I32Const(self as i32)
    }
}

/// What a module says of its own state, before its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// Something was changed that cannot be put back.
    pub left: bool,
    /// It puts itself back before it is entered again, and was entered since it did so last.
    pub entered: bool,
    /// How often it has put itself back, modulo 2³².
    pub times: u32,
}

impl Status {
    /// Splits what a module lets the host read into its status and its record.
    pub fn split(bytes: &[u8]) -> (Self, &[u8]) {
        let (status, record) = bytes.split_first_chunk().unwrap_or((&[0; STATUS], &[]));
        let [left, entered, _, _, times @ ..] = *status;
        let status = Self {
            left: left != 0,
            entered: entered != 0,
            times: u32::from_le_bytes(times),
        };
        (status, record)
    }
}

/// How often each block was entered, in the order of the sites; for the record of a module with [`Probes::Blocks`].
pub fn block_counts(record: &[u8]) -> impl Iterator<Item = u32> + '_ {
    let (counters, _) = record.as_chunks();
    counters.iter().map(|bytes| u32::from_le_bytes(*bytes))
}

/// The comparisons in a module's record, in the order in which they were made, at most the last 4,096.
pub fn comparisons(record: &[u8]) -> impl Iterator<Item = Comparison> + '_ {
    let written = record
        .get(WRITTEN as usize..)
        .and_then(|rest| rest.first_chunk())
        .map_or(0, |bytes| u32::from_le_bytes(*bytes));
    let first = written.saturating_sub(RING);
    (first..written).filter_map(move |number| {
        let start = (number % RING * RECORD) as usize;
        let record: &[u8; RECORD as usize] = record.get(start..)?.first_chunk()?;
        Some(Comparison {
            left: u64::from_le_bytes(*record.first_chunk()?),
            right: u64::from_le_bytes(*record[RIGHT as usize..].first_chunk()?),
            site: u32::from_le_bytes(*record[SITE as usize..].first_chunk()?),
        })
    })
}
