//! The one window: its size, its name, what it may show, and how it comes to the front.

use app::wire::Language;
use tauri::{AppHandle, Manager as _, Runtime, Url, WebviewUrl, WebviewWindowBuilder, plugin::TauriPlugin};
use tauri_plugin_window_state::StateFlags;

/// The window's label; the capability in `tauri.conf.json` names it.
pub const LABEL: &str = "main";

const fn title(language: Language) -> &'static str {
    match language {
        Language::Zh => "掌柜",
        Language::En => "Zhanggui",
    }
}

/// Remembers where the window was. Not whether it was visible: a hidden window that stays hidden is a program that does not start.
pub fn remembered_state<R: Runtime>() -> TauriPlugin<R> {
    tauri_plugin_window_state::Builder::new().with_state_flags(StateFlags::all() - StateFlags::VISIBLE).build()
}

/// Opens the window on the program's own page.
pub fn open<R: Runtime>(app: &AppHandle<R>, language: Language) -> tauri::Result<()> {
    WebviewWindowBuilder::new(app, LABEL, WebviewUrl::default())
        .title(title(language))
        .inner_size(1366.0, 768.0)
        .min_inner_size(1024.0, 640.0)
        // Tauri's own drop handler would take drag and drop away from the page on Windows.
        .disable_drag_drop_handler()
        .on_navigation(is_own_page)
        .build()?;
    Ok(())
}

/// Whether an address is the program's own page. Everything else stays out of the window that can call the program.
fn is_own_page(url: &Url) -> bool {
    match (url.scheme(), url.host_str()) {
        ("tauri", Some("localhost")) => true,
        // Windows serves the page under this name.
        ("http" | "https", Some("tauri.localhost")) => cfg!(windows),
        _ => false,
    }
}

/// Shows the window in front of the others; what a second start does.
pub fn focus<R: Runtime>(app: &AppHandle<R>) {
    if let Some(window) = app.get_webview_window(LABEL) {
        let _ = window.unminimize();
        let _ = window.show();
        let _ = window.set_focus();
    }
}

/// Whether a person could see the window: it exists, and is neither hidden nor minimised.
pub fn is_in_view<R: Runtime>(app: &AppHandle<R>) -> bool {
    app.get_webview_window(LABEL).is_some_and(|window| window.is_visible().unwrap_or(true) && !window.is_minimized().unwrap_or(false))
}

/// Names the window in the language of its screens.
pub fn name_it<R: Runtime>(app: &AppHandle<R>, language: Language) {
    if let Some(window) = app.get_webview_window(LABEL) {
        let _ = window.set_title(title(language));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_own_page_opens() {
        let own = |text: &str| is_own_page(&Url::parse(text).unwrap());
        assert!(own("tauri://localhost/#/today"));
        for other in ["https://example.com/", "http://localhost/", "tauri://evil/", "file:///etc/passwd", "data:text/html,x", "http://tauri.localhost.evil/"] {
            assert!(!own(other), "{other}");
        }
    }
}
