//! What can go wrong between a node and the centre, and whether trying again can help: decided here, in one place.

/// An error of the exchange.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the address of the centre cannot be read: {reason}; it looks like postgres://name:password@host/database?sslmode=verify-full")]
    Address { reason: String },
    #[error("the centre cannot be reached or broke off ({reason}): the program tries again by itself")]
    Away { reason: String },
    #[error("the centre refuses this name or password ({reason}): check the address")]
    Access { reason: String },
    #[error(
        "the line to the centre cannot be made as safe as its address asks ({reason}): check the address, and name the certificate of whoever issued the centre's with &sslrootcert=FILE"
    )]
    Certificate { reason: String },
    #[error("the centre is not set up: run `zhanggui central init --url URL` once, at the first store")]
    NoCentre,
    #[error("there is a centre in this database already: use another database, or join this one")]
    CentreExists,
    #[error(
        "another copy of this store has gone on without this one (a copied disk, or a backup restored beside the original): nothing is sent. Join it as a new store and enter again what is only here"
    )]
    Fork,
    #[error("the centre and this store disagree where they stopped: the program compares and goes on by itself")]
    Gap,
    #[error("the centre does not know this computer: join it again")]
    UnknownDevice,
    #[error("the centre is older than this program: bring it up to date with `zhanggui central init`")]
    CentreOlder,
    #[error("the centre holds another business: check the address")]
    OtherOrganisation,
    #[error("the centre has less than this store already received ({stream}): it was restored from an older backup, join this computer again")]
    Rewound { stream: String },
    #[error("entry {seq} of the journal was pruned before it was sent: make a new centre, which begins with everything that is here")]
    Pruned { seq: i64 },
    #[error("this code is not a join code: it has 52 letters and digits, check for a mistyped one")]
    CodeForm,
    #[error("this join code was used, is older than ten minutes, or was never given: print a new one at the first store")]
    CodeUsed,
    #[error("the join code does not open what the centre keeps for it: print a new one at the first store")]
    CodeSecret,
    #[error("a value could not be sealed or opened with the key of the business ({what}): the store was joined to another business, or a row was altered")]
    Seal { what: String },
    #[error("the centre answered in a form that this program does not know ({what}): update the program")]
    Form { what: String },
    #[error("the centre refuses ({reason})")]
    Refused { reason: String },
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Error {
    /// Whether trying again cannot help: a person has to do something first.
    #[must_use]
    pub const fn is_permanent(&self) -> bool {
        match self {
            Self::Away { .. } | Self::Gap => false,
            Self::Store(error) => error.is_permanent(),
            _ => true,
        }
    }

    /// A short word for logs, tests and screens.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Address { .. } => "address",
            Self::Away { .. } => "away",
            Self::Access { .. } => "access",
            Self::Certificate { .. } => "certificate",
            Self::NoCentre => "no_centre",
            Self::CentreExists => "centre_exists",
            Self::Fork => "fork",
            Self::Gap => "gap",
            Self::UnknownDevice => "unknown_device",
            Self::CentreOlder => "centre_older",
            Self::OtherOrganisation => "other_organisation",
            Self::Rewound { .. } => "rewound",
            Self::Pruned { .. } => "pruned",
            Self::CodeForm | Self::CodeUsed | Self::CodeSecret => "join_code",
            Self::Seal { .. } => "seal",
            Self::Form { .. } => "form",
            Self::Refused { .. } => "refused",
            Self::Store(store::Error::Hole { .. }) => "hole",
            Self::Store(_) => "store",
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        let sqlx::Error::Database(refusal) = &error else {
            return match error {
                sqlx::Error::Configuration(reason) => Self::Address { reason: reason.to_string() },
                // A certificate that does not fit does not mend itself.
                sqlx::Error::Tls(reason) => Self::Certificate { reason: reason.to_string() },
                // What the TLS library refuses arrives as data that make no sense; a line that breaks off has other kinds.
                sqlx::Error::Io(reason) if reason.kind() == std::io::ErrorKind::InvalidData => Self::Certificate { reason: reason.to_string() },
                sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) | sqlx::Error::ColumnNotFound(_) | sqlx::Error::TypeNotFound { .. } => {
                    Self::Form { what: error.to_string() }
                }
                other => Self::Away { reason: other.to_string() },
            };
        };
        let reason = refusal.message().to_owned();
        match refusal.code().as_deref().unwrap_or("") {
            "ZG001" => Self::Fork,
            "ZG002" => Self::Gap,
            "ZG003" => Self::UnknownDevice,
            "ZG004" => Self::CentreOlder,
            "ZG005" | "ZG006" => Self::Rewound { stream: detail_of(refusal.as_ref()).unwrap_or(reason) },
            "ZG007" => Self::OtherOrganisation,
            // A schema or function that is not there.
            "ZG008" | "3F000" | "42883" | "42P01" => Self::NoCentre,
            "28000" | "28P01" | "3D000" | "42501" => Self::Access { reason },
            // Connection lost, transaction rolled back, resources short, the server going down or a statement cancelled.
            code if ["08", "40", "53", "55", "57", "58"].iter().any(|class| code.starts_with(class)) => Self::Away { reason },
            _ => Self::Refused { reason },
        }
    }
}

/// What the centre adds to a refusal, as the name of a stream.
fn detail_of(refusal: &dyn sqlx::error::DatabaseError) -> Option<String> {
    refusal.try_downcast_ref::<sqlx::postgres::PgDatabaseError>()?.detail().map(str::to_owned)
}

/// Result of the exchange.
pub type Result<T> = std::result::Result<T, Error>;
