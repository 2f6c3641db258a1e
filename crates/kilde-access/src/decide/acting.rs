//! What a citizen may do for another, and what is kept from a young person or her parents.

use crate::age;
use crate::category::Categories;
use crate::proxy::{self, Acting, Family, Marks, Task};
use crate::question::Question;
use kilde_fhir::date::local_date;
use kilde_log::PersonNo;

/// What the holder of a national id may do for the person asked about, by proxies that she has given and by what is registered about her
/// family; `None` if nothing. What is no task of any proxy shows nothing of the person; who has some task is still her proxy.
pub(super) fn for_another(question: &Question<'_>, holder: &str) -> Option<Acting> {
    match Task::of(question.action) {
        Some(task) => in_task(question, holder, task),
        None => {
            let acts = Task::EVERY.into_iter().any(|task| in_task(question, holder, task).is_some());
            acts.then_some(Acting {
                categories: Categories::NONE,
                hides: Marks::NONE,
            })
        }
    }
}

fn in_task(question: &Question<'_>, holder: &str, task: Task) -> Option<Acting> {
    let person = question.person?;
    let today = local_date(question.now_ms);
    let mut acting: Option<Acting> = None;
    let mut also = |other: Acting| {
        acting = Some(match acting {
            None => other,
            // Whoever acts on two grounds sees what either shows.
            Some(one) => Acting {
                categories: one.categories.iter().chain(other.categories.iter()).collect(),
                hides: one.hides.and(other.hides),
            },
        });
    };
    if let Some(declared) = question.relations.declared() {
        let numbers = question.relations.same_person(person);
        for given in numbers.iter().flat_map(|number| declared.proxies(*number)) {
            if let Some(categories) = given.permits(holder, task, today) {
                also(Acting {
                    categories,
                    hides: Marks::NONE,
                });
            }
        }
    }
    let trusted = &question.instance.family_sources;
    if !trusted.is_empty()
        && let Some(family) = question.relations.family(holder, person, question.now_ms, trusted)
        && let Some(acts) = proxy::of_family(family, task, regime(question, person))
        // The log says where somebody is met. A secret address is often kept from one of the family.
        && !(task == Task::Log && family == Family::Parent && question.relations.secret_address(person))
    {
        also(acts);
    }
    acting
}

/// What a citizen sees about herself.
pub(super) fn for_herself(question: &Question<'_>) -> Acting {
    let young = question
        .person
        .and_then(|person| regime(question, person))
        .is_some_and(|regime| regime != age::Regime::Own);
    Acting {
        categories: Categories::ALL,
        hides: if young { Marks::FROM_YOUTH } else { Marks::NONE },
    }
}

fn regime(question: &Question<'_>, person: PersonNo) -> Option<age::Regime> {
    age::regime(question.relations.birth_date(person)?, local_date(question.now_ms))
}
