//! A window that never paints: some graphics drivers give WebKitGTK nothing to draw on, and the person sees a white or no window. The page
//! says `ui_ready` once frames of it have been drawn; without that word the program remembers to draw in software and starts itself again.
//!
//! Deliberately not the page's first call: scripts run also where nothing is ever drawn.

use crate::{
    surroundings::{self, SAFE_GRAPHICS, SAFE_GRAPHICS_FILE},
    window,
};
use app::Program;
use std::{
    env,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use tauri::{AppHandle, Listener as _, Runtime};

/// A page paints within a second or two. Drawing in software is remembered, so that a slow disk on a cold morning must not bring it about.
const SILENCE_MAX: Duration = Duration::from_secs(10);
/// What the page says once it is painted; `ui/src/rpc/client.ts` sends it.
const READY_EVENT: &str = "ui_ready";

/// Begins to wait for the page's word. It acts only on Linux, and only where something is left to try.
pub fn watch<R: Runtime>(app: &AppHandle<R>, program: Arc<Program>) {
    let painted = Arc::new(AtomicBool::new(false));
    let (said, opened) = (painted.clone(), Instant::now());
    app.once_any(READY_EVENT, move |_| {
        said.store(true, Ordering::Relaxed);
        tracing::info!("the window is painted, {} ms after it was opened", opened.elapsed().as_millis());
    });
    let nothing_left = SAFE_GRAPHICS.iter().all(|name| env::var_os(name).is_some());
    if !cfg!(target_os = "linux") || nothing_left {
        return;
    }
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        loop {
            tokio::time::sleep(SILENCE_MAX).await;
            if painted.load(Ordering::Relaxed) {
                return;
            }
            // No frames are drawn for a window that nobody can see, so that its silence says nothing.
            if window::is_in_view(&app) {
                break;
            }
        }
        tracing::warn!("the window painted nothing in {} s: starting again without the graphics card", SILENCE_MAX.as_secs());
        remember(program.data_dir());
        program.shut_down().await;
        // Given back by hand: the new program asks for it before the system would have noticed that the old one is gone.
        tauri_plugin_single_instance::destroy(&app);
        surroundings::start_again_in_safe_graphics();
    });
}

fn remember(data_dir: &Path) {
    let flag = data_dir.join(SAFE_GRAPHICS_FILE);
    let written = std::fs::create_dir_all(data_dir).and_then(|()| std::fs::write(flag, "Remove this file to draw with the graphics card again.\n"));
    if let Err(error) = written {
        tracing::warn!(%error, "the choice of graphics could not be kept, so the next start waits again");
    }
}
