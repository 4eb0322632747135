//! First start, setting up, signing in and out.

wire_enum! {
    /// What the program shows next.
    pub enum Phase {
        /// No store yet: choose the demo shop or set up one's own.
        FirstStart,
        /// Setting up was begun and not finished.
        SettingUp,
        /// A store exists and is closed: sign in.
        SignedOut,
        /// A person is signed in but the screen is locked: the password opens it again.
        Locked,
        /// Signed in.
        Open,
    }
    /// Which of the two stores of this computer.
    pub enum StoreChoice { Demo, Own }
    /// The program around the UI.
    pub enum Host { Desktop, Web }
    /// The language of the screens.
    pub enum Language { Zh, En }
}

wire! {
    /// Where the program stands; the UI asks for it first, and again at each `phase` event.
    pub struct AppState {
        pub phase: Phase,
        pub host: Host,
        pub version: String,
        pub language: Language,
        /// The store in front: `null` at the first start.
        pub store: Option<StoreChoice>,
        pub has_demo: bool,
        pub has_own: bool,
        pub shop_name: Option<String>,
        pub currency: Option<String>,
        pub zone: Option<String>,
        pub person: Option<Person>,
        /// When the last write was made durable here, UTC ms.
        pub saved_at_ms: Option<i64>,
        /// Set where this computer's clock is behind what the store has already seen, in seconds.
        pub clock_behind_s: Option<i64>,
        /// Of the demo: whether its trade is paused.
        pub demo_paused: bool,
        /// When a person last signed out of the demo, since the program started; null where nobody has.
        pub left_at_ms: Option<i64>,
    }
    pub struct Person { pub id: String, pub name: String, pub role: String }
    pub struct LanguageSet { pub language: Language }
    pub struct StoreChoose { pub store: StoreChoice }

    /// Makes the demo shop if need be and opens it without typing when it is new. Answers the job whose progress to watch.
    pub struct DemoOpen { pub language: Language }
    /// The drawn phone's content: only ever answered for the demo shop.
    pub struct DemoCode { pub name: String, pub password: String, pub code: String, pub seconds_left: u32 }
    pub struct DemoPause { pub paused: bool }

    pub struct SignIn { pub name: String, pub password: String, pub code: String }
    pub struct SignInRecovery { pub name: String, pub password: String, pub recovery_code: String }
    pub struct Unlock { pub password: String }
    /// Name, the password of now and a code that was not used, shown for this alone.
    pub struct PasswordChange { pub name: String, pub password: String, pub code: String, pub new_password: String }
    pub struct SignedIn { pub person: Person, pub recovery_codes_left: u32 }

    pub struct PasswordCheck { pub password: String, pub shop_name: String, pub owner_name: String }
    /// `score` 0–4; `problem` is a key of the messages: too_short, too_common, has_name, or null when it may be used.
    pub struct PasswordStrength { pub score: u8, pub problem: Option<String> }

    /// The resumable part of setting up. The password and the authenticator are asked again after a restart, since they are never kept unencrypted.
    pub struct SetupState {
        /// 1 shop, 2 owner, 3 authenticator, 4 backup folder, 5 recovery sheet.
        pub step: u8,
        pub shop_name: String,
        pub currency: String,
        pub zone: String,
        pub owner_name: String,
        pub backup_dir: String,
        pub currencies: Vec<String>,
        pub zones: Vec<String>,
    }
    pub struct SetupShop { pub shop_name: String, pub currency: String, pub zone: String, pub language: Language }
    pub struct SetupOwner { pub owner_name: String, pub password: String }
    pub struct SetupAuthenticator { pub totp_uri: String, pub secret: String, pub qr_svg: String }
    pub struct SetupCode { pub code: String }
    pub struct SetupBackup { pub backup_dir: String }
    /// The recovery sheet 恢复单. `confirm_hint` names which four characters are asked, as "code 3, characters 5–8".
    pub struct SetupSheet { pub shop_name: String, pub owner_name: String, pub made_on: String, pub recovery_codes: Vec<String>, pub recovery_key: String, pub confirm_code: u8, pub confirm_from: u8 }
    pub struct SetupFinish { pub four_characters: String }
    /// Opens the own store with the recovery key, where this computer does not know it any more or the password is forgotten, and gives a new password.
    /// With `new_authenticator` the second factor is new as well, for whoever has neither phone nor recovery codes any more.
    pub struct Recover { pub recovery_key: String, pub password: String, pub new_authenticator: bool }
    /// `recovery_key` is new and shown once: the one that was typed opens nothing any more. So are the recovery codes and the authenticator where a new one
    /// was asked; else there are none here, and those of before go on.
    pub struct Recovered { pub name: String, pub recovery_key: String, pub names_to_add_again: Vec<String>, pub recovery_codes: Vec<String>, pub authenticator: Option<SetupAuthenticator> }
    /// Opens a store from a backup file and the recovery key.
    pub struct RestoreOpen { pub upload_id: String, pub recovery_key: String }
}
