//! The roles that every organisation has. They are part of the program: nobody changes them, whoever needs another one copies one of them.

use super::{
    fields::{Field, FieldMode},
    rights::{Kind, RIGHTS},
    role::{Effect, Grant, Limits, Reach, Role},
};
use uuid::Uuid;

/// A ready role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReadyRole {
    Owner,
    Manager,
    ShiftLeader,
    Clerk,
    Warehouse,
    Marketing,
    Finance,
    Auditor,
    SecurityAdministrator,
    Integration,
}

/// What a shift leader gives back without the manager, minor units.
const LEADER_REFUND_MINOR: i64 = 50_000;
/// What a clerk gives back without the shift leader, minor units, and how often a day.
const CLERK_REFUND_MINOR: i64 = 20_000;
const CLERK_REFUNDS_A_DAY: i64 = 10;

/// Two rights that no person but the owner holds together: whoever gives rights does not look after what was done with them.
pub const SEPARATED: [(&str, &str); 1] = [("role.write", "audit.export")];

impl ReadyRole {
    /// Every ready role.
    pub const ALL: [Self; 10] = [
        Self::Owner,
        Self::Manager,
        Self::ShiftLeader,
        Self::Clerk,
        Self::Warehouse,
        Self::Marketing,
        Self::Finance,
        Self::Auditor,
        Self::SecurityAdministrator,
        Self::Integration,
    ];

    /// Its word on the wire; the screens and the command line say it in the person's language.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Manager => "manager",
            Self::ShiftLeader => "shift_leader",
            Self::Clerk => "clerk",
            Self::Warehouse => "warehouse",
            Self::Marketing => "marketing",
            Self::Finance => "finance",
            Self::Auditor => "auditor",
            Self::SecurityAdministrator => "security_administrator",
            Self::Integration => "integration",
        }
    }

    /// The ready role of a word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.word() == word)
    }

    /// Its id: the same in every organisation.
    #[must_use]
    pub fn id(self) -> Uuid {
        let mut bytes = *b"zhanggui-role\0\0\0";
        bytes[15] = self as u8;
        uuid::Builder::from_custom_bytes(bytes).into_uuid()
    }

    /// The ready role of an id.
    #[must_use]
    pub fn of_id(id: Uuid) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.id() == id)
    }

    /// The role with its grants.
    #[must_use]
    pub fn role(self) -> Role {
        let near = |rights: &[&str]| grants(rights, Reach::Shop);
        let all = |rights: &[&str]| grants(rights, Reach::All);
        let refund = |limits: Limits| vec![Grant { limits, ..grant("refund.create", Reach::Shop) }];
        let grants = match self {
            Self::Owner => RIGHTS.iter().filter(|right| right.kind != Kind::Everyone).map(|right| grant(right.name, Reach::All)).collect(),
            Self::Manager => [
                near(&["figure.read", "order.read", "order.cancel", "order.ship", "refund.create", "product.read", "customer.read", "list.export"]),
                near(&["import.run", "import.undo", "person.read", "audit.read"]),
                all(&["backup.make", "sync.run", "store.check"]),
            ]
            .concat(),
            Self::ShiftLeader => [
                near(&["figure.read", "order.read", "order.cancel", "order.ship", "product.read", "customer.read"]),
                refund(Limits { amount_minor: Some(LEADER_REFUND_MINOR), ..Limits::default() }),
            ]
            .concat(),
            Self::Clerk => [
                near(&["order.read", "order.ship", "product.read", "customer.read"]),
                refund(Limits { amount_minor: Some(CLERK_REFUND_MINOR), per_day: Some(CLERK_REFUNDS_A_DAY), percent_bp: None }),
            ]
            .concat(),
            Self::Warehouse => near(&["order.read", "order.ship", "product.read"]),
            Self::Marketing => all(&["figure.read", "product.read", "customer.read", "list.export"]),
            Self::Finance => all(&["figure.read", "order.read", "product.read", "list.export", "import.run", "import.undo"]),
            Self::Auditor => all(&["audit.read", "audit.export", "order.read", "figure.read", "product.read", "person.read", "session.read", "store.check"]),
            Self::SecurityAdministrator => {
                all(&["person.read", "person.write", "role.write", "department.write", "session.read", "session.end", "setting.write", "store.check"])
            }
            Self::Integration => all(&["order.read", "product.read", "sync.run"]),
        };
        Role { id: self.id(), name: self.word().to_owned(), grants, fields: self.fields().iter().copied().collect() }
    }

    const fn fields(self) -> &'static [(Field, FieldMode)] {
        use Field::{CustomerName, CustomerPhone, ProductCost, SalesMargin};
        use FieldMode::{Masked, Read, Write};
        match self {
            Self::Owner | Self::Manager => &[(ProductCost, Write), (SalesMargin, Read), (CustomerName, Write), (CustomerPhone, Write)],
            Self::ShiftLeader => &[(CustomerName, Read), (CustomerPhone, Masked)],
            Self::Clerk => &[(CustomerName, Masked), (CustomerPhone, Masked)],
            Self::Marketing => &[(CustomerName, Read), (CustomerPhone, Masked)],
            Self::Finance | Self::Auditor => &[(ProductCost, Read), (SalesMargin, Read)],
            Self::Warehouse | Self::SecurityAdministrator | Self::Integration => &[],
        }
    }
}

fn grant(right: &str, reach: Reach) -> Grant {
    Grant { right: right.to_owned(), effect: Effect::Allow, reach, limits: Limits::default() }
}

fn grants(rights: &[&str], reach: Reach) -> Vec<Grant> {
    rights.iter().map(|right| grant(right, reach)).collect()
}
