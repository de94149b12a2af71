//! What a cart costs.

use crate::{Coupon, Line, Rate, Reduction};

/// The sum of the lines, less the coupon, less the discount; never below zero, at most `u64::MAX`.
pub(crate) fn total(lines: &[Line], coupon: Option<&Coupon>, discount: Rate) -> u64 {
    let sum = lines
        .iter()
        .map(|line| u128::from(line.quantity) * u128::from(line.unit_price))
        .sum::<u128>();
    let sum = u64::try_from(sum).unwrap_or(u64::MAX);
    let reduced = match coupon.map(|coupon| coupon.reduction) {
        None => sum,
        Some(Reduction::Percent(percent)) => percent_of(sum, 100_u8.saturating_sub(percent)),
        Some(Reduction::Amount(amount)) => sum.saturating_sub(amount),
    };
    discounted(reduced, discount)
}

fn percent_of(sum: u64, percent: u8) -> u64 {
    u64::try_from(u128::from(sum) * u128::from(percent) / 100).unwrap_or(u64::MAX)
}

/// A rate of 0 or less, or no number at all, leaves every cent alone: no detour through a float.
fn discounted(sum: u64, Rate(rate): Rate) -> u64 {
    if rate > 0.0 {
        (sum as f64 * (1.0 - rate.min(1.0))) as u64
    } else {
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(quantity: u32, unit_price: u64) -> Vec<Line> {
        vec![
            Line {
                sku: "tea".to_owned(),
                quantity,
                unit_price
            };
            2
        ]
    }

    fn coupon(reduction: Reduction) -> Coupon {
        Coupon {
            code: "SPRING".to_owned(),
            reduction,
        }
    }

    #[test]
    fn coupon_comes_before_discount() {
        let half = coupon(Reduction::Percent(50));
        assert_eq!(total(&lines(2, 250), Some(&half), Rate(0.1)), 450);
        let amount = coupon(Reduction::Amount(400));
        assert_eq!(total(&lines(2, 250), Some(&amount), Rate(0.5)), 300);
    }

    #[test]
    fn extremes_stay_in_range() {
        assert_eq!(total(&lines(u32::MAX, u64::MAX), None, Rate(0.0)), u64::MAX);
        assert_eq!(
            total(
                &lines(1, 5),
                Some(&coupon(Reduction::Amount(11))),
                Rate(0.0)
            ),
            0
        );
        assert_eq!(total(&lines(1, 5), None, Rate(f64::INFINITY)), 0);
        for rate in [f64::NAN, -0.0, -1.0, f64::NEG_INFINITY] {
            assert_eq!(total(&lines(1, 5), None, Rate(rate)), 10);
        }
    }
}
