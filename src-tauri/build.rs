//! Runs the Tauri build step for the desktop shell only.
fn main() {
    #[cfg(feature = "desktop")]
    tauri_build::build();
}
