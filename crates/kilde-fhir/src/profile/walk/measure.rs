//! A MeasureReport against its Measure: groups, populations and stratifiers are those of the
//! definition, and there is a score where the scoring has one (MeasureReport, "should match Measure").

use super::Run;
use crate::json::Value;
use crate::package::Canonical;
use crate::profile::say::{self, Reported};

impl<'a> Run<'_, 'a> {
    /// A MeasureReport by the Measure that it names, if that is at hand.
    pub(super) fn measure_report(&mut self, report: Value<'a>) {
        let Some(place) = report.get("measure") else { return };
        let Some(canonical) = place.as_str() else { return };
        let contained = canonical.strip_prefix('#').and_then(|id| {
            let mut contained = report.items("contained");
            contained.find(|c| c.str("id").as_deref() == Some(id) && c.str("resourceType").as_deref() == Some("Measure"))
        });
        if let Some(measure) = contained {
            self.report_by(report, measure);
            return;
        }
        let packages = self.v.packages().clone();
        match packages
            .resolve("Measure", &canonical, None)
            .and_then(|id| packages.resource(id).root())
        {
            Some(measure) => self.report_by(report, measure),
            None => self.note(place, false, || say::measure_unknown(Canonical::new(&canonical).url)),
        }
    }

    fn report_by(&mut self, report: Value<'a>, measure: Value<'_>) {
        let kind = report.str("type").unwrap_or_default();
        if kind == "data-collection" {
            if let Some(group) = report.items("group").next() {
                self.reported(group, Reported::GroupsInData);
            }
            return;
        }
        let complete = report.str("status").as_deref() == Some("complete");
        let asked: Vec<Value<'_>> = measure.items("group").collect();
        let given: Vec<Value<'a>> = report.items("group").collect();
        let mut met = vec![false; asked.len()];
        for group in given.iter().copied() {
            if !self.step() {
                return;
            }
            let index = match (asked.as_slice(), given.as_slice()) {
                // One group needs no code to be told by.
                ([one], [_]) if one.get("code").is_none() || group.get("code").is_none() => Some(0),
                _ => asked.iter().position(|a| same_code(*a, group)),
            };
            match index {
                Some(index) => {
                    met[index] = true;
                    self.measured_group(group, asked[index], measure, complete);
                }
                None => self.reported(group, Reported::Group),
            }
        }
        if complete && met.contains(&false) {
            self.reported(report, Reported::GroupMissing);
        }
    }

    fn measured_group(&mut self, group: Value<'a>, asked: Value<'_>, measure: Value<'_>, complete: bool) {
        self.populations(group, asked);
        self.score(group, measure, complete);
        let stratifiers: Vec<Value<'_>> = asked.items("stratifier").collect();
        let mut met = vec![false; stratifiers.len()];
        for stratifier in group.items("stratifier") {
            if !self.step() {
                return;
            }
            match stratifiers.iter().position(|s| is_stratifier(stratifier, *s)) {
                Some(index) => {
                    met[index] = true;
                    for stratum in stratifier.items("stratum") {
                        let parts: Vec<Value<'_>> = stratifiers[index].items("component").collect();
                        for component in stratum.items("component") {
                            if !parts.iter().any(|p| same_code(*p, component)) {
                                self.reported(component, Reported::StratumComponent);
                            }
                        }
                    }
                }
                None => self.reported(stratifier, Reported::Stratifier),
            }
        }
        for _ in met.iter().filter(|m| !**m) {
            self.reported(group, Reported::StratifierMissing);
        }
    }

    /// Every population of a group is one of the definition's.
    fn populations(&mut self, reported: Value<'a>, asked: Value<'_>) {
        for population in reported.items("population") {
            if !self.step() {
                return;
            }
            if !asked.items("population").any(|p| same_code(p, population)) {
                self.reported(population, Reported::Population);
            }
        }
    }

    /// A score, where the scoring has one.
    fn score(&mut self, group: Value<'a>, measure: Value<'_>, complete: bool) {
        let scoring = measure.get("scoring").and_then(|s| s.items("coding").find_map(|c| c.str("code")));
        let score = group.get("measureScore");
        match (scoring.as_deref(), score) {
            (Some("cohort"), Some(score)) => self.reported(score, Reported::ScoreOfCohort),
            (Some("proportion" | "ratio" | "continuous-variable"), None) => {
                let absent = group
                    .items("extension")
                    .any(|e| e.str("url").as_deref() == Some("http://hl7.org/fhir/StructureDefinition/data-absent-reason"));
                if complete && !absent {
                    self.reported(group, Reported::ScoreMissing);
                }
            }
            (Some("proportion"), Some(score)) => {
                let percent = score.str("code").or_else(|| score.str("unit")).as_deref() == Some("%");
                let most = if percent { 100.0 } else { 1.0 };
                let value = score.get("value").and_then(|v| v.raw().parse::<f64>().ok());
                if value.is_some_and(|v| !(0.0..=most).contains(&v)) {
                    self.reported(score, Reported::ScoreRange);
                }
            }
            _ => {}
        }
    }

    fn reported(&mut self, place: Value<'a>, what: Reported) {
        self.note(place, false, || say::measure(what));
    }
}

/// Whether a reported stratifier is that of the definition: by code; without codes, by those of the
/// components, or because neither has any.
fn is_stratifier(reported: Value<'_>, asked: Value<'_>) -> bool {
    match (reported.items("code").next(), asked.get("code")) {
        (Some(_), Some(code)) => reported.items("code").any(|c| same_concept(c, code)),
        (None, None) => {
            let mut components = reported.items("stratum").flat_map(|s| s.items("component"));
            components.all(|c| asked.items("component").any(|a| same_code(a, c)))
        }
        _ => false,
    }
}

/// Whether the `code` of two elements means the same.
fn same_code(a: Value<'_>, b: Value<'_>) -> bool {
    match (a.get("code"), b.get("code")) {
        (Some(a), Some(b)) => same_concept(a, b),
        _ => false,
    }
}

/// Whether two concepts share a coding, or have the same text and no codings.
fn same_concept(a: Value<'_>, b: Value<'_>) -> bool {
    if a.get("coding").is_none() && b.get("coding").is_none() {
        return a.str("text").is_some() && a.str("text") == b.str("text");
    }
    a.items("coding").any(|x| {
        b.items("coding")
            .any(|y| x.str("code").is_some() && x.str("code") == y.str("code") && x.str("system") == y.str("system"))
    })
}
