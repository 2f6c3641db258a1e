//! Which of a concept's terms to show in a language.

use super::code_system::{CodeSystem, Purpose};
use super::concept_set::ConceptId;

/// Languages in which a term may stand for one in the language asked for, that one first. A
/// reader of one Norwegian reads the other.
pub(super) fn fallbacks(language: &str) -> Vec<String> {
    let asked = language.to_ascii_lowercase();
    let primary = asked.split('-').next().unwrap_or_default().to_owned();
    let others: &[&str] = match primary.as_str() {
        "nb" => &["nb", "no", "nn"],
        "nn" => &["nn", "no", "nb"],
        "no" => &["no", "nb", "nn"],
        _ => &[],
    };
    let mut all = vec![asked, primary];
    all.extend(others.iter().map(|o| (*o).to_owned()));
    let mut seen = Vec::new();
    all.retain(|l| {
        !l.is_empty() && !seen.contains(l) && {
            seen.push(l.clone());
            true
        }
    });
    all
}

/// Whether a term's language answers one asked for: `nb-NO` answers `nb`.
pub(super) fn answers(language: &str, asked: &str) -> bool {
    language.len() >= asked.len()
        && language.is_char_boundary(asked.len())
        && language[..asked.len()].eq_ignore_ascii_case(asked)
        && matches!(language.as_bytes().get(asked.len()), None | Some(b'-'))
}

/// The languages of an `Accept-Language` value or a language tag, best first, with what may stand
/// for them.
pub(super) fn asked(display_language: Option<&str>) -> Vec<String> {
    let Some(text) = display_language else { return Vec::new() };
    let mut tags: Vec<(u32, &str)> = Vec::new();
    for part in text.split(',').take(20) {
        let mut pieces = part.split(';');
        let tag = pieces.next().unwrap_or_default().trim();
        let weight = pieces.find_map(|p| p.trim().strip_prefix("q=")?.parse::<f32>().ok()).unwrap_or(1.0);
        if !tag.is_empty() && tag != "*" {
            tags.push(((weight.clamp(0.0, 1.0) * 1000.0) as u32, tag));
        }
    }
    tags.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    tags.iter().flat_map(|(_, tag)| fallbacks(tag)).collect()
}

/// The term to show: preferred in the best of the languages, else any in it, else the display.
pub(super) fn display<'a>(system: &'a CodeSystem, concept: ConceptId, languages: &[String]) -> Option<&'a str> {
    let own = system.display(concept);
    for language in languages {
        if own.is_some() && system.info.language.as_deref().is_some_and(|l| answers(l, language)) {
            return own;
        }
        let designations = system.designations.of(concept);
        let best = designations
            .iter()
            .filter(|d| answers(system.strings.get(d.language), language))
            .min_by_key(|d| match d.purpose {
                Purpose::Preferred => 0,
                Purpose::Unsaid => 1,
                Purpose::Synonym => 2,
                Purpose::Use(..) => 3,
                Purpose::FullySpecified => 4,
            });
        if let Some(best) = best {
            return Some(system.strings.get(best.text));
        }
    }
    own
}
