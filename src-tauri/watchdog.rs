//! A window that never paints: some graphics drivers give WebKitGTK nothing to draw on, and the person sees a white or no window. The page's
//! first call shows that it runs; without it the program remembers to draw in software and starts itself again.

use crate::surroundings::{self, SAFE_GRAPHICS, SAFE_GRAPHICS_FILE};
use app::Program;
use std::{
    env,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// A page that runs calls within a second or two, also on a slow machine.
const SILENCE_MAX: Duration = Duration::from_secs(8);

/// Waits for the window's first word.
pub struct Watchdog {
    spoke: Arc<AtomicBool>,
    flag: PathBuf,
}

impl Watchdog {
    pub fn new(data_dir: &Path) -> Self {
        Self { spoke: Arc::new(AtomicBool::new(false)), flag: data_dir.join(SAFE_GRAPHICS_FILE) }
    }

    /// The page called: it runs.
    pub fn window_speaks(&self) {
        self.spoke.store(true, Ordering::Relaxed);
    }

    /// Begins to wait. Only on Linux, and only where something is left to try.
    pub fn watch(&self, program: Arc<Program>) {
        let nothing_left = SAFE_GRAPHICS.iter().all(|name| env::var_os(name).is_some());
        if !cfg!(target_os = "linux") || nothing_left {
            return;
        }
        let (spoke, flag) = (self.spoke.clone(), self.flag.clone());
        tauri::async_runtime::spawn(async move {
            tokio::time::sleep(SILENCE_MAX).await;
            if spoke.load(Ordering::Relaxed) {
                return;
            }
            tracing::warn!("the window did not answer in {} s: starting again without the graphics card", SILENCE_MAX.as_secs());
            remember(&flag);
            program.shut_down().await;
            surroundings::start_again_in_safe_graphics();
        });
    }
}

fn remember(flag: &Path) {
    let written =
        flag.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(flag, "Remove this file to draw with the graphics card again.\n"));
    if let Err(error) = written {
        tracing::warn!(%error, "the choice of graphics could not be kept, so the next start waits again");
    }
}
