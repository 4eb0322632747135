//! Roles of the organisation's own, and the places in which roles are held: departments and groups of shops.
//!
//! Deliberately absent: the ready roles (`domain::access::ready`), which nobody changes.

use super::{
    founding,
    people::{Book, entry, may_move, told},
};
use crate::{
    Code, Error, Result,
    rights::in_words,
    rpc::Scope,
    wire::{self, DepartmentSave, FieldRow, GrantRow, GroupSave, RightOf, RoleRow, RoleSave},
};
use domain::{
    ShopId,
    access::{
        Effect, FIELDS, Field, FieldMode, Grant, Limits, Place, Principal, RIGHTS, Reach, ReadyRole, Refused, Role,
        principal::Lacking,
        ready::SEPARATED,
        rights::{self, Kind},
    },
};
use std::collections::{BTreeMap, BTreeSet};
use store::{Change, Queue, catalogue, read::people, row};
use uuid::Uuid;

/// Roles of its own, departments and groups that an organisation has.
const KEPT_MAX: usize = 1_000;
/// What is changed, for whoever listens: roles, and the places in which they are held.
const ROLE: &str = "role";
/// Departments below each other.
const DEPTH_MAX: usize = 16;

macro_rules! same_words {
    ($($own:path as $name:ident { $($word:ident),* })*) => {$(
        impl From<$own> for wire::$name {
            fn from(word: $own) -> Self { use $own as Own; match word { $(Own::$word => Self::$word),* } }
        }
        impl From<wire::$name> for $own {
            fn from(word: wire::$name) -> Self { match word { $(wire::$name::$word => Self::$word),* } }
        }
    )*};
}

same_words! {
    Reach as Reach { Own, Department, DepartmentTree, Shop, ShopGroup, All }
    Effect as Effect { Allow, Deny }
    Field as DelicateField { ProductCost, SalesMargin, CustomerName, CustomerPhone }
    FieldMode as FieldMode { Hidden, Masked, Read, Write }
    Kind as RightKind { Everyone, Rows, Whole }
}

/// What somebody lacks of what they would give, in words.
pub(super) fn lacks(lacking: &Lacking) -> Error {
    match lacking {
        Lacking::Right(right) => Error::refuse(
            Code::Forbidden,
            format!(
                "nobody gives what they lack, and you do not hold the right “{}” so far or up to such a limit: choose a narrower role or place",
                in_words(right)
            ),
        ),
        Lacking::Field(_) => {
            Error::refuse(Code::Forbidden, "nobody gives what they lack, and a field of this role is not shown to you so far: choose a narrower role")
        }
    }
}

/// How a person sees delicate fields of all rows that they read.
pub(super) fn fields_of(principal: &Principal, now_ms: i64) -> Vec<FieldRow> {
    let mode =
        |field: Field| principal.decide(field.read_by(), now_ms).map_or(FieldMode::Hidden, |allowed| principal.field_over(field, &allowed.scope, now_ms));
    FIELDS.into_iter().map(|field| FieldRow { field: field.into(), mode: mode(field).into() }).collect()
}

/// Whether a person holds a right, for which shops, up to which limits; or why not.
pub(super) fn right_of(principal: &Principal, name: &str, now_ms: i64) -> RightOf {
    let none = RightOf { name: name.to_owned(), is_held: false, shop_ids: None, amount_minor: None, percent_bp: None, per_day: None, why: None, at_ms: None };
    match principal.decide(name, now_ms) {
        Ok(allowed) => {
            let shops = (!allowed.scope.is_everything()).then(|| allowed.scope.shops(principal.shops()));
            RightOf {
                is_held: true,
                shop_ids: shops.map(|shops| shops.iter().map(ToString::to_string).collect()),
                amount_minor: allowed.limits.amount_minor,
                percent_bp: allowed.limits.percent_bp,
                per_day: allowed.limits.per_day,
                ..none
            }
        }
        Err(refused) => {
            use wire::RefusedWhy as Why;
            let (why, at_ms) = match refused {
                Refused::Closed => (Why::Closed, None),
                Refused::NoRole => (Why::NoRole, None),
                Refused::NotGranted => (Why::NotGranted, None),
                Refused::Denied { .. } => (Why::Denied, None),
                Refused::NotYet { from_ms } => (Why::NotYet, Some(from_ms)),
                Refused::Over { since_ms } => (Why::Over, Some(since_ms)),
            };
            RightOf { why: Some(why), at_ms, ..none }
        }
    }
}

/// Every role, the ready ones first, and what roles can speak of.
///
/// # Errors
/// Where the store cannot be read.
pub async fn list(scope: &Scope) -> Result<wire::Roles> {
    let now_ms = scope.program.now_ms();
    let book = Book::read(&mut *scope.store.snapshot().await?, scope.actor()).await?;
    let held_by = |id: Uuid| {
        let open = book.held.iter().filter(|held| held.role_id == id && held.is_open(now_ms));
        i64::try_from(open.map(|held| held.person_id).collect::<BTreeSet<_>>().len()).unwrap_or(i64::MAX)
    };
    let ready = ReadyRole::ALL.into_iter().map(|ready| row_of(&ready.role(), Some(ready), 0, false, held_by(ready.id())));
    let own = book.roles.values().map(|own| row_of(&own.role, None, own.version, own.is_closed, held_by(own.role.id)));
    Ok(wire::Roles {
        roles: ready.chain(own).collect(),
        rights: RIGHTS.iter().map(|right| wire::RightRow { name: right.name.to_owned(), kind: right.kind.into() }).collect(),
        fields: FIELDS.into_iter().map(Into::into).collect(),
    })
}

fn row_of(role: &Role, ready: Option<ReadyRole>, version: i64, is_closed: bool, held_by: i64) -> RoleRow {
    let grant = |grant: &Grant| GrantRow {
        right: grant.right.clone(),
        effect: grant.effect.into(),
        reach: grant.reach.into(),
        amount_minor: grant.limits.amount_minor,
        percent_bp: grant.limits.percent_bp,
        per_day: grant.limits.per_day,
    };
    RoleRow {
        id: role.id.to_string(),
        version,
        word: ready.map(|ready| ready.word().to_owned()),
        name: role.name.clone(),
        is_closed,
        held_by,
        grants: role.grants.iter().map(grant).collect(),
        fields: FIELDS.into_iter().map(|field| FieldRow { field: field.into(), mode: role.field(field).into() }).collect(),
    }
}

/// Makes or changes a role.
///
/// # Errors
/// Where it speaks of what there is not, grants what the person lacks, or was changed by somebody else meanwhile.
pub async fn save(scope: &Scope, request: RoleSave) -> Result<wire::Roles> {
    let name = own_name(&request.name)?;
    let now_ms = scope.program.now_ms();
    let mut write = scope.store.begin(Queue::Person).await?;
    let book = Book::read(&mut write, scope.actor()).await?;
    let id = match &request.id {
        Some(id) => Uuid::parse_str(id).map_err(|_| Error::not_found())?,
        None => scope.program.chance().mint(now_ms),
    };
    if ReadyRole::of_id(id).is_some() {
        return Err(Error::refuse(Code::Refused, "a ready role is part of the program: make a copy of it and change that"));
    }
    let before = book.roles.get(&id);
    if request.id.is_some() && before.is_none() {
        return Err(Error::not_found());
    }
    is_of_version(before.map(|own| own.version), request.version)?;
    if before.is_none() && book.roles.len() >= KEPT_MAX {
        return Err(Error::refuse(Code::Refused, format!("there are {KEPT_MAX} of them already: close one, or change one")));
    }
    if book.roles.values().any(|own| own.role.id != id && own.role.name.to_lowercase() == name.to_lowercase()) {
        return Err(Error::field("name", format!("there is one called {name} already: choose another name")));
    }
    let role = Role { id, name, grants: grants(&request.grants)?, fields: request.fields.iter().map(|row| (row.field.into(), row.mode.into())).collect() };
    if SEPARATED.iter().any(|(one, other)| role.allows(one) && role.allows(other)) {
        return Err(Error::refuse(
            Code::Forbidden,
            "whoever gives rights does not look after what was done with them: give the roles of security administrator and auditor to two people",
        ));
    }
    // Wherever it is held, and at the narrowest in the whole organisation, so that nobody gives by a change what they may not give.
    // What it was counts too: taking from a role that grants more than one has would be a way around.
    for one in before.map(|own| &own.role).into_iter().chain([&role]) {
        book.giver.may_give(one, Place::Organisation, &book.organisation, now_ms).map_err(|lacking| lacks(&lacking))?;
    }
    if book.held.iter().any(|held| held.role_id == id && held.person_id == scope.actor() && held.is_open(now_ms)) {
        return Err(Error::refuse(Code::Forbidden, "nobody changes a role that they hold: somebody else who manages roles does it"));
    }
    let fields: BTreeMap<Field, FieldMode> = role.fields.clone();
    let row = row![
        id,
        before.map_or(0, |own| own.version) + 1,
        role.name.clone(),
        serde_json::to_string(&role.grants)?,
        serde_json::to_string(&fields)?,
        i64::from(request.is_closed)
    ];
    let detail = serde_json::json!({"role": id.to_string(), "name": role.name, "before": before.map(|own| &own.role.grants), "after": role.grants, "closed": request.is_closed});
    write.commit(entry(scope, "role.save", (ROLE, id), vec![Change::Put { table: &catalogue::ROLE, rows: vec![row] }], detail)).await?;
    told(scope, ROLE, id);
    list(scope).await
}

fn grants(rows: &[GrantRow]) -> Result<Vec<Grant>> {
    rows.iter()
        .map(|row| {
            let right = rights::right(&row.right).ok_or_else(|| Error::field("grants", format!("there is no right {}: choose one of the list", row.right)))?;
            let reach: Reach = row.reach.into();
            match right.kind {
                Kind::Everyone => return Err(Error::field("grants", format!("the right “{}” is everybody's: leave it out", right.words))),
                Kind::Whole if reach != Reach::All => {
                    return Err(Error::field("grants", format!("the right “{}” holds for the whole: give it for all or not", right.words)));
                }
                Kind::Whole | Kind::Rows => {}
            }
            let limits = Limits { amount_minor: row.amount_minor, percent_bp: row.percent_bp, per_day: row.per_day };
            if [limits.amount_minor, limits.percent_bp, limits.per_day].into_iter().flatten().any(|limit| limit < 0) {
                return Err(Error::field("grants", "a limit is not below nothing: write 0 or more, or leave it out"));
            }
            Ok(Grant { right: row.right.clone(), effect: row.effect.into(), reach, limits })
        })
        .collect()
}

/// Departments and groups.
///
/// # Errors
/// Where the store cannot be read.
pub async fn places(scope: &Scope) -> Result<wire::Places> {
    let mut db = scope.store.snapshot().await?;
    let of_shops = people::shop_places(&mut db).await?;
    let departments = people::departments(&mut db).await?.into_iter().map(|department| wire::DepartmentRow {
        shop_ids: of_shops.iter().filter(|(_, (_, own))| *own == Some(department.id)).map(|(shop, _)| shop.to_string()).collect(),
        id: department.id.to_string(),
        version: department.version,
        name: department.name,
        parent_id: department.parent_id.map(|id| id.to_string()),
        is_closed: department.is_closed,
    });
    let departments = departments.collect();
    let groups = people::groups(&mut db).await?.into_iter().map(|group| wire::GroupRow {
        id: group.id.to_string(),
        version: group.version,
        name: group.name,
        is_closed: group.is_closed,
        shop_ids: group.shops.iter().map(ToString::to_string).collect(),
    });
    Ok(wire::Places { groups: groups.collect(), departments })
}

/// Makes or changes a department.
///
/// # Errors
/// Where it would stand below itself, a shop is not there, or it was changed by somebody else meanwhile.
pub async fn department_save(scope: &Scope, request: DepartmentSave) -> Result<wire::Places> {
    let (name, now_ms) = (own_name(&request.name)?, scope.program.now_ms());
    let mut write = scope.store.begin(Queue::Person).await?;
    let (all, of_shops) = (people::departments(&mut write).await?, people::shop_places(&mut write).await?);
    let book = Book::read(&mut write, scope.actor()).await?;
    let id = request.id.as_deref().map_or_else(|| Ok(scope.program.chance().mint(now_ms)), Uuid::parse_str).map_err(|_| Error::not_found())?;
    let before = all.iter().find(|department| department.id == id);
    if request.id.is_some() && before.is_none() {
        return Err(Error::not_found());
    }
    is_of_version(before.map(|department| department.version), request.version)?;
    if before.is_none() && all.len() >= KEPT_MAX {
        return Err(Error::refuse(Code::Refused, format!("there are {KEPT_MAX} of them already: close one, or change one")));
    }
    let parent_id = request.parent_id.as_deref().map(Uuid::parse_str).transpose().map_err(|_| Error::not_found())?;
    let above = |at: &Uuid| all.iter().find(|department| department.id == *at).and_then(|department| department.parent_id);
    let way: Vec<Uuid> = std::iter::successors(parent_id, above).take(DEPTH_MAX + 1).collect();
    if parent_id.is_some_and(|parent| all.iter().all(|department| department.id != parent)) {
        return Err(Error::field("parent_id", "there is no such department: choose one of the list"));
    }
    if way.contains(&id) || way.len() > DEPTH_MAX {
        return Err(Error::field("parent_id", "a department does not stand below itself, and not too deep: choose another one above it"));
    }
    let shops = shops_of(&book, &request.shop_ids)?;
    let moved = of_shops.iter().filter(|(shop, (_, own))| *own == Some(id) && !shops.contains(shop)).map(|(shop, _)| (*shop, None));
    let moved: Vec<(ShopId, Option<Uuid>)> = moved.chain(shops.iter().map(|shop| (*shop, Some(id)))).collect();
    let rows = moved.into_iter().filter(|(shop, to)| of_shops.get(shop).is_none_or(|(_, own)| own != to)).map(|(shop, to)| {
        let version = of_shops.get(&shop).map_or(0, |(version, _)| *version);
        row![shop, version + 1, to]
    });
    let rows: Vec<store::Row> = rows.collect();
    let mut after = book.organisation.clone();
    after.departments.insert(id, parent_id);
    after.shops.values_mut().filter(|own| **own == Some(id)).for_each(|own| *own = None);
    after.shops.iter_mut().filter(|(shop, _)| shops.contains(shop)).for_each(|(_, own)| *own = Some(id));
    may_move(scope, &book, &after)?;
    let own = row![id, before.map_or(0, |department| department.version) + 1, name.clone(), parent_id, i64::from(request.is_closed)];
    let mut changes = vec![Change::Put { table: &catalogue::DEPARTMENT, rows: vec![own] }];
    if !rows.is_empty() {
        changes.push(Change::Put { table: &catalogue::SHOP_PLACE, rows });
    }
    let detail =
        serde_json::json!({"department": id.to_string(), "name": name, "parent": request.parent_id, "shops": request.shop_ids, "closed": request.is_closed});
    write.commit(entry(scope, "department.save", (ROLE, id), changes, detail)).await?;
    told(scope, ROLE, id);
    places(scope).await
}

/// Makes or changes a group of shops.
///
/// # Errors
/// Where a shop is not there, or it was changed by somebody else meanwhile.
pub async fn group_save(scope: &Scope, request: GroupSave) -> Result<wire::Places> {
    let (name, now_ms) = (own_name(&request.name)?, scope.program.now_ms());
    let mut write = scope.store.begin(Queue::Person).await?;
    let all = people::groups(&mut write).await?;
    let book = Book::read(&mut write, scope.actor()).await?;
    let id = request.id.as_deref().map_or_else(|| Ok(scope.program.chance().mint(now_ms)), Uuid::parse_str).map_err(|_| Error::not_found())?;
    let before = all.iter().find(|group| group.id == id);
    if request.id.is_some() && before.is_none() {
        return Err(Error::not_found());
    }
    is_of_version(before.map(|group| group.version), request.version)?;
    if before.is_none() && all.len() >= KEPT_MAX {
        return Err(Error::refuse(Code::Refused, format!("there are {KEPT_MAX} of them already: close one, or change one")));
    }
    let shops = shops_of(&book, &request.shop_ids)?;
    let mut after = book.organisation.clone();
    after.groups.insert(id, shops.clone());
    may_move(scope, &book, &after)?;
    let row = row![id, before.map_or(0, |group| group.version) + 1, name.clone(), serde_json::to_string(&shops)?, i64::from(request.is_closed)];
    let detail = serde_json::json!({"group": id.to_string(), "name": name, "shops": request.shop_ids, "closed": request.is_closed});
    write.commit(entry(scope, "group.save", (ROLE, id), vec![Change::Put { table: &catalogue::SHOP_GROUP, rows: vec![row] }], detail)).await?;
    told(scope, ROLE, id);
    places(scope).await
}

fn shops_of(book: &Book, asked: &[String]) -> Result<BTreeSet<ShopId>> {
    let known = |text: &String| text.parse::<ShopId>().ok().filter(|shop| book.organisation.shops.contains_key(shop));
    let none = || Error::field("shop_ids", "there is no such shop: choose shops of the list");
    asked.iter().map(|text| known(text).ok_or_else(none)).collect()
}

fn own_name(typed: &str) -> Result<String> {
    founding::shop_name(typed)
        .map_err(|_| Error::field("name", format!("a name has 1 to {} characters, in one line, none of them unseen", founding::NAME_CHARACTERS_MAX)))
}

fn is_of_version(there: Option<i64>, read: i64) -> Result<()> {
    if there.is_none_or(|there| there == read) {
        return Ok(());
    }
    Err(Error::refuse(Code::Conflict, "somebody else changed this meanwhile: look at it again, then change it"))
}
