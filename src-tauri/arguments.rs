//! What the desktop program can be told at its start. Few words, so that they are read by hand and the bundle stays small.

use std::{ffi::OsString, path::PathBuf};

pub const USAGE: &str = "\
usage: zhanggui-desktop [--dir DIR] [--demo] [--fresh] [--safe-graphics]

  --dir DIR         the folder of the data, in place of the system's usual one
  --demo            straight to the demo shop
  --fresh           an empty first start in a folder that is removed at the end
  --safe-graphics   draw without the graphics card (Linux)";

/// The arguments of a start.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Arguments {
    pub dir: Option<PathBuf>,
    pub demo: bool,
    pub fresh: bool,
    pub safe_graphics: bool,
}

impl Arguments {
    /// Reads them; `None` where help was asked.
    pub fn read(words: impl Iterator<Item = OsString>) -> Result<Option<Self>, String> {
        let mut read = Self::default();
        let mut words = words;
        while let Some(word) = words.next() {
            match word.to_str() {
                Some("--dir") => read.dir = Some(words.next().ok_or("--dir needs a folder")?.into()),
                Some("--demo") => read.demo = true,
                Some("--fresh") => read.fresh = true,
                Some("--safe-graphics") => read.safe_graphics = true,
                Some("--help" | "-h") => return Ok(None),
                _ => return Err(format!("unknown argument {}", word.display())),
            }
        }
        if read.fresh && read.dir.is_some() {
            return Err("--fresh makes a folder of its own: leave --dir out".to_owned());
        }
        Ok(Some(read))
    }

    /// The folder of the data; `None` where the system names none.
    pub fn data_dir(&self) -> Option<PathBuf> {
        if self.fresh {
            return Some(std::env::temp_dir().join(format!("zhanggui-fresh-{}", std::process::id())));
        }
        self.dir.clone().or_else(server::place::default_data_dir)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        let read = |text: &str| Arguments::read(text.split_whitespace().map(OsString::from));
        assert_eq!(read(""), Ok(Some(Arguments::default())));
        assert_eq!(read("--dir /shop --demo"), Ok(Some(Arguments { dir: Some("/shop".into()), demo: true, ..Arguments::default() })));
        assert_eq!(read("--help"), Ok(None));
        for wrong in ["--dir", "--dirr x", "--fresh --dir x", "x"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
