//! Stories over the whole of the keys: making, opening, losing and finding them again.

use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex};

use domain::clock::Seeded;
use domain::{PersonId, StoreId};
use proptest::prelude::*;
use tempfile::TempDir;
use uuid::Uuid;

use super::*;

const STORE: StoreId = StoreId(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001));
const OWNER: PersonId = PersonId(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0002));
const CLERK: PersonId = PersonId(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0003));
const PASSWORD: &str = "掌柜的 correct horse";

/// A keyring of the desktop's kind that lives in memory and does as it is told.
#[derive(Clone, Default)]
struct FakeKeyring {
    kept: Arc<Mutex<Option<DeviceSecret>>>,
    failures: Arc<Mutex<u32>>,
    refusal: Option<DeviceSecretError>,
}

impl FakeKeyring {
    fn refusing(&self, refusal: DeviceSecretError) -> Self {
        Self { refusal: Some(refusal), ..self.clone() }
    }

    fn answer<T>(&self, given: T) -> Result<T, DeviceSecretError> {
        self.refusal.clone().map_or(Ok(given), Err)
    }
}

impl DeviceSecretStore for FakeKeyring {
    fn backend(&self) -> Backend {
        Backend::SecretService
    }

    fn read(&self, _: StoreId) -> Result<DeviceSecret, DeviceSecretError> {
        self.answer(())?;
        self.kept.lock().unwrap().clone().ok_or(DeviceSecretError::Missing(self.backend()))
    }

    fn write(&self, _: StoreId, secret: &DeviceSecret) -> Result<(), DeviceSecretError> {
        *self.kept.lock().unwrap() = Some(secret.clone());
        self.answer(())
    }

    fn forget(&self, _: StoreId) -> Result<(), DeviceSecretError> {
        *self.kept.lock().unwrap() = None;
        self.answer(())
    }

    fn read_failures(&self, _: StoreId) -> Result<u32, DeviceSecretError> {
        self.answer(*self.failures.lock().unwrap())
    }

    fn write_failures(&self, _: StoreId, count: u32) -> Result<(), DeviceSecretError> {
        *self.failures.lock().unwrap() = count;
        self.answer(())
    }
}

fn owner() -> SignIn<'static> {
    SignIn { person_id: OWNER, name: "Anna", password: PASSWORD }
}

fn create_in(dir: &Path, device: &dyn DeviceSecretStore) -> Created {
    create(dir, STORE, &owner(), Argon2Cost::FLOOR, device, &mut Seeded::new(1)).unwrap()
}

fn new_store() -> (TempDir, FakeKeyring, Created) {
    let dir = tempfile::tempdir().unwrap();
    let keyring = FakeKeyring::default();
    let created = create_in(dir.path(), &keyring);
    (dir, keyring, created)
}

fn literal(root: &RootKey) -> String {
    root.database_key().raw_literal().to_string()
}

#[test]
fn a_store_opens_again_with_name_and_password() {
    let (dir, keyring, created) = new_store();
    for name in ["Anna", "anna ", "ANNA"] {
        let opened = open(dir.path(), name, PASSWORD, &keyring).unwrap();
        assert_eq!(literal(&opened.root), literal(&created.root));
        assert_eq!((opened.person_id, opened.root.store_id(), opened.is_intact), (OWNER, STORE, true));
        assert_eq!(opened.sign_in_name.as_deref(), Some("Anna"));
    }
}

#[test]
fn the_key_file_body_keeps_a_private_file_beside_the_store() {
    let dir = tempfile::tempdir().unwrap();
    let device = KeyFile::in_folder(dir.path());
    create_in(dir.path(), &device);
    assert!(open(dir.path(), "Anna", PASSWORD, &device).is_ok());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let path = dir.path().join(SECRET_FILE);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::metadata(dir.path().join(KEY_FILE)).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        let refused = open(dir.path(), "Anna", PASSWORD, &device);
        assert!(matches!(refused, Err(Error::Device(DeviceSecretError::Exposed(_)))));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        std::fs::write(&path, "not base64").unwrap();
        let refused = open(dir.path(), "Anna", PASSWORD, &device);
        assert!(matches!(refused, Err(Error::Device(DeviceSecretError::Unreadable(Backend::KeyFile)))));
    }
    device.forget(STORE).unwrap();
    device.forget(STORE).unwrap();
    let refused = open(dir.path(), "Anna", PASSWORD, &device);
    assert!(matches!(refused, Err(Error::Device(DeviceSecretError::Missing(Backend::KeyFile)))));
}

#[test]
fn wrong_password_and_unknown_name_are_one_error_and_one_cost() {
    let (dir, keyring, _) = new_store();
    let time = |name: &str, password: &str| {
        let begun = std::time::Instant::now();
        let refused = open(dir.path(), name, password, &keyring).unwrap_err();
        (begun.elapsed(), refused.to_string())
    };
    let (wrong, wrong_text) = time("Anna", "wrong");
    let (unknown, unknown_text) = time("nobody", PASSWORD);
    assert_eq!(wrong_text, unknown_text);
    // Both run Argon2id once; without it a refusal takes microseconds. A factor of ten leaves room for a busy machine.
    assert!(unknown * 10 > wrong && wrong * 10 > unknown, "{wrong:?} against {unknown:?}");
    assert!(matches!(open(dir.path(), "Anna", "", &keyring), Err(Error::WrongNameOrPassword)));
}

#[test]
fn keys_are_never_made_over_keys() {
    let (dir, keyring, _) = new_store();
    let again = create(dir.path(), STORE, &owner(), Argon2Cost::FLOOR, &keyring, &mut Seeded::new(2));
    assert!(matches!(again, Err(Error::KeyFileExists(_))));
    assert!(exists(dir.path()) && open(dir.path(), "Anna", PASSWORD, &keyring).is_ok());
    let empty = tempfile::tempdir().unwrap();
    assert!(!exists(empty.path()));
    assert!(matches!(open(empty.path(), "Anna", PASSWORD, &keyring), Err(Error::NoKeyFile(_))));
}

#[test]
fn each_state_of_the_keyring_has_its_own_answer_and_remedy() {
    let (dir, keyring, created) = new_store();
    let backend = Backend::SecretService;
    let states = [
        (DeviceSecretError::Missing(backend), "recovery key"),
        (DeviceSecretError::Locked(backend), "unlock it"),
        (DeviceSecretError::Unavailable { backend, reason: "no D-Bus".to_owned() }, "--keyring file"),
        (DeviceSecretError::TimedOut { backend, waited_s: 10 }, "try again"),
        (DeviceSecretError::Denied(backend), "allow it"),
    ];
    for (state, remedy) in states {
        let refused = open(dir.path(), "Anna", PASSWORD, &keyring.refusing(state.clone())).unwrap_err();
        assert!(refused.to_string().contains(remedy), "{refused}");
        assert!(matches!(refused, Error::Device(told) if told == state));
    }
    let file = KeyFile::in_folder(dir.path());
    let refused = open(dir.path(), "Anna", PASSWORD, &file).unwrap_err();
    assert!(matches!(&refused, Error::Device(DeviceSecretError::OtherBackend { expected: Backend::SecretService, found: Backend::KeyFile })));
    keyring.write(STORE, &DeviceSecret::new(&mut Seeded::new(99))).unwrap();
    let refused = open(dir.path(), "Anna", PASSWORD, &keyring).unwrap_err();
    assert!(matches!(refused, Error::Device(DeviceSecretError::Changed(_))));
    // Whatever the keyring does, the printed key opens the file.
    assert!(open_with_recovery(dir.path(), &created.recovery_key).is_ok());
}

#[test]
fn a_failing_keyring_leaves_no_half_made_store() {
    let dir = tempfile::tempdir().unwrap();
    let locked = FakeKeyring::default().refusing(DeviceSecretError::Locked(Backend::SecretService));
    assert!(create(dir.path(), STORE, &owner(), Argon2Cost::FLOOR, &locked, &mut Seeded::new(1)).is_err());
    assert!(!exists(dir.path()));
}

#[test]
fn a_copied_folder_is_useless_without_the_device_secret() {
    let (dir, _, _) = new_store();
    let elsewhere = FakeKeyring::default();
    assert!(matches!(open(dir.path(), "Anna", PASSWORD, &elsewhere), Err(Error::Device(DeviceSecretError::Missing(_)))));
    let slots = SlotFile::read(dir.path()).unwrap();
    assert_eq!(slots.people().map(|(person, name)| (person, name.to_owned())).collect::<Vec<_>>(), [(OWNER, "Anna".to_owned())]);
}

#[test]
fn the_recovery_key_opens_and_sets_the_computer_up_anew() {
    let (dir, keyring, created) = new_store();
    let clerk = SignIn { person_id: CLERK, name: "店员 小李", password: "another password" };
    add_slot(dir.path(), &created.root, &clerk, &keyring, &mut Seeded::new(3)).unwrap();
    let typed = RecoveryKey::parse(&created.recovery_key.to_text()).unwrap();
    let opened = open_with_recovery(dir.path(), &typed).unwrap();
    assert_eq!((opened.person_id, opened.sign_in_name.as_deref(), opened.is_intact), (OWNER, Some("Anna"), true));
    let new_keyring = FakeKeyring::default();
    let person = SignIn { password: "a new password", ..owner() };
    let renewed = remember_new_device(dir.path(), &opened.root, &person, &new_keyring, &mut Seeded::new(4)).unwrap();
    assert_eq!(renewed.names_to_add_again, ["店员 小李"]);
    assert!(matches!(open_with_recovery(dir.path(), &typed), Err(Error::WrongRecoveryKey)));
    assert!(open_with_recovery(dir.path(), &renewed.recovery_key).is_ok());
    let opened = open(dir.path(), "Anna", "a new password", &new_keyring).unwrap();
    assert_eq!(literal(&opened.root), literal(&created.root));
    assert!(matches!(open(dir.path(), "Anna", PASSWORD, &new_keyring), Err(Error::WrongNameOrPassword)));
    assert!(matches!(open(dir.path(), "店员 小李", "another password", &new_keyring), Err(Error::WrongNameOrPassword)));
}

#[test]
fn people_are_added_and_passwords_changed() {
    let (dir, keyring, created) = new_store();
    let (root, random) = (&created.root, &mut Seeded::new(5));
    let clerk = SignIn { person_id: CLERK, name: "Bo", password: "one" };
    add_slot(dir.path(), root, &clerk, &keyring, random).unwrap();
    assert!(matches!(add_slot(dir.path(), root, &SignIn { name: "ANNA", ..clerk }, &keyring, random), Err(Error::NameTaken)));
    assert!(matches!(add_slot(dir.path(), root, &SignIn { name: " ", ..clerk }, &keyring, random), Err(Error::NameNotUsable)));
    assert!(matches!(add_slot(dir.path(), root, &SignIn { name: &"掌".repeat(22), ..clerk }, &keyring, random), Err(Error::NameNotUsable)));
    assert!(matches!(add_slot(dir.path(), root, &SignIn { password: "", ..clerk }, &keyring, random), Err(Error::EmptyPassword)));
    rewrap(dir.path(), root, CLERK, "two", &keyring, random).unwrap();
    assert!(matches!(rewrap(dir.path(), root, PersonId(Uuid::nil()), "two", &keyring, random), Err(Error::NoSlot)));
    assert!(matches!(open(dir.path(), "bo", "one", &keyring), Err(Error::WrongNameOrPassword)));
    let opened = open(dir.path(), "bo", "two", &keyring).unwrap();
    assert_eq!((opened.person_id, literal(&opened.root)), (CLERK, literal(root)));
    assert!(open(dir.path(), "Anna", PASSWORD, &keyring).unwrap().is_intact);
    let printed = replace_recovery_key(dir.path(), root, OWNER, random).unwrap();
    assert!(open_with_recovery(dir.path(), &printed).is_ok());
    assert!(matches!(open_with_recovery(dir.path(), &created.recovery_key), Err(Error::WrongRecoveryKey)));
}

#[test]
fn the_file_reads_back_byte_for_byte_and_refuses_other_versions() {
    let (dir, keyring, created) = new_store();
    let bytes = std::fs::read(dir.path().join(KEY_FILE)).unwrap();
    let file = SlotFile::parse(&bytes).unwrap();
    assert_eq!(file.to_bytes(), bytes);
    assert_eq!((file.cost(), file.backend(), file.store_id()), (Argon2Cost::FLOOR, Backend::SecretService, STORE));
    assert!(file.open("Anna", PASSWORD, &keyring).is_ok() && file.open_with_recovery(&created.recovery_key).is_ok());
    let with = |at: usize, byte: u8| {
        let mut changed = bytes.clone();
        changed[at] = byte;
        SlotFile::parse(&changed)
    };
    assert!(matches!(with(4, 2), Err(Error::Newer { found: 2, known: 1 })));
    assert!(matches!(with(4, 0), Err(Error::Damaged(_))));
    // The cost of the file at 56, that of the first slot at 68 + 8: a lowered, a raised and a different one are refused.
    assert!(matches!(with(58, 0), Err(Error::CostOutOfRange(_))));
    assert!(matches!(with(56, 1), Err(Error::CostOutOfRange(_))));
    assert!(matches!(with(78, 0), Err(Error::CostOutOfRange(_))));
    assert!(matches!(with(77, 1), Err(Error::Damaged(_))));
    for len in 0..bytes.len() {
        assert!(SlotFile::parse(&bytes[..len]).is_err(), "cut after {len} bytes");
    }
    assert!(SlotFile::parse(&[bytes.as_slice(), &[0]].concat()).is_err());
}

#[test]
fn a_changed_byte_outside_the_opened_slot_is_told() {
    let (dir, keyring, created) = new_store();
    let clerk = SignIn { person_id: CLERK, name: "Bo", password: "one" };
    add_slot(dir.path(), &created.root, &clerk, &keyring, &mut Seeded::new(6)).unwrap();
    let mut bytes = std::fs::read(dir.path().join(KEY_FILE)).unwrap();
    // The last slot is Bo's; its last byte stands before the 32 of the sum.
    let at = bytes.len() - 33;
    bytes[at] ^= 1;
    std::fs::write(dir.path().join(KEY_FILE), &bytes).unwrap();
    assert!(!open(dir.path(), "Anna", PASSWORD, &keyring).unwrap().is_intact);
    assert!(matches!(open(dir.path(), "Bo", "one", &keyring), Err(Error::WrongNameOrPassword)));
}

/// Files as the first release wrote them: they must open for as long as there is this program. The second reader opens the same ones.
#[test]
fn the_first_version_of_the_format_stays_readable() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join(KEY_FILE), include_bytes!("../../../../tests/readers/golden/store.keys")).unwrap();
    // A checkout does not keep the private rights of the file, so that its secret is written anew.
    write::replace(&dir.path().join(SECRET_FILE), include_bytes!("../../../../tests/readers/golden/device.secret")).unwrap();
    let (password, recovery) = (include_str!("../../../../tests/readers/golden/password"), include_str!("../../../../tests/readers/golden/recovery-key"));
    let opened = open(dir.path(), "anna 掌柜", password.trim(), &KeyFile::in_folder(dir.path())).unwrap();
    assert_eq!((opened.person_id.0.as_u128(), opened.root.generation(), opened.is_intact), (2, 1, true));
    let recovered = open_with_recovery(dir.path(), &RecoveryKey::parse(recovery).unwrap()).unwrap();
    assert_eq!(literal(&recovered.root), literal(&opened.root));
    let backup = include_bytes!("../../../../tests/readers/golden/store.zgbackup").as_slice();
    let mut database = Vec::new();
    let backup = crate::backup_format::Backup::open(backup).unwrap();
    let header = backup.extract(&mut database, &opened.root, &mut |_| {}, &std::sync::atomic::AtomicBool::new(false)).unwrap();
    assert_eq!((header.journal_position, header.schema_version, header.plain_len), (42, 1, database.len() as u64));
    assert_eq!(database, include_bytes!("../../../../tests/readers/golden/store.db"));
}

/// A store made once, whose bytes the property tests damage.
static WHOLE: LazyLock<(Vec<u8>, FakeKeyring, zeroize::Zeroizing<String>)> = LazyLock::new(|| {
    let (dir, keyring, created) = new_store();
    (std::fs::read(dir.path().join(KEY_FILE)).unwrap(), keyring, created.recovery_key.to_text())
});

/// Password slot with the name "Anna": from 68, 149 bytes and name, 48 sealed.
const PASSWORD_SLOT: std::ops::Range<usize> = 68..68 + 149 + 4 + 48;

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn any_flipped_bit_of_a_password_slot_is_refused(at in PASSWORD_SLOT, bit in 0..8_u32) {
        let (mut bytes, keyring, _) = WHOLE.clone();
        bytes[at] ^= 1 << bit;
        prop_assert!(SlotFile::parse(&bytes).and_then(|file| file.open("Anna", PASSWORD, &keyring)).is_err());
    }
}

proptest! {
    #[test]
    fn any_flipped_bit_of_a_recovery_slot_is_refused(at in PASSWORD_SLOT.end..PASSWORD_SLOT.end + 149 + 48, bit in 0..8_u32) {
        let (mut bytes, _, recovery) = WHOLE.clone();
        bytes[at] ^= 1 << bit;
        let recovery = RecoveryKey::parse(&recovery).unwrap();
        prop_assert!(SlotFile::parse(&bytes).and_then(|file| file.open_with_recovery(&recovery)).is_err());
    }

    #[test]
    fn any_flipped_bit_of_head_or_sum_is_refused_or_told(at in (0..68_usize).prop_union(0..32), bit in 0..8_u32, tail in any::<bool>()) {
        let (mut bytes, _, recovery) = WHOLE.clone();
        let at = if tail { bytes.len() - 1 - at % 32 } else { at };
        bytes[at] ^= 1 << bit;
        let recovery = RecoveryKey::parse(&recovery).unwrap();
        let opened = SlotFile::parse(&bytes).and_then(|file| file.open_with_recovery(&recovery));
        prop_assert!(opened.is_err() || opened.is_ok_and(|opened| !opened.is_intact));
    }

    #[test]
    fn any_bytes_are_read_without_panic(noise in proptest::collection::vec(any::<u8>(), 0..600), head in 0..70_usize) {
        let mut bytes = WHOLE.0[..head].to_vec();
        bytes.extend_from_slice(&noise);
        prop_assert!(SlotFile::parse(&bytes).is_err());
    }
}

#[test]
fn an_old_file_of_attempts_that_is_put_back_gains_nothing() {
    use super::attempts::{ATTEMPTS_FILE, Door};
    use std::time::{Duration, Instant};
    let (dir, keyring, _) = new_store();
    let now = Instant::now();
    let old = std::fs::read(dir.path().join(ATTEMPTS_FILE)).unwrap();
    let mut door = Door::open(dir.path(), &keyring, now).unwrap();
    for _ in 0..6 {
        door.with(&keyring, |attempts| attempts.record_failure("Anna", now)).unwrap();
    }
    std::fs::write(dir.path().join(ATTEMPTS_FILE), &old).unwrap();
    let mut again = Door::open(dir.path(), &keyring, now).unwrap();
    for name in ["Anna", "another"] {
        assert_eq!(again.with(&keyring, |attempts| attempts.wait(name, now)), Duration::from_secs(60), "{name}");
    }
    // One more failure goes on from there; success clears both memories.
    assert_eq!(again.with(&keyring, |attempts| attempts.record_failure("Anna", now)).unwrap(), Duration::from_secs(120));
    again.with(&keyring, |attempts| attempts.record_success("Anna")).unwrap();
    assert_eq!(Door::open(dir.path(), &keyring, now).unwrap().with(&keyring, |attempts| attempts.wait("Anna", now)), Duration::ZERO);
    // A keyring that does not answer is said, not taken for one that remembers nothing.
    let locked = keyring.refusing(DeviceSecretError::Locked(Backend::SecretService));
    assert!(matches!(Door::open(dir.path(), &locked, now), Err(Error::Device(DeviceSecretError::Locked(_)))));
}

#[test]
fn an_attempt_that_was_none_is_taken_back() {
    use super::attempts::Attempts;
    let (dir, ..) = new_store();
    let now = std::time::Instant::now();
    let mut attempts = Attempts::load(dir.path(), now);
    attempts.record_failure("Anna", now).unwrap();
    attempts.record_failure("Anna", now).unwrap();
    attempts.take_back(" anna").unwrap();
    assert_eq!(Attempts::load(dir.path(), now).count("Anna"), 1);
    attempts.take_back("nobody").unwrap();
    assert_eq!(Attempts::load(dir.path(), now).count("Anna"), 1);
}

#[test]
fn keys_that_cannot_be_written_leave_no_secret_behind() {
    let dir = tempfile::tempdir().unwrap();
    let keyring = FakeKeyring::default();
    // A folder stands where the key file is first written: the last step fails.
    std::fs::create_dir_all(dir.path().join("store.keys.new").join("full")).unwrap();
    let failed = create(dir.path(), STORE, &owner(), Argon2Cost::FLOOR, &keyring, &mut Seeded::new(1));
    assert!(matches!(failed, Err(Error::File { .. })));
    assert!(keyring.kept.lock().unwrap().is_none(), "the secret of no store stays in the keyring");
}

#[test]
fn a_new_device_by_password_keeps_the_sheet() {
    let (dir, _, created) = new_store();
    let text = created.recovery_key.to_text();
    let new_keyring = FakeKeyring::default();
    assert!(!knows_device(dir.path(), &new_keyring));
    let again = remember_new_device_by_password(dir.path(), &created.root, &owner(), &new_keyring, &mut Seeded::new(4)).unwrap();
    assert!(again.is_empty() && knows_device(dir.path(), &new_keyring));
    assert!(open(dir.path(), "Anna", PASSWORD, &new_keyring).unwrap().is_intact);
    assert!(open_with_recovery(dir.path(), &RecoveryKey::parse(&text).unwrap()).unwrap().is_intact);
}
