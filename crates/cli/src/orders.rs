//! `orders list`.

use crate::{arguments::OrdersList, desk::Desk, failure::Failure, shop};
use app::wire::{OrderFilter, OrderPage, OrderQuery, OrderSort};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Rows asked at once: a page of the screens.
const PAGE_ROWS: u32 = 200;
/// More than this is an export's work, not a list's.
const LIMIT_MAX: u32 = 100_000;

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
        channels: words("--channel", &asked.channel)?,
        pay: words("--pay", &asked.pay)?,
        fulfil: words("--fulfil", &asked.fulfil)?,
        refund: words("--refund", &asked.refund)?,
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

fn words<T: DeserializeOwned>(option: &str, words: &[String]) -> Result<Vec<T>, Failure> {
    let known = |word: &String| serde_json::from_value(Value::String(word.clone())).map_err(|error| Failure::Usage(format!("{option} {word}: {error}")));
    words.iter().map(known).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use app::wire::PayState;

    #[test]
    fn words_of_the_contract() {
        assert_eq!(words::<PayState>("--pay", &["paid".into()]).ok(), Some(vec![PayState::Paid]));
        assert!(words::<PayState>("--pay", &["payed".into()]).is_err());
    }
}
