//! What an interaction answers. An [`Answer`] is no HTTP response: only the entrance turns it into
//! one, after the access-log entry is durable.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::finding::{Finding, operation_outcome};
use kilde_index::Version;
use kilde_intake::EntryRef;
use kilde_log::PersonNo;

/// Media type of FHIR JSON.
pub const FHIR_JSON: &str = "application/fhir+json; charset=utf-8";

/// A version that was shown or written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Its type.
    pub rtype: ResourceType,
    /// Logical id.
    pub id: String,
    /// Version.
    pub version: u32,
    /// Whose it is; [`PersonNo::NONE`] for nobody's, and where whom it is about is said otherwise.
    pub person: PersonNo,
}

impl From<&Version> for Seen {
    fn from(version: &Version) -> Self {
        Seen {
            rtype: version.rtype,
            id: version.id.clone(),
            version: version.version,
            person: version.person,
        }
    }
}

impl From<EntryRef> for Seen {
    /// Of what was written intake tells whom it is about, all together.
    fn from(entry: EntryRef) -> Self {
        Seen {
            rtype: entry.rtype,
            id: entry.id,
            version: entry.version,
            person: PersonNo::NONE,
        }
    }
}

/// Status, headers and body, and what of persons' data is in it.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: StatusCode,
    /// Headers, without those that every answer gets.
    pub headers: HeaderMap,
    /// Body.
    pub body: Bytes,
    /// Resource versions that are in the body, for the access log.
    pub seen: Vec<Seen>,
    /// Number of elements withheld.
    pub withheld: u32,
    /// Stable code of the refusal, when it is one.
    pub refused: Option<&'static str>,
}

impl Answer {
    /// An answer with a FHIR JSON body.
    pub fn fhir(status: StatusCode, body: impl Into<Bytes>) -> Self {
        Answer::json(status, body).header(header::CONTENT_TYPE, FHIR_JSON)
    }

    /// An answer with a plain JSON body.
    pub fn json(status: StatusCode, body: impl Into<Bytes>) -> Self {
        let answer = Answer {
            status,
            headers: HeaderMap::new(),
            body: body.into(),
            seen: Vec::new(),
            withheld: 0,
            refused: None,
        };
        answer.header(header::CONTENT_TYPE, "application/json; charset=utf-8")
    }

    /// An OperationOutcome with these findings.
    pub fn outcome(status: StatusCode, findings: &[Finding]) -> Self {
        Answer::fhir(status, operation_outcome(findings))
    }

    /// An OperationOutcome with one error.
    pub fn error(status: StatusCode, code: &'static str, rule: &'static str, nb: &str, en: &str) -> Self {
        Answer::outcome(status, &[Finding::error(code, rule, "", nb, en)])
    }

    /// The one answer for what is absent and for what may not be seen: nothing tells which.
    pub fn not_found() -> Self {
        Answer::error(
            StatusCode::NOT_FOUND,
            "not-found",
            "not-found",
            "Fant ikke ressursen, eller den er ikke tilgjengelig for deg.",
            "The resource was not found, or is not available to you.",
        )
    }

    /// What the server cannot do.
    pub fn not_supported(nb: &str, en: &str) -> Self {
        Answer::error(StatusCode::BAD_REQUEST, "not-supported", "not-supported", nb, en)
    }

    /// A fault of ours. The cause goes to the technical log (it holds no personal data), not to the reader.
    pub fn fault(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(%cause, "request failed");
        Answer::error(
            StatusCode::INTERNAL_SERVER_ERROR,
            "exception",
            "internal",
            "Noe gikk galt hos oss. Forsøk igjen; varer det ved, meld fra til drift.",
            "Something went wrong on our side. Try again; if it persists, tell the operator.",
        )
    }

    /// The same answer with a header; a value that is no header value is left out.
    pub fn header(mut self, name: HeaderName, value: impl AsRef<str>) -> Self {
        if let Ok(value) = HeaderValue::from_str(value.as_ref()) {
            self.headers.insert(name, value);
        }
        self
    }

    /// The same answer, with what is in it.
    pub fn seen(mut self, seen: Vec<Seen>) -> Self {
        self.seen = seen;
        self
    }

    /// Only for the entrance, and for what holds no personal data (health, discovery, capabilities).
    pub(crate) fn release(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        response
    }
}

/// `W/"3"`
pub fn etag(version: u32) -> String {
    format!("W/\"{version}\"")
}

/// The version in `W/"3"` or `"3"`.
pub fn version_of(etag: &str) -> Option<u32> {
    etag.trim().trim_start_matches("W/").trim_matches('"').parse().ok()
}

/// An HTTP date, for `Last-Modified`.
pub fn http_date(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms)
        .map(|t| t.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn etags_go_round() {
        assert_eq!(version_of(&etag(17)), Some(17));
        assert_eq!(version_of("\"4\""), Some(4));
        assert_eq!(version_of("abc"), None);
    }

    #[test]
    fn http_dates_are_rfc_9110() {
        assert_eq!(http_date(784_111_777_000), "Sun, 06 Nov 1994 08:49:37 GMT");
    }
}
