//! Reading the `Parameters` of `$overview` and `$status`.

use kilde_fhir::finding::Finding;
use kilde_fhir::json::Value;
use kilde_fhir::national_id::{Nin, nin_of};

/// What is asked for.
#[derive(Debug)]
pub struct Asked {
    /// The person's national number.
    pub nin: Nin,
    /// The system that it was given under.
    pub system: String,
    /// Services by id, each once, in the order asked; empty for all that are active.
    pub services: Vec<String>,
}

/// Reads the parameters `patient` (Identifier, 1..1) and `service` (code, 0..*). `active` are the
/// services of the instance, `known` every service there is.
///
/// # Errors
/// Everything that is wrong, at once.
pub fn parse(root: Value<'_>, active: &[&str], known: &[&str]) -> Result<Asked, Vec<Finding>> {
    let mut findings = Vec::new();
    if root.str("resourceType").as_deref() != Some("Parameters") {
        findings.push(
            Finding::error(
                "structure",
                "overview-parameters",
                "Parameters",
                "Innholdet må være en Parameters-ressurs med parameteren patient.",
                "The body must be a Parameters resource with the parameter patient.",
            )
            .at(root.position()),
        );
        return Err(findings);
    }
    let (mut patient, mut patients) = (None, 0);
    let mut services: Vec<String> = Vec::new();
    for (i, parameter) in root.items("parameter").enumerate() {
        let place = format!("Parameters.parameter[{i}]");
        let mut error = |code, rule, element: &str, nb: &str, en: &str| {
            findings.push(Finding::error(code, rule, format!("{place}{element}"), nb, en).at(parameter.position()));
        };
        match parameter.str("name").as_deref() {
            Some("patient") => {
                patients += 1;
                let identifier = parameter.get("valueIdentifier");
                let system = identifier.and_then(|v| v.str("system"));
                let value = identifier.and_then(|v| v.str("value"));
                match value.and_then(|value| nin_of(system.as_deref(), &value)) {
                    Some(nin) => patient = Some((nin, system.unwrap_or_default().into_owned())),
                    None => error(
                        "value",
                        "overview-patient-identifier",
                        ".value",
                        "patient må være valueIdentifier med et gyldig fødselsnummer, D-nummer eller FH-nummer, og systemet som hører til.",
                        "patient must be a valueIdentifier with a valid fødselsnummer, D-nummer or FH-nummer, and the system that belongs to it.",
                    ),
                }
            }
            Some("service") => match parameter.str("valueCode").or_else(|| parameter.str("valueString")) {
                Some(id) if active.contains(&&*id) => {
                    if !services.iter().any(|s| *s == id) {
                        services.push(id.into_owned());
                    }
                }
                Some(id) if known.contains(&&*id) => error(
                    "not-supported",
                    "overview-service-not-active",
                    ".value",
                    "Tjenesten er ikke i bruk i denne kommunen.",
                    "The service is not in use in this municipality.",
                ),
                Some(_) => error(
                    "code-invalid",
                    "overview-service-unknown",
                    ".value",
                    &format!("Det finnes ingen slik tjeneste. Bruk en av: {}.", active.join(", ")),
                    &format!("There is no such service. Use one of: {}.", active.join(", ")),
                ),
                None => error(
                    "value",
                    "overview-service-value",
                    ".value",
                    "service må ha valueCode.",
                    "service must have a valueCode.",
                ),
            },
            _ => error(
                "not-supported",
                "overview-parameter-unknown",
                ".name",
                "Parameteren er ukjent. Bruk patient og service.",
                "The parameter is unknown. Use patient and service.",
            ),
        }
    }
    if patients != 1 {
        findings.push(
            Finding::error(
                "required",
                "overview-patient-once",
                "Parameters.parameter",
                "Parameteren patient må være med nøyaktig én gang.",
                "The parameter patient must be there exactly once.",
            )
            .at(root.position()),
        );
    }
    match patient {
        Some((nin, system)) if findings.is_empty() => Ok(Asked { nin, system, services }),
        _ => Err(findings),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kilde_fhir::json::{Limits, parse as json};
    use proptest::prelude::*;

    const PATIENT: &str = r#"{"name":"patient","valueIdentifier":{"system":"urn:oid:2.16.578.1.12.4.1.4.1","value":"19779998080"}}"#;

    fn read(parameters: &str) -> Result<Vec<String>, Vec<&'static str>> {
        let document = json(
            format!(r#"{{"resourceType":"Parameters","parameter":[{parameters}]}}"#),
            Limits::default(),
        )
        .unwrap();
        parse(document.root(), &["okt"], &["okt", "maaledata"])
            .map(|a| a.services)
            .map_err(|f| f.iter().map(|f| f.rule).collect())
    }

    #[test]
    fn what_is_asked() {
        assert_eq!(read(PATIENT), Ok(vec![]));
        assert_eq!(
            read(&format!(
                r#"{PATIENT},{{"name":"service","valueCode":"okt"}},{{"name":"service","valueCode":"okt"}}"#
            )),
            Ok(vec!["okt".to_owned()])
        );
    }

    #[test]
    fn everything_wrong_at_once() {
        let wrong = r#"{"name":"patient","valueString":"x"},{"name":"service","valueCode":"maaledata"},{"name":"service","valueCode":"x"},{"name":"service"},{"name":"other"},{}"#;
        assert_eq!(
            read(wrong).unwrap_err(),
            vec![
                "overview-patient-identifier",
                "overview-service-not-active",
                "overview-service-unknown",
                "overview-service-value",
                "overview-parameter-unknown",
                "overview-parameter-unknown"
            ]
        );
        assert_eq!(read("").unwrap_err(), vec!["overview-patient-once"]);
        assert_eq!(read(&format!("{PATIENT},{PATIENT}")).unwrap_err(), vec!["overview-patient-once"]);
        let bad = PATIENT.replace("19779998080", "19779998081");
        assert_eq!(read(&bad).unwrap_err(), vec!["overview-patient-identifier"]);
        let document = json("[]", Limits::default()).unwrap();
        assert!(parse(document.root(), &[], &[]).is_err());
    }

    #[test]
    fn no_finding_repeats_the_number() {
        let document = json(
            format!(
                r#"{{"resourceType":"Parameters","parameter":[{}]}}"#,
                PATIENT.replace("19779998080", "19779998081")
            ),
            Limits::default(),
        )
        .unwrap();
        for finding in parse(document.root(), &[], &[]).unwrap_err() {
            assert!(!format!("{finding:?}").contains("1977999"));
        }
    }

    proptest! {
        #[test]
        fn any_text_is_safe(name in "\\PC{0,6}", value in "\\PC{0,12}") {
            let name = serde_json::Value::from(name);
            let value = serde_json::Value::from(value);
            let _ = read(&format!(r#"{{"name":{name},"valueCode":{value}}},{{"name":"patient","valueIdentifier":{{"value":{value}}}}}"#));
        }
    }
}
