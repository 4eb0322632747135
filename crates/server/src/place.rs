//! Where a person's data lies when no folder is named: the same place for every host, so that window, terminal and browser open one shop.

use std::env;
use std::path::PathBuf;

/// The folder of the data, by the rules of the system: `$XDG_DATA_HOME/zhanggui` or `~/.local/share/zhanggui`, `%APPDATA%\Zhanggui`,
/// `~/Library/Application Support/Zhanggui`. `None` where the system names no home; the person then has to name a folder.
#[must_use]
pub fn default_data_dir() -> Option<PathBuf> {
    default_data_dir_in(env::consts::OS, |name| env::var_os(name).map(PathBuf::from))
}

fn default_data_dir_in(system: &str, variable: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    // The specification of XDG asks that a relative path be ignored; a relative place would also move with the working folder.
    let absolute = |name: &str| variable(name).filter(|path| path.is_absolute());
    match system {
        "windows" => variable("APPDATA").filter(|path| !path.as_os_str().is_empty()).map(|path| path.join("Zhanggui")),
        "macos" => absolute("HOME").map(|home| home.join("Library/Application Support/Zhanggui")),
        _ => absolute("XDG_DATA_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local/share"))).map(|path| path.join("zhanggui")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_system_has_its_place() {
        type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], Option<&'a str>);
        let cases: &[Case<'_>] = &[
            ("linux", &[("HOME", "/home/li")], Some("/home/li/.local/share/zhanggui")),
            ("linux", &[("HOME", "/home/li"), ("XDG_DATA_HOME", "/data")], Some("/data/zhanggui")),
            ("linux", &[("HOME", "/home/li"), ("XDG_DATA_HOME", "data")], Some("/home/li/.local/share/zhanggui")),
            ("linux", &[], None),
            ("macos", &[("HOME", "/Users/li")], Some("/Users/li/Library/Application Support/Zhanggui")),
            ("windows", &[("APPDATA", "/roaming")], Some("/roaming/Zhanggui")),
            ("windows", &[("APPDATA", "")], None),
        ];
        for (system, variables, expected) in cases {
            let found = default_data_dir_in(system, |name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| PathBuf::from(value)));
            assert_eq!(found, expected.map(PathBuf::from), "{system} {variables:?}");
        }
    }
}
