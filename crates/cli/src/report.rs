//! `report kpi`: the figures of a period by their names.

use crate::{desk::Desk, failure::Failure, shop};
use app::wire::{Analysis, AnalysisQuery, Compare};
use serde_json::{Map, Value};

/// The figures by their names; money in minor units, null for what the data cannot say.
pub async fn kpi(desk: &Desk, from: String, to: String, shops: &[String]) -> Result<Value, Failure> {
    let query = AnalysisQuery { from, to, compare: Compare::None, shop_ids: shop::ids_of(desk, shops).await?, channels: Vec::new() };
    let analysis: Analysis = desk.ask("analysis", &query).await?;
    let mut figures = Map::new();
    figures.insert("from".into(), analysis.from.into());
    figures.insert("to".into(), analysis.to.into());
    figures.insert("currency".into(), analysis.currency.into());
    for tile in analysis.tiles {
        let Value::String(key) = serde_json::to_value(tile.figure.key)? else { continue };
        figures.insert(key, tile.figure.value.into());
    }
    Ok(Value::Object(figures))
}
