//! Adding amounts up: where a wrong one is among them, the sum is an error that tells of it and never a figure.
//!
//! Deliberately absent: sums that the database makes, whose overflow is an error of its own (`error`).

use crate::{Error, Result};

/// The most that a sum comes to, signs aside: whole numbers on the wire stay below 2^53. What is made of a few such sums by adding and subtracting fits an
/// `i64` by far.
pub(super) const SUM_MAX: i64 = (1 << 53) - 1;

/// Both together.
pub(super) fn plus(sum: i64, amount: i64) -> Option<i64> {
    sum.checked_add(amount).filter(is_sum)
}

/// The first less the second.
pub(super) fn less(sum: i64, amount: i64) -> Option<i64> {
    sum.checked_sub(amount).filter(is_sum)
}

/// A sum that the database made.
///
/// # Errors
/// [`Error::SumTooLarge`] where it is beyond what a sum may come to.
pub(super) fn whole(sum: i64) -> Result<i64> {
    Some(sum).filter(is_sum).ok_or_else(Error::sum_too_large)
}

fn is_sum(sum: &i64) -> bool {
    sum.unsigned_abs() <= SUM_MAX.unsigned_abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_the_wire_is_no_sum() {
        assert_eq!((plus(SUM_MAX - 1, 1), plus(SUM_MAX, 1), plus(i64::MAX, 1)), (Some(SUM_MAX), None, None));
        assert_eq!((less(-SUM_MAX + 1, 1), less(-SUM_MAX, 1), less(i64::MIN, 1), less(0, i64::MIN)), (Some(-SUM_MAX), None, None, None));
        assert!(whole(SUM_MAX).is_ok() && whole(-SUM_MAX).is_ok());
        assert!(matches!(whole(i64::MIN), Err(Error::SumTooLarge { .. })));
    }
}
