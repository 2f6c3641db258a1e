//! Functions that FHIR adds.

use super::Made;
use crate::definitions;
use crate::fhirpath::error::{ErrorKind, EvaluationError, fault};
use crate::fhirpath::evaluate::{Evaluator, Outcome, boolean_item, single, text};
use crate::fhirpath::function::Id;
use crate::fhirpath::item::{Item, Node};
use crate::fhirpath::resolve;
use crate::fhirpath::types::FhirType;
use crate::validate::is_narrative;

const STRUCTURES: &str = "http://hl7.org/fhir/StructureDefinition/";

pub(super) fn call<'a>(evaluator: &mut Evaluator<'_, 'a>, made: Made<'_, 'a>) -> Outcome<'a> {
    match made.id() {
        Id::Extension => extension(evaluator, made),
        Id::HasValue => Ok(boolean_item(value(made.input)?.is_some())),
        Id::GetValue => Ok(value(made.input)?.and_then(Node::system).map(Item::Value).into_iter().collect()),
        Id::Resolve => resolved(evaluator, made),
        Id::HtmlChecks => {
            let narrative = single(made.input)?.and_then(Item::text);
            Ok(narrative.map(|text| boolean_item(is_narrative(&text))).unwrap_or_default())
        }
        Id::ConformsTo => conforms(evaluator, made),
        Id::ElementDefinition => {
            let profiles = evaluator.context.profiles.ok_or_else(no_profiles)?;
            let nodes = made.input.iter().filter_map(Item::node);
            Ok(nodes.filter_map(|n| profiles.element_definition(n)).map(Item::Node).collect())
        }
        Id::Slice => slice(evaluator, made),
        _ => check_modifiers(evaluator, made),
    }
}

fn extension<'a>(evaluator: &mut Evaluator<'_, 'a>, made: Made<'_, 'a>) -> Outcome<'a> {
    let Some(url) = made.text(evaluator, 0)? else {
        return Ok(Vec::new());
    };
    let mut extensions = evaluator.members("extension", made.input)?;
    extensions.retain(|item| {
        let value = item.node().and_then(Node::value);
        value.and_then(|v| v.str("url")).as_deref() == Some(&*url)
    });
    Ok(extensions)
}

/// The single item if it is a primitive with a value.
fn value<'a>(items: &[Item<'a>]) -> Result<Option<Node<'a>>, EvaluationError> {
    match items {
        [Item::Node(node)] if !matches!(node.fhir_type(), FhirType::Complex(_)) => Ok(node.value().map(|_| *node)),
        _ => Ok(None),
    }
}

/// What references, and texts that are ones, point to; what is not found is left out.
fn resolved<'a>(evaluator: &mut Evaluator<'_, 'a>, made: Made<'_, 'a>) -> Outcome<'a> {
    let mut found = Vec::new();
    for item in made.input {
        evaluator.spend(2)?;
        let reference = match item.text() {
            Some(text) => Some(text.to_string()),
            None => item
                .node()
                .and_then(Node::value)
                .and_then(|v| v.str("reference"))
                .map(|r| r.into_owned()),
        };
        found.extend(reference.and_then(|r| resolve::resolve(evaluator.context, &r)));
    }
    Ok(found)
}

fn no_profiles() -> EvaluationError {
    fault(ErrorKind::Missing, "the context has no profiles")
}

/// The types of R4 are profiles that are always known.
fn conforms<'a>(evaluator: &mut Evaluator<'_, 'a>, made: Made<'_, 'a>) -> Outcome<'a> {
    let Some(profile) = made.text(evaluator, 0)? else {
        return Ok(Vec::new());
    };
    let Some(item) = single(made.input)? else { return Ok(Vec::new()) };
    let Some(node) = item.node() else { return Ok(boolean_item(false)) };
    let known = evaluator.context.profiles.and_then(|p| p.conforms_to(node, &profile));
    let answer = known.or_else(|| {
        let name = profile.strip_prefix(STRUCTURES)?;
        definitions::type_of(name)?;
        Some(node.fhir_type().is_named(name))
    });
    answer
        .map(boolean_item)
        .ok_or_else(|| fault(ErrorKind::Missing, "a profile that is not known"))
}

fn slice<'a>(evaluator: &mut Evaluator<'_, 'a>, made: Made<'_, 'a>) -> Outcome<'a> {
    let (Some(profile), Some(name)) = (made.text(evaluator, 0)?, made.text(evaluator, 1)?) else {
        return Ok(Vec::new());
    };
    let profiles = evaluator.context.profiles.ok_or_else(no_profiles)?;
    let mut found = Vec::new();
    for item in made.input {
        let Some(node) = item.node() else { continue };
        evaluator.spend(8)?;
        match profiles.in_slice(node, &profile, &name) {
            Some(true) => found.push(item.clone()),
            Some(false) => {}
            None => return Err(fault(ErrorKind::Missing, "a slice that is not known")),
        }
    }
    Ok(found)
}

/// The items, if all their modifier extensions are among those named.
fn check_modifiers<'a>(evaluator: &mut Evaluator<'_, 'a>, made: Made<'_, 'a>) -> Outcome<'a> {
    let mut known = Vec::new();
    for n in 0..made.call.arguments.len() {
        known.extend(text(&made.argument(evaluator, n)?)?);
    }
    for extension in evaluator.members("modifierExtension", made.input)? {
        let url = extension.node().and_then(Node::value).and_then(|v| v.str("url"));
        if !known.iter().any(|k| url.as_deref() == Some(&**k)) {
            return Err(fault(ErrorKind::Type, "a modifier extension that is not known"));
        }
    }
    Ok(made.input.to_vec())
}
