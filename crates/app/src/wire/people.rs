//! People, their roles, and where they hold them.

wire_enum! {
    /// Whether a person can sign in: a one-time code was given out, a password is set, or the account is closed.
    pub enum AccountState { Invited, Active, Left }
    /// In which a role is held.
    pub enum PlaceKind { Organisation, Department, Shop, Group }
    /// How far a grant reaches from the place in which its role is held.
    pub enum Reach { Own, Department, DepartmentTree, Shop, ShopGroup, All }
    /// Whether a grant allows or denies; a denial beats every grant.
    pub enum Effect { Allow, Deny }
    /// A field that not everybody who sees a row sees.
    pub enum DelicateField { ProductCost, SalesMargin, CustomerName, CustomerPhone }
    /// How it is seen, from nothing to all.
    pub enum FieldMode { Hidden, Masked, Read, Write }
    /// How a right is given: to everybody, for rows as far as its grant reaches, or for the whole.
    pub enum RightKind { Everyone, Rows, Whole }
    /// Why a right is not held.
    pub enum RefusedWhy { Closed, NoRole, NotGranted, Denied, NotYet, Over }
}

wire! {
    pub struct People { pub people: Vec<PersonRow> }
    /// `opens_here`: the person has a slot on this computer and can open a closed store. `is_founder`: holds the owner's role by founding, which is not taken away.
    /// `invited_until_ms`: until when the one-time code that is out counts.
    pub struct PersonRow { pub id: String, pub name: String, pub state: AccountState, pub is_founder: bool, pub opens_here: bool, pub department_id: Option<String>, pub invited_until_ms: Option<i64>, pub roles: Vec<HeldRole> }
    /// A role held in a place. `word` is that of a ready role, which the screens say in the person's language; else null and `name` is what a person called it.
    /// `is_live`: it holds at this moment.
    pub struct HeldRole { pub id: String, pub role_id: String, pub word: Option<String>, pub name: String, pub place: PlaceKind, pub place_id: Option<String>, pub place_name: Option<String>, pub valid_from_ms: Option<i64>, pub valid_to_ms: Option<i64>, pub is_live: bool }
    /// A role to be given. `place_id` is null for the whole organisation.
    pub struct RoleToGive { pub role_id: String, pub place: PlaceKind, pub place_id: Option<String>, pub valid_from_ms: Option<i64>, pub valid_to_ms: Option<i64> }
    pub struct PersonInvite { pub name: String, pub department_id: Option<String>, pub roles: Vec<RoleToGive> }
    /// The one-time code is shown once. Whoever it is for types it at the sign-in of a computer on which the shop is open.
    pub struct Invitation { pub person_id: String, pub name: String, pub code: String, pub until_ms: i64 }
    pub struct RoleGive { pub person_id: String, pub role: RoleToGive }

    /// The first sign-in of a person who was invited, or whose password was reset: what they were called, and the one-time code.
    pub struct InvitationLook { pub name: String, pub code: String }
    /// `authenticator` is null after a reset: the person keeps theirs.
    pub struct InvitationShown { pub shop_name: String, pub authenticator: Option<super::SetupAuthenticator> }
    /// `code` is the one-time code of the invitation, `totp` the authenticator's.
    pub struct InvitationAccept { pub name: String, pub code: String, pub password: String, pub totp: String }

    /// Every role that may be given, the ready ones first, and every right and field that one can speak of.
    pub struct Roles { pub roles: Vec<RoleRow>, pub rights: Vec<RightRow>, pub fields: Vec<DelicateField> }
    pub struct RoleRow { pub id: String, pub version: i64, pub word: Option<String>, pub name: String, pub is_closed: bool, pub held_by: i64, pub grants: Vec<GrantRow>, pub fields: Vec<FieldRow> }
    pub struct GrantRow { pub right: String, pub effect: Effect, pub reach: Reach, pub amount_minor: Option<i64>, pub percent_bp: Option<i64>, pub per_day: Option<i64> }
    pub struct FieldRow { pub field: DelicateField, pub mode: FieldMode }
    pub struct RightRow { pub name: String, pub kind: RightKind }
    /// `id` null makes a new role; `version` is the one that was read.
    pub struct RoleSave { pub id: Option<String>, pub version: i64, pub name: String, pub is_closed: bool, pub grants: Vec<GrantRow>, pub fields: Vec<FieldRow> }

    /// Departments with the shops in each, and groups of shops.
    pub struct Places { pub departments: Vec<DepartmentRow>, pub groups: Vec<GroupRow> }
    pub struct DepartmentRow { pub id: String, pub version: i64, pub name: String, pub parent_id: Option<String>, pub is_closed: bool, pub shop_ids: Vec<String> }
    pub struct GroupRow { pub id: String, pub version: i64, pub name: String, pub is_closed: bool, pub shop_ids: Vec<String> }
    /// `id` null makes a new one. The shops named are in it from now on, and those that were and are not named are in none.
    pub struct DepartmentSave { pub id: Option<String>, pub version: i64, pub name: String, pub parent_id: Option<String>, pub is_closed: bool, pub shop_ids: Vec<String> }
    pub struct GroupSave { pub id: Option<String>, pub version: i64, pub name: String, pub is_closed: bool, pub shop_ids: Vec<String> }

    /// What the person who asks may: the names of the rights that they hold now, and how they see delicate fields of all rows that they read.
    pub struct OwnAccess { pub rights: Vec<String>, pub roles: Vec<HeldRole>, pub fields: Vec<FieldRow> }
    /// What another person may, right by right: to see as they see, and to say why they were refused.
    pub struct AccessLook { pub person_id: String }
    pub struct AccessOf { pub person: PersonRow, pub rights: Vec<RightOf>, pub fields: Vec<FieldRow> }
    /// `shop_ids` null is every shop. `why` says why it is not held; `at_ms` when it begins or was over.
    pub struct RightOf { pub name: String, pub is_held: bool, pub shop_ids: Option<Vec<String>>, pub amount_minor: Option<i64>, pub percent_bp: Option<i64>, pub per_day: Option<i64>, pub why: Option<RefusedWhy>, pub at_ms: Option<i64> }

    /// A command that wants a fresh code: its name, its request as JSON text and the code, for this act alone.
    pub struct StepUp { pub command: String, pub request: String, pub code: String }
    /// The command's answer as JSON text.
    pub struct SteppedUp { pub answer: String }
}
