//! A QuestionnaireResponse against the Questionnaire that it answers.

mod answer;
mod enabled;
mod quantity;

use super::Run;
use crate::json::Value;
use crate::package::Canonical;
use crate::profile::invariants::Focus;
use crate::profile::say::{self, Asked};
use enabled::{Answers, compare, typed};

/// Items nested deeper than this are not followed.
const MAX_DEPTH: usize = 40;

/// Where R4's extensions and those of Structured Data Capture are defined.
const R4: &str = "http://hl7.org/fhir/StructureDefinition/";
const SDC: &str = "http://hl7.org/fhir/uv/sdc/StructureDefinition/";

/// What all items of one response share.
struct Form<'q, 'a> {
    answers: Answers<'a>,
    response: Value<'a>,
    /// The questionnaire is one of the loaded packages, so its expressions may be kept.
    loaded: bool,
    /// Required answers may still be missing.
    unfinished: bool,
    questionnaire: Value<'q>,
}

impl<'a> Run<'_, 'a> {
    /// The response's items, if the Questionnaire is at hand.
    pub(super) fn questionnaire_response(&mut self, response: Value<'a>) {
        let Some(place) = response.get("questionnaire") else { return };
        let Some(canonical) = place.as_str() else { return };
        let contained = canonical.strip_prefix('#').and_then(|id| {
            let mut contained = response.items("contained");
            contained.find(|c| c.str("id").as_deref() == Some(id) && c.str("resourceType").as_deref() == Some("Questionnaire"))
        });
        if let Some(questionnaire) = contained {
            self.form(response, questionnaire, false);
            return;
        }
        let packages = self.v.packages().clone();
        let found = packages
            .resolve("Questionnaire", &canonical, None)
            .and_then(|id| packages.resource(id).document().cloned());
        match found {
            Some(document) => self.form(response, document.root(), true),
            None => self.note(place, false, || say::questionnaire_unknown(Canonical::new(&canonical).url)),
        }
    }

    fn form(&mut self, response: Value<'a>, questionnaire: Value<'_>, loaded: bool) {
        let status = response.str("status").unwrap_or_default();
        let form = Form {
            answers: Answers::of(response),
            response,
            loaded,
            unfinished: matches!(&*status, "in-progress" | "stopped" | "entered-in-error"),
            questionnaire,
        };
        self.level(&form, response, questionnaire, 0);
    }

    /// The items below one place of the form.
    fn level(&mut self, form: &Form<'_, 'a>, place: Value<'a>, asked: Value<'_>, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        let questions: Vec<Value<'_>> = asked.items("item").collect();
        let mut given: Vec<Vec<Value<'a>>> = vec![Vec::new(); questions.len()];
        let mut last = 0;
        for item in place.items("item") {
            if !self.step() {
                return;
            }
            let Some(link) = item.str("linkId") else { continue };
            match questions.iter().position(|q| q.str("linkId").as_deref() == Some(&*link)) {
                Some(index) => {
                    if index < last {
                        self.note(item, false, || say::questionnaire(Asked::Order));
                    }
                    last = last.max(index);
                    given[index].push(item);
                }
                None => {
                    let elsewhere = find(form.questionnaire, &link, 0);
                    self.note(item, false, || {
                        say::questionnaire(if elsewhere { Asked::Elsewhere } else { Asked::LinkId })
                    });
                }
            }
        }
        for (question, items) in questions.into_iter().zip(given) {
            self.question(form, place, question, &items, depth);
        }
    }

    /// One question and what is given for it.
    fn question(&mut self, form: &Form<'_, 'a>, place: Value<'a>, question: Value<'_>, items: &[Value<'a>], depth: usize) {
        let kind = question.str("type").unwrap_or_default();
        let flag = |name: &str| question.get(name).and_then(Value::as_bool) == Some(true);
        let answers: usize = items.iter().map(|i| i.items("answer").count()).sum();
        let silent = matches!(&*kind, "group" | "display" | "question");
        if !form.answers.enabled(question) || self.expression_forbids(form, question) {
            if let Some(item) = items.iter().find(|i| i.get("answer").is_some() || i.get("item").is_some()) {
                self.note(*item, false, || say::questionnaire(Asked::NotEnabled));
            }
            return;
        }
        let there = if silent { items.len() } else { answers };
        if flag("required") && there == 0 && kind != "display" && !form.unfinished {
            self.note(items.first().copied().unwrap_or(place), false, || {
                say::questionnaire(Asked::Required)
            });
        }
        if !flag("repeats") && (items.len() > 1 || answers > 1) && kind != "display" {
            self.note(items[0], false, || say::questionnaire(Asked::Once));
        }
        if let Some(item) = items.first() {
            self.occurrences(question, *item, there, form.unfinished);
        }
        self.exclusive(question, items);
        for item in items {
            if silent && item.get("answer").is_some() {
                self.note(*item, false, || say::questionnaire(Asked::NoAnswer));
            }
            for answer in item.items("answer").filter(|_| !silent) {
                self.answer(form, question, &kind, answer);
                self.level(form, answer, question, depth + 1);
            }
            if silent || item.get("item").is_some() {
                self.level(form, *item, question, depth + 1);
            }
        }
    }

    /// Whether Structured Data Capture's `enableWhenExpression` of the question is known not to hold.
    fn expression_forbids(&mut self, form: &Form<'_, 'a>, question: Value<'_>) -> bool {
        let expression = extension(question, "sdc-questionnaire-enableWhenExpression").and_then(|e| e.get("valueExpression"));
        let Some(expression) = expression.filter(|e| e.str("language").as_deref() == Some("text/fhirpath") && form.loaded) else {
            return false;
        };
        let (Some(text), Some(evaluator)) = (expression.str("expression"), self.v.invariants.clone()) else {
            return false;
        };
        let focus = Focus {
            value: Some(form.response),
            companion: None,
            type_name: "QuestionnaireResponse",
            resource: form.response,
            root_resource: form.response,
            whole: self.root,
        };
        let holds = evaluator.compile(&text).and_then(|compiled| evaluator.holds(compiled, &focus));
        holds == Ok(false)
    }

    /// An exclusive option (`questionnaire-optionExclusive`) is chosen alone.
    fn exclusive(&mut self, question: Value<'_>, items: &[Value<'a>]) {
        let alone =
            |o: &Value<'_>| extension(*o, "questionnaire-optionExclusive").and_then(|e| e.get("valueBoolean")?.as_bool()) == Some(true);
        let exclusive: Vec<Value<'_>> = question
            .items("answerOption")
            .filter(alone)
            .filter_map(|o| typed(o, "value"))
            .collect();
        let answers = || items.iter().flat_map(|i| i.items("answer"));
        if exclusive.is_empty() || answers().take(2).count() < 2 {
            return;
        }
        for answer in answers() {
            let Some(value) = typed(answer, "value") else { continue };
            if exclusive.iter().any(|o| compare(value, *o) == Some(std::cmp::Ordering::Equal)) {
                self.note(value, false, || say::questionnaire(Asked::Exclusive));
            }
        }
    }

    fn occurrences(&mut self, question: Value<'_>, item: Value<'a>, count: usize, unfinished: bool) {
        let bound = |name: &str| extension(question, name).and_then(|e| e.get("valueInteger")?.as_number()?.parse::<usize>().ok());
        if let Some(max) = bound("questionnaire-maxOccurs")
            && count > max
        {
            self.note(item, false, || say::questionnaire(Asked::AtMost(max)));
        }
        if let Some(min) = bound("questionnaire-minOccurs")
            && count < min
            && !unfinished
        {
            self.note(item, false, || say::questionnaire(Asked::AtLeast(min)));
        }
    }
}

/// HL7's extension of that name, of R4 or of Structured Data Capture.
fn extension<'q>(question: Value<'q>, name: &str) -> Option<Value<'q>> {
    let base = if name.starts_with("sdc-") { SDC } else { R4 };
    let mut extensions = question.items("extension");
    extensions.find(|e| e.str("url").is_some_and(|u| u.strip_prefix(base) == Some(name)))
}

/// Whether the form has an item of that link id anywhere.
fn find(asked: Value<'_>, link: &str, depth: usize) -> bool {
    depth < MAX_DEPTH
        && asked
            .items("item")
            .any(|q| q.str("linkId").as_deref() == Some(link) || find(q, link, depth + 1))
}
