//! Shops: one more, or another name for one. Zone and currency stay as they were given: the business dates and amounts of its trade are counted by them.
//!
//! Whoever makes a shop makes its row here: the founding, a file of trade, the demo.
//!
//! Deliberately absent: reading them (`reading`), and which shop a file of trade belongs to (`importing`).

use crate::{
    Error, Result,
    access::founding::{self, ShopFacts},
    reading,
    rpc::Scope,
    wire::{ShopAdd, ShopRename, Shops},
};
use domain::{PersonId, ShopId};
use store::{Audit, Change, Entry, Event, Origin, Queue, Row, catalogue, read::places, row};
use uuid::Uuid;

/// When a shop opens and closes until somebody says otherwise.
const OPENS_HOUR: i64 = 8;
const CLOSES_HOUR: i64 = 22;

/// What is told to whoever listens.
const ADDED: &str = "shop.added";
const RENAMED: &str = "shop.renamed";

/// Adds a shop.
///
/// # Errors
/// Names the field that does not fit, or says that there is one of this name.
pub async fn add(scope: &Scope, request: ShopAdd) -> Result<Shops> {
    let facts = founding::shop(&request.name, &request.currency, &request.zone).map_err(named_in("name"))?;
    let mut write = scope.store.begin(Queue::Person).await?;
    let there = places::shops(&mut write).await?;
    is_free(&there, &facts.name, None)?;
    let id = scope.program.chance().mint(scope.program.now_ms());
    write.commit(added(scope.actor(), scope.program.now_ms(), id, &facts, next_position(&there))).await?;
    told(scope, id).await
}

/// Gives a shop another name.
///
/// # Errors
/// Where there is no such shop, another one has the name, or it does not fit.
pub async fn rename(scope: &Scope, request: ShopRename) -> Result<Shops> {
    let name = founding::shop_name(&request.name).map_err(named_in("name"))?;
    let id = Uuid::parse_str(&request.id).map_err(|_| Error::not_found())?;
    let mut write = scope.store.begin(Queue::Person).await?;
    let there = places::shops(&mut write).await?;
    let shop = there.iter().find(|shop| shop.id == ShopId(id)).ok_or_else(Error::not_found)?;
    is_free(&there, &name, Some(shop.id))?;
    // What stays as it is leaves nothing in the audit.
    if shop.name != name {
        let detail = serde_json::json!({"shop": id.to_string(), "from": shop.name, "to": name});
        let hours = (shop.day_start_min, shop.opens_hour, shop.closes_hour);
        let row = row![id, shop.version + 1, name, shop.zone.clone(), shop.currency.clone(), hours.0, hours.1, hours.2, shop.position];
        write.commit(entry((scope.actor(), scope.program.now_ms()), "shop.rename", RENAMED, id, row, detail)).await?;
    }
    told(scope, id).await
}

/// A shop is chosen by its name, on the command line too: no two are called alike.
fn is_free(there: &[places::Shop], name: &str, but: Option<ShopId>) -> Result<()> {
    if there.iter().any(|shop| Some(shop.id) != but && shop.name.to_lowercase() == name.to_lowercase()) {
        return Err(Error::field("name", format!("there is a shop called {name} already: choose another name")));
    }
    Ok(())
}

/// A refusal of a shop's name, at the field where it was typed here.
pub(crate) fn named_in(own: &'static str) -> impl Fn(Error) -> Error {
    move |error| match error {
        Error::Refusal { code, message, field: Some(field), wait_s } if field == "shop_name" => {
            Error::Refusal { code, message, field: Some(own.to_owned()), wait_s }
        }
        other => other,
    }
}

/// The row of a new shop.
pub(crate) fn new_row(id: Uuid, facts: &ShopFacts, position: i64) -> Row {
    row![id, 1_i64, facts.name.clone(), facts.zone.clone(), facts.currency.clone(), 0_i64, OPENS_HOUR, CLOSES_HOUR, position]
}

/// The place of a new shop: after all that there are.
pub(crate) fn next_position(there: &[places::Shop]) -> i64 {
    there.iter().map(|shop| shop.position).max().unwrap_or(0) + 1
}

/// The entry that adds a shop.
pub(crate) fn added(actor: PersonId, at_ms: i64, id: Uuid, facts: &ShopFacts, position: i64) -> Entry {
    let detail = serde_json::json!({"shop": id.to_string(), "name": facts.name});
    entry((actor, at_ms), "shop.add", ADDED, id, new_row(id, facts, position), detail)
}

fn entry((actor, at_ms): (PersonId, i64), act: &'static str, event: &str, id: Uuid, row: Row, detail: serde_json::Value) -> Entry {
    Entry {
        kind: act,
        actor,
        at_ms,
        origin: Origin::Here,
        changes: vec![Change::Put { table: &catalogue::SHOP, rows: vec![row] }],
        events: vec![Event { kind: event.into(), entity: "shop".into(), ids: vec![id.to_string()] }],
        audit: Audit { act: act.into(), result: "done".into(), detail },
    }
}

async fn told(scope: &Scope, id: Uuid) -> Result<Shops> {
    scope.program.changed("shop", vec![id.to_string()]);
    scope.program.tell(crate::wire::AppEvent::Phase);
    reading::shop_list(scope).await
}
