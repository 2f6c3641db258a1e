//! The organisations as one FHIR transaction, so that names and telephone numbers can be looked up.

use super::{Organisation, OrganisationKind, organisation};
use crate::fhir::{quoted, stable_uuid};

/// All organisations that a municipality's instance needs, suppliers included, as a transaction bundle. Each
/// is created only where its number is not there already, so that it can be sent again.
pub fn organisations_bundle(instance: &str) -> String {
    let mut out =
        String::from("{\"resourceType\":\"Bundle\",\"identifier\":{\"system\":\"https://sandbox.kilde.example/bundle\",\"value\":");
    quoted(&mut out, &format!("organisations-{instance}"));
    out.push_str("},\"type\":\"transaction\",\"entry\":[");
    let mut first = true;
    for o in super::ALL.iter().filter(|o| o.municipality.is_none_or(|m| m == instance)) {
        if !std::mem::take(&mut first) {
            out.push(',');
        }
        entry(&mut out, o);
    }
    out.push_str("]}");
    out
}

fn entry(out: &mut String, o: &Organisation) {
    out.push_str("{\"fullUrl\":\"urn:uuid:");
    out.push_str(&stable_uuid("organisation", o.number));
    out.push_str("\",\"resource\":{\"resourceType\":\"Organization\",\"identifier\":[{\"system\":\"");
    out.push_str(o.system());
    out.push_str("\",\"value\":\"");
    out.push_str(o.number);
    out.push_str("\"}],\"active\":true,\"type\":[{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/organization-type\",");
    out.push_str(match o.kind {
        OrganisationKind::Municipality => "\"code\":\"govt\",\"display\":\"Government\"",
        OrganisationKind::Provider => "\"code\":\"prov\",\"display\":\"Healthcare Provider\"",
        OrganisationKind::Unit => "\"code\":\"dept\",\"display\":\"Hospital Department\"",
        OrganisationKind::Supplier => "\"code\":\"bus\",\"display\":\"Non-Healthcare Business or Corporation\"",
    });
    out.push_str("}]}],\"name\":");
    quoted(out, o.name);
    out.push_str(",\"telecom\":[{\"system\":\"phone\",\"value\":\"");
    out.push_str(o.phone);
    out.push_str("\",\"use\":\"work\"}]");
    if let Some(parent) = o.parent.and_then(organisation) {
        out.push_str(",\"partOf\":{\"reference\":\"urn:uuid:");
        out.push_str(&stable_uuid("organisation", parent.number));
        out.push_str("\",\"display\":");
        quoted(out, parent.name);
        out.push('}');
    }
    out.push_str("},\"request\":{\"method\":\"POST\",\"url\":\"Organization\",\"ifNoneExist\":\"identifier=");
    out.push_str(o.system());
    out.push('|');
    out.push_str(o.number);
    out.push_str("\"}}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_points_into_the_bundle() {
        for instance in ["9901", "9902"] {
            let bundle: serde_json::Value = serde_json::from_str(&organisations_bundle(instance)).expect("json");
            let entries = bundle["entry"].as_array().expect("entries");
            let urls: Vec<&str> = entries.iter().filter_map(|e| e["fullUrl"].as_str()).collect();
            assert_eq!(entries.len(), 14);
            let mut parts = 0;
            for entry in entries {
                if let Some(target) = entry["resource"]["partOf"]["reference"].as_str() {
                    assert!(urls.contains(&target));
                    parts += 1;
                }
            }
            assert_eq!(parts, 8);
        }
    }
}
