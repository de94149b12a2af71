//! Where things are in the memory that a rewritten module records in.
//!
//! With counters: byte `n` counts site `n`, modulo 256. With comparisons: how many there were, a ring of the last of them,
//! and a byte for each site that says how many of its own are in the ring.

/// A pair of integers that the guest compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Comparison {
    /// Number of the site in its [`super::ModuleMap`].
    pub site: u32,
    /// The left operand, sign-extended to 64 bits. For a `br_table`, its index.
    pub left: u64,
    /// The right operand, likewise. For a `br_table`, the number of its targets.
    pub right: u64,
}

/// Bytes of one comparison in the ring: left, right, site, padding.
pub(super) const RECORD: u32 = 32;
/// Comparisons in the ring, a power of two.
pub(super) const RING: u32 = 4_096;
/// Of each site so many comparisons are kept: a loop must not push everything else out of the ring.
pub(super) const PER_SITE: i32 = 24;
/// Address of the number of comparisons that were written to the ring.
pub(super) const WRITTEN: u64 = 0;
/// Address of the ring.
pub(super) const RING_START: u64 = 16;
/// Offsets within a record.
pub(super) const RIGHT: u64 = 8;
pub(super) const SITE: u64 = 16;
/// Address of the bytes that count each site's comparisons.
pub(super) const SITES_START: u64 = RING_START + RECORD as u64 * RING as u64;

/// Bytes of a page of WebAssembly memory.
const PAGE: u64 = 1 << 16;

/// Pages for a record of so many sites.
pub(super) fn pages(comparisons: bool, sites: usize) -> u64 {
    let start = if comparisons { SITES_START } else { 0 };
    (start + sites as u64).div_ceil(PAGE).max(1)
}

/// Bytes of a record that a host reads.
pub(super) fn bytes(comparisons: bool, sites: usize) -> u64 {
    if comparisons {
        SITES_START
    } else {
        sites as u64
    }
}

/// The comparisons in a module's record, in the order in which they were made, the last [`RING`] of them.
pub fn comparisons(record: &[u8]) -> impl Iterator<Item = Comparison> + '_ {
    let written = record
        .get(WRITTEN as usize..)
        .and_then(|rest| rest.first_chunk())
        .map_or(0, |bytes| u32::from_le_bytes(*bytes));
    let ring = record.get(RING_START as usize..).unwrap_or_default();
    let first = written.saturating_sub(RING);
    (first..written).filter_map(move |number| {
        let start = (number % RING * RECORD) as usize;
        let record: &[u8; RECORD as usize] = ring.get(start..)?.first_chunk()?;
        Some(Comparison {
            left: u64::from_le_bytes(*record.first_chunk()?),
            right: u64::from_le_bytes(*record[RIGHT as usize..].first_chunk()?),
            site: u32::from_le_bytes(*record[SITE as usize..].first_chunk()?),
        })
    })
}
