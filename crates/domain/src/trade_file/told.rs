//! What is told of a row that was left out or looked at, by its key.

use super::{
    line::LineWarning,
    reject::{RejectReason, Words},
    warning::FileWarning,
};

/// What is told of a row that was taken all the same.
const KEPT: Words = Words { zh: "照文件记下了", en: "Taken as the file has it" };

/// Reason and remedy of a key; `None` for one of a later version.
pub fn told_of(key: &str) -> Option<(Words, Words)> {
    if let Some(reason) = RejectReason::from_key(key) {
        return Some((reason.words(), reason.remedy()));
    }
    if let Some(warning) = FileWarning::ALL.into_iter().find(|warning| warning.key() == key) {
        return Some((warning.words(), warning.remedy()));
    }
    LineWarning::ALL.into_iter().find(|warning| warning.key() == key).map(|warning| (warning.words(), KEPT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_its_words() {
        let keys =
            RejectReason::ALL.map(RejectReason::key).into_iter().chain(LineWarning::ALL.map(LineWarning::key)).chain(FileWarning::ALL.map(FileWarning::key));
        for key in keys {
            assert!(told_of(key).is_some(), "{key}");
        }
        assert_eq!(told_of("negative_price").map(|(_, remedy)| remedy), Some(KEPT));
        assert_eq!(told_of("of a later version"), None);
    }
}
