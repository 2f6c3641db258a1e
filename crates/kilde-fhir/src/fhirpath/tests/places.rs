//! Items of resources: types, choices, primitives with extensions, and where they stand.

use super::{Context, Expression, Item, Node, document, eval};

const OBSERVATION: &str = r##"{"resourceType":"Observation","status":"final",
 "contained":[{"resourceType":"Patient","id":"p"}],
 "subject":{"reference":"#p"},
 "_issued":{"extension":[{"url":"u","valueCode":"c"}]},
 "valueQuantity":{"value":5.50,"unit":"x","system":"http://unitsofmeasure.org","code":"mg"},
 "component":[{"valueString":"a","_valueString":{"id":"i"}},{"_valueString":{"id":"j"}}],
 "note":[{"text":"en"},{"text":"to"}],
 "unknown":1}"##;

#[test]
fn elements_choices_and_types() {
    for (expression, expected) in [
        ("Observation.status", "final"),
        ("Resource.status", "final"),
        ("Patient.status", ""),
        ("value.value", "5.50"),
        ("valueQuantity", ""),
        ("value.ofType(Quantity).code", "mg"),
        ("value.ofType(string)", ""),
        ("value is Element", "true"),
        ("value > 5 'mg' and value < 0.006 'g'", "true"),
        ("value.toString()", "5.50 'mg'"),
        ("component.value", "a, FHIR.string"),
        ("component.value.id", "i, j"),
        ("component.value.hasValue()", "false"),
        ("component.select(value.hasValue())", "true, false"),
        ("component[0].value.getValue()", "a"),
        ("component.type()", "error"),
        ("component[0].type().name", "BackboneElement"),
        ("status.type().baseType", "FHIR.string"),
        ("issued.extension('u').value", "c"),
        ("issued.exists() and issued.hasValue().not()", "true"),
        ("unknown", ""),
        ("subject.resolve().id", "p"),
        ("subject.resolve() is Patient", "true"),
        ("contained.id = %resource.contained.id", "true"),
        ("children().count()", "9"),
        ("descendants().where($this is Annotation).count()", "2"),
        ("note.text.combine(note.text).distinct()", "en, to"),
        ("note = note", "true"),
        ("note.isDistinct()", "true"),
        ("note.as(Annotation)", "error"),
        ("%`ext-x`", "http://hl7.org/fhir/StructureDefinition/x"),
    ] {
        let found = eval(OBSERVATION, expression).map_or("error".to_owned(), |items| items.join(", "));
        assert_eq!(found, expected, "{expression}");
    }
}

#[test]
fn nodes_tell_where_they_stand() {
    let document = document(OBSERVATION);
    let context = Context::new(document.root());
    let focus = [Item::Node(Node::resource(document.root()))];
    let expression = Expression::compile("note[1].text | component.value").unwrap();
    let items = expression.evaluate(&context, &focus).unwrap();
    let places: Vec<(String, String)> = items
        .iter()
        .filter_map(Item::node)
        .map(|n| (n.path(), n.position().unwrap().to_string()))
        .collect();
    let expected = [
        ("Observation.note[1].text", "7:32"),
        ("Observation.component[0].value.ofType(string)", "6:30"),
        ("Observation.component[1].value.ofType(string)", "6:77"),
    ];
    assert_eq!(places, expected.map(|(path, at)| (path.to_owned(), at.to_owned())));
}

#[test]
fn a_focus_may_be_an_element_of_a_named_type() {
    let document = document(r#"[{"low":{"value":1},"high":{"value":2}}]"#);
    let context = Context::empty();
    let range = document.root().children().next();
    let focus = [Item::Node(Node::element(range, None, "Range"))];
    let invariant = Expression::compile("low.empty() or high.empty() or (low <= high)").unwrap();
    assert!(invariant.evaluate_to_boolean(&context, &focus).unwrap());
    assert!(invariant.check("Range").is_ok());
    assert!(invariant.check("Period").is_err());
}

#[test]
fn checks_need_no_data() {
    for (type_name, expression, expected) in [
        ("Patient", "name.given.first()", None),
        ("Patient", "name.given1", Some(4)),
        ("Patient", "Patient.name.where(use = 'official').period.start <= today()", None),
        ("Patient", "deceased is boolean", None),
        ("Patient", "deceasedBoolean", Some(0)),
        ("Patient", "name.startsWith('a')", Some(4)),
        ("Patient", "contact.name.family & 'x'", None),
        ("Patient", "iif(name.given.first(), 1, 2)", Some(0)),
        ("Patient", "gender.as(Nonsense)", Some(10)),
        ("Bundle", "entry.resource.anything.goes", None),
        ("Bundle", "Bundle.entry.resource.ofType(Patient).nothing", Some(37)),
        ("Questionnaire", "repeat(item).linkId", None),
        ("Nonsense", "whatever", None),
    ] {
        let offset = Expression::compile(expression).unwrap().check(type_name).err().map(|e| e.offset);
        assert_eq!(offset, expected, "{expression}");
    }
}
