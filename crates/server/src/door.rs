//! Who may come in: the checks that every request passes before a handler sees it, and the headers that every answer carries.
//!
//! A page of another site can make a browser send requests here (CSRF), and can give its own name this computer's address (DNS rebinding).
//! Host and Origin have to be ours, calls carry a header that no form can send, and the cookie stays with its own site.

use app::wire::WireError;
use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use std::sync::Arc;

/// The header by which a call shows that our own page makes it.
pub(crate) const OWN_HEADER: &str = "x-zhanggui";

/// As strict as the desktop window's (`tauri.conf.json`): nothing but our own files. Vue writes no inline script, and `style` attributes
/// are what positions rows and bars.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; connect-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; script-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The names under which this host is addressed.
#[derive(Debug, Clone)]
pub(crate) struct Names(Arc<[String]>);

impl Names {
    pub(crate) fn of_port(port: u16) -> Self {
        Self(["127.0.0.1", "localhost", "[::1]"].map(|host| format!("{host}:{port}")).into())
    }

    fn has(&self, host: &str) -> bool {
        self.0.iter().any(|name| name.eq_ignore_ascii_case(host))
    }
}

/// A refusal in the form of the contract.
pub(crate) fn refusal(status: StatusCode, code: &str, message: &str) -> Response {
    let body = WireError { code: code.to_owned(), message: message.to_owned(), reference: None, field: None, wait_s: None };
    (status, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

/// Checks where a request is addressed to and where it comes from, and dresses the answer.
pub(crate) async fn guard(State(names): State<Names>, request: Request, next: Next) -> Response {
    let mut answer = match wrong_with(&names, request.method(), request.headers()) {
        Some(message) => refusal(StatusCode::FORBIDDEN, "forbidden", message),
        None => next.run(request).await,
    };
    dress(answer.headers_mut());
    answer
}

fn wrong_with(names: &Names, method: &Method, headers: &HeaderMap) -> Option<&'static str> {
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let Some(host) = text(header::HOST).filter(|host| names.has(host)) else {
        return Some("this address is not the program's: open the one that it printed in its terminal");
    };
    if let Some(origin) = text(header::ORIGIN)
        && !origin.strip_prefix("http://").is_some_and(|origin| origin.eq_ignore_ascii_case(host))
    {
        return Some("a page of another site asked: only the program's own page may");
    }
    // Browsers say whether a page of ours asks; who says nothing is no browser.
    let site = text(HeaderName::from_static("sec-fetch-site"));
    if method != Method::GET && site.is_some_and(|site| site != "same-origin") {
        return Some("a page of another site asked: only the program's own page may");
    }
    None
}

fn dress(headers: &mut HeaderMap) {
    for (name, value) in [
        ("content-security-policy", CONTENT_SECURITY_POLICY),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "camera=(), microphone=(), geolocation=(), usb=(), serial=(), payment=()"),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
}

/// The value of one of our cookies.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let all = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    all.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('=')).find(|(key, _)| *key == name).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_page_passes() {
        let names = Names::of_port(7080);
        type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], bool);
        let cases: &[Case<'_>] = &[
            ("POST", &[("host", "127.0.0.1:7080")], true),
            ("POST", &[("host", "localhost:7080"), ("origin", "http://localhost:7080")], true),
            ("POST", &[], false),
            ("POST", &[("host", "127.0.0.1")], false),
            ("GET", &[("host", "evil.example:7080")], false),
            ("POST", &[("host", "127.0.0.1:7080"), ("origin", "http://evil.example")], false),
            ("POST", &[("host", "127.0.0.1:7080"), ("origin", "null")], false),
            ("POST", &[("host", "127.0.0.1:7080"), ("origin", "https://127.0.0.1:7080")], false),
            ("POST", &[("host", "127.0.0.1:7080"), ("origin", "http://localhost:7080")], false),
            ("POST", &[("host", "127.0.0.1:7080"), ("sec-fetch-site", "cross-site")], false),
            ("POST", &[("host", "127.0.0.1:7080"), ("sec-fetch-site", "same-origin")], true),
        ];
        for (method, pairs, passes) in cases {
            let headers: HeaderMap = pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect();
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            assert_eq!(wrong_with(&names, &method, &headers).is_none(), *passes, "{method} {pairs:?}");
        }
    }

    #[test]
    fn a_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_static("a=1; zhanggui_80=x; zhanggui_7080=y"));
        assert_eq!(cookie(&headers, "zhanggui_7080"), Some("y"));
        assert_eq!(cookie(&headers, "zhanggui"), None);
    }
}
