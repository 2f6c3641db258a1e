//! OKT JSON in: what was understood, and everything that is wrong.

use super::to_fhir::day;
use super::*;
use kilde_fhir::finding::{Finding, Severity};
use kilde_fhir::json::{Kind, Value};
use kilde_fhir::national_id::World;

/// Reads what `POST /okt-events` delivers. The event is there only if no finding is an error.
pub fn read(root: Value<'_>, world: World, most: usize) -> (Option<OktEvent>, Vec<Finding>) {
    let mut r = Reader { findings: Vec::new() };
    if !root.is_object() {
        r.error(
            root,
            "okt-structure",
            "OktEvent",
            "Leveransen må være et objekt.",
            "The delivery must be an object.",
        );
        return (None, r.findings);
    }
    r.known(root, "OktEvent", &["resourceType", "personIdentifier", "oktMessages"]);
    let person = r.person(root, world);
    let mut messages = Vec::new();
    match root.get("oktMessages") {
        Some(list) if list.is_array() && list.children().next().is_some() => {
            for (i, m) in list.children().enumerate() {
                if i >= most {
                    r.findings
                        .push(crate::rules::limit("limit-entries", "meldinger", "messages", most).at(m.position()));
                    break;
                }
                messages.push(r.message(m, &format!("OktEvent.oktMessages[{i}]")));
            }
        }
        other => r.error(
            other.unwrap_or(root),
            "okt-messages",
            "OktEvent.oktMessages",
            "oktMessages må være en liste med minst én melding.",
            "oktMessages must be a list of at least one message.",
        ),
    }
    let refused = r.findings.iter().any(Finding::is_error);
    let event = person.filter(|_| !refused).map(|person| OktEvent { person, messages });
    (event, r.findings)
}

struct Reader {
    findings: Vec<Finding>,
}

impl Reader {
    fn error(&mut self, at: Value<'_>, rule: &'static str, path: impl Into<String>, nb: &str, en: &str) {
        self.findings.push(Finding::error("value", rule, path, nb, en).at(at.position()));
    }

    fn warn(&mut self, at: Value<'_>, rule: &'static str, path: impl Into<String>, nb: &str, en: &str) {
        self.findings.push(
            Finding::error("value", rule, path, nb, en)
                .severity(Severity::Warning)
                .at(at.position()),
        );
    }

    fn known(&mut self, object: Value<'_>, path: &str, names: &[&str]) {
        for child in object.children() {
            let name = child.key().unwrap_or_default();
            if !names.contains(&name.as_ref()) {
                let (nb, en) = (
                    "Ukjent egenskap; den er ikke tatt med videre.",
                    "Unknown property; it is not carried on.",
                );
                self.findings.push(
                    Finding::error("structure", "okt-unknown-property", path, nb, en)
                        .severity(Severity::Warning)
                        .at(child.key_position()),
                );
            }
        }
    }

    fn person(&mut self, root: Value<'_>, world: World) -> Option<Nin> {
        let path = "OktEvent.personIdentifier";
        let Some(text) = self.text(root, "personIdentifier", "OktEvent") else {
            self.error(
                root,
                "okt-person-missing",
                path,
                "personIdentifier mangler.",
                "personIdentifier is missing.",
            );
            return None;
        };
        let at = root.get("personIdentifier").unwrap_or(root);
        let Ok(nin) = Nin::parse(&text) else {
            self.error(
                at,
                "okt-person-invalid",
                path,
                "personIdentifier er ikke et gyldig fødselsnummer, D-nummer eller felles hjelpenummer.",
                "personIdentifier is no valid national identity number, D number or common help number.",
            );
            return None;
        };
        if nin.accepted_in(world).is_err() {
            self.error(
                at,
                "okt-person-world",
                path,
                "Nummeret hører ikke hjemme her: produksjon tar ikke syntetiske numre, sandkassen bare syntetiske.",
                "The number does not belong here: production takes no synthetic numbers, the sandbox only synthetic ones.",
            );
            return None;
        }
        Some(nin)
    }

    fn message(&mut self, m: Value<'_>, path: &str) -> OktMessage {
        if !m.is_object() {
            self.error(
                m,
                "okt-structure",
                path,
                "En melding må være et objekt.",
                "A message must be an object.",
            );
            return OktMessage::default();
        }
        const NAMES: [&str; 11] = [
            "resourceType",
            "identifier",
            "startDate",
            "endDate",
            "iplosCode",
            "needsCaption",
            "serviceDescription",
            "serviceLevel",
            "stayType",
            "temporaryCessation",
            "weeklyExtent",
        ];
        self.known(m, path, &NAMES);
        let start = self.date(m, "startDate", path);
        if start.is_none() && m.str("startDate").is_none_or(|s| s.trim().is_empty()) {
            self.error(
                m,
                "okt-start-missing",
                format!("{path}.startDate"),
                "startDate mangler.",
                "startDate is missing.",
            );
        }
        let end = self.date(m, "endDate", path);
        if let (Some(from), Some(to)) = (&start, &end)
            && day(to) < day(from)
        {
            self.error(
                m,
                "okt-period",
                format!("{path}.endDate"),
                "endDate er før startDate.",
                "endDate is before startDate.",
            );
        }
        let iplos = self.iplos(m, path);
        if iplos.is_none() {
            let (nb, en) = (
                "iplosCode mangler: tjenestens art er ukjent.",
                "iplosCode is missing: the kind of service is unknown.",
            );
            self.warn(m, "okt-iplos-missing", format!("{path}.iplosCode"), nb, en);
        }
        OktMessage {
            identifier: self.identifier(m, path),
            start: start.unwrap_or_default(),
            end,
            iplos,
            needs_caption: self.boolean(m, "needsCaption", path),
            description: self.text(m, "serviceDescription", path),
            service_level: self.text(m, "serviceLevel", path),
            stay_type: self.text(m, "stayType", path),
            temporary_cessation: self.boolean(m, "temporaryCessation", path).unwrap_or(false),
            weekly_extent: self.extent(m, path),
        }
    }

    fn identifier(&mut self, m: Value<'_>, path: &str) -> Option<OktIdentifier> {
        let i = m.get("identifier")?;
        let path = format!("{path}.identifier");
        if i.is_object() {
            self.known(i, &path, &["system", "value"]);
            let (system, value) = (self.text(i, "system", &path), self.text(i, "value", &path));
            if let (Some(system), Some(value)) = (system, value)
                && !system.chars().any(char::is_whitespace)
            {
                return Some(OktIdentifier { system, value });
            }
        } else if i.kind() == Kind::Null || i.as_str().is_some_and(|s| s.trim().is_empty()) {
            return None;
        }
        self.error(
            i,
            "okt-identifier",
            path,
            "identifier må ha system (URI) og value.",
            "identifier must have system (a URI) and value.",
        );
        None
    }

    fn iplos(&mut self, m: Value<'_>, path: &str) -> Option<IplosCode> {
        let code = m.get("iplosCode")?;
        let path = format!("{path}.iplosCode");
        if code.kind() == Kind::Null || code.as_str().is_some_and(|s| s.trim().is_empty()) {
            return None;
        }
        if !code.is_object() {
            self.error(
                code,
                "okt-iplos-code",
                path,
                "iplosCode må være et objekt.",
                "iplosCode must be an object.",
            );
            return None;
        }
        self.known(
            code,
            &path,
            &["iplosCodeLevel", "iplosCodeValue", "iplosParentCode", "iplosCodeDescription"],
        );
        let level = self.text(code, "iplosCodeLevel", &path);
        let value = self.text(code, "iplosCodeValue", &path);
        let parent = self.text(code, "iplosParentCode", &path);
        let description = self.text(code, "iplosCodeDescription", &path);
        let fits = |v: &String| v.len() <= 20 && v.chars().all(|c| c.is_alphanumeric() || c == '.' || c == '-');
        match value {
            Some(v) if fits(&v) => Some(IplosCode {
                value: without_zeros(&v).to_owned(),
                level,
                parent,
                description,
            }),
            None if level.is_none() && parent.is_none() && description.is_none() => None,
            _ => {
                let at = code.get("iplosCodeValue").unwrap_or(code);
                let (nb, en) = (
                    "iplosCodeValue må være en kode, for eksempel 02.",
                    "iplosCodeValue must be a code, for example 02.",
                );
                self.error(at, "okt-iplos-code", format!("{path}.iplosCodeValue"), nb, en);
                None
            }
        }
    }

    fn extent(&mut self, m: Value<'_>, path: &str) -> Option<WeeklyExtent> {
        let text = self.text(m, "weeklyExtent", path)?;
        let extent = weekly_extent(&text);
        if matches!(extent, WeeklyExtent::Text(_)) {
            let at = m.get("weeklyExtent").unwrap_or(m);
            let nb = "Omfanget kan ikke leses som timer i uken (0 til 168); teksten er tatt vare på.";
            let en = "The extent cannot be read as hours a week (0 to 168); the text is kept.";
            self.warn(at, "okt-weekly-extent", format!("{path}.weeklyExtent"), nb, en);
        }
        Some(extent)
    }

    /// A text, trimmed; a number gives its digits. Empty and null are absent.
    fn text(&mut self, object: Value<'_>, name: &str, path: &str) -> Option<String> {
        let v = object.get(name)?;
        let text = match v.kind() {
            Kind::String => v.as_str()?.trim().to_owned(),
            Kind::Number => v.raw().to_owned(),
            Kind::Null => return None,
            _ => {
                self.error(
                    v,
                    "okt-text",
                    format!("{path}.{name}"),
                    "Verdien må være en tekst.",
                    "The value must be a text.",
                );
                return None;
            }
        };
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            let (nb, en) = ("Teksten har kontrolltegn.", "The text has control characters.");
            self.error(v, "okt-text", format!("{path}.{name}"), nb, en);
            return None;
        }
        (!text.is_empty()).then_some(text)
    }

    /// `true`, `false`, or one of them as text.
    fn boolean(&mut self, object: Value<'_>, name: &str, path: &str) -> Option<bool> {
        let v = object.get(name)?;
        match (v.kind(), v.as_str().as_deref().map(str::trim)) {
            (Kind::Bool, _) => v.as_bool(),
            (Kind::Null, _) | (_, Some("")) => None,
            (_, Some("true")) => Some(true),
            (_, Some("false")) => Some(false),
            _ => {
                self.error(
                    v,
                    "okt-boolean",
                    format!("{path}.{name}"),
                    "Verdien må være true eller false.",
                    "The value must be true or false.",
                );
                None
            }
        }
    }

    /// `2020-06-22`, a FHIR dateTime, or `22.06.2020`.
    fn date(&mut self, object: Value<'_>, name: &str, path: &str) -> Option<String> {
        let text = self.text(object, name, path)?;
        if let Some(date) = fhir_date(&text) {
            return Some(date);
        }
        let v = object.get(name).unwrap_or(object);
        let (nb, en) = (
            "Datoen må skrives ÅÅÅÅ-MM-DD og finnes i kalenderen.",
            "The date must be written YYYY-MM-DD and exist in the calendar.",
        );
        self.error(v, "okt-date", format!("{path}.{name}"), nb, en);
        None
    }
}

/// A FHIR date or dateTime from the forms that occur.
fn fhir_date(text: &str) -> Option<String> {
    if let [day, month, year] = text.split('.').collect::<Vec<_>>()[..]
        && year.len() == 4
    {
        let date = format!("{year}-{month:0>2}-{day:0>2}");
        return date.parse::<jiff::civil::Date>().ok().map(|d| d.to_string());
    }
    if text.get(4..5) != Some("-") || text.get(7..8) != Some("-") {
        return None;
    }
    let date: jiff::civil::Date = text.get(..10)?.parse().ok()?;
    if !(1000..=9999).contains(&date.year()) {
        return None;
    }
    match text.get(10..)? {
        "" => Some(date.to_string()),
        // A clock time with a zone is a dateTime; without one only the day is certain.
        _ if text.parse::<jiff::Timestamp>().is_ok() && text.as_bytes().get(10) == Some(&b'T') && zone_is_fhir(text) => {
            Some(text.to_owned())
        }
        _ if text.parse::<jiff::civil::DateTime>().is_ok() => Some(date.to_string()),
        _ => None,
    }
}

/// Whether the text ends with a zone as FHIR writes it and has seconds: `...:05Z`, `...:05.1+01:00`.
fn zone_is_fhir(text: &str) -> bool {
    let time = &text[11..];
    let Some(zone) = time.find(['Z', '+', '-']) else { return false };
    let (clock, zone) = time.split_at(zone);
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let clock_fits =
        clock.is_ascii() && clock.len() >= 8 && clock.as_bytes()[2] == b':' && clock.as_bytes()[5] == b':' && digits(&clock[6..8]);
    let fraction = clock.get(8..).unwrap_or("");
    let fraction_fits = fraction.is_empty() || fraction.strip_prefix('.').is_some_and(digits);
    let zone_fits =
        zone == "Z" || (zone.len() == 6 && zone.is_ascii() && zone.as_bytes()[3] == b':' && digits(&zone[1..3]) && digits(&zone[4..]));
    clock_fits && fraction_fits && zone_fits
}
