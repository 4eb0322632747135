//! A store that is made or put back, which needs no sign-in; and the shops: listed, added, renamed, found by their names.

use crate::{
    arguments::{Common, Keyring, ShopCommand, StoreCommand, StoreCreate, Tongue},
    desk::{self, Desk, failure_of},
    entry,
    failure::Failure,
    job::{self, Show},
    tongue,
};
use app::{
    Program, Session,
    access::{code, founding, password, recover, vault},
    settings,
    wire::{Empty, Host, Recover, Recovered, ShopAdd, ShopRename, Shops, StoreChoice, SyncStatus},
};
use serde_json::{Value, json};
use server::joining::Joiner;
use std::{io::IsTerminal as _, path::Path, sync::Arc};
use zeroize::Zeroizing;

/// Whether a command works without anybody signed in.
pub const fn is_before_sign_in(command: &StoreCommand) -> bool {
    matches!(command, StoreCommand::Create(_) | StoreCommand::Restore { .. } | StoreCommand::Recover { .. })
}

/// `store create`, `store restore` and `store recover`. A store that was made stands once `show` has shown what opens it.
pub async fn run(common: &Common, command: StoreCommand, show: impl FnOnce(Value)) -> Result<(), Failure> {
    if common.demo {
        return Err(Failure::Usage("the demo shop makes itself: leave --demo out".into()));
    }
    let program = desk::program(common, Host::Web, Some(tongue::of(common)))?;
    let answer = match command {
        StoreCommand::Create(StoreCreate { join: Some(url), code_file: Some(code_file), owner, .. }) => join(common, &program, url, &code_file, owner).await,
        StoreCommand::Create(asked) => create(common, &program, asked).await,
        StoreCommand::Restore { file, recovery_key_file } => restore(common, &program, &file, &recovery_key_file).await,
        StoreCommand::Recover { recovery_key_file, new_authenticator } => recover(common, &program, &recovery_key_file, new_authenticator).await,
        _ => Err(Failure::Fault("this command needs a sign-in".into())),
    };
    program.shut_down().await;
    show(answer?);
    vault::finish(&program, StoreChoice::Own).map_err(|error| failure_of(&program, error))
}

async fn create(common: &Common, program: &Arc<Program>, asked: StoreCreate) -> Result<Value, Failure> {
    if program.has(StoreChoice::Own) {
        return Err(Failure::Refused(format!(
            "there is a store in {} already: sign in to it, or choose another folder with --dir",
            program.dir(StoreChoice::Own).display()
        )));
    }
    let refused = |error: app::Error| failure_of(program, error);
    program.vacant(StoreChoice::Own).map_err(refused)?;
    let own_shop = if asked.language == Tongue::Zh { "我的店" } else { "My shop" };
    let shop = founding::shop(asked.shop.as_deref().unwrap_or(own_shop), &asked.currency, &asked.zone).map_err(refused)?;
    // Before anything is made: a store whose backups go nowhere is a trap.
    let backup_dir = match asked.backup_dir {
        Some(dir) => {
            let whole = std::path::absolute(&dir).map_err(|source| Failure::File { file: dir, source })?;
            Some(settings::usable_folder(program, &whole.display().to_string()).map_err(refused)?)
        }
        None => None,
    };
    let owner_name = match asked.owner {
        Some(name) => name,
        None => entry::line(common, "Owner's name: ", "--owner NAME")?,
    };
    let owner_name = founding::owner_name(&owner_name).map_err(refused)?;
    let secret = new_password(common)?;
    let shop_name = shop.name;
    if let Some(problem) = password::judge(&secret, &[&shop_name, &owner_name]).problem {
        return Err(Failure::Refused(format!(
            "this password cannot be used ({}): take at least 12 characters that nobody guesses, without the name of the shop or the owner",
            password::said(&problem)
        )));
    }
    let mut seed = Zeroizing::new(vec![0; code::SEED_BYTES]);
    program.chance().fill(&mut seed);
    let totp = code::generator(&seed, &shop_name, &owner_name).map_err(|error| failure_of(program, error))?;
    let totp_uri = totp.to_url().map_err(|error| Failure::Fault(format!("the address for the authenticator could not be written: {error}")))?;
    let recovery_codes = store::keys::recovery_codes(&mut program.chance());
    let founder = vault::Founder {
        choice: StoreChoice::Own,
        shop_name,
        currency: shop.currency,
        zone: shop.zone,
        owner_name,
        password: secret,
        seed,
        recovery_codes: recovery_codes.clone(),
    };
    let made = vault::prepare(program, founder).await.map_err(|error| failure_of(program, error))?;
    if let Some(dir) = backup_dir {
        let kept = made
            .store
            .change_settings(move |settings| {
                settings.insert("backup_dir".into(), dir.into());
            })
            .await;
        kept.map_err(|error| failure_of(program, error))?;
    }
    Ok(json!({"totp_uri": totp_uri, "recovery_codes": recovery_codes, "recovery_key": made.recovery_key.as_str()}))
}

/// A second store of a business: password and one-time code are the owner's, the recovery key is new.
async fn join(common: &Common, program: &Arc<Program>, url: String, code_file: &Path, owner: Option<String>) -> Result<Value, Failure> {
    let code = entry::secret_in(code_file)?.to_string();
    let owner_name = match owner {
        Some(name) => name,
        None => entry::line(common, "Owner's name: ", "--owner NAME")?,
    };
    let shown = entry::shown(&Common { user: Some(owner_name), ..common.clone() })?;
    let joiner = Joiner { url, code, owner_name: shown.name, password: shown.password, one_time_code: shown.code };
    let session = Arc::new(Session::default());
    let recovery_key = server::joining::join(program, &session, joiner).await?;
    let desk = Desk::at(program.clone(), session, StoreChoice::Own, Show::of_terminal(common.json))?;
    job::run(&desk, "sync_now", &Empty {}).await?;
    let status: SyncStatus = desk.ask("sync_status", &Empty {}).await?;
    Ok(json!({"joined": program.dir(StoreChoice::Own).display().to_string(), "recovery_key": recovery_key.as_str(), "sync": status}))
}

/// A new password is typed twice, since nobody sees it.
fn new_password(common: &Common) -> Result<Zeroizing<String>, Failure> {
    let first = entry::password(common, "New password: ")?;
    if common.password_file.is_none() && *entry::password(common, "Once more: ")? != *first {
        return Err(Failure::Usage("the two passwords differ: start again".into()));
    }
    Ok(first)
}

async fn restore(common: &Common, program: &Arc<Program>, file: &Path, recovery_key_file: &Path) -> Result<Value, Failure> {
    let recovery_key = entry::secret_in(recovery_key_file)?;
    let dir = program.dir(StoreChoice::Own).display().to_string();
    std::fs::File::open(file).map_err(|error| Failure::BadFile {
        file: file.to_owned(),
        reason: format!("it cannot be read ({error}): check that it is there and that you may read it"),
    })?;
    let known = recover::restore(program, file, &recovery_key).await.map_err(|error| match failure_of(program, error) {
        Failure::Wire(told) if told.field.as_deref() == Some("file") => Failure::BadFile { file: file.to_owned(), reason: told.message },
        other => other,
    })?;
    if known {
        return Ok(json!({"restored": dir, "device_known": true}));
    }
    if common.password_file.is_none() && !std::io::stdin().is_terminal() {
        let of_file = if common.keyring == Keyring::File { " --keyring file" } else { "" };
        let next = format!("zhanggui --dir {}{of_file} store recover --recovery-key-file FILE --password-file FILE", program.data_dir().display());
        return Ok(json!({"restored": dir, "device_known": false, "next": next}));
    }
    let recovered = recover(common, program, recovery_key_file, false).await?;
    Ok(json!({"restored": dir, "device_known": false, "recovered": recovered}))
}

/// A new password on this computer, by the recovery key.
async fn recover(common: &Common, program: &Arc<Program>, recovery_key_file: &Path, new_authenticator: bool) -> Result<Value, Failure> {
    let recovery_key = entry::secret_in(recovery_key_file)?.to_string();
    let password = new_password(common)?.to_string();
    let desk = Desk::at(program.clone(), Arc::new(Session::default()), StoreChoice::Own, Show::Nothing)?;
    let recovered: Recovered = desk.ask("recover", &Recover { recovery_key, password, new_authenticator }).await?;
    let mut answer = json!({"name": recovered.name, "recovery_key": recovered.recovery_key, "names_to_add_again": recovered.names_to_add_again});
    if let Some(authenticator) = recovered.authenticator {
        answer["totp_uri"] = authenticator.totp_uri.into();
        answer["recovery_codes"] = recovered.recovery_codes.into();
    }
    Ok(answer)
}

/// `shop list`, `add` and `rename`; each answers the shops as they are now.
pub async fn act(desk: &Desk, command: ShopCommand) -> Result<Value, Failure> {
    let there: Shops = desk.ask("shop_list", &Empty {}).await?;
    let now: Shops = match command {
        ShopCommand::List => there,
        ShopCommand::Add { name, currency, zone } => {
            let like = there.shops.into_iter().next();
            let (like_currency, like_zone) = like.map_or_else(|| ("CNY".to_owned(), "Asia/Shanghai".to_owned()), |shop| (shop.currency, shop.zone));
            desk.ask("shop_add", &ShopAdd { name, currency: currency.unwrap_or(like_currency), zone: zone.unwrap_or(like_zone) }).await?
        }
        ShopCommand::Rename { shop, new_name } => {
            let id = ids_of(desk, &[shop]).await?.concat();
            desk.ask("shop_rename", &ShopRename { id, name: new_name }).await?
        }
    };
    Ok(json!({"shops": now.shops}))
}

/// The ids of shops that are named on the command line.
pub async fn ids_of(desk: &Desk, names: &[String]) -> Result<Vec<String>, Failure> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let shops: Shops = desk.ask("shop_list", &Empty {}).await?;
    let id = |name: &String| {
        let found = shops.shops.iter().find(|shop| shop.name == *name || shop.id == *name);
        let known = || shops.shops.iter().map(|shop| shop.name.as_str()).collect::<Vec<_>>().join(", ");
        found.map(|shop| shop.id.clone()).ok_or_else(|| Failure::Usage(format!("there is no shop {name}; there are: {}", known())))
    };
    names.iter().map(id).collect()
}
