use super::*;
use crate::{PersonId, Random as _, ShopId, clock::Seeded};
use principal::Lacking;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

const NOW_MS: i64 = 1_000;

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn shop(n: u128) -> ShopId {
    ShopId(id(n))
}

/// Shops 1 and 2 in the department 10 below 11, shop 3 in 11, shop 4 in none; 2 and 4 are a group 20.
fn organisation() -> Organisation {
    Organisation {
        departments: BTreeMap::from([(id(10), Some(id(11))), (id(11), None)]),
        shops: BTreeMap::from([(shop(1), Some(id(10))), (shop(2), Some(id(10))), (shop(3), Some(id(11))), (shop(4), None)]),
        groups: BTreeMap::from([(id(20), BTreeSet::from([shop(2), shop(4)]))]),
    }
}

fn role_of(grants: &[(&str, Effect, Reach)]) -> Role {
    let grants = grants.iter().map(|(right, effect, reach)| Grant { right: (*right).to_owned(), effect: *effect, reach: *reach, limits: Limits::default() });
    Role { id: id(900), name: "tested".into(), grants: grants.collect(), fields: BTreeMap::new() }
}

fn held(role: Role, place: Place) -> Membership {
    Membership { role, place, valid_from_ms: None, valid_to_ms: None }
}

fn person(memberships: Vec<Membership>) -> Principal {
    Principal::new(PersonId(id(7)), true, memberships, &organisation())
}

fn shops_of(principal: &Principal, right: &str) -> Vec<u128> {
    let shops = principal.decide(right, NOW_MS).map(|allowed| allowed.scope.shops(organisation().shops.into_keys())).unwrap_or_default();
    shops.into_iter().map(|shop| shop.0.as_u128()).collect()
}

#[test]
fn a_grant_reaches_from_the_place_in_which_its_role_is_held() {
    use Place::{Department, Group, Organisation, Shop};
    for (reach, place, expected) in [
        (Reach::Own, Organisation, vec![]),
        (Reach::Shop, Shop(shop(1)), vec![1]),
        (Reach::Shop, Department(id(10)), vec![1, 2]),
        (Reach::Shop, Group(id(20)), vec![2, 4]),
        (Reach::Shop, Organisation, vec![1, 2, 3, 4]),
        (Reach::ShopGroup, Shop(shop(2)), vec![2, 4]),
        (Reach::ShopGroup, Shop(shop(1)), vec![1]),
        (Reach::ShopGroup, Group(id(20)), vec![2, 4]),
        (Reach::ShopGroup, Department(id(10)), vec![]),
        (Reach::Department, Shop(shop(1)), vec![1, 2]),
        (Reach::Department, Shop(shop(4)), vec![]),
        (Reach::Department, Department(id(11)), vec![3]),
        (Reach::Department, Group(id(20)), vec![]),
        (Reach::DepartmentTree, Department(id(11)), vec![1, 2, 3]),
        (Reach::DepartmentTree, Shop(shop(3)), vec![1, 2, 3]),
        (Reach::All, Shop(shop(1)), vec![1, 2, 3, 4]),
    ] {
        let principal = person(vec![held(role_of(&[("order.read", Effect::Allow, reach)]), place)]);
        assert_eq!(shops_of(&principal, "order.read"), expected, "{reach:?} from {place:?}");
    }
}

#[test]
fn a_denial_beats_every_grant_as_far_as_it_reaches() {
    let all = role_of(&[("order.read", Effect::Allow, Reach::All), ("shop.write", Effect::Allow, Reach::All)]);
    let not_here = role_of(&[("order.read", Effect::Deny, Reach::Shop), ("shop.write", Effect::Deny, Reach::Shop)]);
    let principal = person(vec![held(all.clone(), Place::Organisation), held(not_here, Place::Shop(shop(2)))]);
    assert_eq!(shops_of(&principal, "order.read"), [1, 3, 4]);
    // A right that holds for the whole falls with any denial of it.
    assert_eq!(principal.decide("shop.write", NOW_MS), Err(Refused::Denied { role: id(900) }));
    let nowhere = role_of(&[("order.read", Effect::Deny, Reach::All)]);
    let principal = person(vec![held(all, Place::Organisation), held(nowhere, Place::Organisation)]);
    assert_eq!(principal.decide("order.read", NOW_MS), Err(Refused::Denied { role: id(900) }));
}

#[test]
fn a_refusal_says_why() {
    let reads = || role_of(&[("order.read", Effect::Allow, Reach::All)]);
    let timed = |from, to| Membership { valid_from_ms: from, valid_to_ms: to, ..held(reads(), Place::Organisation) };
    for (memberships, right, expected) in [
        (vec![], "order.read", Some(Refused::NoRole)),
        (vec![timed(None, None)], "order.cancel", Some(Refused::NotGranted)),
        (vec![timed(Some(NOW_MS + 1), None)], "order.read", Some(Refused::NotYet { from_ms: NOW_MS + 1 })),
        (vec![timed(Some(NOW_MS), None)], "order.read", None),
        (vec![timed(None, Some(NOW_MS + 1))], "order.read", None),
        (vec![timed(None, Some(NOW_MS))], "order.read", Some(Refused::Over { since_ms: NOW_MS })),
        (vec![], "session.lock", None),
        // A right that this version does not know is nobody's.
        (vec![held(role_of(&[("moon.read", Effect::Allow, Reach::Shop)]), Place::Shop(shop(1)))], "moon.read", Some(Refused::NotGranted)),
    ] {
        assert_eq!(person(memberships).decide(right, NOW_MS).err(), expected, "{right}");
    }
    let closed = Principal::new(PersonId(id(7)), false, vec![timed(None, None)], &organisation());
    for right in ["order.read", "session.lock"] {
        assert_eq!(closed.decide(right, NOW_MS), Err(Refused::Closed));
    }
}

#[test]
fn limits_are_the_wider_of_the_grants_and_none_is_none() {
    let limited = |amount_minor| Limits { amount_minor, ..Limits::default() };
    let with = |limits| {
        let mut role = role_of(&[("refund.create", Effect::Allow, Reach::Shop)]);
        role.grants[0].limits = limits;
        held(role, Place::Shop(shop(1)))
    };
    for (limits, expected) in [(vec![Some(500)], Some(500)), (vec![Some(500), Some(900)], Some(900)), (vec![Some(500), None], None)] {
        let principal = person(limits.iter().map(|amount| with(limited(*amount))).collect());
        assert_eq!(principal.decide("refund.create", NOW_MS).unwrap().limits.amount_minor, expected, "{limits:?}");
    }
}

#[test]
fn a_field_is_seen_as_the_most_permissive_role_that_reaches_the_row_says() {
    let manager = held(ReadyRole::Manager.role(), Place::Shop(shop(1)));
    let clerk = held(ReadyRole::Clerk.role(), Place::Shop(shop(2)));
    let principal = person(vec![manager, clerk]);
    let of = |n| principal.field_of(Field::CustomerPhone, &RowFacts::of_shop(shop(n)), NOW_MS);
    assert_eq!([of(1), of(2), of(3)], [FieldMode::Write, FieldMode::Masked, FieldMode::Hidden]);
    // A sum or an order over rows of both shops may use only what is seen of both.
    let both = principal.decide("customer.read", NOW_MS).unwrap().scope;
    assert_eq!(principal.field_over(Field::CustomerPhone, &both, NOW_MS), FieldMode::Masked);
    assert_eq!(principal.field_over(Field::ProductCost, &both, NOW_MS), FieldMode::Hidden);
}

#[test]
fn nobody_gives_what_they_lack() {
    let (owner, manager) =
        (person(vec![held(ReadyRole::Owner.role(), Place::Organisation)]), person(vec![held(ReadyRole::Manager.role(), Place::Shop(shop(1)))]));
    let gives = |giver: &Principal, role: ReadyRole, place| giver.may_give(&role.role(), place, &organisation(), NOW_MS);
    for role in ReadyRole::ALL {
        assert_eq!(gives(&owner, role, Place::Organisation), Ok(()), "{role:?}");
    }
    assert_eq!(gives(&manager, ReadyRole::Clerk, Place::Shop(shop(1))), Ok(()));
    assert_eq!(gives(&manager, ReadyRole::Clerk, Place::Shop(shop(2))), Err(Lacking::Right("order.read".into())));
    assert_eq!(gives(&manager, ReadyRole::Clerk, Place::Organisation), Err(Lacking::Right("order.read".into())));
    assert!(gives(&manager, ReadyRole::SecurityAdministrator, Place::Shop(shop(1))).is_err());
    // The limit of a leader is no wider than a leader's own, and a field is not shown further than the giver sees it.
    let leader = person(vec![held(ReadyRole::ShiftLeader.role(), Place::Shop(shop(1)))]);
    let mut more = role_of(&[("refund.create", Effect::Allow, Reach::Shop)]);
    assert_eq!(leader.may_give(&more, Place::Shop(shop(1)), &organisation(), NOW_MS), Err(Lacking::Right("refund.create".into())));
    more.grants[0].limits.amount_minor = Some(100);
    assert_eq!(leader.may_give(&more, Place::Shop(shop(1)), &organisation(), NOW_MS), Ok(()));
    let mut sees = role_of(&[("customer.read", Effect::Allow, Reach::Shop)]);
    sees.fields.insert(Field::CustomerPhone, FieldMode::Read);
    assert_eq!(leader.may_give(&sees, Place::Shop(shop(1)), &organisation(), NOW_MS), Err(Lacking::Field(Field::CustomerPhone)));
}

#[test]
fn the_ready_roles_speak_of_rights_that_there_are_and_keep_apart_what_belongs_apart() {
    for ready in ReadyRole::ALL {
        let role = ready.role();
        assert_eq!((ReadyRole::of_id(role.id), ReadyRole::of_word(ready.word())), (Some(ready), Some(ready)));
        for grant in &role.grants {
            let right = rights::right(&grant.right);
            assert!(right.is_some_and(|right| right.kind != rights::Kind::Everyone), "{ready:?} speaks of {}", grant.right);
            let is_whole = right.is_some_and(|right| right.kind == rights::Kind::Whole);
            assert!(!is_whole || grant.reach == Reach::All, "{ready:?}: {} holds for the whole", grant.right);
        }
        for (one, other) in ready::SEPARATED {
            assert!(ready == ReadyRole::Owner || !(role.allows(one) && role.allows(other)), "{ready:?} holds {one} and {other}");
        }
    }
}

#[test]
fn what_is_masked_shows_little() {
    for (phone, masked) in [("13812346021", "138****6021"), ("8812", "****"), ("066021", "**6021"), ("", ""), ("+44 20 7946 0958", "+44*********0958")] {
        assert_eq!(fields::masked_phone(phone), masked);
    }
    assert_eq!((fields::masked_name("李小龙"), fields::masked_name("Anna"), fields::masked_name(" ")), ("李**".into(), "A**".into(), String::new()));
}

#[test]
fn departments_that_stand_below_each_other_end() {
    let mut loop_of_two = organisation();
    loop_of_two.departments.insert(id(11), Some(id(10)));
    let region = loop_of_two.region(PersonId(id(7)), Place::Department(id(10)), Reach::DepartmentTree);
    assert_eq!(region.departments, BTreeSet::from([id(10), id(11)]));
}

/// The decision told once more, row by row and without regions: does a grant held in a place reach this row?
fn reaches(organisation: &Organisation, person: PersonId, place: Place, reach: Reach, row: &RowFacts) -> bool {
    // A row belongs to its own department and to that of its shop.
    let row_departments = [row.department, row.shop.and_then(|shop| organisation.shops.get(&shop).copied().flatten())];
    let own_department = match place {
        Place::Department(department) => Some(department),
        Place::Shop(shop) => organisation.shops.get(&shop).copied().flatten(),
        _ => None,
    };
    let group_has = |group: &Uuid, shop: ShopId| organisation.groups.get(group).is_some_and(|shops| shops.contains(&shop));
    if reach == Reach::Own {
        return row.owner == Some(person);
    }
    if reach == Reach::All || place == Place::Organisation {
        return true;
    }
    match reach {
        Reach::Shop => row.shop.is_some_and(|shop| match place {
            Place::Shop(own) => own == shop,
            Place::Department(department) => organisation.shops.get(&shop) == Some(&Some(department)),
            Place::Group(group) => group_has(&group, shop),
            Place::Organisation => true,
        }),
        Reach::ShopGroup => row.shop.is_some_and(|shop| match place {
            Place::Group(group) => group_has(&group, shop),
            Place::Shop(own) => own == shop || organisation.groups.keys().any(|group| group_has(group, own) && group_has(group, shop)),
            _ => false,
        }),
        Reach::Department => own_department.is_some() && row_departments.contains(&own_department),
        Reach::DepartmentTree => {
            // Up from the row: at most as many steps as there are departments.
            let above = |at: &Uuid| organisation.departments.get(at).copied().flatten();
            let mut ways =
                row_departments.into_iter().flatten().map(|start| std::iter::successors(Some(start), above).take(organisation.departments.len() + 1));
            own_department.is_some_and(|top| ways.any(|mut way| way.any(|at| at == top)))
        }
        Reach::Own | Reach::All => unreachable!("answered above"),
    }
}

/// Random organisations, people and rows.
pub(crate) struct Dice(Seeded);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Seeded::new(seed))
    }

    pub(crate) fn below(&mut self, n: u128) -> u128 {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        u128::from(u64::from_be_bytes(bytes)) % n
    }

    fn organisation(&mut self) -> Organisation {
        let departments: BTreeMap<Uuid, Option<Uuid>> =
            (0..self.below(5) + 1).map(|n| (id(100 + n), (self.below(3) > 0).then(|| id(100 + self.below(6))))).collect();
        let shops: BTreeMap<ShopId, Option<Uuid>> = (0..self.below(6) + 1).map(|n| (shop(n), (self.below(4) > 0).then(|| id(100 + self.below(5))))).collect();
        let groups = (0..self.below(3)).map(|n| (id(200 + n), (0..self.below(4)).map(|_| shop(self.below(6))).collect())).collect();
        Organisation { departments, shops, groups }
    }

    fn place(&mut self) -> Place {
        match self.below(6) {
            0 => Place::Organisation,
            1 => Place::Group(id(200 + self.below(3))),
            2 | 3 => Place::Department(id(100 + self.below(5))),
            _ => Place::Shop(shop(self.below(6))),
        }
    }

    fn membership(&mut self, n: u128) -> Membership {
        const REACHES: [Reach; 6] = [Reach::Own, Reach::Department, Reach::DepartmentTree, Reach::Shop, Reach::ShopGroup, Reach::All];
        let grants = (0..self.below(3) + 1).map(|_| Grant {
            right: ["order.read", "order.read", "order.cancel"][usize::try_from(self.below(3)).unwrap()].to_owned(),
            effect: if self.below(5) == 0 { Effect::Deny } else { Effect::Allow },
            reach: REACHES[usize::try_from(self.below(6)).unwrap()],
            limits: Limits::default(),
        });
        let grants = grants.collect();
        let time = |dice: &mut Self| (dice.below(5) == 0).then(|| NOW_MS - 2 + i64::try_from(dice.below(5)).unwrap());
        Membership {
            role: Role { id: id(300 + n), name: String::new(), grants, fields: BTreeMap::new() },
            place: self.place(),
            valid_from_ms: time(self),
            valid_to_ms: time(self),
        }
    }

    fn row(&mut self) -> RowFacts {
        RowFacts {
            shop: (self.below(5) > 0).then(|| shop(self.below(7))),
            department: (self.below(5) == 0).then(|| id(100 + self.below(6))),
            owner: (self.below(4) == 0).then(|| PersonId(id(6 + self.below(3)))),
        }
    }
}

#[test]
fn ten_thousand_random_organisations_are_decided_as_a_row_by_row_reading_of_the_rules_says() {
    let mut dice = Dice::new(4);
    let (me, mut allowed, mut asked) = (PersonId(id(7)), 0_u32, 0_u32);
    let mut hit: BTreeMap<String, u32> = BTreeMap::new();
    for _ in 0..10_000 {
        let organisation = dice.organisation();
        let memberships: Vec<Membership> = (0..dice.below(4)).map(|n| dice.membership(n)).collect();
        let principal = Principal::new(me, true, memberships.clone(), &organisation);
        let decision = principal.decide("order.read", NOW_MS);
        for _ in 0..3 {
            let row = dice.row();
            let live = || memberships.iter().filter(|m| m.valid_from_ms.is_none_or(|from| from <= NOW_MS) && m.valid_to_ms.is_none_or(|to| NOW_MS < to));
            let any = |effect: Effect| {
                let grants = live().flat_map(|m| m.role.grants.iter().map(move |grant| (m, grant)));
                grants
                    .filter(|(_, grant)| grant.right == "order.read" && grant.effect == effect)
                    .find(|(m, grant)| reaches(&organisation, me, m.place, grant.reach, &row))
            };
            let (granted, denied) = (any(Effect::Allow), any(Effect::Deny));
            let expected = granted.is_some() && denied.is_none();
            let answered = decision.as_ref().is_ok_and(|allowed| allowed.scope.has(&row));
            assert_eq!(answered, expected, "{row:?} in {organisation:?} of {memberships:?}");
            asked += 1;
            allowed += u32::from(expected);
            for (effect, found) in [("allow", granted), ("deny", denied)] {
                if let Some((_, grant)) = found {
                    *hit.entry(format!("{effect} {:?}", grant.reach)).or_default() += 1;
                }
            }
        }
        if let Err(refused) = decision {
            let word = format!("{refused:?}");
            *hit.entry(word.split(' ').next().unwrap_or_default().to_owned()).or_default() += 1;
        }
    }
    println!("{asked} rows asked, {allowed} allowed; {hit:?}");
    assert!(allowed * 5 >= asked, "at least every fifth is allowed: {allowed} of {asked}");
    for kind in [
        "allow Own",
        "allow Department",
        "allow DepartmentTree",
        "allow Shop",
        "allow ShopGroup",
        "allow All",
        "deny Own",
        "deny Department",
        "deny DepartmentTree",
    ] {
        assert!(hit.get(kind).is_some_and(|times| *times >= 20), "{kind}: {hit:?}");
    }
    for kind in ["deny Shop", "deny ShopGroup", "deny All", "NoRole", "NotGranted", "Denied", "NotYet", "Over"] {
        assert!(hit.get(kind).is_some_and(|times| *times >= 20), "{kind}: {hit:?}");
    }
}
