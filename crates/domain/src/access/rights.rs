//! The rights: an action on a resource each. Every command of the program needs one of them, and a test of the contract holds the two lists together.

/// A right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Right {
    /// `resource.action`, as it stands in a role.
    pub name: &'static str,
    /// What it lets a person do, in words.
    pub words: &'static str,
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
    ($($kind:ident: { $($name:literal $words:literal;)* })*) => {
        /// Every right.
        pub const RIGHTS: &[Right] = &[$($(Right { name: $name, words: $words, kind: Kind::$kind }),*),*];
    };
}

rights! {
    Everyone: {
        "session.use" "use the program";
        "session.lock" "lock the screen";
        "view.own" "keep views of one's own";
        "notice.read" "read notices";
        "shop.read" "see which shops there are";
        "password.change" "change one's password";
        "access.own" "see one's own rights";
        "setting.read" "see settings";
        "backup.read" "see when backups were made";
        "sync.read" "see how the exchange stands";
    }
    Rows: {
        "figure.read" "see figures";
        "order.read" "see orders";
        "order.cancel" "cancel orders";
        "order.ship" "ship orders";
        "refund.create" "give money back";
        "product.read" "see products";
        "customer.read" "see customers";
        "list.export" "take lists along as files";
        "import.run" "import trade";
        "import.undo" "undo imports";
        "person.read" "see people and roles";
        "audit.read" "read the audit";
    }
    Whole: {
        "shop.write" "add and rename shops";
        "setting.write" "change settings";
        "backup.make" "make backups";
        "store.check" "check the store";
        "store.repair" "repair the store";
        "store.copy" "take a copy of the store";
        "store.key" "take the key of the store";
        "central.init" "set the centre up";
        "central.invite" "let another computer join";
        "sync.write" "change the exchange with the centre";
        "sync.run" "exchange with the centre now";
        "person.write" "invite people and give roles";
        "role.write" "make and change roles";
        "department.write" "arrange departments and groups";
        "session.read" "see who is signed in";
        "session.end" "end sessions";
        "audit.export" "take the audit along";
        "demo.pause" "pause the demo's trade";
    }
}

/// The right of a name; `None` for one that this version does not know.
#[must_use]
pub fn right(name: &str) -> Option<&'static Right> {
    RIGHTS.iter().find(|right| right.name == name)
}
