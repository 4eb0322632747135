//! People, roles and places: what it is decided from who may do what.
//!
//! Deliberately absent: the decision (`domain::access`), and the credential with which a person signs in (`local`).

use crate::{Error, Result, Row};
use domain::{
    PersonId, ShopId,
    access::{Effect, Grant, Limits, Membership, Organisation, Place, Principal, Reach, ReadyRole, Role},
};
use sqlx::{Row as _, SqliteConnection, sqlite::SqliteRow};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// The states of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountState {
    /// A one-time code was given out; no password yet.
    Invited,
    Active,
    /// Closed. The person's name stays with what they did.
    Left,
}

impl AccountState {
    /// Its word in the table.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Active => "active",
            Self::Left => "left",
        }
    }

    /// The state of a word; one that this version does not know lets nobody in.
    #[must_use]
    pub fn of_word(word: &str) -> Self {
        match word {
            "invited" => Self::Invited,
            "active" => Self::Active,
            _ => Self::Left,
        }
    }
}

/// A person beside their credential.
#[derive(Debug, Clone)]
pub struct Account {
    pub id: PersonId,
    pub version: i64,
    pub name: String,
    pub department_id: Option<Uuid>,
    pub state: AccountState,
    /// JSON `{salt, hash, until_ms}` of the one-time code that is out; empty where none is.
    pub opening: String,
    pub created_at_ms: i64,
}

impl Account {
    /// The row of the next version.
    #[must_use]
    pub fn next_row(&self) -> Row {
        crate::row![self.id, self.version + 1, self.name.clone(), self.department_id, self.state.word(), self.opening.clone(), self.created_at_ms]
    }
}

/// A role of the organisation's own, as it is kept.
#[derive(Debug, Clone)]
pub struct OwnRole {
    pub version: i64,
    pub role: Role,
    /// Nobody is given it any more; whoever holds it keeps what it grants until the membership ends.
    pub is_closed: bool,
}

/// A department.
#[derive(Debug, Clone)]
pub struct Department {
    pub id: Uuid,
    pub version: i64,
    pub name: String,
    pub parent_id: Option<Uuid>,
    pub is_closed: bool,
}

/// A group of shops.
#[derive(Debug, Clone)]
pub struct Group {
    pub id: Uuid,
    pub version: i64,
    pub name: String,
    pub shops: BTreeSet<ShopId>,
    pub is_closed: bool,
}

/// A role that a person holds in a place.
#[derive(Debug, Clone)]
pub struct Held {
    pub id: Uuid,
    pub version: i64,
    pub person_id: PersonId,
    pub role_id: Uuid,
    pub place: Place,
    pub valid_from_ms: Option<i64>,
    pub valid_to_ms: Option<i64>,
    pub given_by: PersonId,
    pub given_at_ms: i64,
}

impl Held {
    /// Whether it holds now or later: it is not over.
    #[must_use]
    pub fn is_open(&self, now_ms: i64) -> bool {
        self.valid_to_ms.is_none_or(|to_ms| now_ms < to_ms)
    }

    /// The row of the next version.
    #[must_use]
    pub fn next_row(&self) -> Row {
        let (place, place_id) = words_of(self.place);
        crate::row![
            self.id,
            self.version + 1,
            self.person_id,
            self.role_id,
            place,
            place_id,
            self.valid_from_ms,
            self.valid_to_ms,
            self.given_by,
            self.given_at_ms
        ]
    }
}

/// How a place stands in the table.
#[must_use]
pub const fn words_of(place: Place) -> (&'static str, Option<Uuid>) {
    match place {
        Place::Organisation => ("organisation", None),
        Place::Department(id) => ("department", Some(id)),
        Place::Shop(shop) => ("shop", Some(shop.0)),
        Place::Group(id) => ("group", Some(id)),
    }
}

/// The place of words; `None` for one that this version does not know.
#[must_use]
pub fn place_of(word: &str, id: Option<Uuid>) -> Option<Place> {
    match (word, id) {
        ("organisation", None) => Some(Place::Organisation),
        ("department", Some(id)) => Some(Place::Department(id)),
        ("shop", Some(id)) => Some(Place::Shop(ShopId(id))),
        ("group", Some(id)) => Some(Place::Group(id)),
        _ => None,
    }
}

/// The grants of a role that this version cannot read: nothing is allowed by it, and what other roles allow neither.
fn nothing() -> Vec<Grant> {
    let deny = |right: &domain::access::Right| Grant { right: right.name.to_owned(), effect: Effect::Deny, reach: Reach::All, limits: Limits::default() };
    domain::access::RIGHTS.iter().map(deny).collect()
}

fn id(row: &SqliteRow, column: &str, table: &str) -> Result<Uuid> {
    maybe_id(row, column).ok_or_else(|| Error::WrongValue { table: table.into(), column: column.into() })
}

fn maybe_id(row: &SqliteRow, column: &str) -> Option<Uuid> {
    row.get::<Option<Vec<u8>>, _>(column).and_then(|bytes| Uuid::from_slice(&bytes).ok())
}

fn account(row: &SqliteRow) -> Result<Account> {
    Ok(Account {
        id: PersonId(id(row, "id", "account")?),
        version: row.get("version"),
        name: row.get("name"),
        department_id: maybe_id(row, "department_id"),
        state: AccountState::of_word(row.get("state")),
        opening: row.get("opening"),
        created_at_ms: row.get("created_at_ms"),
    })
}

/// Every account, by name.
///
/// # Errors
/// Where the database cannot be read.
pub async fn accounts(db: &mut SqliteConnection) -> Result<Vec<Account>> {
    sqlx::query("SELECT * FROM account ORDER BY name, id").fetch_all(db).await?.iter().map(account).collect()
}

/// Who founded the business, with their sign-in names.
///
/// # Errors
/// Where the database cannot be read.
pub async fn founders(db: &mut SqliteConnection) -> Result<Vec<(PersonId, String)>> {
    let rows = sqlx::query("SELECT id, name FROM credential WHERE role = ? ORDER BY name, id").bind(OWNER).fetch_all(db).await?;
    rows.iter().map(|row| Ok((PersonId(id(row, "id", "credential")?), row.get("name")))).collect()
}

/// The account of a person; `None` for the founder, who has none.
///
/// # Errors
/// Where the database cannot be read.
pub async fn account_of(db: &mut SqliteConnection, person: PersonId) -> Result<Option<Account>> {
    let row = sqlx::query("SELECT * FROM account WHERE id = ?").bind(person.bytes().to_vec()).fetch_optional(db).await?;
    row.as_ref().map(account).transpose()
}

/// The organisation's own roles, by name; the ready ones have no row.
///
/// # Errors
/// Where the database cannot be read.
pub async fn own_roles(db: &mut SqliteConnection) -> Result<Vec<OwnRole>> {
    let rows = sqlx::query("SELECT * FROM role ORDER BY name, id").fetch_all(db).await?;
    rows.iter()
        .map(|row| {
            // What cannot be read may be a denial: it denies all.
            let grants: Vec<Grant> = serde_json::from_str(row.get("grants")).unwrap_or_else(|_| nothing());
            let role = Role { id: id(row, "id", "role")?, name: row.get("name"), grants, fields: serde_json::from_str(row.get("fields")).unwrap_or_default() };
            Ok(OwnRole { version: row.get("version"), role, is_closed: row.get::<i64, _>("is_closed") == 1 })
        })
        .collect()
}

/// Every department, by name.
///
/// # Errors
/// Where the database cannot be read.
pub async fn departments(db: &mut SqliteConnection) -> Result<Vec<Department>> {
    let rows = sqlx::query("SELECT * FROM department ORDER BY name, id").fetch_all(db).await?;
    let read = |row: &SqliteRow| {
        Ok(Department {
            id: id(row, "id", "department")?,
            version: row.get("version"),
            name: row.get("name"),
            parent_id: maybe_id(row, "parent_id"),
            is_closed: row.get::<i64, _>("is_closed") == 1,
        })
    };
    rows.iter().map(read).collect()
}

/// Every group of shops, by name.
///
/// # Errors
/// Where the database cannot be read.
pub async fn groups(db: &mut SqliteConnection) -> Result<Vec<Group>> {
    let rows = sqlx::query("SELECT * FROM shop_group ORDER BY name, id").fetch_all(db).await?;
    let read = |row: &SqliteRow| {
        Ok(Group {
            id: id(row, "id", "shop_group")?,
            version: row.get("version"),
            name: row.get("name"),
            shops: serde_json::from_str(row.get("shops")).unwrap_or_default(),
            is_closed: row.get::<i64, _>("is_closed") == 1,
        })
    };
    rows.iter().map(read).collect()
}

/// The version of a shop's place and its department; by shop.
///
/// # Errors
/// Where the database cannot be read.
pub async fn shop_places(db: &mut SqliteConnection) -> Result<BTreeMap<ShopId, (i64, Option<Uuid>)>> {
    let rows = sqlx::query("SELECT id, version, department_id FROM shop_place").fetch_all(db).await?;
    rows.iter().map(|row| Ok((ShopId(id(row, "id", "shop_place")?), (row.get("version"), maybe_id(row, "department_id"))))).collect()
}

/// The roles that people hold or held, of one person or of all, the first given first.
///
/// # Errors
/// Where the database cannot be read.
pub async fn held(db: &mut SqliteConnection, person: Option<PersonId>) -> Result<Vec<Held>> {
    let rows = match person {
        Some(person) => {
            sqlx::query("SELECT * FROM membership WHERE person_id = ? ORDER BY given_at_ms, id").bind(person.bytes().to_vec()).fetch_all(db).await?
        }
        None => sqlx::query("SELECT * FROM membership ORDER BY given_at_ms, id").fetch_all(db).await?,
    };
    let read = |row: &SqliteRow| {
        let place = place_of(row.get("place"), maybe_id(row, "place_id"));
        Ok(Held {
            id: id(row, "id", "membership")?,
            version: row.get("version"),
            person_id: PersonId(id(row, "person_id", "membership")?),
            // In a place that this version does not know a role is held that nobody knows: it denies all.
            role_id: if place.is_some() { id(row, "role_id", "membership")? } else { Uuid::nil() },
            place: place.unwrap_or(Place::Organisation),
            valid_from_ms: row.get("valid_from_ms"),
            valid_to_ms: row.get("valid_to_ms"),
            given_by: PersonId(id(row, "given_by", "membership")?),
            given_at_ms: row.get("given_at_ms"),
        })
    };
    rows.iter().map(read).collect()
}

/// What the places of the organisation have to do with each other.
///
/// # Errors
/// Where the database cannot be read.
pub async fn organisation(db: &mut SqliteConnection) -> Result<Organisation> {
    let places = shop_places(&mut *db).await?;
    let shops = super::places::shops(&mut *db).await?.into_iter().map(|shop| (shop.id, places.get(&shop.id).and_then(|(_, department)| *department)));
    Ok(Organisation {
        shops: shops.collect(),
        departments: departments(&mut *db).await?.into_iter().map(|department| (department.id, department.parent_id)).collect(),
        groups: groups(db).await?.into_iter().map(|group| (group.id, group.shops)).collect(),
    })
}

/// A person as the decision sees them. Whose credential says `owner` holds the owner's role in the whole organisation, whatever else.
///
/// # Errors
/// Where the database cannot be read.
pub async fn principal(db: &mut SqliteConnection, person: PersonId) -> Result<Principal> {
    let organisation = organisation(&mut *db).await?;
    let own: BTreeMap<Uuid, Role> = own_roles(&mut *db).await?.into_iter().map(|own| (own.role.id, own.role)).collect();
    let role_of = |id: Uuid| ReadyRole::of_id(id).map(ReadyRole::role).or_else(|| own.get(&id).cloned());
    let credential: Option<String> =
        sqlx::query_scalar("SELECT role FROM credential WHERE id = ?").bind(person.bytes().to_vec()).fetch_optional(&mut *db).await?;
    let account = account_of(&mut *db, person).await?;
    let is_active = credential.is_some() && account.is_none_or(|account| account.state == AccountState::Active);
    let mut memberships: Vec<Membership> = held(db, Some(person))
        .await?
        .into_iter()
        .filter_map(|held| {
            Some(Membership { role: role_of(held.role_id)?, place: held.place, valid_from_ms: held.valid_from_ms, valid_to_ms: held.valid_to_ms })
        })
        .collect();
    if credential.as_deref() == Some(OWNER) {
        memberships.push(Membership { role: ReadyRole::Owner.role(), place: Place::Organisation, valid_from_ms: None, valid_to_ms: None });
    }
    Ok(Principal::new(person, is_active, memberships, &organisation))
}

/// What a credential says of who founded the business; of everybody else it says [`MEMBER`], and their memberships say what they may.
pub const OWNER: &str = "owner";
/// See [`OWNER`].
pub const MEMBER: &str = "member";
