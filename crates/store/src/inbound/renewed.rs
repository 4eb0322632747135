//! Goods that are heard of after what was sold of them. They come in another stream than orders and refunds, so either may be first; and whether a
//! line counts as a sale is said by the kind of its goods.

use crate::{
    Change, Result, Write,
    derive::{self, Kinds, Sums, Touched},
    value::Value,
};

/// The goods among the changes that are new here or of another kind than before. Asked before the changes are applied.
pub(super) async fn skus<'a>(write: &mut Write, changes: impl Iterator<Item = &'a Change>) -> Result<Vec<[u8; 16]>> {
    let mut renewed = Vec::new();
    for change in changes.filter(|change| change.table().name == "sku") {
        let kind_at = change.table().column("kind").unwrap_or(0);
        for row in change.rows() {
            let (Some(id), Some(kind)) = (row[0].as_id(), row.get(kind_at).and_then(Value::as_text)) else { continue };
            let there: Option<String> = sqlx::query_scalar("SELECT kind FROM sku WHERE id = ?").bind(id.to_vec()).fetch_optional(&mut **write).await?;
            if there.as_deref() != Some(kind) {
                renewed.push(id);
            }
        }
    }
    Ok(renewed)
}

/// Folds the orders and refunds of these goods again.
pub(super) async fn fold_again(write: &mut Write, skus: &[[u8; 16]]) -> Result<()> {
    if skus.is_empty() {
        return Ok(());
    }
    let mut touched = Touched::default();
    let list = serde_json::json!(skus.iter().map(hex::encode).collect::<Vec<_>>()).to_string();
    let lines = "SELECT o.order_id FROM sku_order o WHERE o.sku_id IN (SELECT unhex(j.value) FROM json_each(?) j)";
    let refunds = "SELECT b.refund_id FROM refund_line b WHERE b.sku_id IN (SELECT unhex(j.value) FROM json_each(?) j)";
    for (sql, into) in [(lines, &mut touched.orders), (refunds, &mut touched.refunds)] {
        let ids: Vec<Vec<u8>> = sqlx::query_scalar(sql).bind(list.clone()).fetch_all(&mut **write).await?;
        into.extend(ids.into_iter().filter_map(|id| <[u8; 16]>::try_from(id).ok()));
    }
    if touched.is_empty() {
        return Ok(());
    }
    let mut sums = Sums::default();
    derive::retract(write, &touched, &mut sums).await?;
    derive::contribute(write, &touched, &[], &mut sums, &mut Kinds::default()).await?;
    sums.write(write).await
}
