//! Which format comes in and which goes out (<https://hl7.org/fhir/R4/http.html#mime-type>). Everything is
//! worked on as JSON; an answer becomes XML as the last thing that happens to it, whatever made it.

use crate::answer::{Answer, FHIR_JSON};
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use http_body_util::BodyExt;
use kilde_fhir::finding::Finding;
use kilde_fhir::json::{Limits, parse};
use kilde_fhir::xml::{Layout, from_json, to_json};
use kilde_intake::Notation;

/// Media type of FHIR XML.
pub const FHIR_XML: &str = "application/fhir+xml; charset=utf-8";
/// What a PATCH may be, for `Accept-Patch`.
pub const PATCHES: &str = "application/json-patch+json, application/fhir+json, application/fhir+xml";
/// The only value of the parameter `fhirVersion` that there is here.
const VERSION: &str = "4.0";

/// How the client wants to be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wanted {
    /// The notation.
    pub notation: Notation,
    /// Whether `fhirVersion` was given, so that the answer names it too.
    versioned: bool,
    /// Whether XML is to be laid out for people.
    pretty: bool,
}

/// What the body is, according to its content type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivered {
    /// FHIR in JSON; also what says nothing about itself.
    Json,
    /// FHIR in XML.
    Xml,
    /// A JSON Patch.
    JsonPatch,
}

impl Delivered {
    /// The notation that the body is written in.
    pub fn notation(self) -> Notation {
        if self == Delivered::Xml { Notation::Xml } else { Notation::Json }
    }
}

/// A media type with the parameters that we look at.
struct Media<'a> {
    name: String,
    version: Option<&'a str>,
    charset: Option<&'a str>,
    /// `q`, in thousandths.
    weight: u32,
}

fn media(text: &str) -> Media<'_> {
    let mut parts = text.split(';').map(str::trim);
    // In a query a plus is a space.
    let name = parts.next().unwrap_or("").to_ascii_lowercase().replace(' ', "+");
    let mut media = Media {
        name,
        version: None,
        charset: None,
        weight: 1000,
    };
    for (name, value) in parts.filter_map(|p| p.split_once('=')) {
        let value = value.trim().trim_matches('"');
        match name.trim() {
            n if n.eq_ignore_ascii_case("fhirVersion") => media.version = Some(value),
            n if n.eq_ignore_ascii_case("charset") => media.charset = Some(value),
            n if n.eq_ignore_ascii_case("q") => {
                media.weight = value.parse::<f32>().map_or(0, |q| (q.clamp(0.0, 1.0) * 1000.0) as u32);
            }
            _ => {}
        }
    }
    media
}

impl Media<'_> {
    fn notation(&self) -> Option<Notation> {
        match self.name.as_str() {
            "application/fhir+json" | "application/json" | "text/json" | "json" | "*/*" | "application/*" => Some(Notation::Json),
            "application/fhir+xml" | "application/xml" | "text/xml" | "xml" => Some(Notation::Xml),
            _ => None,
        }
    }

    fn fits(&self) -> bool {
        self.version.is_none_or(|v| v == VERSION)
    }
}

/// How the client wants to be answered: `_format` if given, else `Accept`, else JSON.
///
/// # Errors
/// 406: nothing that we have was asked for.
pub fn wanted(headers: &HeaderMap, query: &str) -> Result<Wanted, Box<Answer>> {
    let pretty = crate::query::value(query, "_pretty").as_deref() == Some("true");
    let of = |media: &Media<'_>| {
        Some(Wanted {
            notation: media.notation().filter(|_| media.fits())?,
            versioned: media.version.is_some(),
            pretty,
        })
    };
    if let Some(format) = crate::query::value(query, "_format") {
        return of(&media(&format)).ok_or_else(not_acceptable);
    }
    let mut values = headers.get_all(header::ACCEPT).iter().map(|v| v.to_str().unwrap_or("")).peekable();
    if values.peek().is_none() {
        return Ok(Wanted {
            pretty,
            ..Wanted::default()
        });
    }
    let mut best: Option<(u32, Wanted)> = None;
    for media in values.flat_map(|v| v.split(',')).map(media).filter(|m| m.weight > 0) {
        if let Some(wanted) = of(&media)
            && best.is_none_or(|(weight, _)| media.weight > weight)
        {
            best = Some((media.weight, wanted));
        }
    }
    best.map(|(_, wanted)| wanted).ok_or_else(not_acceptable)
}

/// What the body is.
///
/// # Errors
/// 415: something else, another character set than UTF-8, or another version of FHIR.
pub fn delivered(headers: &HeaderMap) -> Result<Delivered, Box<Answer>> {
    let Some(value) = headers.get(header::CONTENT_TYPE) else {
        return Ok(Delivered::Json);
    };
    let media = media(value.to_str().unwrap_or(""));
    let utf8 = media
        .charset
        .is_none_or(|c| c.eq_ignore_ascii_case("utf-8") || c.eq_ignore_ascii_case("utf8"));
    if !utf8 || !media.fits() {
        return Err(unsupported());
    }
    match media.name.as_str() {
        "application/fhir+json" | "application/json" | "text/json" => Ok(Delivered::Json),
        "application/fhir+xml" | "application/xml" | "text/xml" => Ok(Delivered::Xml),
        "application/json-patch+json" => Ok(Delivered::JsonPatch),
        _ => Err(unsupported()),
    }
}

/// A body in JSON, whatever it came in.
///
/// # Errors
/// What is no FHIR XML, with its places.
pub fn json(body: Vec<u8>, notation: Notation) -> Result<Vec<u8>, Vec<Finding>> {
    match notation {
        Notation::Xml if !body.is_empty() => Ok(to_json(&body, Limits::default())?.json.into_bytes()),
        _ => Ok(body),
    }
}

/// The answer in the format that was asked for. What is no FHIR JSON goes as it is.
pub async fn dress(response: Response, wanted: Wanted) -> Response {
    let is_fhir = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|v| v.as_bytes().starts_with(b"application/fhir+json"));
    if !is_fhir || (wanted.notation == Notation::Json && !wanted.versioned) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let mut content_type = match wanted.notation {
        Notation::Json => FHIR_JSON.to_owned(),
        Notation::Xml => FHIR_XML.to_owned(),
    };
    if wanted.versioned {
        content_type.push_str("; fhirVersion=");
        content_type.push_str(VERSION);
    }
    let body = if wanted.notation == Notation::Xml {
        let bytes = body.collect().await.map(|b| b.to_bytes()).unwrap_or_default();
        match xml(&bytes, wanted.pretty) {
            Some(bytes) => Body::from(bytes),
            None => return no_xml().release(),
        }
    } else {
        body
    };
    parts.headers.remove(header::CONTENT_LENGTH);
    if let Ok(value) = HeaderValue::from_str(&content_type) {
        parts.headers.insert(header::CONTENT_TYPE, value);
    }
    Response::from_parts(parts, body)
}

fn xml(bytes: &Bytes, pretty: bool) -> Option<Bytes> {
    if bytes.is_empty() {
        return Some(Bytes::new());
    }
    let document = parse(&bytes[..], Limits::default()).ok()?;
    let layout = if pretty { Layout::Pretty } else { Layout::Compact };
    from_json(document.root(), layout).ok().map(Bytes::from)
}

fn not_acceptable() -> Box<Answer> {
    Box::new(Answer::error(
        StatusCode::NOT_ACCEPTABLE,
        "not-supported",
        "format",
        "Vi svarer med application/fhir+json eller application/fhir+xml, fhirVersion=4.0.",
        "We answer with application/fhir+json or application/fhir+xml, fhirVersion=4.0.",
    ))
}

/// 415.
pub fn unsupported() -> Box<Answer> {
    Box::new(
        Answer::error(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "not-supported",
            "content-type",
            "Innholdet skal være application/fhir+json eller application/fhir+xml i UTF-8, fhirVersion=4.0.",
            "The content must be application/fhir+json or application/fhir+xml in UTF-8, fhirVersion=4.0.",
        )
        .header(header::ACCEPT, "application/fhir+json, application/fhir+xml"),
    )
}

/// 415 for a PATCH.
pub fn unsupported_patch() -> Box<Answer> {
    Box::new(
        Answer::error(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "not-supported",
            "content-type",
            "En PATCH er application/json-patch+json (JSON Patch), eller en Parameters i application/fhir+json eller application/fhir+xml (FHIRPath Patch).",
            "A PATCH is application/json-patch+json (JSON Patch), or a Parameters in application/fhir+json or application/fhir+xml (FHIRPath Patch).",
        )
        .header(header::HeaderName::from_static("accept-patch"), PATCHES),
    )
}

fn no_xml() -> Answer {
    Answer::error(
        StatusCode::NOT_ACCEPTABLE,
        "not-supported",
        "format-xml",
        "Svaret har tegn eller elementer som XML ikke kan ha. Be om application/fhir+json.",
        "The answer has characters or elements that XML cannot have. Ask for application/fhir+json.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())])
    }

    fn asked(accept: &'static str, query: &str) -> Option<(Notation, bool)> {
        let wanted = wanted(&headers("accept", accept), query).ok()?;
        Some((wanted.notation, wanted.versioned))
    }

    #[test]
    fn the_heaviest_of_what_we_have_is_chosen_and_format_overrides() {
        use Notation::{Json, Xml};
        assert_eq!(asked("application/fhir+xml", ""), Some((Xml, false)));
        assert_eq!(asked("application/fhir+xml;q=0.5, application/fhir+json", ""), Some((Json, false)));
        assert_eq!(asked("text/html, application/xml;q=0.9, */*;q=0.8", ""), Some((Xml, false)));
        assert_eq!(asked("application/fhir+xml;q=0, */*", ""), Some((Json, false)));
        assert_eq!(asked("application/fhir+xml; fhirVersion=4.0", ""), Some((Xml, true)));
        assert_eq!(asked("application/fhir+xml; fhirVersion=3.0", ""), None);
        assert_eq!(asked("text/turtle", ""), None);
        assert_eq!(asked("text/turtle", "_format=xml"), Some((Xml, false)));
        assert_eq!(asked("*/*", "_format=application/fhir+xml"), Some((Xml, false)));
        assert_eq!(
            asked("*/*", "_format=application%2Ffhir%2Bjson%3B%20fhirVersion%3D4.0"),
            Some((Json, true))
        );
        assert_eq!(asked("*/*", "_format=ttl"), None);
        assert!(wanted(&HeaderMap::new(), "").is_ok_and(|w| w == Wanted::default()));
    }

    #[test]
    fn bodies_are_told_apart() {
        let of = |value| delivered(&headers("content-type", value)).ok();
        assert_eq!(of("application/fhir+xml; charset=UTF-8"), Some(Delivered::Xml));
        assert_eq!(of("application/json-patch+json"), Some(Delivered::JsonPatch));
        assert_eq!(of("application/fhir+json; fhirVersion=4.0"), Some(Delivered::Json));
        assert_eq!(of("application/fhir+json; fhirVersion=5.0"), None);
        assert_eq!(of("application/fhir+json; charset=iso-8859-1"), None);
        assert_eq!(of("text/plain"), None);
        assert_eq!(delivered(&HeaderMap::new()).ok(), Some(Delivered::Json));
    }
}
