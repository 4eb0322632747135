//! The rights: an action on a resource each. Every command of the program needs one of them, and a test of the contract holds the two lists together.

/// A right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Right {
    /// `resource.action`, as it stands in a role.
    pub name: &'static str,
    pub kind: Kind,
}

/// How a right is given and used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Whoever has an account that is not closed holds it: to lock their screen, to change their password.
    Everyone,
    /// Holds for the rows of some shops, as far as its grant reaches.
    Rows,
    /// Holds for the whole organisation or this computer: a grant of it reaches all or nothing.
    Whole,
}

impl Right {
    /// The resource.
    #[must_use]
    pub fn resource(&self) -> &'static str {
        self.name.split_once('.').map_or(self.name, |(resource, _)| resource)
    }
}

macro_rules! rights {
    ($($kind:ident: $($name:literal)*;)*) => {
        /// Every right.
        pub const RIGHTS: &[Right] = &[$($(Right { name: $name, kind: Kind::$kind }),*),*];
    };
}

rights! {
    Everyone: "session.use" "session.lock" "view.own" "notice.read" "shop.read" "password.change" "access.own" "setting.read" "backup.read" "sync.read";
    Rows: "figure.read" "order.read" "order.cancel" "order.ship" "refund.create" "product.read" "customer.read" "list.export" "import.run" "import.undo" "person.read" "audit.read";
    Whole: "shop.write" "setting.write" "backup.make" "store.check" "store.repair" "store.copy" "store.key" "central.init" "central.invite" "sync.write" "sync.run"
        "person.write" "role.write" "department.write" "session.read" "session.end" "audit.export" "demo.pause";
}

/// The right of a name; `None` for one that this version does not know.
#[must_use]
pub fn right(name: &str) -> Option<&'static Right> {
    RIGHTS.iter().find(|right| right.name == name)
}
