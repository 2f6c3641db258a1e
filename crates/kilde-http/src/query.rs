//! Query strings and search forms (`application/x-www-form-urlencoded`).

use percent_encoding::percent_decode_str;

/// Name and value pairs, in order, decoded. `None` if something decodes to no UTF-8.
pub fn pairs(query: &str) -> Option<Vec<(String, String)>> {
    query
        .split('&')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            Some((decode(name)?, decode(value)?))
        })
        .collect()
}

/// The first value of that name.
pub fn value(query: &str, name: &str) -> Option<String> {
    pairs(query)?.into_iter().find(|(n, _)| n == name).map(|(_, v)| v)
}

fn decode(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8().ok().map(|t| t.into_owned())
}

/// What stands as it is in a query (RFC 3986, unreserved).
const RESERVED: &percent_encoding::AsciiSet = &percent_encoding::NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A value for a query string.
pub fn encode(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, RESERVED).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_keep_order_and_decode() {
        let p = pairs("code=http%3A%2F%2Floinc.org%7C8867-4&date=ge2026-01-01&name=k%C3%A5re+n&flag").unwrap();
        assert_eq!(p[0], ("code".into(), "http://loinc.org|8867-4".into()));
        assert_eq!(p[2], ("name".into(), "kåre n".into()));
        assert_eq!(p[3], ("flag".into(), String::new()));
        assert!(pairs("a=%ff").is_none());
    }

    #[test]
    fn encoding_goes_round() {
        let text = "a b&c=d+ø|%";
        assert_eq!(value(&format!("x={}", encode(text)), "x").as_deref(), Some(text));
    }
}
