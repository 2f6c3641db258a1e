//! HL7's FHIRPath suite for R4. `cargo xtask conformance fhirpath` prints it as a table.

mod support;

/// Tests that pass. More is better; less is a step back.
const REACHED: usize = 932;

#[test]
fn the_suite_passes_as_far_as_reached() {
    let Some(folder) = support::data("fhir-test-cases/fhirpath") else {
        return;
    };
    let ran = support::fhirpath_suite::run(&folder).unwrap();
    for miss in ran.iter().filter(|r| r.miss.is_some()) {
        println!(
            "{}/{}: {}\n    {}",
            miss.group,
            miss.name,
            miss.expression,
            miss.miss.as_deref().unwrap_or("")
        );
    }
    let passed = ran.iter().filter(|r| r.miss.is_none()).count();
    println!("{passed} of {} pass", ran.len());
    assert!(passed >= REACHED, "{passed} of {} pass, {REACHED} did", ran.len());
}
