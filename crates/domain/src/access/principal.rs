//! A person as the decision sees them: their memberships with the rows that each reaches, and the decision itself.

use super::{
    fields::{Field, FieldMode},
    rights::{self, Kind},
    role::{Effect, Limits, Reach, Role},
    scope::{Region, RowFacts, ScopeExpr},
};
use crate::{PersonId, ShopId};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// In which a role is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// The whole organisation: every reach but [`Reach::Own`] is all of it.
    Organisation,
    Department(Uuid),
    Shop(ShopId),
    /// A group of shops.
    Group(Uuid),
}

/// A role that a person holds in a place, from a moment and until a moment, UTC milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    pub role: Role,
    pub place: Place,
    /// The first moment; `None` is from ever.
    pub valid_from_ms: Option<i64>,
    /// The first moment at which it is over; `None` is for ever.
    pub valid_to_ms: Option<i64>,
}

impl Membership {
    const fn is_live(&self, now_ms: i64) -> bool {
        let begun = match self.valid_from_ms {
            Some(from_ms) => from_ms <= now_ms,
            None => true,
        };
        let over = match self.valid_to_ms {
            Some(to_ms) => to_ms <= now_ms,
            None => false,
        };
        begun && !over
    }
}

/// What the places of an organisation have to do with each other.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Organisation {
    /// Each department and the one above it.
    pub departments: BTreeMap<Uuid, Option<Uuid>>,
    /// Each shop and its department.
    pub shops: BTreeMap<ShopId, Option<Uuid>>,
    /// Each group and its shops.
    pub groups: BTreeMap<Uuid, BTreeSet<ShopId>>,
}

impl Organisation {
    /// A department and all below it. One that stands below itself, which two people can bring about who do not see each other, ends there.
    fn tree(&self, top: Uuid) -> BTreeSet<Uuid> {
        let mut found = BTreeSet::from([top]);
        loop {
            let below = |parent: &Option<Uuid>| parent.is_some_and(|parent| found.contains(&parent));
            let more: Vec<Uuid> = self.departments.iter().filter(|(id, parent)| !found.contains(*id) && below(parent)).map(|(id, _)| *id).collect();
            if more.is_empty() {
                return found;
            }
            found.extend(more);
        }
    }

    fn of_departments(&self, departments: BTreeSet<Uuid>) -> Region {
        let shops = self.shops.iter().filter(|(_, own)| own.is_some_and(|own| departments.contains(&own))).map(|(shop, _)| *shop).collect();
        Region { shops, departments, ..Region::default() }
    }

    fn of_shops(shops: impl IntoIterator<Item = ShopId>) -> Region {
        Region { shops: shops.into_iter().collect(), ..Region::default() }
    }

    /// The rows that a reach has from a place.
    #[must_use]
    pub fn region(&self, person: PersonId, place: Place, reach: Reach) -> Region {
        let department = match place {
            Place::Department(id) => Some(id),
            Place::Shop(shop) => self.shops.get(&shop).copied().flatten(),
            Place::Organisation | Place::Group(_) => None,
        };
        match (reach, place) {
            (Reach::Own, _) => Region { owner: Some(person), ..Region::default() },
            (Reach::All, _) | (_, Place::Organisation) => Region::everything(),
            (Reach::Shop, Place::Shop(shop)) => Self::of_shops([shop]),
            (Reach::Shop, Place::Department(id)) => Self::of_shops(self.of_departments(BTreeSet::from([id])).shops),
            (Reach::Shop | Reach::ShopGroup, Place::Group(group)) => Self::of_shops(self.groups.get(&group).into_iter().flatten().copied()),
            (Reach::ShopGroup, Place::Shop(shop)) => {
                let beside = self.groups.values().filter(|shops| shops.contains(&shop)).flatten().copied();
                Self::of_shops(beside.chain([shop]))
            }
            (Reach::Department, _) => department.map_or_else(Region::default, |id| self.of_departments(BTreeSet::from([id]))),
            (Reach::DepartmentTree, _) => department.map_or_else(Region::default, |id| self.of_departments(self.tree(id))),
            (Reach::ShopGroup, Place::Department(_)) => Region::default(),
        }
    }
}

/// A right is held: for these rows, up to these limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    pub scope: ScopeExpr,
    pub limits: Limits,
}

/// Why a right is not held. Each has its own way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refused {
    /// The account is closed.
    Closed,
    /// No role is held at all.
    NoRole,
    /// No role that is held now grants it.
    NotGranted,
    /// A role denies it.
    Denied { role: Uuid },
    /// A role that grants it is held from a later moment on.
    NotYet { from_ms: i64 },
    /// A role that granted it is over.
    Over { since_ms: i64 },
}

/// The answer.
pub type Decision = Result<Allowed, Refused>;

struct Held {
    membership: Membership,
    regions: BTreeMap<Reach, Region>,
}

/// A person as the decision sees them.
pub struct Principal {
    pub person: PersonId,
    is_active: bool,
    held: Vec<Held>,
    shops: Vec<ShopId>,
}

/// What a person who gives a role lacks of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lacking {
    Right(String),
    Field(Field),
}

impl Principal {
    /// A person with their memberships in an organisation.
    #[must_use]
    pub fn new(person: PersonId, is_active: bool, memberships: Vec<Membership>, organisation: &Organisation) -> Self {
        let held = memberships.into_iter().map(|membership| {
            let reaches: BTreeSet<Reach> = membership.role.grants.iter().map(|grant| grant.reach).collect();
            let regions = reaches.into_iter().map(|reach| (reach, organisation.region(person, membership.place, reach))).collect();
            Held { membership, regions }
        });
        Self { person, is_active, held: held.collect(), shops: organisation.shops.keys().copied().collect() }
    }

    /// The shops of the organisation.
    pub fn shops(&self) -> impl Iterator<Item = ShopId> {
        self.shops.iter().copied()
    }

    /// Whether the account is neither closed nor waiting for its first sign-in.
    #[must_use]
    pub const fn is_active(&self) -> bool {
        self.is_active
    }

    /// Whether the person holds a right now, for which rows and up to which limits.
    ///
    /// # Errors
    /// Why not.
    pub fn decide(&self, right: &str, now_ms: i64) -> Decision {
        if !self.is_active {
            return Err(Refused::Closed);
        }
        let kind = rights::right(right).map_or(Kind::Whole, |right| right.kind);
        if kind == Kind::Everyone {
            return Ok(Allowed { scope: ScopeExpr::everything(), limits: Limits::default() });
        }
        let (mut scope, mut limits, mut denied_by) = (ScopeExpr::default(), None::<Limits>, None);
        for held in self.held.iter().filter(|held| held.membership.is_live(now_ms)) {
            for grant in held.membership.role.grants.iter().filter(|grant| grant.right == right) {
                let region = held.regions.get(&grant.reach).cloned().unwrap_or_default();
                if region.is_empty() {
                    continue;
                }
                match grant.effect {
                    Effect::Allow => {
                        limits = Some(limits.map_or(grant.limits, |limits| limits.wider(grant.limits)));
                        scope.allow.join(region);
                    }
                    Effect::Deny => {
                        denied_by = Some(held.membership.role.id);
                        scope.deny.join(region);
                    }
                }
            }
        }
        let is_whole = kind == Kind::Whole;
        let (Some(limits), true) = (limits, !is_whole || scope.allow.everything) else { return Err(self.why_not(right, now_ms)) };
        match denied_by {
            Some(role) if is_whole || scope.deny.covers(&scope.allow) => Err(Refused::Denied { role }),
            _ => Ok(Allowed { scope, limits }),
        }
    }

    fn why_not(&self, right: &str, now_ms: i64) -> Refused {
        if self.held.is_empty() {
            return Refused::NoRole;
        }
        let granting = || self.held.iter().map(|held| &held.membership).filter(|membership| membership.role.allows(right));
        let later = granting().filter_map(|membership| membership.valid_from_ms.filter(|from_ms| *from_ms > now_ms)).min();
        let over = granting().filter_map(|membership| membership.valid_to_ms.filter(|to_ms| *to_ms <= now_ms)).max();
        match (later, over) {
            (Some(from_ms), _) => Refused::NotYet { from_ms },
            (None, Some(since_ms)) => Refused::Over { since_ms },
            (None, None) => Refused::NotGranted,
        }
    }

    /// Up to where a right is used for one row: as the widest grant says that reaches it.
    #[must_use]
    pub fn limits_of(&self, right: &str, row: &RowFacts, now_ms: i64) -> Option<Limits> {
        self.allowing(right, now_ms).filter(|(_, region)| region.has(row)).map(|(limits, _)| limits).reduce(Limits::wider)
    }

    /// The grants of a right that hold now: the limits of each and its rows.
    fn allowing(&self, right: &str, now_ms: i64) -> impl Iterator<Item = (Limits, &Region)> {
        self.held.iter().filter(move |held| held.membership.is_live(now_ms)).flat_map(move |held| {
            let grants = held.membership.role.grants.iter().filter(move |grant| grant.right == right && grant.effect == Effect::Allow);
            grants.filter_map(|grant| Some((grant.limits, held.regions.get(&grant.reach)?)))
        })
    }

    /// The rows of which a field is seen at least so.
    fn rows_with(&self, field: Field, mode: FieldMode, now_ms: i64) -> Region {
        let mut region = Region::default();
        for held in self.held.iter().filter(|held| held.membership.is_live(now_ms) && held.membership.role.field(field) >= mode) {
            let grants = held.membership.role.grants.iter().filter(|grant| grant.right == field.read_by() && grant.effect == Effect::Allow);
            for grant in grants {
                region.join(held.regions.get(&grant.reach).cloned().unwrap_or_default());
            }
        }
        region
    }

    /// How a field of one row is seen: as the most permissive role that reaches the row says.
    #[must_use]
    pub fn field_of(&self, field: Field, row: &RowFacts, now_ms: i64) -> FieldMode {
        self.highest(|mode| self.rows_with(field, mode, now_ms).has(row))
    }

    /// How a field is seen of all rows that a scope holds for: what a sum, an order or a filter over them may use.
    #[must_use]
    pub fn field_over(&self, field: Field, scope: &ScopeExpr, now_ms: i64) -> FieldMode {
        self.highest(|mode| {
            let seen = self.rows_with(field, mode, now_ms);
            !seen.is_empty() && seen.covers(&scope.allow)
        })
    }

    fn highest(&self, is_so: impl Fn(FieldMode) -> bool) -> FieldMode {
        if !self.is_active {
            return FieldMode::Hidden;
        }
        FieldMode::ALL.into_iter().rev().find(|mode| *mode > FieldMode::Hidden && is_so(*mode)).unwrap_or(FieldMode::Hidden)
    }

    /// Whether the person may give a role in a place: nobody gives what they lack.
    ///
    /// # Errors
    /// The first that they lack.
    pub fn may_give(&self, role: &Role, place: Place, organisation: &Organisation, now_ms: i64) -> Result<(), Lacking> {
        // A person's own rows are theirs: whoever has any of a right may give it for them.
        let nobody = PersonId(Uuid::nil());
        for grant in role.grants.iter().filter(|grant| grant.effect == Effect::Allow) {
            let lacking = || Lacking::Right(grant.right.clone());
            let allowed = self.decide(&grant.right, now_ms).map_err(|_| lacking())?;
            let region = organisation.region(nobody, place, grant.reach);
            // Each row up to the limit that is given for it: a wide limit in one shop gives none in another.
            let mut so_far = Region::default();
            self.allowing(&grant.right, now_ms).filter(|(own, _)| grant.limits.is_within(*own)).for_each(|(_, own)| so_far.join(own.clone()));
            let is_covered = grant.reach == Reach::Own || (so_far.covers(&region) && !overlaps(&allowed.scope.deny, &region));
            if !is_covered || !grant.limits.is_within(allowed.limits) {
                return Err(lacking());
            }
        }
        for (field, mode) in &role.fields {
            let reads = role.grants.iter().filter(|grant| grant.right == field.read_by() && grant.effect == Effect::Allow && grant.reach != Reach::Own);
            for grant in reads {
                let given = ScopeExpr { allow: organisation.region(nobody, place, grant.reach), deny: Region::default() };
                if !given.allow.is_empty() && self.field_over(*field, &given, now_ms) < *mode {
                    return Err(Lacking::Field(*field));
                }
            }
        }
        Ok(())
    }

    /// The memberships that hold now.
    pub fn live(&self, now_ms: i64) -> impl Iterator<Item = &Membership> {
        self.held.iter().map(|held| &held.membership).filter(move |membership| membership.is_live(now_ms))
    }
}

fn overlaps(a: &Region, b: &Region) -> bool {
    let both = |x: &Region, y: &Region| x.everything && !y.is_empty();
    both(a, b) || both(b, a) || !a.shops.is_disjoint(&b.shops) || !a.departments.is_disjoint(&b.departments) || (a.owner.is_some() && a.owner == b.owner)
}
