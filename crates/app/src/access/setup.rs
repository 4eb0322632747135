//! Setting up one's own shop: five steps, resumable. What may rest unencrypted (shop, owner's name, backup folder) is kept in a draft file;
//! password, seed and recovery codes are only in memory until the store is made, and are asked again after a restart.

use super::{code, founding, password, vault};
use crate::{
    Code, Error, Program, Result,
    rpc::Visitor,
    wire::{AppEvent, Empty, SetupAuthenticator, SetupBackup, SetupCode, SetupFinish, SetupOwner, SetupSheet, SetupShop, SetupState, StoreChoice},
};
use serde::{Deserialize, Serialize};
use std::{path::PathBuf, sync::PoisonError};
use store::keys;
use zeroize::Zeroizing;

/// Zones offered first; any IANA name is taken.
const ZONES: &[&str] =
    &["Asia/Shanghai", "Asia/Hong_Kong", "Asia/Taipei", "Asia/Singapore", "Europe/London", "Europe/Berlin", "America/New_York", "America/Los_Angeles"];

/// A shop that is being set up.
#[derive(Default)]
pub struct Draft {
    kept: Kept,
    password: Zeroizing<String>,
    seed: Zeroizing<Vec<u8>>,
    code_shown: bool,
    /// The folder kept from an earlier start is shown and said again: a stick may be gone by now.
    folder_said: bool,
    made: Option<(SetupSheet, String)>,
}

/// The part that rests on disk.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Kept {
    shop_name: String,
    currency: String,
    zone: String,
    owner_name: String,
    backup_dir: String,
}

fn draft_path(program: &Program) -> PathBuf {
    program.data_dir().join("setup.json")
}

impl Program {
    fn with_draft<T>(&self, work: impl FnOnce(&mut Draft) -> Result<T>) -> Result<T> {
        let mut setup = self.setup.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever comes by once the shop stands begins nothing, and changes no screen by asking.
        if setup.as_ref().is_none_or(|draft| draft.made.is_none()) && self.has(StoreChoice::Own) {
            setup.take();
            return Err(Error::refuse(Code::Refused, "your shop is set up already: sign in"));
        }
        let draft = setup.get_or_insert_with(|| Draft { kept: read_kept(self), ..Draft::default() });
        work(draft)
    }

    fn keep(&self, kept: &Kept) -> Result<()> {
        store::place::folder(self.data_dir())?;
        let file = draft_path(self);
        Ok(std::fs::write(&file, serde_json::to_vec(kept)?).map_err(store::place::at(&file))?)
    }
}

fn read_kept(program: &Program) -> Kept {
    let read = std::fs::read(draft_path(program)).ok().and_then(|b| serde_json::from_slice(&b).ok());
    read.unwrap_or_else(|| Kept { currency: "CNY".into(), zone: "Asia/Shanghai".into(), ..Kept::default() })
}

fn state_of(draft: &Draft) -> SetupState {
    let kept = &draft.kept;
    let step = if kept.shop_name.is_empty() {
        1
    } else if draft.password.is_empty() {
        2
    } else if !draft.code_shown {
        3
    } else if !draft.folder_said && draft.made.is_none() {
        4
    } else {
        5
    };
    SetupState {
        step,
        shop_name: kept.shop_name.clone(),
        currency: kept.currency.clone(),
        zone: kept.zone.clone(),
        owner_name: kept.owner_name.clone(),
        backup_dir: kept.backup_dir.clone(),
        currencies: domain::money::CURRENCIES.iter().map(|c| (*c).to_owned()).collect(),
        zones: ZONES.iter().map(|z| (*z).to_owned()).collect(),
    }
}

/// Where setting up stands; begins it where it was not begun.
///
/// # Errors
/// Where there is an own store already.
pub fn state(visitor: &Visitor) -> Result<SetupState> {
    // Before the first question, not after the last: over what is left of a store nothing new is made.
    if !visitor.program.has(StoreChoice::Own) {
        visitor.program.vacant(StoreChoice::Own)?;
    }
    visitor.program.with_draft(|draft| Ok(state_of(draft)))
}

/// Step 1: the shop.
///
/// # Errors
/// Names the field that does not fit.
pub fn shop(visitor: &Visitor, request: SetupShop) -> Result<SetupState> {
    let shop = founding::shop(&request.shop_name, &request.currency, &request.zone)?;
    visitor.program.set_language(request.language)?;
    visitor.program.with_draft(|draft| {
        draft.kept = Kept { shop_name: shop.name, currency: shop.currency, zone: shop.zone, ..draft.kept.clone() };
        visitor.program.keep(&draft.kept)?;
        Ok(state_of(draft))
    })
}

/// Step 2: the owner and the password.
///
/// # Errors
/// Names the field that does not fit.
pub fn owner(visitor: &Visitor, request: SetupOwner) -> Result<SetupState> {
    let owner_name = founding::owner_name(&request.owner_name)?;
    visitor.program.with_draft(|draft| {
        if let Some(problem) = password::judge(&request.password, &[&draft.kept.shop_name, &owner_name]).problem {
            return Err(Error::field(
                "password",
                format!("this password cannot be used ({}): take at least 12 characters that nobody guesses", password::said(&problem)),
            ));
        }
        draft.kept.owner_name = owner_name;
        draft.password = Zeroizing::new(request.password);
        let mut seed = Zeroizing::new(vec![0_u8; code::SEED_BYTES]);
        visitor.program.chance().fill(&mut seed);
        draft.seed = seed;
        draft.code_shown = false;
        visitor.program.keep(&draft.kept)?;
        Ok(state_of(draft))
    })
}

/// Step 3: what the authenticator app reads.
///
/// # Errors
/// Where the owner step was not done since the program started.
pub fn authenticator(visitor: &Visitor) -> Result<SetupAuthenticator> {
    visitor.program.with_draft(|draft| {
        if draft.seed.is_empty() {
            return Err(Error::refuse(Code::Refused, "the password comes first: it is not kept while the program is closed"));
        }
        shown(&code::generator(&draft.seed, &draft.kept.shop_name, &draft.kept.owner_name)?)
    })
}

/// What an authenticator app reads, as a picture and as text.
pub(super) fn shown(totp: &totp_rs::Totp) -> Result<SetupAuthenticator> {
    let totp_uri = totp.to_url().map_err(|e| Error::Fault(e.to_string()))?;
    Ok(SetupAuthenticator { qr_svg: qr_svg(&totp_uri)?, secret: totp.secret().to_base32(), totp_uri })
}

pub(crate) fn qr_svg(text: &str) -> Result<String> {
    use qrcode::render::svg;
    let code = qrcode::QrCode::new(text.as_bytes()).map_err(|e| Error::Fault(e.to_string()))?;
    Ok(code.render::<svg::Color<'_>>().min_dimensions(200, 200).quiet_zone(true).dark_color(svg::Color("#1c1b18")).light_color(svg::Color("#ffffff")).build())
}

/// Step 3, its end: the first code proves that the phone has the seed and both clocks agree.
///
/// # Errors
/// Where the code is wrong, or says that a clock is off.
pub fn confirm_code(visitor: &Visitor, request: &SetupCode) -> Result<SetupState> {
    let now_ms = visitor.program.now_ms();
    visitor.program.with_draft(|draft| {
        let totp = code::generator(&draft.seed, &draft.kept.shop_name, &draft.kept.owner_name)?;
        match code::compare(&totp, &request.code, now_ms) {
            code::Outcome::Fits { .. } => {
                draft.code_shown = true;
                Ok(state_of(draft))
            }
            code::Outcome::Elsewhere { off_s, .. } => Err(Error::refuse(
                Code::Clock,
                format!(
                    "the code is right for another moment: this computer and the phone are {} min apart. Set both to automatic time",
                    (off_s.abs() + 30) / 60
                ),
            )),
            code::Outcome::Wrong => {
                Err(Error::refuse(Code::WrongCode, "the code is wrong: take the six digits that the authenticator shows for this shop now"))
            }
        }
    })
}

/// Step 4: the folder of the backups.
///
/// # Errors
/// Where nothing can be written there.
pub fn backup(visitor: &Visitor, request: &SetupBackup) -> Result<SetupState> {
    let folder = crate::settings::usable_folder(&visitor.program, &request.backup_dir)?;
    visitor.program.with_draft(|draft| {
        draft.kept.backup_dir = folder;
        draft.folder_said = true;
        visitor.program.keep(&draft.kept)?;
        Ok(state_of(draft))
    })
}

/// Step 5: makes the store and shows the recovery sheet 恢复单. Asked again, it shows the same sheet until setting up is finished.
///
/// # Errors
/// Where an earlier step is missing, or the store cannot be made.
pub async fn sheet(visitor: &Visitor) -> Result<SetupSheet> {
    let program = &visitor.program;
    let made = program.with_draft(|draft| Ok(draft.made.as_ref().map(|(sheet, _)| sheet.clone())))?;
    if let Some(sheet) = made {
        return Ok(sheet);
    }
    let founder = program.with_draft(|draft| {
        if state_of(draft).step != 5 {
            return Err(Error::refuse(Code::Refused, "an earlier step is not done yet"));
        }
        Ok(vault::Founder {
            choice: StoreChoice::Own,
            shop_name: draft.kept.shop_name.clone(),
            currency: draft.kept.currency.clone(),
            zone: draft.kept.zone.clone(),
            owner_name: draft.kept.owner_name.clone(),
            password: draft.password.clone(),
            seed: draft.seed.clone(),
            recovery_codes: keys::recovery::recovery_codes(&mut program.chance()),
        })
    })?;
    let (codes, shop_name, owner_name) = (founder.recovery_codes.clone(), founder.shop_name.clone(), founder.owner_name.clone());
    let made = vault::prepare(program, founder).await?;
    let mut dice = [0_u8; 2];
    program.chance().fill(&mut dice);
    let (confirm_code, confirm_from) = (dice[0] % u8::try_from(codes.len()).unwrap_or(1).max(1), (dice[1] % 4) * 4);
    let plain: String = codes[usize::from(confirm_code)].chars().filter(char::is_ascii_alphanumeric).collect();
    let four: String = plain.chars().skip(usize::from(confirm_from)).take(4).collect();
    let made_on = jiff::Timestamp::from_millisecond(program.now_ms()).map(|t| t.strftime("%Y-%m-%d").to_string()).unwrap_or_default();
    let sheet = SetupSheet {
        shop_name,
        owner_name,
        made_on,
        recovery_codes: codes,
        recovery_key: made.recovery_key.as_str().to_owned(),
        confirm_code: confirm_code + 1,
        confirm_from: confirm_from + 1,
    };
    program.with_draft(|draft| {
        draft.made = Some((sheet.clone(), four));
        Ok(())
    })?;
    let folder = program.with_draft(|draft| Ok(draft.kept.backup_dir.clone()))?;
    made.store
        .change_settings(move |s| {
            s.insert("backup_dir".into(), folder.into());
        })
        .await?;
    visitor.session.choose(Some(StoreChoice::Own));
    Ok(sheet)
}

/// The end: four characters of the sheet show that it was printed or written down.
///
/// # Errors
/// Where they are not those of the sheet.
pub async fn finish(visitor: &Visitor, request: &SetupFinish) -> Result<Empty> {
    let program = &visitor.program;
    let typed: String = request.four_characters.trim().to_uppercase();
    program.with_draft(|draft| match &draft.made {
        Some((_, four)) if typed == four.to_uppercase() => Ok(()),
        Some(_) => Err(Error::field("four_characters", "these are not the four characters of the sheet: look again")),
        None => Err(Error::refuse(Code::Refused, "the recovery sheet was not made yet")),
    })?;
    vault::finish(program, StoreChoice::Own)?;
    program.setup.lock().unwrap_or_else(PoisonError::into_inner).take();
    let _ = std::fs::remove_file(draft_path(program));
    // The person just chose password, code and sheet: the store closes and they sign in once, so that the first sign-in is practised now.
    program.close(StoreChoice::Own).await?;
    program.tell(AppEvent::Phase);
    Ok(Empty {})
}

/// Leaves setting up. A store whose sheet nobody has confirmed counts for none: the next setting up makes another in its place.
///
/// # Errors
/// Where the store that was made does not close.
pub async fn drop_draft(visitor: &Visitor) -> Result<Empty> {
    let program = &visitor.program;
    let draft = program.setup.lock().unwrap_or_else(PoisonError::into_inner).take();
    let _ = std::fs::remove_file(draft_path(program));
    if draft.is_some_and(|draft| draft.made.is_some()) {
        program.close(StoreChoice::Own).await?;
        visitor.session.choose(None);
    }
    program.tell(AppEvent::Phase);
    Ok(Empty {})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_kept_from_an_earlier_start_is_said_again() {
        let kept = Kept { shop_name: "s".into(), owner_name: "o".into(), backup_dir: "/media/stick".into(), ..Kept::default() };
        let mut draft = Draft { kept, ..Draft::default() };
        assert_eq!(state_of(&draft).step, 2);
        draft.password = Zeroizing::new("a password that was typed".into());
        assert_eq!(state_of(&draft).step, 3);
        draft.code_shown = true;
        assert_eq!((state_of(&draft).step, state_of(&draft).backup_dir.as_str()), (4, "/media/stick"));
        draft.folder_said = true;
        assert_eq!(state_of(&draft).step, 5);
    }
}
