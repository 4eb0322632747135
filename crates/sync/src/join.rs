//! The one-time code by which a second store joins: a stopgap until enrolment comes.
//!
//! The code is 128 bits that name it and 128 bits of secret. The centre keeps what the code guards (organisation, its keys, the credentials) sealed under the secret, for
//! ten minutes and one use; it never sees the secret, and whoever reads the code without the centre has nothing either.

use crate::{Error, Result, limits::JOIN_CODE_MINUTES, transport::Postgres};
use aes_gcm::{
    Aes256Gcm, KeyInit, Nonce,
    aead::{Aead, Payload},
};
use domain::Random;
use hmac::Mac as _;
use serde_json::{Value as Json, json};
use sha2::Sha256;
use store::{Row, Store, Value, catalogue::CREDENTIAL, change::row_from_json, inbound::OrganisationKeys, keys::Key};
use uuid::Uuid;

/// Crockford's digits: no I, L, O, U.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// 32 bytes in base 32.
const CODE_DIGITS: usize = 52;
const GROUP: usize = 4;

/// What a store that joins is told. Whoever makes it asks the owner's password and one-time code first, then calls `Store::adopt` with keys and credentials.
#[derive(Debug)]
pub struct JoinedOrganisation {
    pub organisation_id: Uuid,
    pub keys: OrganisationKeys,
    /// Rows of `credential`, as they stand in the first store.
    pub credentials: Vec<Row>,
}

/// Makes a join code at the centre and answers it, in groups of four.
///
/// # Errors
/// Where the centre cannot be reached or is not set up.
pub async fn join_code(url: &str, store: &Store, random: &mut dyn Random) -> Result<String> {
    let (mut id, mut secret) = ([0_u8; 16], zeroize::Zeroizing::new([0_u8; 16]));
    random.fill(&mut id);
    random.fill(secret.as_mut_slice());
    let keys = store.organisation_keys().await?;
    let credentials: Vec<Json> = store.credential_rows().await?.iter().map(|row| row.iter().map(Value::to_json).collect()).collect();
    let guarded = json!({
        "organisation_id": hex::encode(store.node().organisation_id.as_bytes()),
        "field": hex::encode(*keys.field), "totp": hex::encode(*keys.totp), "credentials": credentials,
    });
    let text = zeroize::Zeroizing::new(guarded.to_string().into_bytes());
    let sealed = cipher(&id, &secret).encrypt(&Nonce::from([0; 12]), Payload { msg: &text, aad: &id }).map_err(|_| Error::CodeSecret)?;
    let mut transport = Postgres::new(url)?;
    sqlx::query("INSERT INTO sync.join_code (id, sealed, expires_at) VALUES ($1, $2, now() + make_interval(mins => $3))")
        .bind(id.to_vec())
        .bind(sealed)
        .bind(i32::try_from(JOIN_CODE_MINUTES).unwrap_or(1))
        .execute(transport.connection().await?)
        .await?;
    transport.close().await;
    Ok(encode(&[id, *secret].concat()))
}

/// Redeems a join code. It counts once, also where what it guards does not open.
///
/// # Errors
/// [`Error::CodeForm`], [`Error::CodeUsed`], [`Error::CodeSecret`], or where the centre cannot be reached.
pub async fn join(url: &str, code: &str) -> Result<JoinedOrganisation> {
    let bytes = zeroize::Zeroizing::new(decode(code).ok_or(Error::CodeForm)?);
    let (Some(id), Some(secret)) = (bytes.first_chunk::<16>(), bytes.last_chunk::<16>()) else { return Err(Error::CodeForm) };
    let mut transport = Postgres::new(url)?;
    let sealed: Option<Vec<u8>> = sqlx::query_scalar("SELECT sync.take_join_code($1)").bind(id.to_vec()).fetch_one(transport.connection().await?).await?;
    transport.close().await;
    let sealed = sealed.ok_or(Error::CodeUsed)?;
    let opened = cipher(id, secret).decrypt(&Nonce::from([0; 12]), Payload { msg: &sealed, aad: id }).map_err(|_| Error::CodeSecret)?;
    read_guarded(&zeroize::Zeroizing::new(opened)).ok_or_else(|| Error::Form { what: "what the join code guards".into() })
}

fn read_guarded(text: &[u8]) -> Option<JoinedOrganisation> {
    let guarded: Json = serde_json::from_slice(text).ok()?;
    let key = |name: &str| {
        let mut key = Key::default();
        hex::decode_to_slice(guarded.get(name)?.as_str()?, key.as_mut_slice()).ok()?;
        Some(key)
    };
    let organisation_id = Uuid::parse_str(guarded.get("organisation_id")?.as_str()?).ok()?;
    let credentials = guarded.get("credentials")?.as_array()?.iter().map(|row| row_from_json(&CREDENTIAL, row)).collect::<Option<_>>()?;
    Some(JoinedOrganisation { organisation_id, keys: OrganisationKeys { field: key("field")?, totp: key("totp")? }, credentials })
}

/// A key for this one text: the nonce can be zero.
fn cipher(id: &[u8; 16], secret: &[u8; 16]) -> Aes256Gcm {
    // HMAC fills a key shorter than its block with zeros; done here, no length can be wrong.
    let mut padded = zeroize::Zeroizing::new([0_u8; 64]);
    padded[..16].copy_from_slice(secret);
    let mut mac = <hmac::Hmac<Sha256> as hmac::KeyInit>::new((&*padded).into());
    mac.update(b"zhanggui/join/v1");
    mac.update(id);
    let key = zeroize::Zeroizing::new(<[u8; 32]>::from(mac.finalize().into_bytes()));
    Aes256Gcm::new((&*key).into())
}

fn encode(bytes: &[u8]) -> String {
    let mut code = String::new();
    let (mut held, mut bits) = (0_u32, 0);
    let push = |digit: u32, code: &mut String| {
        if code.len() % (GROUP + 1) == GROUP {
            code.push('-');
        }
        code.push(char::from(DIGITS[usize::try_from(digit & 31).unwrap_or(0)]));
    };
    for byte in bytes {
        held = (held << 8 | u32::from(*byte)) & 0xFFFF;
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            push(held >> bits, &mut code);
        }
    }
    if bits > 0 {
        push(held << (5 - bits), &mut code);
    }
    code
}

/// Reads a code however it was typed: any case, with or without dashes and spaces, O for 0, I and L for 1.
fn decode(code: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(32);
    let (mut held, mut bits, mut digits) = (0_u32, 0, 0);
    for letter in code.chars().filter(|c| !c.is_whitespace() && *c != '-') {
        let letter = match letter.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        };
        let digit = DIGITS.iter().position(|d| char::from(*d) == letter)?;
        held = (held << 5 | u32::try_from(digit).ok()?) & 0xFFFF;
        bits += 5;
        digits += 1;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(held >> bits & 0xFF).ok()?);
        }
    }
    (digits == CODE_DIGITS && bytes.len() == 32).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::clock::Seeded;

    #[test]
    fn codes_read_back_however_they_are_typed() {
        let mut random = Seeded::new(1);
        for _ in 0..200 {
            let mut bytes = [0; 32];
            random.fill(&mut bytes);
            let code = encode(&bytes);
            assert_eq!(code.len(), CODE_DIGITS + CODE_DIGITS / GROUP - 1, "{code}");
            assert_eq!(decode(&code).unwrap(), bytes);
            let typed = code.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
            assert_eq!(decode(&typed).unwrap(), bytes);
        }
        for bad in ["", "0000", "U".repeat(52).as_str(), "0".repeat(53).as_str()] {
            assert!(decode(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn what_is_sealed_opens_with_its_own_secret_alone() {
        let sealed = cipher(&[1; 16], &[2; 16]).encrypt(&Nonce::from([0; 12]), b"x".as_slice()).unwrap();
        assert!(cipher(&[1; 16], &[2; 16]).decrypt(&Nonce::from([0; 12]), sealed.as_slice()).is_ok());
        assert!(cipher(&[1; 16], &[3; 16]).decrypt(&Nonce::from([0; 12]), sealed.as_slice()).is_err());
        assert!(cipher(&[3; 16], &[2; 16]).decrypt(&Nonce::from([0; 12]), sealed.as_slice()).is_err());
    }
}
