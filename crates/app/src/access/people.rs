//! People: who there are, invited, given roles, reset, closed.
//!
//! Deliberately absent: what a person types at their first sign-in (`invitation`), and what a role grants (`roles`).

use super::{founding, vault};
use crate::{
    Code, Error, Result,
    rpc::Scope,
    wire::{self, HeldRole, IdRef, Invitation, OwnAccess, PersonInvite, PersonRow, RoleGive, RoleToGive},
};
use domain::{
    PersonId, ShopId,
    access::{Effect, Organisation, Place, Principal, Reach, ReadyRole, Role, ready::SEPARATED},
};
use std::collections::{BTreeMap, BTreeSet};
use store::{
    Audit, Change, Connection, Entry, Event, Origin, Queue, Row, catalogue, keys,
    read::{
        people::{self, Account, AccountState, Held},
        places,
    },
};
use uuid::Uuid;

/// How long the one-time code of an invitation or a reset counts.
const OPENING_MS: i64 = 24 * 3_600_000;
/// People of one organisation, and roles of one person, that the screens are made for.
const PEOPLE_MAX: usize = 10_000;
const ROLES_EACH_MAX: usize = 50;

/// What is changed, for whoever listens.
const PERSON: &str = "person";

/// Everything that people and their roles are shown from.
pub(super) struct Book {
    pub(super) accounts: Vec<Account>,
    pub(super) held: Vec<Held>,
    pub(super) roles: BTreeMap<Uuid, people::OwnRole>,
    pub(super) organisation: Organisation,
    /// Who gives, as they stand in this very reading: what was taken from them a moment ago they do not give.
    pub(super) giver: Principal,
    names: BTreeMap<Uuid, String>,
    founders: Vec<(PersonId, String)>,
}

impl Book {
    pub(super) async fn read(db: &mut Connection, giver: PersonId) -> Result<Self> {
        let giver = people::principal(&mut *db, giver).await?;
        let accounts = people::accounts(&mut *db).await?;
        let founders = people::founders(&mut *db).await?;
        let shops = places::shops(&mut *db).await?.into_iter().map(|shop| (shop.id.0, shop.name));
        let departments = people::departments(&mut *db).await?.into_iter().map(|department| (department.id, department.name));
        let groups = people::groups(&mut *db).await?.into_iter().map(|group| (group.id, group.name));
        Ok(Self {
            names: shops.chain(departments).chain(groups).collect(),
            held: people::held(&mut *db, None).await?,
            roles: people::own_roles(&mut *db).await?.into_iter().map(|own| (own.role.id, own)).collect(),
            organisation: people::organisation(db).await?,
            giver,
            founders,
            accounts,
        })
    }

    /// A role by its id, the ready ones too; a closed one as long as somebody holds it.
    pub(super) fn role(&self, id: Uuid) -> Option<Role> {
        ReadyRole::of_id(id).map(ReadyRole::role).or_else(|| self.roles.get(&id).map(|own| own.role.clone()))
    }

    fn held_row(&self, held: &Held, now_ms: i64) -> HeldRole {
        let (place, place_id) = match held.place {
            Place::Organisation => (wire::PlaceKind::Organisation, None),
            Place::Department(id) => (wire::PlaceKind::Department, Some(id)),
            Place::Shop(shop) => (wire::PlaceKind::Shop, Some(shop.0)),
            Place::Group(id) => (wire::PlaceKind::Group, Some(id)),
        };
        HeldRole {
            id: held.id.to_string(),
            role_id: held.role_id.to_string(),
            word: ReadyRole::of_id(held.role_id).map(|ready| ready.word().to_owned()),
            name: self.role(held.role_id).map(|role| role.name).unwrap_or_default(),
            place,
            place_id: place_id.map(|id| id.to_string()),
            place_name: place_id.and_then(|id| self.names.get(&id).cloned()),
            valid_from_ms: held.valid_from_ms,
            valid_to_ms: held.valid_to_ms,
            is_live: held.valid_from_ms.is_none_or(|from_ms| from_ms <= now_ms) && held.is_open(now_ms),
        }
    }

    /// The roles of a person that are not over.
    fn roles_of(&self, person: PersonId, now_ms: i64) -> Vec<HeldRole> {
        let open = |held: &&Held| held.person_id == person && held.is_open(now_ms);
        self.held.iter().filter(open).map(|held| self.held_row(held, now_ms)).collect()
    }

    fn rows(&self, slots: &BTreeSet<PersonId>, now_ms: i64) -> Vec<PersonRow> {
        let founders = self.founders.iter().filter(|(id, _)| self.accounts.iter().all(|account| account.id != *id)).map(|(id, name)| PersonRow {
            id: id.to_string(),
            name: name.clone(),
            state: wire::AccountState::Active,
            is_founder: true,
            opens_here: slots.contains(id),
            department_id: None,
            invited_until_ms: None,
            roles: self.roles_of(*id, now_ms),
        });
        let others = self.accounts.iter().map(|account| PersonRow {
            id: account.id.to_string(),
            name: account.name.clone(),
            state: match account.state {
                AccountState::Invited => wire::AccountState::Invited,
                AccountState::Active => wire::AccountState::Active,
                AccountState::Left => wire::AccountState::Left,
            },
            is_founder: self.founders.iter().any(|(id, _)| *id == account.id),
            opens_here: slots.contains(&account.id),
            department_id: account.department_id.map(|id| id.to_string()),
            invited_until_ms: super::invitation::until_ms(&account.opening).filter(|until_ms| *until_ms > now_ms),
            roles: self.roles_of(account.id, now_ms),
        });
        founders.chain(others).collect()
    }

    fn account(&self, id: &str) -> Result<&Account> {
        let id = PersonId(Uuid::parse_str(id).map_err(|_| Error::not_found())?);
        self.accounts.iter().find(|account| account.id == id).ok_or_else(Error::not_found)
    }

    /// A role that may be given now.
    fn open_role(&self, id: &str) -> Result<Role> {
        let id = Uuid::parse_str(id).map_err(|_| Error::not_found())?;
        if self.roles.get(&id).is_some_and(|own| own.is_closed) {
            return Err(Error::field("role_id", "this role is closed: choose another one, or open it again"));
        }
        self.role(id).ok_or_else(Error::not_found)
    }

    fn place(&self, asked: &RoleToGive) -> Result<Place> {
        let id = asked.place_id.as_deref().map(Uuid::parse_str).transpose().map_err(|_| Error::not_found())?;
        let place = match (asked.place, id) {
            (wire::PlaceKind::Organisation, None) => Place::Organisation,
            (wire::PlaceKind::Department, Some(id)) if self.organisation.departments.contains_key(&id) => Place::Department(id),
            (wire::PlaceKind::Shop, Some(id)) if self.organisation.shops.contains_key(&ShopId(id)) => Place::Shop(ShopId(id)),
            (wire::PlaceKind::Group, Some(id)) if self.organisation.groups.contains_key(&id) => Place::Group(id),
            _ => return Err(Error::field("place_id", "there is no such place: choose a shop, a department or a group of the list, or the whole organisation")),
        };
        Ok(place)
    }
}

/// Who has a slot on this computer.
async fn slots(scope: &Scope) -> Result<BTreeSet<PersonId>> {
    let dir = scope.program.dir(scope.presence.store);
    let people = vault::apart(move || keys::people(&dir)).await??;
    Ok(people.into_iter().map(|(id, _)| id).collect())
}

/// Everybody, as far as the person reads people: of some shops, those who hold a role there.
///
/// # Errors
/// Where the store cannot be read.
pub async fn list(scope: &Scope) -> Result<wire::People> {
    let (slots, now_ms) = (slots(scope).await?, scope.program.now_ms());
    let book = Book::read(&mut *scope.store.snapshot().await?, scope.actor()).await?;
    let mut rows = book.rows(&slots, now_ms);
    if let Some(shops) = scope.rights.shops() {
        let reachable = |person: &PersonRow| {
            let held = book.held.iter().filter(|held| held.person_id.to_string() == person.id);
            let of_places = held.flat_map(|held| {
                let region = book.organisation.region(held.person_id, held.place, Reach::Shop);
                if region.everything { Vec::new() } else { region.shops.into_iter().collect::<Vec<_>>() }
            });
            of_places.into_iter().any(|shop| shops.contains(&shop)) || person.id == scope.actor().to_string()
        };
        rows.retain(reachable);
    }
    Ok(wire::People { people: rows })
}

/// Invites a person: an account with roles, and a one-time code for their first sign-in.
///
/// # Errors
/// Where the name is taken or cannot be used, or the person who invites lacks what they would give.
pub async fn invite(scope: &Scope, request: PersonInvite) -> Result<Invitation> {
    let name = founding::owner_name(&request.name).map_err(named)?;
    let now_ms = scope.program.now_ms();
    let code = super::invitation::new_code(&scope.program).await?;
    let mut write = scope.store.begin(Queue::Person).await?;
    let book = Book::read(&mut write, scope.actor()).await?;
    if book.accounts.len() >= PEOPLE_MAX {
        return Err(Error::refuse(Code::Refused, format!("there are {PEOPLE_MAX} people already: nobody more can be invited")));
    }
    let is_same = |known: &str| known.trim().to_lowercase() == name.to_lowercase();
    if book.accounts.iter().any(|account| is_same(&account.name)) || book.founders.iter().any(|(_, known)| is_same(known)) {
        return Err(Error::field(
            "name",
            format!("somebody signs in as {name} already: add a surname or a number, since each person signs in by a name of their own"),
        ));
    }
    let department_id = request.department_id.as_deref().map(Uuid::parse_str).transpose().map_err(|_| Error::not_found())?;
    if department_id.is_some_and(|id| !book.organisation.departments.contains_key(&id)) {
        return Err(Error::field("department_id", "there is no such department: choose one of the list"));
    }
    if request.roles.is_empty() {
        return Err(Error::field("roles", "without a role a person may do nothing: choose at least one"));
    }
    let person_id = PersonId(scope.program.chance().mint(now_ms));
    let memberships = memberships(scope, &book, person_id, &request.roles)?;
    let account = Account {
        id: person_id,
        version: 0,
        name: name.clone(),
        department_id,
        state: AccountState::Invited,
        opening: code.kept(now_ms + OPENING_MS),
        created_at_ms: now_ms,
    };
    let changes =
        vec![Change::Put { table: &catalogue::ACCOUNT, rows: vec![account.next_row()] }, Change::Put { table: &catalogue::MEMBERSHIP, rows: memberships }];
    let detail =
        serde_json::json!({"person": person_id.to_string(), "name": name, "roles": request.roles.iter().map(|role| &role.role_id).collect::<Vec<_>>()});
    write.commit(entry(scope, "person.invite", (PERSON, person_id.0), changes, detail)).await?;
    told(scope, PERSON, person_id.0);
    Ok(Invitation { person_id: person_id.to_string(), name, code: code.text(), until_ms: now_ms + OPENING_MS })
}

/// A new one-time code for a person: for whoever lost the first one, or forgot the password. Nobody learns the password, and the authenticator stays.
///
/// # Errors
/// Where there is no such person, or the person who asks could not give all that they hold.
pub async fn reset(scope: &Scope, request: IdRef) -> Result<Invitation> {
    let now_ms = scope.program.now_ms();
    let code = super::invitation::new_code(&scope.program).await?;
    let mut write = scope.store.begin(Queue::Person).await?;
    let book = Book::read(&mut write, scope.actor()).await?;
    let account = book.account(&request.id)?;
    may_manage(scope, &book, account.id)?;
    // Whoever left comes back as somebody who was invited: with a password of their own choice.
    let state = if account.state == AccountState::Left { AccountState::Invited } else { account.state };
    let changed = Account { state, opening: code.kept(now_ms + OPENING_MS), ..account.clone() };
    let (person_id, name) = (account.id, account.name.clone());
    let detail = serde_json::json!({"person": person_id.to_string()});
    write
        .commit(entry(scope, "person.reset", (PERSON, person_id.0), vec![Change::Put { table: &catalogue::ACCOUNT, rows: vec![changed.next_row()] }], detail))
        .await?;
    // The password of before opens nothing from now on.
    drop_slot(scope, person_id).await?;
    told(scope, PERSON, person_id.0);
    Ok(Invitation { person_id: person_id.to_string(), name, code: code.text(), until_ms: now_ms + OPENING_MS })
}

/// Closes the account of a person who leaves: their sessions end, their slot on this computer goes, and their name stays with what they did.
///
/// # Errors
/// Where there is no such person, or it is the person who asks.
pub async fn close(scope: &Scope, request: IdRef) -> Result<wire::Empty> {
    let mut write = scope.store.begin(Queue::Person).await?;
    let book = Book::read(&mut write, scope.actor()).await?;
    let account = book.account(&request.id)?;
    if account.id == scope.actor() {
        return Err(Error::refuse(Code::Refused, "nobody closes their own account: somebody else who manages people does it"));
    }
    may_manage(scope, &book, account.id)?;
    let person_id = account.id;
    let changed = Account { state: AccountState::Left, opening: String::new(), ..account.clone() };
    let detail = serde_json::json!({"person": person_id.to_string()});
    write
        .commit(entry(scope, "person.close", (PERSON, person_id.0), vec![Change::Put { table: &catalogue::ACCOUNT, rows: vec![changed.next_row()] }], detail))
        .await?;
    drop_slot(scope, person_id).await?;
    told(scope, PERSON, person_id.0);
    Ok(wire::Empty {})
}

/// Gives a person a role.
///
/// # Errors
/// Where the person who gives lacks what it grants, or what belongs apart would be one person's.
pub async fn give(scope: &Scope, request: RoleGive) -> Result<wire::Empty> {
    let mut write = scope.store.begin(Queue::Person).await?;
    let book = Book::read(&mut write, scope.actor()).await?;
    let account = book.account(&request.person_id)?;
    if account.state == AccountState::Left {
        return Err(Error::refuse(Code::Refused, "this account is closed: give the person a new one-time code first"));
    }
    let person_id = account.id;
    let rows = memberships(scope, &book, person_id, std::slice::from_ref(&request.role))?;
    let detail = serde_json::json!({"person": person_id.to_string(), "role": request.role.role_id});
    write.commit(entry(scope, "role.give", (PERSON, person_id.0), vec![Change::Put { table: &catalogue::MEMBERSHIP, rows }], detail)).await?;
    told(scope, PERSON, person_id.0);
    Ok(wire::Empty {})
}

/// Takes a role from a person, from this moment on.
///
/// # Errors
/// Where it is not held, or the person who takes it lacks what it grants.
pub async fn take(scope: &Scope, request: IdRef) -> Result<wire::Empty> {
    let now_ms = scope.program.now_ms();
    let id = Uuid::parse_str(&request.id).map_err(|_| Error::not_found())?;
    let mut write = scope.store.begin(Queue::Person).await?;
    let book = Book::read(&mut write, scope.actor()).await?;
    let held = book.held.iter().find(|held| held.id == id).ok_or_else(Error::not_found)?;
    may_manage(scope, &book, held.person_id)?;
    if held.valid_to_ms.is_some_and(|to_ms| to_ms <= now_ms) {
        return Ok(wire::Empty {});
    }
    let person_id = held.person_id;
    let ended = Held { valid_to_ms: Some(now_ms), ..held.clone() };
    let detail = serde_json::json!({"person": person_id.to_string(), "role": held.role_id.to_string()});
    write
        .commit(entry(scope, "role.take", (PERSON, person_id.0), vec![Change::Put { table: &catalogue::MEMBERSHIP, rows: vec![ended.next_row()] }], detail))
        .await?;
    told(scope, PERSON, person_id.0);
    Ok(wire::Empty {})
}

/// What the person who asks may.
///
/// # Errors
/// Where the store cannot be read.
pub async fn own(scope: &Scope) -> Result<OwnAccess> {
    let now_ms = scope.program.now_ms();
    let book = Book::read(&mut *scope.store.snapshot().await?, scope.actor()).await?;
    let principal = scope.rights.principal();
    let rights = domain::access::RIGHTS.iter().filter(|right| principal.decide(right.name, now_ms).is_ok()).map(|right| right.name.to_owned()).collect();
    Ok(OwnAccess { rights, roles: book.roles_of(scope.actor(), now_ms), fields: super::roles::fields_of(principal, now_ms) })
}

/// What another person may: to see as they see, and to say why they were refused.
///
/// # Errors
/// Where there is no such person.
pub async fn look(scope: &Scope, request: wire::AccessLook) -> Result<wire::AccessOf> {
    let now_ms = scope.program.now_ms();
    let rows = list(scope).await?.people;
    let person = rows.into_iter().find(|row| row.id == request.person_id).ok_or_else(Error::not_found)?;
    let id = PersonId(Uuid::parse_str(&person.id).map_err(|_| Error::not_found())?);
    let principal = people::principal(&mut *scope.store.snapshot().await?, id).await?;
    let rights = domain::access::RIGHTS.iter().map(|right| super::roles::right_of(&principal, right.name, now_ms)).collect();
    Ok(wire::AccessOf { person, rights, fields: super::roles::fields_of(&principal, now_ms) })
}

/// The rows of roles to be given, each within what the giver has.
fn memberships(scope: &Scope, book: &Book, person: PersonId, asked: &[RoleToGive]) -> Result<Vec<Row>> {
    let now_ms = scope.program.now_ms();
    if scope.actor() == person {
        return Err(Error::refuse(Code::Forbidden, "nobody gives themselves a role: somebody else who manages people does it"));
    }
    if book.held.iter().filter(|held| held.person_id == person).count() + asked.len() > ROLES_EACH_MAX {
        return Err(Error::refuse(Code::Refused, format!("a person holds at most {ROLES_EACH_MAX} roles: take one that is over first")));
    }
    let mut together: Vec<Role> = book.held.iter().filter(|held| held.person_id == person).filter_map(|held| book.role(held.role_id)).collect();
    let mut rows = Vec::new();
    for one in asked {
        let (role, place) = (book.open_role(&one.role_id)?, book.place(one)?);
        // A denial takes away: it is for who may take all that the person holds.
        if role.grants.iter().any(|grant| grant.effect == Effect::Deny) {
            may_manage(scope, book, person)?;
        }
        if one.valid_from_ms.zip(one.valid_to_ms).is_some_and(|(from_ms, to_ms)| to_ms <= from_ms) {
            return Err(Error::field("valid_to_ms", "the role would be over before it begins: swap its dates"));
        }
        book.giver.may_give(&role, place, &book.organisation, now_ms).map_err(|lacking| super::roles::lacks(&lacking))?;
        let held = Held {
            id: scope.program.chance().mint(now_ms),
            version: 0,
            person_id: person,
            role_id: role.id,
            place,
            valid_from_ms: one.valid_from_ms,
            valid_to_ms: one.valid_to_ms,
            given_by: scope.actor(),
            given_at_ms: now_ms,
        };
        rows.push(held.next_row());
        together.push(role);
    }
    apart(&together)?;
    Ok(rows)
}

/// What belongs apart is never one person's.
fn apart(roles: &[Role]) -> Result<()> {
    let is_owner = roles.iter().any(|role| role.id == ReadyRole::Owner.id());
    let any = |right: &str| roles.iter().any(|role| role.allows(right));
    if !is_owner && SEPARATED.iter().any(|(one, other)| any(one) && any(other)) {
        return Err(Error::refuse(
            Code::Forbidden,
            "whoever gives rights does not look after what was done with them: give the roles of security administrator and auditor to two people",
        ));
    }
    Ok(())
}

/// Only who could give all that a person holds may reset them, close them or take a role of theirs: else a smaller role would be a way into a larger one.
fn may_manage(scope: &Scope, book: &Book, person: PersonId) -> Result<()> {
    let now_ms = scope.program.now_ms();
    if book.founders.iter().any(|(id, _)| *id == person) && person != scope.actor() {
        return Err(Error::refuse(Code::Forbidden, "this is the owner: nobody else resets or closes them"));
    }
    let open = book.held.iter().filter(|held| held.person_id == person && held.is_open(now_ms));
    for held in open {
        if let Some(role) = book.role(held.role_id) {
            book.giver.may_give(&role, held.place, &book.organisation, now_ms).map_err(|lacking| super::roles::lacks(&lacking))?;
        }
    }
    Ok(())
}

/// A place that is moved moves what roles reach from it: each membership whose rows change is given anew, so to say, and nobody does that for themselves.
///
/// # Errors
/// Where the person lacks what somebody would hold in the new order of places, or would hold more themselves.
pub(super) fn may_move(scope: &Scope, book: &Book, after: &Organisation) -> Result<()> {
    let now_ms = scope.program.now_ms();
    for held in book.held.iter().filter(|held| held.is_open(now_ms)) {
        let Some(role) = book.role(held.role_id) else { continue };
        let moves = |reach: Reach| book.organisation.region(held.person_id, held.place, reach) != after.region(held.person_id, held.place, reach);
        if !role.grants.iter().any(|grant| moves(grant.reach)) {
            continue;
        }
        if held.person_id == scope.actor() {
            return Err(Error::refuse(Code::Forbidden, "this would change what a role of yours reaches: somebody else who manages places does it"));
        }
        for organisation in [&book.organisation, after] {
            book.giver.may_give(&role, held.place, organisation, now_ms).map_err(|lacking| super::roles::lacks(&lacking))?;
        }
    }
    Ok(())
}

/// Takes a person's slot on this computer away, and ends what they have open.
async fn drop_slot(scope: &Scope, person_id: PersonId) -> Result<()> {
    let (dir, root) = (scope.program.dir(scope.presence.store), scope.store.root().duplicate());
    vault::apart(move || keys::drop_slot(&dir, &root, person_id)).await??;
    scope.program.shut_sessions(person_id);
    Ok(())
}

fn named(error: Error) -> Error {
    match error {
        Error::Refusal { code, message, field: Some(field), wait_s } if field == "owner_name" => {
            Error::Refusal { code, message, field: Some("name".to_owned()), wait_s }
        }
        other => other,
    }
}

/// The entry of an act on a person, a role or a place, and whom it is told of.
pub(super) fn entry(scope: &Scope, act: &'static str, (entity, id): (&'static str, Uuid), changes: Vec<Change>, detail: serde_json::Value) -> Entry {
    Entry {
        kind: act,
        actor: scope.actor(),
        at_ms: scope.program.now_ms(),
        origin: Origin::Here,
        changes,
        events: vec![Event { kind: format!("{entity}.changed"), entity: entity.into(), ids: vec![id.to_string()] }],
        audit: Audit { act: act.into(), result: "done".into(), detail },
    }
}

/// Tells whoever listens: the rail shows what a person uses.
pub(super) fn told(scope: &Scope, entity: &str, id: Uuid) {
    scope.program.changed(entity, vec![id.to_string()]);
    scope.program.tell(wire::AppEvent::Phase);
}
