//! Where things are: the checkout, and the cache outside it that holds build output, downloads and temporary data.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::stop::{Explain, Outcome, Stop};

/// The checkout and its cache.
pub struct Place {
    root: PathBuf,
    cache: PathBuf,
}

impl Place {
    /// Finds both; makes the cache directory.
    pub fn find() -> Outcome<Self> {
        let here = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = here.ancestors().find(|dir| dir.join("tauri.conf.json").exists() || dir.join("Cargo.lock").exists());
        let root = root.ok_or_else(|| Stop::because("The checkout was not found. Run this inside it."))?.to_path_buf();
        let cache = cache_dir().ok_or_else(|| Stop::because("No home directory. Set ZHANGGUI_CACHE to a directory for build output."))?;
        std::fs::create_dir_all(&cache).explain(|| format!("Cannot make {}", cache.display()))?;
        Ok(Self { root, cache })
    }

    /// The top of the checkout.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The user interface's package.
    pub fn ui(&self) -> PathBuf {
        self.root.join("ui")
    }

    /// Build output, downloads, unpacked archives.
    pub fn cache(&self) -> &Path {
        &self.cache
    }

    /// Cargo's target directory: what the caller set, else one in the cache.
    pub fn target(&self) -> PathBuf {
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| self.cache.join("target"), PathBuf::from)
    }

    /// A program that cargo built in the development profile.
    pub fn built(&self, name: &str) -> PathBuf {
        self.target().join("debug").join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
    }

    /// A new empty directory for one run, for other users too where `shared`: a home directory is often closed to them.
    pub fn fresh_dir(&self, name: &str, shared: bool) -> Outcome<PathBuf> {
        let parent = if shared { std::env::temp_dir() } else { self.cache.join("tmp") };
        let dir = parent.join(format!("zhanggui-{name}-{}", std::process::id()));
        if dir.exists() {
            std::fs::remove_dir_all(&dir).explain(|| format!("Cannot empty {}", dir.display()))?;
        }
        std::fs::create_dir_all(&dir).explain(|| format!("Cannot make {}", dir.display()))?;
        Ok(dir)
    }

    /// A command in the checkout that builds and downloads into the cache.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root).env("CARGO_TARGET_DIR", self.target()).env("npm_config_cache", self.cache.join("npm"));
        // Cargo describes xtask in these. A child must not take them for its own, and a build script that watches them (ring's) would be run
        // again, with everything above it, whenever builds through xtask and builds by hand take turns.
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")) {
                command.env_remove(name);
            }
        }
        command
    }

    /// `npm` in `ui/`; on Windows it is a script that only its full name starts.
    pub fn npm(&self) -> Command {
        let mut command = self.command(if cfg!(windows) { "npm.cmd" } else { "npm" });
        command.current_dir(self.ui()).env("npm_config_fund", "false").env("npm_config_audit", "false").env("npm_config_update_notifier", "false");
        command
    }
}

fn cache_dir() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("ZHANGGUI_CACHE")
        .or_else(|| set("XDG_CACHE_HOME").map(|dir| dir.join("zhanggui")))
        .or_else(|| set("LOCALAPPDATA").map(|dir| dir.join("zhanggui").join("cache")))
        .or_else(|| set("HOME").map(|dir| dir.join(".cache").join("zhanggui")))
}
