/** The currencies that a shop's books can be kept in, as setting up offers them. They are those of `CURRENCIES` in `crates/domain/src/money.rs`; a test holds the two together. */
export const CURRENCIES: readonly string[] = [
  'CNY', 'HKD', 'MOP', 'TWD', 'JPY', 'KRW', 'SGD', 'MYR', 'THB', 'VND', 'PHP', 'INR', 'GBP', 'EUR', 'USD', 'AUD', 'CAD', 'NZD', 'CHF', 'SEK', 'NOK', 'DKK',
  'PLN', 'CZK', 'AED', 'SAR', 'ZAR', 'BRL', 'MXN',
]
