//! Headers that every answer has, whoever made it: an interaction, a page, the router, the sandbox. What an answer says for
//! itself stands; what it does not say is said as strictly as can be.

use axum::http::{HeaderName, HeaderValue, header};
use axum::response::Response;

/// Nothing may be loaded, framed or resolved from what has no policy of its own.
const CLOSED: &str = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'";

const ALWAYS: [(HeaderName, &str); 6] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::CONTENT_SECURITY_POLICY, CLOSED),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// A year; only where clients come by https.
const HSTS: &str = "max-age=31536000";

/// The same answer, with what it did not say. `https` tells whether clients use https.
pub fn guarded(mut response: Response, https: bool) -> Response {
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if https {
        headers
            .entry(header::STRICT_TRANSPORT_SECURITY)
            .or_insert(HeaderValue::from_static(HSTS));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    #[test]
    fn what_an_answer_says_for_itself_stands_and_the_rest_is_strict() {
        let mut response = Response::new(Body::empty());
        let own = HeaderValue::from_static("default-src 'self'");
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, own.clone());
        let guarded = super::guarded(response, true);
        assert_eq!(guarded.headers()[header::CONTENT_SECURITY_POLICY], own);
        for (name, value) in ALWAYS.iter().filter(|(name, _)| name != header::CONTENT_SECURITY_POLICY) {
            assert_eq!(guarded.headers()[name], value);
        }
        assert_eq!(guarded.headers()[header::STRICT_TRANSPORT_SECURITY], HSTS);
        let plain = super::guarded(Response::new(Body::empty()), false);
        assert_eq!(plain.headers().len(), ALWAYS.len(), "no promise of https where there is none");
    }
}
