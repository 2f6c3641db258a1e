//! One resource becomes a draft: its references, its person, and the bytes that will be stored.

use super::references::{Resolved, Targets, path_to, relocate};
use super::{BUSINESS, Context, STRUCTURE, author, links};
use crate::condition::{Condition, identifier_hash};
use crate::config::Check;
use crate::meta::version_mark;
use crate::problems::Problems;
use crate::rules;
use crate::template::{Hole, Template};
use crate::unit::{Action, Draft, PersonOf, PersonRef};
use kilde_access::Category;
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::finding::{Finding, Severity};
use kilde_fhir::json::{Edits, Value, escape_into, write_edited};
use kilde_fhir::national_id::nin_of;
use kilde_fhir::search::{Reference, patient_references, references};
use rustc_hash::FxHashMap;

/// What the drafts of one unit gather.
#[derive(Default)]
pub(crate) struct Gathering {
    pub(crate) targets: Targets,
    pub(crate) conditions: Vec<Condition>,
    /// Numbers of conditions by the text they stood as.
    pub(crate) known: FxHashMap<String, u32>,
    pub(crate) references: usize,
    /// One resource without a bundle: a URN then points to something elsewhere.
    pub(crate) alone: bool,
    pub(crate) problems: Problems,
}

/// Makes the draft of a resource that has been examined. `start` is its FHIRPath in the delivery.
pub(crate) fn draft(
    cx: &Context<'_>,
    unit: &mut Gathering,
    resource: Value<'_>,
    rtype: ResourceType,
    action: Action,
    start: &str,
    own_url: Option<&str>,
) -> Draft {
    let mut warnings = Problems::default();
    author::check(cx, resource, start, &mut warnings);
    let validation = cx.config.validation.as_deref().map(|v| v as &dyn Check);
    for check in cx.config.checks.iter().map(|c| &**c).chain(validation) {
        for mut finding in check.check(resource) {
            finding.expression = relocate(&finding.expression, start);
            finding.position.get_or_insert_with(|| resource.position());
            warnings.add(BUSINESS, finding);
        }
    }
    let mut edits = Edits::default();
    // A stored Bundle is a document of its own: what stands in it points to itself.
    if rtype.name() != "Bundle" {
        let references = rewrite(cx, unit, resource, start, own_url, &mut edits);
        // Most resources link by references only, and need no second walk.
        if !unit.targets.urls.is_empty() && links::mentions(resource.raw()) > references {
            links::rewrite(&unit.targets, resource, &mut edits);
        }
    }
    let person = person_of(cx, unit, resource, rtype, own_url);
    let template = Template::new(canonical(cx, resource, rtype, &action, edits));
    let identifiers = resource
        .items("identifier")
        .filter_map(|i| i.str("value").map(|v| identifier_hash(&v)))
        .collect();
    let mut own = Vec::new();
    if warnings.refused() {
        unit.problems.append(warnings);
    } else {
        own = warnings.findings;
    }
    Draft {
        rtype,
        action,
        template,
        category: Category::of(resource),
        person,
        identifiers,
        expression: start.to_owned(),
        position: None,
        warnings: own,
    }
}

/// The text as it will be stored, with marks where something is not known yet.
fn canonical(cx: &Context<'_>, resource: Value<'_>, rtype: ResourceType, action: &Action, mut edits: Edits) -> String {
    let (id, new) = match action {
        Action::Create { id, .. } => (id.clone(), true),
        Action::Update { id, .. } | Action::Delete { id, .. } => (id.clone(), false),
        Action::UpdateBy { .. } | Action::DeleteBy { .. } | Action::Elsewhere => (Hole::Id.mark(), false),
    };
    let meta = resource.get("meta").filter(|m| m.is_object());
    for name in ["id", "meta"] {
        if let Some(value) = resource.get(name) {
            edits.remove(value);
        }
    }
    if let Some(value) = resource.get("resourceType") {
        edits.replace(value, cx.stamp.head(rtype.name(), &id, &version_mark(new), meta));
    }
    let mut text = String::with_capacity(resource.raw().len() + 256);
    write_edited(resource, &edits, &mut text);
    text
}

/// Puts what each reference becomes into the edits. Gives the number of those that are URNs.
fn rewrite(cx: &Context<'_>, unit: &mut Gathering, resource: Value<'_>, start: &str, own_url: Option<&str>, edits: &mut Edits) -> usize {
    let mut urns = 0;
    let limits = cx.config.limits;
    references(resource, &mut |value| {
        unit.references += 1;
        if unit.references > limits.references {
            if unit.references == limits.references + 1 {
                unit.problems
                    .add(413, rules::limit("limit-references", "referanser", "references", limits.references));
            }
            return;
        }
        let Some(text) = value.as_str() else { return };
        urns += usize::from(text.starts_with("urn:uuid:") || text.starts_with("urn:oid:"));
        if let Some(number) = unit.known.get(text.as_ref()) {
            edits.replace(value, format!("\"{}\"", Hole::Condition(*number).mark()));
            return;
        }
        // A path and a position cost a walk each: not for the thousandth finding.
        let crowded = unit.problems.findings.len() > limits.findings;
        let here = || {
            if crowded {
                start.to_owned()
            } else {
                path_to(resource, value, start)
            }
        };
        let placed = |f: Finding| if crowded { f } else { f.at(value.position()) };
        match unit.targets.resolve(cx, &text, own_url) {
            Resolved::Keep => {}
            Resolved::Text(text) => {
                let mut json = String::new();
                escape_into(&text, &mut json);
                edits.replace(value, json);
            }
            Resolved::Entry(entry) => edits.replace(value, format!("\"{}\"", Hole::Entry(entry).mark())),
            Resolved::Condition(_) if unit.conditions.len() >= limits.conditions => {
                if !crowded {
                    unit.problems.add(
                        413,
                        rules::limit("limit-conditions", "betingelser", "conditions", limits.conditions),
                    );
                }
            }
            Resolved::Condition(mut condition) => {
                condition.expression = here();
                condition.position = Some(value.position());
                let number = unit.condition(&text, condition);
                edits.replace(value, format!("\"{}\"", Hole::Condition(number).mark()));
            }
            Resolved::BadCondition => unit.problems.add(STRUCTURE, placed(rules::condition_syntax(here()))),
            Resolved::Unresolved => {
                let severity = if unit.alone { Severity::Warning } else { Severity::Error };
                unit.problems.add(BUSINESS, placed(rules::unresolved(here()).severity(severity)));
            }
        }
    });
    urns
}

impl Gathering {
    pub(crate) fn with(problems: Problems) -> Gathering {
        Gathering {
            problems,
            ..Gathering::default()
        }
    }

    /// The number of a condition that stands as `text`.
    fn condition(&mut self, text: &str, condition: Condition) -> u32 {
        let number = u32::try_from(self.conditions.len()).unwrap_or(u32::MAX);
        self.conditions.push(condition);
        self.known.insert(text.to_owned(), number);
        number
    }
}

/// The national ids of an element's identifiers, as identities.
fn nin(identifier: Value<'_>) -> Option<String> {
    let (system, value) = (identifier.str("system"), identifier.str("value")?);
    nin_of(system.as_deref(), &value).map(|n| format!("nin|{}", n.as_str()))
}

fn person_of(cx: &Context<'_>, unit: &Gathering, resource: Value<'_>, rtype: ResourceType, own_url: Option<&str>) -> PersonOf {
    if rtype.name() == "Patient" {
        let mut own: Vec<String> = resource.items("identifier").filter_map(nin).collect();
        own.dedup();
        return PersonOf::Own(own);
    }
    let about: Vec<Value<'_>> = ["subject", "patient", "beneficiary", "for", "individual"]
        .iter()
        .filter_map(|name| resource.get(name))
        .filter(|v| v.is_object())
        .collect();
    let beside = || {
        about
            .iter()
            .find(|v| v.get("reference").is_some())
            .and_then(|v| nin(v.get("identifier")?))
    };
    for reference in patient_references(resource) {
        let by = match &reference {
            Reference::Local { rtype, id, .. } => local(cx, unit, &format!("{}/{id}", rtype.name()), own_url),
            Reference::Absolute(url) => local(cx, unit, url, own_url),
            Reference::Logical { system, value, .. } => {
                nin_of(system.as_deref(), value).map(|n| PersonRef::Nin(format!("nin|{}", n.as_str())))
            }
            Reference::Contained(_) => None,
        };
        if let Some(by) = by {
            let beside = if matches!(by, PersonRef::Nin(_)) { None } else { beside() };
            return PersonOf::Referenced { by, beside };
        }
    }
    // A conditional reference is no reference yet.
    for element in &about {
        if let Some(text) = element.str("reference")
            && let Some(number) = unit.known.get(text.as_ref())
            && unit.conditions.get(*number as usize).is_some_and(|c| c.rtype.name() == "Patient")
        {
            return PersonOf::Referenced {
                by: PersonRef::Condition(*number),
                beside: beside(),
            };
        }
    }
    PersonOf::Nobody
}

/// The patient that a literal reference names, if it names one here.
fn local(cx: &Context<'_>, unit: &Gathering, text: &str, own_url: Option<&str>) -> Option<PersonRef> {
    if let Some(entry) = unit.targets.find(text, own_url) {
        let patient = unit.targets.list.get(entry as usize).is_some_and(|t| t.rtype.name() == "Patient");
        return patient.then_some(PersonRef::Entry(entry));
    }
    let text = cx
        .base_url
        .and_then(|base| text.strip_prefix(base)?.strip_prefix('/'))
        .unwrap_or(text);
    let mut parts = text.strip_prefix("Patient/")?.split('/');
    let id = parts.next().filter(|id| is_id(id))?;
    Some(PersonRef::Patient(id.to_owned()))
}

/// Whether a text is an id as FHIR has it.
pub(crate) fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'))
}
