//! Money: whole minor units (fen, pence), never a float.

/// A unit price in millionths of the currency's unit, wide enough for the sub-penny prices of real files.
pub type Micro = i64;

/// Currencies that the books can be kept in, the likeliest first: those whose minor unit is the same in ISO 4217 and where screens and spreadsheets
/// write amounts (CLDR). Where the two differ, as with the rupiah, an amount would be shown a hundredfold.
pub const CURRENCIES: &[&str] = &[
    "CNY", "HKD", "MOP", "TWD", "JPY", "KRW", "SGD", "MYR", "THB", "VND", "PHP", "INR", "GBP", "EUR", "USD", "AUD", "CAD", "NZD", "CHF", "SEK", "NOK", "DKK",
    "PLN", "CZK", "AED", "SAR", "ZAR", "BRL", "MXN",
];

/// `price_micro` × `quantity_milli`, rounded half away from zero to the minor unit of a currency with `digits` decimals. `None` where it does not fit.
///
/// `price_micro` is in 10⁻⁶ of the unit and quantity in 10⁻³ pieces, so the product is in 10⁻⁹.
#[must_use]
pub fn round_micro_to_minor(price_micro: Micro, quantity_milli: i64, digits: u32) -> Option<i64> {
    let per_minor = 10_i128.checked_pow(9_u32.checked_sub(digits)?)?;
    let product = i128::from(price_micro) * i128::from(quantity_milli);
    let half = if product < 0 { -per_minor / 2 } else { per_minor / 2 };
    i64::try_from((product + half) / per_minor).ok()
}

/// How many decimals a currency's minor unit has, by ISO 4217: none of the yen, three of the dinar, else two.
#[must_use]
pub fn minor_digits(currency: &str) -> u32 {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "UYI" | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        "CLF" | "UYW" => 4,
        _ => 2,
    }
}

/// Basis points of `part` in `whole`, rounded half away from zero; `None` where `whole` is 0 (shown as "—", never as 0 %).
#[must_use]
pub fn share_bp(part: i64, whole: i64) -> Option<i64> {
    if whole == 0 {
        return None;
    }
    let (part, whole) = (i128::from(part) * 10_000, i128::from(whole));
    let half = if (part < 0) == (whole < 0) { whole.abs() / 2 } else { -whole.abs() / 2 };
    i64::try_from((part + if whole < 0 { -half } else { half }) / whole).ok()
}

/// `sum` ÷ `count`, rounded half away from zero; `None` where `count` is 0.
#[must_use]
pub const fn mean_minor(sum: i64, count: i64) -> Option<i64> {
    if count == 0 {
        return None;
    }
    let half = if (sum < 0) == (count < 0) { count.abs() / 2 } else { -(count.abs() / 2) };
    let half = if count < 0 { -half } else { half };
    Some((sum + half) / count)
}

/// Splits `total` over `weights` so that the parts sum to it exactly (largest remainder; ties go to the earlier part).
#[must_use]
pub fn allocate(total: i64, weights: &[i64]) -> Vec<i64> {
    let sum: i128 = weights.iter().map(|w| i128::from(*w)).sum();
    if sum == 0 {
        return vec![0; weights.len()];
    }
    let exact = |w: i64| i128::from(total) * i128::from(w);
    let mut parts: Vec<i64> = weights.iter().map(|w| i64::try_from(exact(*w).div_euclid(sum)).unwrap_or(0)).collect();
    let rest = total - parts.iter().sum::<i64>();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|i| (std::cmp::Reverse(exact(weights[*i]).rem_euclid(sum)), *i));
    for i in order.into_iter().take(usize::try_from(rest).unwrap_or(0)) {
        parts[i] += 1;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_currency_has_its_own_decimals() {
        for (currency, digits) in [("CNY", 2), ("JPY", 0), ("KRW", 0), ("KWD", 3), ("GBP", 2)] {
            assert_eq!(minor_digits(currency), digits, "{currency}");
        }
    }

    #[test]
    fn rounds_half_away_from_zero() {
        for (price_micro, quantity_milli, minor) in [
            (2_550_000, 6_000, 1_530),
            (5_000, 1_000, 1),
            (-5_000, 1_000, -1),
            (5_000, -1_000, -1),
            (4_999, 1_000, 0),
            (1_000, 3_000, 0),
            (10_953_440_000, -1_000, -1_095_344),
        ] {
            assert_eq!(round_micro_to_minor(price_micro, quantity_milli, 2), Some(minor), "{price_micro} × {quantity_milli}");
        }
        assert_eq!(round_micro_to_minor(i64::MAX, i64::MAX, 2), None);
        assert_eq!(round_micro_to_minor(500_000_000, 1_000, minor_digits("JPY")), Some(500), "five hundred yen are five hundred, not fifty thousand");
    }

    #[test]
    fn shares_and_means() {
        assert_eq!(share_bp(1, 3), Some(3_333));
        assert_eq!(share_bp(2, 3), Some(6_667));
        assert_eq!(share_bp(-1, 3), Some(-3_333));
        assert_eq!(share_bp(1, 0), None);
        assert_eq!(mean_minor(5, 2), Some(3));
        assert_eq!(mean_minor(-5, 2), Some(-3));
        assert_eq!(mean_minor(5, 0), None);
        assert_eq!(allocate(1000, &[1000, 1000, 1000]), vec![334, 333, 333]);
    }

    proptest! {
        #[test]
        fn parts_sum_to_the_whole(total in -1_000_000_i64..1_000_000, weights in proptest::collection::vec(0_i64..100_000, 1..40)) {
            prop_assume!(weights.iter().sum::<i64>() > 0);
            prop_assert_eq!(allocate(total, &weights).iter().sum::<i64>(), total);
        }
    }
}
