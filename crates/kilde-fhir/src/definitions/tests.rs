use super::*;

#[test]
fn every_line_of_the_element_table_is_understood() {
    let lines = include_str!("../../tables/elements.tsv").lines().filter(|l| !l.starts_with('#'));
    let mut current = None;
    for line in lines {
        match line.strip_prefix('\t') {
            None => {
                let (name, base) = line.split_once('\t').unwrap();
                current = type_of(name);
                assert!(current.is_some(), "{name}");
                assert!(base.is_empty() || type_of(base).is_some(), "{name}: base {base}");
            }
            Some(element) => {
                let cells: Vec<&str> = element.split('\t').collect();
                assert_eq!(cells.len(), 5, "{element}");
                let def = current.unwrap();
                let found: Vec<_> = def
                    .elements()
                    .iter()
                    .filter(|e| e.stem() == cells[0].trim_end_matches("[x]"))
                    .collect();
                assert_eq!(found.len(), cells[2].split('|').count(), "{} {element}", def.name());
                assert!(
                    found.iter().all(|e| e.value_set().is_some() != cells[3].is_empty()),
                    "{} {element}",
                    def.name()
                );
                assert!(["0..1", "0..*", "1..1", "1..*"].contains(&cells[1]), "{element}");
            }
        }
    }
}

#[test]
fn every_element_is_found_by_its_name_and_slots_fit_their_bits() {
    for def in types() {
        for element in def.elements() {
            assert!(
                std::ptr::eq(def.element(element.name()).unwrap(), element),
                "{} {}",
                def.name(),
                element.name()
            );
            assert!(element.slot() < 64, "{}", def.name());
        }
        assert!(def.element("").is_none() && def.element("value[x]").is_none() && def.element("_id").is_none());
    }
    assert!(ResourceType::all().all(|t| type_of_resource(t).is_some_and(|d| d.kind() == TypeKind::Resource(t))));
}

#[test]
fn some_elements_are_as_the_specification_says() {
    let observation = type_of("Observation").unwrap();
    let value = observation.element("valueQuantity").unwrap();
    assert_eq!(
        (value.stem(), value.type_name(), value.is_choice(), value.is_list()),
        ("value", "Quantity", true, false)
    );
    assert!(observation.element("status").unwrap().value_set().unwrap().has_code("final"));
    assert!(observation.element("status").unwrap().is_modifier());
    let targets = observation.element("subject").unwrap().targets().unwrap();
    assert_eq!(
        targets.iter().map(ResourceType::name).collect::<Vec<_>>(),
        ["Device", "Group", "Location", "Patient"]
    );
    assert!(observation.element("focus").unwrap().targets().is_none());
    let range = type_of("Observation.component").unwrap().element("referenceRange").unwrap();
    assert_eq!(range.complex().unwrap().name(), "Observation.referenceRange");
    assert_eq!(
        type_of("Age").unwrap().element("value").unwrap().ty(),
        ElementType::Primitive(Primitive::Decimal)
    );
    assert!(type_of("Meta").unwrap().element("author").is_none(), "not in R4");
    assert!(
        type_of("EvidenceVariable.characteristic")
            .unwrap()
            .element("definitionTriggerDefinition")
            .is_some()
    );
}

#[test]
fn only_codes_and_codeable_concepts_have_required_codes() {
    for element in types().flat_map(TypeDef::elements).filter(|e| e.value_set().is_some()) {
        assert!(matches!(element.type_name(), "code" | "CodeableConcept"), "{}", element.name());
    }
    let clinical = ValueSet::by_name("condition-clinical").unwrap();
    assert!(clinical.has_coding("http://terminology.hl7.org/CodeSystem/condition-clinical", "recurrence"));
    assert!(!clinical.has_coding("http://example.org", "recurrence"));
}
