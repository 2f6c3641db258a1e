//! The web pages, from inside the binary. Nothing is fetched from elsewhere and no inline script runs.

use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

include!(concat!(env!("OUT_DIR"), "/web.rs"));

const POLICY: &str =
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
/// The same for an app that a journal of ours shows inside its own page.
const FRAMED: &str =
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'";

/// Addresses of pages, their files, and whether a page of ours may frame them.
const PAGES: [(&str, &str, bool); 5] = [
    ("", "index.html", false),
    ("epj", "epj.html", false),
    (CONSOLE, "konsoll.html", false),
    ("legevakt", "legevakt.html", true),
    ("tavle", "tavle.html", true),
];

/// The municipality's console, whose views have addresses below its own.
const CONSOLE: &str = "konsoll";

/// The citizen's page, which is served below her municipality.
const CITIZEN: &str = "min-side.html";

/// Answers `/` and everything that is no API path.
pub async fn page(uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    match page_at(path) {
        Some((_, name, framed)) => file(name, *framed),
        None => file(path, false),
    }
}

fn page_at(path: &str) -> Option<&'static (&'static str, &'static str, bool)> {
    let view = path.strip_prefix(CONSOLE).is_some_and(|rest| rest.starts_with('/'));
    let path = if view { CONSOLE } else { path };
    PAGES.iter().find(|(address, file, _)| *address == path || *file == path)
}

/// The citizen's page; `None` if it is not in this build.
pub fn citizen() -> Option<Response> {
    has_citizen().then(|| file(CITIZEN, false))
}

/// Whether the citizen's page is in this build.
pub fn has_citizen() -> bool {
    FILES.iter().any(|(name, _)| *name == CITIZEN)
}

fn file(path: &str, framed: bool) -> Response {
    let headers = |kind: &'static str| {
        [
            (header::CONTENT_TYPE, kind),
            (header::CONTENT_SECURITY_POLICY, if framed { FRAMED } else { POLICY }),
            (header::X_FRAME_OPTIONS, if framed { "SAMEORIGIN" } else { "DENY" }),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            // Without any, a browser would not say that the form that logs out comes from here (`Origin: null`).
            (header::REFERRER_POLICY, if path == CITIZEN { "same-origin" } else { "no-referrer" }),
            (
                header::CACHE_CONTROL,
                if path.starts_with("assets/") {
                    "public, max-age=31536000, immutable"
                } else {
                    "no-cache"
                },
            ),
        ]
    };
    match FILES.iter().find(|(name, _)| *name == path) {
        Some((name, bytes)) => (headers(kind(name)), *bytes).into_response(),
        None if path == "index.html" => (
            headers("text/plain; charset=utf-8"),
            "Kilde is running. The web pages are not in this build: run script/build-web and build again.\n",
        )
            .into_response(),
        None => (StatusCode::NOT_FOUND, headers("text/plain; charset=utf-8"), "Not found.\n").into_response(),
    }
}

fn kind(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("json") => "application/json",
        Some("woff2") => "font/woff2",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_console_has_views_below_its_address_and_nothing_else_has() {
        let at = |path| page_at(path).map(|(_, file, _)| *file);
        for path in [
            "konsoll",
            "konsoll/",
            "konsoll/regler",
            "konsoll/uvanlig-tilgang/08cc08",
            "konsoll.html",
        ] {
            assert_eq!(at(path), Some("konsoll.html"), "{path}");
        }
        for path in ["konsollen", "epj/x", "assets/konsoll/x.js", "tavle/konsoll"] {
            assert_eq!(at(path), None, "{path}");
        }
    }

    #[test]
    fn only_an_app_of_ours_is_framed_and_only_by_us() {
        let framing = |response: &Response| {
            let of = |name| {
                response
                    .headers()
                    .get(name)
                    .and_then(|v| v.to_str().ok())
                    .unwrap_or_default()
                    .to_owned()
            };
            (of(header::X_FRAME_OPTIONS), of(header::CONTENT_SECURITY_POLICY))
        };
        for (_, name, framed) in PAGES {
            let (options, policy) = framing(&file(name, framed));
            assert_eq!(options, if framed { "SAMEORIGIN" } else { "DENY" }, "{name}");
            assert_eq!(policy.contains("frame-ancestors 'self'"), framed, "{name}");
            assert_eq!(policy.contains("frame-ancestors 'none'"), !framed, "{name}");
            assert!(policy.starts_with("default-src 'self';") && !policy.contains("unsafe"), "{name}");
        }
        assert_eq!(framing(&file(CITIZEN, false)).0, "DENY");
    }
}
