//! `orders list`.

use crate::{arguments::OrdersList, desk::Desk, failure::Failure, shop};
use app::wire::{OrderFilter, OrderPage, OrderQuery, OrderSort};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Rows asked at once: a page of the screens.
const PAGE_ROWS: u32 = 200;
/// More than this is an export's work, not a list's.
const LIMIT_MAX: u32 = 100_000;

/// The words that the options take.
const CHANNELS: &[&str] = &["counter", "mini_program", "web", "app", "errand", "import"];
const PAY: &[&str] = &["unpaid", "partial", "paid", "closed"];
const FULFIL: &[&str] = &["none", "waiting", "underway", "done", "closed"];
const REFUND: &[&str] = &["none", "underway", "part", "all"];

/// Orders, newest first, page after page up to the limit.
pub async fn list(desk: &Desk, asked: OrdersList) -> Result<Value, Failure> {
    if asked.limit == 0 || asked.limit > LIMIT_MAX {
        return Err(Failure::Usage(format!("--limit is 1 to {LIMIT_MAX}")));
    }
    let filter = OrderFilter {
        text: asked.text,
        from: asked.from,
        to: asked.to,
        shop_ids: shop::ids_of(desk, &asked.shop).await?,
        channels: words("--channel", &asked.channel, CHANNELS)?,
        pay: words("--pay", &asked.pay, PAY)?,
        fulfil: words("--fulfil", &asked.fulfil, FULFIL)?,
        refund: words("--refund", &asked.refund, REFUND)?,
        ..app::figures::all_orders()
    };
    let (mut rows, mut after) = (Vec::new(), asked.after);
    loop {
        let left = asked.limit - u32::try_from(rows.len()).unwrap_or(u32::MAX).min(asked.limit);
        let query = OrderQuery { filter: filter.clone(), sort: OrderSort::NewestFirst, after, limit: left.min(PAGE_ROWS) };
        let page: OrderPage = desk.ask("order_page", &query).await?;
        after = page.next;
        let came = page.rows.len();
        rows.extend(page.rows);
        if after.is_none() || came == 0 || rows.len() >= usize::try_from(asked.limit).unwrap_or(usize::MAX) {
            return Ok(json!({"rows": rows, "next": after}));
        }
    }
}

fn words<T: DeserializeOwned>(option: &str, words: &[String], known: &[&str]) -> Result<Vec<T>, Failure> {
    let one = |word: &String| {
        serde_json::from_value(Value::String(word.clone()))
            .map_err(|_| Failure::Usage(format!("{option} cannot be “{word}”: it is one of {}", known.join(", "))))
    };
    words.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use app::wire::{Channel, FulfilState, PayState, RefundState};

    #[test]
    fn words_of_the_contract() {
        assert_eq!(words::<PayState>("--pay", &["paid".into()], PAY).ok(), Some(vec![PayState::Paid]));
        assert!(words::<PayState>("--pay", &["payed".into()], PAY).is_err());
        let owned = |known: &[&str]| known.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        assert!(words::<Channel>("", &owned(CHANNELS), CHANNELS).is_ok() && words::<PayState>("", &owned(PAY), PAY).is_ok());
        assert!(words::<FulfilState>("", &owned(FULFIL), FULFIL).is_ok() && words::<RefundState>("", &owned(REFUND), REFUND).is_ok());
    }
}
