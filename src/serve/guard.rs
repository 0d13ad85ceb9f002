//! Who may ask, and what a browser may do with an answer.
//!
//! - A name in `Host` that is not ours is refused: a page elsewhere whose name was made to lead here (DNS
//!   rebinding) would otherwise read everything.
//! - Pages of other sites are refused.
//! - Where a token is set, every caller brings it: as a header, or as the cookie that the login page sets.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::answer::Fault;
use super::state::Server;

/// The cookie of who has logged in.
pub const COOKIE: &str = "botany-token";

/// What pages of ours may load: themselves. Nothing is fetched from elsewhere, and nothing is run that stands
/// in a page.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'self'; \
                      frame-ancestors 'none'";

/// Lets a request pass or says why not, and adds to every answer what a browser must know of it.
pub async fn guard(State(server): State<Server>, request: Request, next: Next) -> Response {
    let refused = check(&server, &request);
    let mut response = match refused {
        Some(fault) => fault.into_response(),
        None => next.run(request).await,
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        // A handler that says otherwise means it.
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

fn check(server: &Server, request: &Request) -> Option<Fault> {
    let headers = request.headers();
    if !host_is_ours(server, headers) {
        let hint = "open the address the server printed";
        return Some(Fault::forbidden("this server does not answer to that name", hint));
    }
    // The pages themselves hold nothing that is not in the program.
    let path = request.uri().path();
    if !path.starts_with("/api/") {
        return None;
    }
    if from_elsewhere(headers) {
        return Some(Fault::forbidden("a page of another site asked", ""));
    }
    match server.token() {
        Some(token) if path != "/api/v1/login" && !brings(headers, token) => Some(Fault::token()),
        _ => None,
    }
}

/// Whether the name the caller used is an address, or a name of this machine's own.
fn host_is_ours(server: &Server, headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(header::HOST).and_then(|host| host.to_str().ok()) else {
        return false;
    };
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let bare = name.trim_matches(['[', ']']);
    // Who brings a token may use any name: a page elsewhere cannot have it.
    bare == "localhost" || bare.parse::<IpAddr>().is_ok() || server.token().is_some()
}

/// Whether a browser says that the request comes from a page of another site.
fn from_elsewhere(headers: &HeaderMap) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    match text(HeaderName::from_static("sec-fetch-site")) {
        Some(site) => !matches!(site, "same-origin" | "none"),
        None => text(header::ORIGIN).is_some_and(|origin| {
            let host = text(header::HOST).unwrap_or_default();
            origin.split_once("://").is_none_or(|(_, from)| from != host)
        }),
    }
}

/// Whether the caller brings the token.
fn brings(headers: &HeaderMap, token: &str) -> bool {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let bearer = text(header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
    let cookies = text(header::COOKIE).unwrap_or_default().split(';');
    let cookie = cookies.filter_map(|pair| pair.trim().split_once('=')).find(|(n, _)| *n == COOKIE);
    bearer.into_iter().chain(cookie.map(|(_, value)| value)).any(|given| same(given, token))
}

/// Compares without telling by its time how much is right.
pub fn same(given: &str, token: &str) -> bool {
    blake3::hash(given.as_bytes()) == blake3::hash(token.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn a_page_of_another_site_is_told_by_its_browser() {
        assert!(from_elsewhere(&headers(&[("sec-fetch-site", "cross-site")])));
        assert!(from_elsewhere(&headers(&[("sec-fetch-site", "same-site")])));
        assert!(!from_elsewhere(&headers(&[("sec-fetch-site", "same-origin")])));
        let old = [("host", "127.0.0.1:1"), ("origin", "http://example.org")];
        assert!(from_elsewhere(&headers(&old)));
        let own = [("host", "127.0.0.1:1"), ("origin", "http://127.0.0.1:1")];
        assert!(!from_elsewhere(&headers(&own)));
        assert!(!from_elsewhere(&headers(&[("host", "127.0.0.1:1")])), "no browser");
    }

    #[test]
    fn a_token_is_brought_as_header_or_cookie() {
        for pairs in
            [[("authorization", "Bearer secret")], [("cookie", "a=b; botany-token=secret")]]
        {
            assert!(brings(&headers(&pairs), "secret"));
            assert!(!brings(&headers(&pairs), "secret2"));
        }
        assert!(!brings(&headers(&[]), "secret"));
        assert!(!brings(&headers(&[("authorization", "Bearer ")]), "secret"));
    }
}
