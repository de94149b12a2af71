//! Values that look random and are a function of their key.

use std::hash::Hasher as _;

use siphasher::sip::SipHasher13;
use siphasher::sip128::{Hasher128 as _, SipHasher13 as SipHasher13Wide};

use super::time::Moment;

/// A stream of values determined by seed, moment, function and the number of the call.
#[derive(Debug, Clone)]
pub(super) struct Draw {
    key: (u64, u64),
    drawn: u64,
}

impl Draw {
    pub(super) fn new(seed: u64, moment: Moment, function: u64, call: u32) -> Self {
        let (kind, operation, attempt) = moment.parts();
        let mut hasher = SipHasher13Wide::new_with_keys(seed, function);
        hasher.write_u8(kind);
        hasher.write_u32(operation);
        hasher.write_u32(attempt);
        hasher.write_u32(call);
        Self::keyed(&hasher)
    }

    /// A stream that is the same at every moment: for what stays the same during a worker's life.
    pub(super) fn constant(seed: u64, what: &str) -> Self {
        Self::keyed(&SipHasher13Wide::new_with_keys(seed, hash(what.as_bytes())))
    }

    fn keyed(hasher: &SipHasher13Wide) -> Self {
        let key = hasher.finish128();
        Self {
            key: (key.h1, key.h2),
            drawn: 0,
        }
    }

    pub(super) fn u64(&mut self) -> u64 {
        let mut hasher = SipHasher13::new_with_keys(self.key.0, self.key.1);
        hasher.write_u64(self.drawn);
        self.drawn += 1;
        hasher.finish()
    }

    /// A number below `bound`, or 0 if that is 0. The bias is far below what a test could see.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.u64().checked_rem(bound).unwrap_or(0)
    }

    pub(super) fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(length.next_multiple_of(8));
        while bytes.len() < length {
            bytes.extend_from_slice(&self.u64().to_le_bytes());
        }
        bytes.truncate(length);
        bytes
    }
}

/// A hash that is the same on every machine.
pub(super) fn hash(bytes: &[u8]) -> u64 {
    SipHasher13::new().hash(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_the_key_matters_and_nothing_else() {
        let draw = |seed, moment, function, call| Draw::new(seed, moment, function, call).u64();
        let first = draw(1, Moment::Operation(2), 3, 4);
        assert_eq!(first, draw(1, Moment::Operation(2), 3, 4));
        let others = [
            draw(2, Moment::Operation(2), 3, 4),
            draw(1, Moment::Operation(3), 3, 4),
            draw(1, Moment::Save(2), 3, 4),
            draw(1, Moment::Operation(2), 4, 4),
            draw(1, Moment::Operation(2), 3, 5),
        ];
        assert!(!others.contains(&first));
    }

    #[test]
    fn bytes_are_as_many_as_asked_for() {
        let mut draw = Draw::constant(1, "bytes");
        for length in [0, 1, 7, 8, 9, 1000] {
            assert_eq!(draw.bytes(length).len(), length);
        }
    }
}
