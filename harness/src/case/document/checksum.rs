//! Checksums that a snapshot has of itself, recognised because one of the usual algorithms gives just these bytes.

use std::ops::Range;

use crc::{
    CRC_16_ARC, CRC_16_IBM_3740, CRC_16_MODBUS, CRC_16_XMODEM, CRC_32_BZIP2, CRC_32_ISCSI,
    CRC_32_ISO_HDLC, CRC_32_MPEG_2, CRC_64_ECMA_182, CRC_64_XZ, Crc, Table,
};

use super::node::Number;

/// Which bytes stand for which others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Checksum {
    algorithm: usize,
    number: Number,
}

/// A checksum with the bytes that it is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) checksum: Checksum,
    pub(super) field: Range<usize>,
    pub(super) covered: Range<usize>,
}

/// The largest snapshot that is looked at: each algorithm goes through all of it several times.
const LARGEST: usize = 1 << 14;
/// How far from the beginning a checksum may stand, and what it covers may begin.
const HEAD: usize = 24;
/// Fewer bytes have the same sum by chance.
const FEWEST: usize = 4;

static ARC: Crc<u16, Table<1>> = Crc::<u16>::new(&CRC_16_ARC);
static MODBUS: Crc<u16, Table<1>> = Crc::<u16>::new(&CRC_16_MODBUS);
static XMODEM: Crc<u16, Table<1>> = Crc::<u16>::new(&CRC_16_XMODEM);
static IBM: Crc<u16, Table<1>> = Crc::<u16>::new(&CRC_16_IBM_3740);
static ZLIB: Crc<u32, Table<1>> = Crc::<u32>::new(&CRC_32_ISO_HDLC);
static CASTAGNOLI: Crc<u32, Table<1>> = Crc::<u32>::new(&CRC_32_ISCSI);
static BZIP2: Crc<u32, Table<1>> = Crc::<u32>::new(&CRC_32_BZIP2);
static MPEG: Crc<u32, Table<1>> = Crc::<u32>::new(&CRC_32_MPEG_2);
static XZ: Crc<u64, Table<1>> = Crc::<u64>::new(&CRC_64_XZ);
static ECMA: Crc<u64, Table<1>> = Crc::<u64>::new(&CRC_64_ECMA_182);

/// How many bytes a checksum has, and what makes it.
type Algorithm = (usize, fn(&[u8]) -> u64);

/// The algorithms, with the number of bytes that each makes.
const ALGORITHMS: [Algorithm; 15] = [
    (8, |bytes| XZ.checksum(bytes)),
    (8, |bytes| ECMA.checksum(bytes)),
    (8, |bytes| {
        fnv(bytes, 0xcbf2_9ce4_8422_2325, 0x0100_0000_01b3)
    }),
    (4, |bytes| ZLIB.checksum(bytes).into()),
    (4, |bytes| CASTAGNOLI.checksum(bytes).into()),
    (4, |bytes| BZIP2.checksum(bytes).into()),
    (4, |bytes| MPEG.checksum(bytes).into()),
    (4, adler),
    (4, |bytes| fnv_32(bytes).into()),
    (4, |bytes| sum(bytes, 31)),
    (4, |bytes| sum(bytes, 33)),
    (2, |bytes| ARC.checksum(bytes).into()),
    (2, |bytes| MODBUS.checksum(bytes).into()),
    (2, |bytes| XMODEM.checksum(bytes).into()),
    (2, |bytes| IBM.checksum(bytes).into()),
];

fn fnv(bytes: &[u8], basis: u64, prime: u64) -> u64 {
    bytes.iter().fold(basis, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(prime)
    })
}

fn fnv_32(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash: u32, byte| {
        (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    })
}

fn adler(bytes: &[u8]) -> u64 {
    let (low, high) = bytes.iter().fold((1u32, 0u32), |(low, high), byte| {
        let low = (low + u32::from(*byte)) % 65_521;
        (low, (high + low) % 65_521)
    });
    u64::from(high << 16 | low)
}

/// Each byte counts by its place.
fn sum(bytes: &[u8], factor: u32) -> u64 {
    let sum = bytes.iter().fold(0u32, |sum, byte| {
        sum.wrapping_mul(factor).wrapping_add((*byte).into())
    });
    sum.into()
}

impl Checksum {
    pub(super) fn size(self) -> usize {
        ALGORITHMS[self.algorithm].0
    }

    pub(super) fn of(self, bytes: &[u8]) -> Vec<u8> {
        self.number.write(ALGORITHMS[self.algorithm].1(bytes))
    }
}

/// The checksum that stands at the end of the bytes or near their beginning; none if there is none that is known.
pub(super) fn find(bytes: &[u8]) -> Option<Found> {
    if bytes.len() > LARGEST {
        return None;
    }
    at_the_end(bytes).or_else(|| at_the_beginning(bytes))
}

fn at_the_end(bytes: &[u8]) -> Option<Found> {
    let length = bytes.len();
    (0..ALGORITHMS.len()).find_map(|algorithm| {
        let (size, _) = ALGORITHMS[algorithm];
        let at = length.checked_sub(size)?;
        let last = at.checked_sub(FEWEST)?.min(HEAD);
        (0..=last).find_map(|start| stands(bytes, algorithm, at..length, start..at))
    })
}

fn at_the_beginning(bytes: &[u8]) -> Option<Found> {
    let length = bytes.len();
    (0..ALGORITHMS.len()).find_map(|algorithm| {
        let (size, sum) = ALGORITHMS[algorithm];
        let last = length.checked_sub(FEWEST)?.min(HEAD);
        // What is covered goes to the end, so that one sum is compared with every place before it.
        (size..=last).find_map(|start| {
            let sum = sum(&bytes[start..]);
            (0..=start - size).find_map(|at| {
                equals(bytes, algorithm, at..at + size, sum).map(|checksum| Found {
                    checksum,
                    field: at..at + size,
                    covered: start..length,
                })
            })
        })
    })
}

fn stands(
    bytes: &[u8],
    algorithm: usize,
    field: Range<usize>,
    covered: Range<usize>,
) -> Option<Found> {
    let sum = ALGORITHMS[algorithm].1(&bytes[covered.clone()]);
    let checksum = equals(bytes, algorithm, field.clone(), sum)?;
    Some(Found {
        checksum,
        field,
        covered,
    })
}

fn equals(bytes: &[u8], algorithm: usize, field: Range<usize>, sum: u64) -> Option<Checksum> {
    let numbers = [Number::Little(field.len()), Number::Big(field.len())];
    let number = numbers
        .into_iter()
        .find(|number| number.write(sum) == bytes[field.clone()])?;
    // A small number is a count or a length.
    (sum >= 0x100).then_some(Checksum { algorithm, number })
}
