//! Goods and customers as an import knows them, and the moments of its lines.

use super::plan::{ImportPlan, Moment};
use crate::{Result, trade_file::Field};
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
    /// Of a file that has a column of them.
    phones: Option<Phones>,
    moment: Option<(DateTime, Moment)>,
}

/// Telephones of customers. Grows with their number, not with the file's length.
#[derive(Default)]
struct Phones {
    /// Whose each is; the older customer's, by the id, where two have one.
    owner: HashMap<String, [u8; 16]>,
    /// Who has one.
    with: HashSet<[u8; 16]>,
    /// Customers that came with this file and have none yet.
    fresh: HashMap<[u8; 16], Row>,
    /// Customers that were here before and get one in this part.
    fills: Vec<([u8; 16], String)>,
}

/// Where the telephone stands in a row of a customer.
const PHONE: usize = 4;

impl Known {
    pub(super) async fn read(store: &Store, plan: &ImportPlan) -> Result<Self> {
        let mut db = store.reader().await?;
        let phones = match plan.mapping.column(Field::Phone) {
            None => None,
            Some(_) => {
                let owners = import_rows::phones(&mut db).await?;
                Some(Phones { with: owners.iter().map(|(_, id)| *id).collect(), owner: owners.into_iter().rev().collect(), ..Phones::default() })
            }
        };
        Ok(Self {
            // Goods and customers keep their ids over an undo: they stay known.
            space: IdSpace::new(plan.organisation_id, &plan.source, 0),
            skus: import_rows::skus(&mut db, &plan.currency).await?,
            weights: HashMap::new(),
            renamed: HashSet::new(),
            customers: import_rows::customer_ids(&mut db).await?,
            phones,
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

    /// The customer of an order, made where they are new; `key` is its number, with its day where the number was used before; `None` where the file names none. Without a number they are known by their telephone.
    pub(super) fn customer(&mut self, plan: &ImportPlan, key: &str, lines: &[&TradeLine], new: &mut Vec<Row>) -> Option<Uuid> {
        let first = lines.first()?;
        let phone = if self.phones.is_some() { lines.iter().find_map(|line| line.details.as_ref()?.phone.as_deref()) } else { None };
        let (id, code) = match (first.customer.as_deref(), phone) {
            (Some(code), _) => (self.space.named(ImportedKind::Customer, code), code.to_owned()),
            (None, Some(phone)) => match self.phones.as_ref().and_then(|phones| phones.owner.get(phone)) {
                Some(id) => return Some(Uuid::from_bytes(*id)),
                // An id is known to every node: it is made from the first order, so that nobody can tell the telephone from it.
                None => {
                    let shop = first.details.as_ref().and_then(|details| details.shop.as_deref()).unwrap_or_default();
                    let name = format!("who ordered {key} at {shop}");
                    (self.space.named(ImportedKind::Customer, &name), format!("*{}", tail(phone)))
                }
            },
            (None, None) => return None,
        };
        if self.customers.insert(*id.as_bytes()) {
            let at_ms = plan.moment(first.at).at_ms;
            let mut customer: Row = row![id, 1_i64, code, None::<String>, phone.map(str::to_owned), first.country.clone()];
            customer.extend([Value::Id(plan.batch_id), Value::Int(at_ms)]);
            if let Some(phones) = &mut self.phones {
                match phone {
                    Some(phone) => phones.keep(*id.as_bytes(), phone),
                    None => drop(phones.fresh.insert(*id.as_bytes(), customer.clone())),
                }
            }
            new.push(customer);
        } else if let (Some(phones), Some(phone)) = (&mut self.phones, phone) {
            phones.fill(*id.as_bytes(), phone, new);
        }
        Some(id)
    }

    /// The customer of a line, where they are here already.
    pub(super) fn customer_here(&self, line: &TradeLine) -> Option<[u8; 16]> {
        if let Some(code) = line.customer.as_deref() {
            return self.customers.get(self.space.named(ImportedKind::Customer, code).as_bytes()).copied();
        }
        self.phones.as_ref()?.owner.get(line.details.as_ref()?.phone.as_deref()?).copied()
    }

    /// Adds the customers that were here before and get a telephone by this part.
    pub(super) async fn fill_phones(&mut self, db: &mut store::Connection, customers: &mut Vec<Row>) -> Result<()> {
        let Some(phones) = self.phones.as_mut().filter(|phones| !phones.fills.is_empty()) else { return Ok(()) };
        let fills: HashMap<[u8; 16], String> = phones.fills.drain(..).collect();
        let ids: Vec<[u8; 16]> = fills.keys().copied().collect();
        for (id, mut customer) in import_rows::customer_rows(db, &ids).await? {
            set_phone(&mut customer, fills.get(&id).map_or("", String::as_str));
            customers.push(customer);
        }
        Ok(())
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

impl Phones {
    fn keep(&mut self, id: [u8; 16], phone: &str) {
        self.with.insert(id);
        self.owner.entry(phone.to_owned()).or_insert(id);
    }

    /// Gives a customer who is here and has none the telephone; one that is kept already stays.
    fn fill(&mut self, id: [u8; 16], phone: &str, new: &mut Vec<Row>) {
        if self.with.contains(&id) {
            return;
        }
        self.keep(id, phone);
        let Some(mut customer) = self.fresh.remove(&id) else {
            self.fills.push((id, phone.to_owned()));
            return;
        };
        // Made in this very part: it is written once, with the telephone.
        if let Some(waiting) = new.iter_mut().rev().find(|row| row.first() == Some(&Value::Id(id))) {
            waiting[PHONE] = Value::from(phone.to_owned());
            return;
        }
        set_phone(&mut customer, phone);
        new.push(customer);
    }
}

/// Puts a telephone into a row that is in the store, as its next version.
fn set_phone(customer: &mut Row, phone: &str) {
    if let [_, Value::Int(version), ..] = customer.as_mut_slice() {
        *version += 1;
    }
    customer[PHONE] = Value::from(phone.to_owned());
}

/// The last four digits, by which a shop calls a customer without a name.
fn tail(phone: &str) -> &str {
    phone.get(phone.len().saturating_sub(4)..).unwrap_or(phone)
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
