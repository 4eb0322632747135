//! The screens, embedded in the program: one page and what it loads. No file of the disk is ever served.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use include_dir::{Dir, include_dir};

static DIST: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../../ui/dist");

/// Shown to a browser that has neither the address from the terminal nor a session.
const CLOSED: &str = "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>掌柜 Zhanggui</title>\
<p>请打开终端里最近打印的那个地址（以 <code>/?key=</code> 结尾的一行）。每个地址只能用一次。</p>\
<p lang=\"en\">Open the address that the program printed last in its terminal (the line with <code>/?key=</code>). Each address works once.</p></html>";

/// The one page. It names the files of its build, so it is asked for each time.
pub(crate) fn page() -> Response {
    match DIST.get_file("index.html") {
        Some(file) => ([(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-store")], file.contents()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// The answer to a stranger at the door.
pub(crate) fn closed() -> Response {
    (StatusCode::FORBIDDEN, [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-store")], CLOSED).into_response()
}

/// A file that the page loads. What is under `assets/` has its content's hash in its name and may be kept.
pub(crate) fn file(path: &str) -> Response {
    let path = path.trim_start_matches('/');
    let Some(file) = DIST.get_file(path) else { return StatusCode::NOT_FOUND.into_response() };
    let keep = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut answer = file.contents().into_response();
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(path)));
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    answer
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "webmanifest" => "application/manifest+json",
        _ => "application/octet-stream",
    }
}
