//! The shortest input that still fails the same way.

/// How many inputs are tried for one finding.
const MOST_TRIALS: usize = 20_000;
/// Up to this length every byte is also made simpler.
const SIMPLIFIED: usize = 512;

/// Removes what can be removed from `input` while it still `fails`, then replaces what can be replaced by zeros. The result
/// fails, if `input` does; no single chunk of it can be removed any more, unless the trials ran out.
pub(super) fn minimised(input: &[u8], mut fails: impl FnMut(&[u8]) -> bool) -> Vec<u8> {
    let mut trials = 0;
    let mut fails = |bytes: &[u8]| {
        trials += 1;
        trials <= MOST_TRIALS && fails(bytes)
    };
    let mut best = input.to_vec();
    loop {
        let before = best.len();
        let mut size = best.len();
        while size > 0 {
            // From the end: what is read last matters least to what was read before.
            let mut end = best.len();
            while end > 0 {
                let start = end.saturating_sub(size);
                let without = [&best[..start], &best[end..]].concat();
                if fails(&without) {
                    best = without;
                }
                end = start.min(best.len());
            }
            size /= 2;
        }
        if best.len() == before {
            break;
        }
    }
    if best.len() <= SIMPLIFIED {
        for at in 0..best.len() {
            for simpler in [0, 1, b'0'] {
                if best[at] <= simpler {
                    break;
                }
                let old = std::mem::replace(&mut best[at], simpler);
                if fails(&best) {
                    break;
                }
                best[at] = old;
            }
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_matter_goes_and_what_does_stays() {
        let input: Vec<u8> = (0..200).collect();
        let fails = |bytes: &[u8]| {
            let find = |wanted: u8| bytes.iter().position(|byte| *byte == wanted);
            matches!((find(17), find(150)), (Some(first), Some(second)) if first < second)
        };
        assert_eq!(minimised(&input, fails), [17, 150]);
    }

    #[test]
    fn bytes_that_may_be_anything_become_zeros() {
        let fails = |bytes: &[u8]| bytes.len() >= 3 && bytes.last() == Some(&9);
        assert_eq!(minimised(&[7; 40].map(|_| 9), fails), [0, 0, 9]);
    }

    #[test]
    fn an_input_that_does_not_fail_stays_as_it_is() {
        assert_eq!(minimised(b"abc", |_| false), b"abc");
    }
}
