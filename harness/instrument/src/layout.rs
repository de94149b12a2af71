//! Where things are in the memory that a rewritten module keeps its record in.
//!
//! First, where the module can be reset, a flag for each granule of the module's own memory: a byte that is not zero if the
//! granule was written to. Then a few cells, then the record. A record of counters: byte `n` counts site `n`, modulo 256; for
//! blocks it is four bytes, so that a block that is entered 256 times does not look as if it was never reached. A record of
//! comparisons: a ring of the last of them, how many there were, and a byte for each site that counts its own in the ring. The
//! ring itself is never cleared.

use crate::Probes;

/// Bytes of a granule, which is restored as a whole, as a power of two. The flags, one for each granule of 4 GiB, start at
/// address 0.
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
pub(crate) const COMPARISON: u32 = 32;
/// Comparisons in the ring, a power of two.
pub(crate) const RING: u32 = 4_096;
/// Comparisons that are kept of each site: a loop must not push everything else out of the ring.
pub(crate) const PER_SITE: i32 = 8;
/// Offset within the record of the number of comparisons that were written to the ring.
pub(crate) const WRITTEN: u64 = COMPARISON as u64 * RING as u64;
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

    /// Two numbers: the address of the status, and how many bytes of status and record the host reads.
    pub(crate) fn location(&self) -> u64 {
        self.cells
    }

    /// How many pages the memory may have for the module to be reset; 0 for any number.
    pub(crate) fn reserved(&self) -> u64 {
        self.cells + 16
    }

    /// How many pages more the memory has than the modules that write to it believe.
    pub(crate) fn surplus(&self) -> u64 {
        self.cells + 20
    }

    /// A byte that is 1 if the module resets itself before it is entered again.
    pub(crate) fn resets_itself(&self) -> u64 {
        self.status() - 1
    }

    /// A byte that is 1 while the module waits for a function that it imports.
    pub(crate) fn outside(&self) -> u64 {
        self.status() - 2
    }

    /// What the host reads before the record: see [`crate::Status`].
    pub(crate) fn status(&self) -> u64 {
        self.record() - STATUS as u64
    }

    /// A byte that is 1 if something was changed that a reset cannot undo.
    pub(crate) fn irreversible(&self) -> u64 {
        self.status()
    }

    /// A byte that is 1 if the module resets itself before it is entered again, and was entered.
    pub(crate) fn entered(&self) -> u64 {
        self.status() + 1
    }

    /// How often the module has reset itself.
    pub(crate) fn resets(&self) -> u64 {
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

    /// Bytes of the counters of this many sites.
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

    /// Where the part starts that a reset clears; it ends with the counter of the last site.
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
