//! Makes or opens keys through the keyring of the operating system and says in one line what happened: `tests/readers/check_keyring.py` drives it
//! against a real keyring that is empty, unlocked, locked, hanging or absent.
//!
//! `keyring_probe create|open|forget|fail|failures DIR`

use std::path::Path;

use domain::clock::Seeded;
use domain::{PersonId, StoreId};
use uuid::Uuid;
use zhanggui_store::keys::{self, Argon2Cost, DeviceSecretStore, Error, OsKeyring, SignIn};

const STORE: StoreId = StoreId(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0077));

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["create", dir] => create(Path::new(dir)),
        ["open", dir] => keys::open(Path::new(dir), "Anna", "a password", &OsKeyring::new()).map(|_| ()),
        ["forget", _] => OsKeyring::new().forget(STORE).map_err(Error::from),
        ["fail", dir] => fail(Path::new(dir)),
        ["failures", _] => OsKeyring::new().read_failures(STORE).map(|count| println!("{count} failures")).map_err(Error::from),
        _ => {
            eprintln!("keyring_probe create|open|forget|fail|failures DIR");
            std::process::exit(2);
        }
    };
    match done {
        Ok(()) => println!("done"),
        Err(error) => println!("refused: {error}"),
    }
}

fn create(dir: &Path) -> Result<(), Error> {
    let owner = SignIn { person_id: PersonId(Uuid::from_u128(1)), name: "Anna", password: "a password" };
    keys::create(dir, STORE, &owner, Argon2Cost::FLOOR, &OsKeyring::new(), &mut Seeded::new(1)).map(|_| ())
}

/// One failed sign-in, as the program counts it.
fn fail(dir: &Path) -> Result<(), Error> {
    let now = std::time::Instant::now();
    let mut door = keys::attempts::Door::open(dir, &OsKeyring::new(), now)?;
    door.with(&OsKeyring::new(), |attempts| attempts.record_failure("Anna", now)).map(|_| ())
}
