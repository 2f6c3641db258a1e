//! How long expressions take: compiled once, the context used again.
//! `cargo run -p kilde-fhir --example fhirpath_speed`

use kilde_fhir::fhirpath::{Context, Expression, Item, Node};
use kilde_fhir::json::{Limits, parse};
use std::time::Instant;

const PATIENT: &str = r##"{"resourceType":"Patient","id":"p","active":true,
"contained":[{"resourceType":"Organization","id":"o"}],
"identifier":[{"system":"urn:oid:1.2.3","value":"1"}],
"name":[{"use":"official","family":"Hansen","given":["Kari","Anne"]},{"use":"usual","given":["Kari"]}],
"telecom":[{"system":"phone","value":"99999999"}],"gender":"female","birthDate":"1974-12-25",
"managingOrganization":{"reference":"#o"}}"##;

fn main() {
    let patient = parse(PATIENT, Limits::default()).expect("JSON");
    println!("one Patient, microseconds:");
    for text in [
        "Patient.name.given",
        "name.where(use = 'official').given.first()",
        "telecom.exists() implies telecom.all(value.exists())",
        "birthDate <= @2026-11-22",
        "name.family.matches('^[A-Z]')",
        "managingOrganization.resolve().id",
        "contained.where((('#'+id in (%resource.descendants().reference)).not())).empty()",
    ] {
        let expression = Expression::compile(text).expect("an expression");
        let context = Context::new(patient.root());
        let focus = [Item::Node(Node::resource(patient.root()))];
        let times = measure(20_000, || expression.evaluate(&context, &focus).expect("a result").len());
        println!("  {times:>8.2}  {text}");
    }
    for entries in [100, 1_000] {
        let list: Vec<String> = (0..entries).map(|i| entry(i, entries)).collect();
        let text = format!(r#"{{"resourceType":"Bundle","type":"collection","entry":[{}]}}"#, list.join(","));
        let bundle = parse(text, Limits::default()).expect("JSON");
        println!("a Bundle of {entries} entries, microseconds:");
        for text in [
            "entry.where(resource is Observation).count()",
            "Bundle.entry.resource.ofType(Observation).where(value.value > 5).id",
            "entry.resource.subject.resolve().count()",
            "entry.fullUrl.isDistinct()",
            "entry.resource.distinct().count()",
            "descendants().count()",
        ] {
            let expression = Expression::compile(text).expect("an expression");
            let context = Context::new(bundle.root());
            let focus = [Item::Node(Node::resource(bundle.root()))];
            let times = measure(20, || expression.evaluate(&context, &focus).expect("a result").len());
            println!("  {times:>8.0}  {text}");
        }
    }
}

fn entry(i: usize, all: usize) -> String {
    let subject = (i + 1) % all;
    format!(
        r#"{{"fullUrl":"urn:uuid:{i}","resource":{{"resourceType":"Observation","id":"o{i}","status":"final","code":{{"text":"c"}},"subject":{{"reference":"urn:uuid:{subject}"}},"valueQuantity":{{"value":{}.5,"unit":"mg"}}}}}}"#,
        i % 10
    )
}

/// The best of five rounds, in microseconds a call.
fn measure(times: u32, mut f: impl FnMut() -> usize) -> f64 {
    let mut best = f64::MAX;
    for _ in 0..5 {
        let start = Instant::now();
        for _ in 0..times {
            std::hint::black_box(f());
        }
        best = best.min(start.elapsed().as_secs_f64() * 1e6 / f64::from(times));
    }
    best
}
