//! What keeps other pages and other machines away.
//!
//! A page of another site that a browser shows can send requests here, and a name that leads to this machine (DNS rebinding) even lets it
//! read the answers. So a request is answered only if it names this machine as `localhost` or by an address, which is no name that could
//! lead elsewhere before; and if it comes from another page than this program's own, it is refused.

use std::net::IpAddr;

use axum::extract::Request;
use axum::http::header::{HOST, HeaderName, HeaderValue, ORIGIN};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Everything that the page loads is its own, and no script or style sheet stands in the page itself. KaTeX gives brackets their widths by
/// attributes, which are styles too.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; font-src 'self'; img-src 'self' data:; \
    connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A report has its styles in itself, and runs nothing.
pub(super) const REPORT_POLICY: &str =
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'";

const HEADERS: [(&str, &str); 5] = [
    ("content-security-policy", POLICY),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
];

/// Refuses requests that do not come from the page, and says what browsers are to hold it to.
pub(super) async fn guard(request: Request, next: Next) -> Response {
    let mut response = match refused(request.method(), request.uri().path(), request.headers()) {
        Some(reason) => (StatusCode::FORBIDDEN, format!("{reason}\n")).into_response(),
        None => next.run(request).await,
    };
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        let name = HeaderName::from_static(name);
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    response
}

/// Why a request is refused.
fn refused(method: &Method, path: &str, headers: &HeaderMap) -> Option<&'static str> {
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or(""));
    let host = text(HOST).unwrap_or("");
    if !is_address(host) {
        return Some(
            "this page is at localhost, or at an address such as 127.0.0.1, and under no other name",
        );
    }
    if text(ORIGIN).is_some_and(|origin| origin != format!("http://{host}")) {
        return Some("another page has asked");
    }
    let from = text(HeaderName::from_static("sec-fetch-site"));
    // Links may lead to the page itself.
    let link = method == Method::GET && path == "/";
    if !link && from.is_some_and(|from| !matches!(from, "same-origin" | "none")) {
        return Some("another page has asked");
    }
    None
}

/// Whether a host is `localhost` or an address, with a port or without.
fn is_address(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(inside) => inside.split(']').next(),
        None => host.split(':').next(),
    };
    name.is_some_and(|name| {
        name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_page_itself_is_answered() {
        let with = |pairs: &[(&'static str, &'static str)]| -> HeaderMap {
            let pairs = pairs.iter();
            pairs
                .map(|(name, value)| {
                    (
                        HeaderName::from_static(name),
                        HeaderValue::from_static(value),
                    )
                })
                .collect()
        };
        let own = ("host", "127.0.0.1:8017");
        for headers in [
            with(&[own]),
            with(&[("host", "localhost")]),
            with(&[("host", "[::1]:8017")]),
            with(&[own, ("origin", "http://127.0.0.1:8017")]),
            with(&[own, ("sec-fetch-site", "same-origin")]),
            with(&[own, ("sec-fetch-site", "none")]),
        ] {
            assert_eq!(
                refused(&Method::POST, "/api/ask", &headers),
                None,
                "{headers:?}"
            );
        }
        for headers in [
            with(&[]),
            with(&[("host", "evil.example")]),
            with(&[("host", "evil.example:8017")]),
            with(&[("host", "localhost.evil.example")]),
            with(&[("host", "127.0.0.1.evil.example")]),
            with(&[own, ("origin", "http://evil.example")]),
            with(&[own, ("origin", "null")]),
            with(&[own, ("origin", "http://127.0.0.1:9000")]),
            with(&[own, ("sec-fetch-site", "cross-site")]),
            with(&[own, ("sec-fetch-site", "same-site")]),
        ] {
            assert!(
                refused(&Method::GET, "/api/runs", &headers).is_some(),
                "{headers:?}"
            );
        }
        let link = with(&[own, ("sec-fetch-site", "cross-site")]);
        assert_eq!(refused(&Method::GET, "/", &link), None);
    }
}
