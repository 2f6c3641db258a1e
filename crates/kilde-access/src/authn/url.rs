//! Comparing `htu` with the request's address (RFC 9449 section 4.3, RFC 3986 section 6.2.2-3):
//! query and fragment left out, scheme and host in lower case, default port left out, percent
//! encoding normalised.

/// The address in normal form; `None` if it is no absolute http(s) address.
pub fn normal(url: &str) -> Option<String> {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let (scheme, rest) = url.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    let default_port = match scheme.as_str() {
        "https" => "443",
        "http" => "80",
        _ => return None,
    };
    let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    if authority.is_empty() || authority.contains('@') {
        return None;
    }
    let authority = authority.to_ascii_lowercase();
    let authority = authority
        .strip_suffix(default_port)
        .and_then(|a| a.strip_suffix(':'))
        .unwrap_or(&authority);
    let authority = authority.strip_suffix(':').unwrap_or(authority);
    if authority.is_empty() {
        return None;
    }
    let path = if path.is_empty() { "/" } else { path };
    Some(format!("{scheme}://{authority}{}", percent(path)?))
}

/// Unreserved characters decoded, hexadecimal digits in upper case; `None` if a `%` is not followed
/// by two of them.
fn percent(path: &str) -> Option<String> {
    let mut out = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        let digits = rest.get(at + 1..at + 3).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))?;
        let byte = u8::from_str_radix(digits, 16).ok()?;
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(byte as char);
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        rest = &rest[at + 3..];
    }
    out.push_str(rest);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn same_and_different() {
        let normal_of = |url| normal(url).unwrap_or_default();
        let base = "https://kilde.example/9901/fhir/r4/Patient";
        for same in [
            "HTTPS://Kilde.Example:443/9901/fhir/r4/Patient",
            "https://kilde.example/9901/fhir/r4/Patient?_id=1",
            "https://kilde.example/9901/fhir/r4/%50atient#x",
        ] {
            assert_eq!(normal_of(same), base);
        }
        for other in [
            "http://kilde.example/9901/fhir/r4/Patient",
            "https://kilde.example:8443/9901/fhir/r4/Patient",
            "https://kilde.example/9901/fhir/r4/patient",
            "https://kilde.example/9901/fhir/r4/Patient/",
            "https://other.example/9901/fhir/r4/Patient",
        ] {
            assert_ne!(normal_of(other), base);
        }
        assert_eq!(normal_of("http://127.0.0.1:8080"), "http://127.0.0.1:8080/");
        assert_eq!(normal_of("http://a/%e6%2f"), "http://a/%E6%2F");
        for none in [
            "",
            "kilde.example/x",
            "ftp://a/b",
            "https:///x",
            "https://user@kilde.example/",
            "https://:443/",
            "http://a/%zz",
        ] {
            assert_eq!(normal(none), None, "{none}");
        }
    }

    proptest! {
        #[test]
        fn never_panics_and_is_stable(text in "\\PC*", path in "[a-zA-Z0-9%/._~-]{0,40}") {
            let _ = normal(&text);
            if let Some(once) = normal(&format!("http://a.b/{path}")) {
                prop_assert_eq!(normal(&once), Some(once));
            }
        }
    }
}
