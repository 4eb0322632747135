//! Goods and customers as an import knows them, and the moments of its lines.

use super::plan::{ImportPlan, Moment};
use crate::Result;
use domain::trade_file::{IdSpace, ImportedKind, NameWeight, TradeLine};
use jiff::civil::DateTime;
use std::collections::{HashMap, HashSet};
use store::{
    Row, Store, Value,
    import_rows::{self, KnownSku},
    row,
};
use uuid::Uuid;

/// Goods and customers that are here already or came with this file, by their codes. Grows with the shop's range, not with the file's length.
pub(super) struct Known {
    space: IdSpace,
    pub(super) skus: HashMap<String, KnownSku>,
    weights: HashMap<String, NameWeight>,
    renamed: HashSet<String>,
    pub(super) customers: HashSet<[u8; 16]>,
    moment: Option<(DateTime, Moment)>,
}

impl Known {
    pub(super) async fn read(store: &Store, plan: &ImportPlan) -> Result<Self> {
        let mut db = store.reader().await?;
        Ok(Self {
            // Goods and customers keep their ids over an undo: they stay known.
            space: IdSpace::new(plan.organisation_id, &plan.source, 0),
            skus: import_rows::skus(&mut db, &plan.currency).await?,
            weights: HashMap::new(),
            renamed: HashSet::new(),
            customers: import_rows::customer_ids(&mut db).await?,
            moment: None,
        })
    }

    /// The moment of a local time; neighbouring lines share theirs.
    pub(super) fn moment(&mut self, plan: &ImportPlan, at: DateTime) -> Moment {
        match &self.moment {
            Some((known, moment)) if *known == at => moment.clone(),
            _ => {
                let moment = plan.moment(at);
                self.moment = Some((at, moment.clone()));
                moment
            }
        }
    }

    /// The SKU of a line, made where it is new. The latest of the best descriptions names it; a new name is written at the end.
    pub(super) fn sku(&mut self, plan: &ImportPlan, line: &TradeLine, new: &mut Vec<Row>) -> Uuid {
        let weight = line.name_weight();
        let description = line.description.as_deref().unwrap_or_default();
        if let Some(sku) = self.skus.get_mut(&line.code) {
            let best = self.weights.get(&line.code).copied();
            if weight.is_some() && weight >= best && sku.name != description {
                description.clone_into(&mut sku.name);
                self.renamed.insert(line.code.clone());
            }
            if let Some(weight) = weight.max(best) {
                self.weights.insert(line.code.clone(), weight);
            }
            return Uuid::from_bytes(sku.id);
        }
        let id = self.space.named(ImportedKind::Sku, &format!("{}/{}", plan.currency, line.code));
        let name = if description.is_empty() { line.code.clone() } else { description.to_owned() };
        let at_ms = plan.moment(line.at).at_ms;
        let sku = KnownSku {
            id: *id.as_bytes(),
            version: 1,
            code: line.code.clone(),
            name,
            kind: line.code_kind.sku_kind().word().to_owned(),
            category_id: None,
            price_minor: None,
            cost_minor: None,
            batch_id: Some(plan.batch_id),
            named_at_ms: at_ms,
        };
        new.push(sku_row(plan, &sku));
        if let Some(weight) = weight {
            self.weights.insert(line.code.clone(), weight);
        }
        self.skus.insert(line.code.clone(), sku);
        id
    }

    /// The customer of a line, made where they are new; `None` where the file names none.
    pub(super) fn customer(&mut self, plan: &ImportPlan, line: &TradeLine, new: &mut Vec<Row>) -> Option<Uuid> {
        let code = line.customer.as_deref()?;
        let id = self.space.named(ImportedKind::Customer, code);
        if self.customers.insert(*id.as_bytes()) {
            let at_ms = plan.moment(line.at).at_ms;
            let mut customer: Row = row![id, 1_i64, code, None::<String>, None::<String>, line.country.clone()];
            customer.extend([Value::Id(plan.batch_id), Value::Int(at_ms)]);
            new.push(customer);
        }
        Some(id)
    }

    /// The goods whose names got better, once more, at the end.
    pub(super) fn renames(&mut self, plan: &ImportPlan) -> Vec<Row> {
        let mut codes: Vec<String> = self.renamed.drain().collect();
        codes.sort_unstable();
        let mut rows = Vec::new();
        for code in codes {
            if let Some(sku) = self.skus.get_mut(&code) {
                sku.version += 1;
                rows.push(sku_row(plan, sku));
            }
        }
        rows
    }
}

fn sku_row(plan: &ImportPlan, sku: &KnownSku) -> Row {
    let id = |id: Option<[u8; 16]>| id.map_or(Value::Null, Value::Id);
    let mut new: Row = row![Uuid::from_bytes(sku.id), sku.version, sku.code.clone(), sku.name.clone()];
    new.extend([
        id(sku.category_id),
        Value::from(sku.kind.clone()),
        Value::from(plan.currency.clone()),
        sku.price_minor.into(),
        sku.cost_minor.into(),
        id(sku.batch_id),
        Value::Int(sku.named_at_ms),
    ]);
    new
}
