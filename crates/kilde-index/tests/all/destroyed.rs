//! What is destroyed: gone for whoever might see it, never there for everybody else, and the same after a rebuild.

use crate::kit::{Kit, all, instance, over, rtype, search};
use kilde_access::proxy::Marks;
use kilde_access::{AccessScope, Category, testing};
use kilde_index::changes::{Changes, Of};
use kilde_index::{Index, Read};
use kilde_log::PersonNo;

fn observation(id: &str, person: &str, category: &str, text: &str) -> String {
    format!(
        r#"{{"resourceType":"Observation","id":"{id}","status":"final","category":[{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"{category}"}}]}}],"code":{{"coding":[{{"code":"c"}}],"text":"{text}"}},"subject":{{"reference":"Patient/{person}"}},"effectiveDateTime":"2019-03-04"}}"#
    )
}

/// Two persons; of the first a pulse in three versions, one that its source has deleted, one that becomes the other's, and one that stays.
fn filled() -> (Kit, PersonNo, PersonNo) {
    let mut kit = Kit::new();
    let patient = |id: &str| format!(r#"{{"resourceType":"Patient","id":"{id}","name":[{{"family":"Aas"}}]}}"#);
    kit.put(&[&patient("a"), &patient("b")]);
    let (a, b) = (kit.person("Patient/a"), kit.person("Patient/b"));
    kit.put(&[
        &observation("pulse", "a", "vital-signs", "x"),
        &observation("old", "a", "vital-signs", "x"),
        &observation("moved", "a", "exam", "x"),
        &observation("stays", "a", "vital-signs", "x"),
    ]);
    kit.put(&[&observation("pulse", "a", "vital-signs", "y")]);
    kit.put(&[&observation("pulse", "a", "exam", "z"), &observation("moved", "b", "exam", "y")]);
    kit.delete(rtype("Observation"), "old");
    (kit, a, b)
}

/// Everything that somebody may see of it, in words.
fn seen(index: &Index, scope: &AccessScope, now_ms: i64) -> Vec<String> {
    let observation = rtype("Observation");
    let mut out = Vec::new();
    let told = |read: Read| match read {
        Read::Found(version) => format!("{} {:?}", version.version, String::from_utf8_lossy(&version.body)),
        other => format!("{other:?}"),
    };
    for id in ["pulse", "old", "moved", "stays", "never"] {
        out.push(told(index.read(scope, observation, id).unwrap()));
        for version in 1..6 {
            out.push(told(index.vread(scope, observation, id, version).unwrap()));
        }
        out.push(format!(
            "{:?}",
            index
                .head(scope, observation, id)
                .unwrap()
                .map(|head| (head.version, head.source, head.category))
        ));
    }
    let wanted = Changes {
        count: 100,
        ..Changes::default()
    };
    for of in [
        Of::System,
        Of::Instance(observation, "pulse".into()),
        Of::Instance(observation, "old".into()),
    ] {
        let page = index.changes(scope, &of, &wanted, now_ms).unwrap();
        out.push(format!(
            "{:?}",
            page.map(|page| page
                .versions
                .iter()
                .map(|v| (v.id.clone(), v.version, v.deleted))
                .collect::<Vec<_>>())
        ));
    }
    for query in [
        &[][..],
        &[("code", "c")],
        &[("patient", "Patient/a")],
        &[("date", "2019")],
        &[("category", "vital-signs")],
    ] {
        let page = index.search(scope, &search("Observation", query)).unwrap();
        out.push(format!("{:?}", page.matches.iter().map(|v| v.id.clone()).collect::<Vec<_>>()));
    }
    out
}

fn scopes(persons: [PersonNo; 2]) -> Vec<AccessScope> {
    let mut out = vec![all(), over(&persons), testing::system(instance(), "999999999", "test")];
    for person in persons {
        out.push(over(&[person]));
        for category in [Category::Maaledata, Category::Journal] {
            out.push(testing::reader(instance(), &[person], &[category]));
        }
        out.push(testing::concealing(&over(&[person]), Marks::from_bits(3)));
    }
    out
}

#[test]
fn what_is_destroyed_is_judged_as_before_and_the_same_after_a_rebuild() {
    let (mut kit, a, b) = filled();
    let scopes = scopes([a, b]);
    // Lists that were read lately, in memory.
    let before: Vec<_> = scopes.iter().map(|scope| seen(&kit.index, scope, kit.now_ms)).collect();
    kit.destroy_elements(&[(rtype("Observation"), "pulse"), (rtype("Observation"), "old")]);
    let live: Vec<_> = scopes.iter().map(|scope| seen(&kit.index, scope, kit.now_ms)).collect();
    assert!(
        before
            .iter()
            .zip(&live)
            .all(|(before, live)| before != live || before.iter().all(|text| !text.contains("pulse")))
    );
    for scope in &scopes {
        let read = |id: &str| kit.index.read(scope, rtype("Observation"), id).unwrap();
        // The newest version was journal; of what its source had deleted, the category stays what it was.
        let reaches = kit.index.head(scope, rtype("Observation"), "pulse").unwrap().is_some();
        let (gone, absent) = (matches!(read("pulse"), Read::Gone { .. }), read("pulse") == Read::Absent);
        assert!(gone || absent);
        assert!(!gone || reaches, "only who might see it is told that it was there");
        assert_eq!(read("never"), Read::Absent);
    }
    let (_elsewhere, rebuilt) = kit.rebuilt();
    for (scope, live) in scopes.iter().zip(&live) {
        assert_eq!(&seen(&rebuilt, scope, kit.now_ms), live);
    }
    // Its source may deliver it again: then it is a new delivery.
    kit.put(&[&observation("pulse", "a", "exam", "again")]);
    assert!(matches!(kit.index.read(&over(&[a]), rtype("Observation"), "pulse").unwrap(), Read::Found(version) if version.version == 5));
    let (_elsewhere, rebuilt) = kit.rebuilt();
    for scope in &scopes {
        assert_eq!(seen(&rebuilt, scope, kit.now_ms), seen(&kit.index, scope, kit.now_ms));
    }
}

#[test]
fn everything_of_a_person_is_doomed_but_what_has_become_somebody_elses() {
    let (mut kit, a, b) = filled();
    let ids = |kit: &Kit, person: PersonNo| -> Vec<String> {
        let mut ids: Vec<String> = kit.index.doomed_of(person).unwrap().into_iter().map(|one| one.id).collect();
        ids.sort();
        ids
    };
    assert_eq!(ids(&kit, a), ["a", "old", "pulse", "stays"]);
    assert_eq!(ids(&kit, b), ["b", "moved"]);
    kit.destroy_elements(&[(rtype("Observation"), "old")]);
    assert_eq!(ids(&kit, a), ["a", "pulse", "stays"], "what is destroyed is not destroyed again");
    let mut retained = Vec::new();
    let each = kit.index.each_retained(|one| {
        retained.push(one.id.to_owned());
        Ok(())
    });
    each.unwrap();
    retained.sort();
    assert_eq!(retained, ["a", "b", "moved", "pulse", "stays"]);
}

/// Who destroys the resource that said so does not open the rest.
#[test]
fn a_secret_address_stays_secret_when_the_patient_that_says_so_is_destroyed() {
    let mut kit = Kit::new();
    kit.put(&[
        r#"{"resourceType":"Patient","id":"a","meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"}]},"name":[{"family":"Aas"}]}"#,
    ]);
    let person = kit.person("Patient/a");
    kit.put(&[
        r#"{"resourceType":"Encounter","id":"e","status":"planned","class":{"code":"HH"},"subject":{"reference":"Patient/a"},"serviceProvider":{"reference":"Organization/zone"}}"#,
    ]);
    let shown = |index: &Index| {
        let Read::Found(version) = index
            .read(&testing::without_places(&over(&[person])), rtype("Encounter"), "e")
            .unwrap()
        else {
            panic!("it is not there");
        };
        (version.secret, String::from_utf8(version.body).unwrap())
    };
    let before = shown(&kit.index);
    assert!(before.0 && !before.1.contains("zone"));
    kit.destroy_elements(&[(rtype("Patient"), "a")]);
    assert_eq!(shown(&kit.index), before);
    let (_elsewhere, rebuilt) = kit.rebuilt();
    assert_eq!(shown(&rebuilt), before);
    kit.reopen();
    assert_eq!(shown(&kit.index), before);
}
