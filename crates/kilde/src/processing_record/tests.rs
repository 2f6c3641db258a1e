use super::*;
use jiff::civil::date;

fn today() -> Zoned {
    date(2026, 11, 23).to_zoned(TimeZone::UTC).unwrap()
}

fn instance(services: &[&str], record: &str) -> config::Instance {
    toml::from_str(&format!("number = \"9901\"\nservices = {services:?}\n[record]\n{record}")).unwrap()
}

fn of(services: &[&str], record: &str) -> anyhow::Result<Record> {
    Record::of(&instance(services, record), &invented(), &today())
}

#[test]
fn every_activated_service_is_in_the_record_and_no_other() {
    let every: Vec<&str> = all().iter().map(|s| s.id()).collect();
    let choices = every.iter().map(|id| vec![*id]).chain([every.clone(), Vec::new()]);
    for active in choices {
        let record = of(&active, "").unwrap();
        let text = markdown::write(&record);
        let json = serde_json::to_value(&record).unwrap();
        for service in all() {
            let id = service.id();
            let in_json = json["activities"].as_array().unwrap().iter().any(|a| a["id"] == id);
            assert_eq!(in_json, active.contains(&id), "{id} of {active:?}");
            assert_eq!(text.contains(&format!("(`{id}`)")), active.contains(&id));
            assert_eq!(text.contains(&service.manifest().processing.purpose), active.contains(&id));
        }
        for common in common().activity {
            assert!(text.contains(&common.title), "{}", common.id);
        }
    }
    assert!(of(&["nothing"], "").is_err());
}

#[test]
fn every_point_of_article_30_is_answered_or_marked_as_open() {
    let open = markdown::write(&of(&["okt"], "").unwrap());
    for point in [
        "Behandlingsansvarlig",
        "Personvernombud",
        "Databehandlere",
        "Formål",
        "Rettslig grunnlag",
        "De registrerte",
        "Opplysninger",
        "Mottakere",
        "Frist for sletting",
        "tredjeland",
        "sikkerhetstiltak",
    ] {
        assert!(open.contains(point), "{point}");
    }
    assert!(open.contains(&format!("Personvernombud: {}", markdown::OPEN)));
    let said = "address = \"Rådhuset\"\ncontact = \"Post\\nmottak\"\nprivacy_officer = \"Ola\"\nprocessors = [\"Drifter\"]\ntransfers = \"Ingen.\"\n\
                [record.retention]\nokt = \"Ti år.\"\n[record.legal_basis]\nokt = [\"Vedtak 7\"]";
    let record = of(&["okt"], said).unwrap();
    let text = markdown::write(&record);
    for value in [
        "Rådhuset",
        "Post mottak",
        "Personvernombud: Ola",
        "- Drifter",
        "Ingen.",
        "Ti år.",
        "Vedtak 7",
    ] {
        assert!(text.contains(value), "{value}");
    }
    assert!(record.activities[0].retention_decided && record.activities[0].legal_basis_decided);
    assert!(
        of(&["okt"], "[record.retention]\nokt2 = \"x\"").is_err(),
        "a misspelt activity is named"
    );
}

#[test]
fn agreements_units_and_systems_are_those_of_the_policy() {
    let (record, policy) = (of(&["okt"], "").unwrap(), invented());
    assert_eq!(record.agreements.len(), policy.agreements.len());
    assert_eq!(record.units.len(), policy.units.len());
    assert_eq!(record.systems.len(), policy.clients.len());
    let text = markdown::write(&record);
    assert!(text.contains(&policy.agreements[0].legal_entity) && text.contains(&policy.units[0].name));
}
