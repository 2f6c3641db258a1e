//! Conditional read (<https://hl7.org/fhir/R4/http.html#cread>): whether the reader has the version already.

use crate::answer::version_of;
use axum::http::{HeaderMap, header};

/// Whether `If-None-Match` names the version, or, if it is not given, nothing has changed since `If-Modified-Since`.
pub fn has_it(headers: &HeaderMap, version: u32, last_updated_ms: i64) -> bool {
    let text = |name| headers.get(name).and_then(|v| v.to_str().ok());
    if headers.contains_key(header::IF_NONE_MATCH) {
        let mut tags = text(header::IF_NONE_MATCH).unwrap_or("").split(',');
        return tags.any(|tag| tag.trim() == "*" || version_of(tag) == Some(version));
    }
    // An HTTP date has whole seconds only.
    let since = text(header::IF_MODIFIED_SINCE).and_then(seconds);
    since.is_some_and(|since| last_updated_ms.div_euclid(1000) <= since)
}

/// Seconds since 1970 of an HTTP date; what is none is passed over, as RFC 9110 says.
fn seconds(date: &str) -> Option<i64> {
    let parsed = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(date.trim()).ok()?;
    Some(parsed.as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(name: &'static str, value: &'static str) -> bool {
        let headers = HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())]);
        has_it(&headers, 3, 784_111_777_500)
    }

    #[test]
    fn tags_are_held_against_the_version() {
        assert!(has("if-none-match", "W/\"3\"") && has("if-none-match", "W/\"1\", W/\"3\"") && has("if-none-match", "*"));
        assert!(!has("if-none-match", "W/\"2\"") && !has("if-none-match", "tull"));
    }

    #[test]
    fn dates_are_held_against_the_second() {
        assert!(has("if-modified-since", "Sun, 06 Nov 1994 08:49:37 GMT"));
        assert!(has("if-modified-since", "Sun, 06 Nov 1994 08:49:38 GMT"));
        assert!(!has("if-modified-since", "Sun, 06 Nov 1994 08:49:36 GMT"));
        assert!(!has("if-modified-since", "i går"));
    }
}
