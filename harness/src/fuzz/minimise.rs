//! The shortest input that still fails the same way.

/// How many inputs are tried for one finding.
const MOST_TRIALS: usize = 20_000;
/// Up to this length every byte is also made simpler.
const SIMPLIFIED: usize = 512;

/// Removes what can be removed from `input` while it still `fails`, then replaces what can be replaced by zeros. The result
/// fails, if `input` does; no single chunk of it can be removed any more, unless the trials ran out, or `fails` gave up and
/// answered none.
pub(super) fn minimised(input: &[u8], mut fails: impl FnMut(&[u8]) -> Option<bool>) -> Vec<u8> {
    let mut trials = 0;
    let mut best = input.to_vec();
    let _ = minimise(&mut best, &mut |bytes: &[u8]| {
        trials += 1;
        match trials <= MOST_TRIALS {
            true => fails(bytes),
            false => None,
        }
    });
    best
}

/// None if it was given up on the way.
fn minimise(best: &mut Vec<u8>, fails: &mut impl FnMut(&[u8]) -> Option<bool>) -> Option<()> {
    loop {
        let before = best.len();
        let mut size = best.len();
        while size > 0 {
            // From the end: what is read last matters least to what was read before.
            let mut end = best.len();
            while end > 0 {
                let start = end.saturating_sub(size);
                let without = [&best[..start], &best[end..]].concat();
                if fails(&without)? {
                    *best = without;
                }
                end = start.min(best.len());
            }
            size /= 2;
        }
        if best.len() == before {
            break;
        }
    }
    if best.len() > SIMPLIFIED {
        return None;
    }
    for at in 0..best.len() {
        for simpler in [0, 1, b'0'] {
            if best[at] <= simpler {
                break;
            }
            let mut simplified = best.clone();
            simplified[at] = simpler;
            if fails(&simplified)? {
                *best = simplified;
                break;
            }
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_matter_goes_and_what_does_stays() {
        let input: Vec<u8> = (0..200).collect();
        let fails = |bytes: &[u8]| {
            let find = |wanted: u8| bytes.iter().position(|byte| *byte == wanted);
            Some(matches!((find(17), find(150)), (Some(first), Some(second)) if first < second))
        };
        assert_eq!(minimised(&input, fails), [17, 150]);
    }

    #[test]
    fn bytes_that_may_be_anything_become_zeros() {
        let fails = |bytes: &[u8]| Some(bytes.len() >= 3 && bytes.last() == Some(&9));
        assert_eq!(minimised(&[7; 40].map(|_| 9), fails), [0, 0, 9]);
    }

    #[test]
    fn an_input_that_does_not_fail_stays_as_it_is() {
        assert_eq!(minimised(b"abc", |_| Some(false)), b"abc");
    }

    #[test]
    fn what_was_removed_before_it_was_given_up_stays_removed() {
        let mut left = 3;
        let fails = |bytes: &[u8]| {
            left -= 1;
            (left > 0).then_some(bytes.len() >= 10)
        };
        // All of it, half of it, and then no more.
        assert_eq!(minimised(&[7; 40], fails), [7; 20]);
    }
}
