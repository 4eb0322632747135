//! The demo shop: made in seconds from an extract of real trade, then trading on while it is open.
//!
//! What is real and what is made is said in `data/demo/README.md` and on the banner. Same clock and seed, same data. The demo lies in a folder of its own,
//! with its own keys; wiping it can never touch the shop's own store.

mod goods;
mod history;
mod trade;

pub use trade::DemoTrade;

use crate::{
    Error, Program, Result, Session,
    access::{code, sign_in, vault},
    jobs::Running,
    rpc::Visitor,
    wire::{AppEvent, DemoCode, DemoOpen, DemoPause, Empty, JobKind, JobRef, Language, StoreChoice},
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use store::keys::recovery::recovery_codes;
use zeroize::Zeroizing;

/// The demo's password: it guards nothing, and is shown on the sign-in screen.
pub const PASSWORD: &str = "zhanggui-demo";
/// The demo's seed: published, so that the drawn phone can show the code.
const SEED: &[u8; code::SEED_BYTES] = b"zhanggui-demo-seed-1";
/// The real trade, as it comes with the program.
const SAMPLE: &[u8] = include_bytes!("../../../../data/sample/online_retail.parquet");

/// The owner's name in a language.
#[must_use]
pub const fn owner_name(language: Language) -> &'static str {
    match language {
        Language::Zh => "林晓",
        Language::En => "Lynn Marsh",
    }
}

/// Writes the real trade beside the stores and answers its path.
///
/// # Errors
/// Where the disk is full.
pub fn sample_file(data_dir: &Path) -> Result<PathBuf> {
    let path = data_dir.join("online_retail.parquet");
    if std::fs::metadata(&path).map(|m| m.len()).ok() != u64::try_from(SAMPLE.len()).ok() {
        std::fs::create_dir_all(data_dir)?;
        std::fs::write(&path, SAMPLE)?;
    }
    Ok(path)
}

/// Opens the demo: makes it where it is not here yet, and enters without typing when it is new.
///
/// # Errors
/// Where a store of the demo is open in another program.
pub fn open(visitor: &Visitor, request: &DemoOpen) -> Result<JobRef> {
    let (program, session) = (visitor.program.clone(), visitor.session.clone());
    session.choose(Some(StoreChoice::Demo));
    program.set_language(request.language)?;
    let language = request.language;
    visitor.program.start_job(None, JobKind::DemoMake, "demo", "steps", move |running: Running| async move {
        if program.has(StoreChoice::Demo) && is_whole(&program) {
            // It is here: the person signs in to it, with the drawn phone beside the boxes.
            program.tell(AppEvent::Phase);
            return Ok(None);
        }
        wipe_files(&program).await?;
        make(&program, &session, language, &running).await?;
        Ok(None)
    })
}

/// A demo whose making was cut off is no demo: it is made anew.
fn is_whole(program: &Program) -> bool {
    program.dir(StoreChoice::Demo).join("whole").exists()
}

async fn make(program: &Arc<Program>, session: &Arc<Session>, language: Language, running: &Running) -> Result<()> {
    let (shop, _) = goods::first_shop(language)?;
    let founder = vault::Founder {
        choice: StoreChoice::Demo,
        shop_name: shop,
        currency: "CNY".into(),
        zone: "Asia/Shanghai".into(),
        owner_name: owner_name(language).into(),
        password: Zeroizing::new(PASSWORD.into()),
        seed: Zeroizing::new(SEED.to_vec()),
        recovery_codes: recovery_codes(&mut program.chance()),
    };
    let made = vault::found(program, founder).await?;
    history::write(program, &made.store, made.person_id, language, running).await?;
    std::fs::write(program.dir(StoreChoice::Demo).join("whole"), b"")?;
    sign_in::enter_new(program, session, StoreChoice::Demo, &made.store, made.person_id).await
}

/// What the drawn phone shows: only of the demo.
///
/// # Errors
/// Where there is no demo here.
pub fn demo_code(visitor: &Visitor) -> Result<DemoCode> {
    let program = &visitor.program;
    if sign_in::store_in_front(program, &visitor.session) != Some(StoreChoice::Demo) {
        return Err(Error::not_found());
    }
    let name = std::fs::read_to_string(program.dir(StoreChoice::Demo).join("owner")).unwrap_or_else(|_| owner_name(program.language()).to_owned());
    let totp = code::generator(SEED, "demo", &name)?;
    let (code, seconds_left) = code::current(&totp, program.now_ms());
    Ok(DemoCode { name, password: PASSWORD.into(), code, seconds_left })
}

/// Pauses or resumes the demo's trade.
///
/// # Errors
/// Never; the answer has the contract's form.
pub fn pause(program: &Program, request: &DemoPause) -> Result<Empty> {
    program.demo.set_paused(request.paused);
    program.tell(AppEvent::Phase);
    Ok(Empty {})
}

/// Wipes the demo; the shop's own store lies elsewhere and is not touched.
///
/// # Errors
/// Where the files cannot be removed.
pub async fn wipe(visitor: &Visitor) -> Result<Empty> {
    visitor.program.demo.stop();
    if visitor.session.presence().is_some_and(|p| p.store == StoreChoice::Demo) {
        visitor.session.leave();
    }
    visitor.session.choose(None);
    wipe_files(&visitor.program).await?;
    visitor.program.tell(AppEvent::Phase);
    Ok(Empty {})
}

async fn wipe_files(program: &Program) -> Result<()> {
    program.close(StoreChoice::Demo).await?;
    program.forget_attempts(StoreChoice::Demo);
    program.demo.set_left(None);
    let dir = program.dir(StoreChoice::Demo);
    if dir.exists() {
        std::fs::remove_dir_all(&dir)?;
    }
    Ok(())
}
