//! Where an element stands: names and slices from the root, from its id or from path and
//! sliceName.

use crate::definitions::{TypeDef, type_of};
use crate::json::Value;

/// Elements nested deeper than this are not followed.
pub(crate) const MAX_DEPTH: usize = 32;

/// One step: the element's name, and the slice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) name: String,
    pub(super) slice: Option<String>,
    /// The slice is named by a type of the choice, which it stands for.
    pub(super) narrowed: Option<String>,
}

/// Reads the steps of elements in their order: what has no id stands in the slice before it.
#[derive(Debug, Default)]
pub(super) struct Paths {
    before: Vec<(String, Option<String>)>,
}

impl Paths {
    /// The steps below the root; `None` if the element has no usable path.
    pub(super) fn steps(&mut self, element: Value<'_>, type_name: &str) -> Option<Vec<Step>> {
        let path = element.str("path")?;
        let names: Vec<&str> = path.split('.').collect();
        if names.len() > MAX_DEPTH || names.iter().any(|n| n.is_empty()) {
            return None;
        }
        let id = element.str("id").unwrap_or_default();
        let parts: Vec<(&str, Option<&str>)> = id
            .split('.')
            .map(|p| p.split_once(':').map_or((p, None), |(n, s)| (n, Some(s))))
            .collect();
        let same = parts.len() == names.len()
            && parts
                .iter()
                .zip(&names)
                .all(|((p, _), n)| p == n || n.starts_with(p.trim_end_matches("[x]")));
        let steps: Vec<(String, Option<String>)> = if same {
            parts.iter().map(|(n, s)| ((*n).to_owned(), s.map(str::to_owned))).collect()
        } else {
            let mut steps: Vec<(String, Option<String>)> = Vec::with_capacity(names.len());
            let mut together = true;
            for (i, name) in names.iter().enumerate() {
                let last = i + 1 == names.len();
                let before = self.before.get(i).filter(|(n, _)| together && n == name);
                together = before.is_some();
                let slice = if last {
                    element.str("sliceName").map(|s| s.into_owned())
                } else {
                    before.and_then(|(_, s)| s.clone())
                };
                steps.push(((*name).to_owned(), slice));
            }
            steps
        };
        self.before.clone_from(&steps);
        Some(choices(steps, type_of(type_name)))
    }
}

/// Brings `valueQuantity` into the form `value[x]:valueQuantity`.
fn choices(steps: Vec<(String, Option<String>)>, root: Option<&'static TypeDef>) -> Vec<Step> {
    let mut def = root;
    let mut out = Vec::with_capacity(steps.len());
    for (name, slice) in steps.into_iter().skip(1) {
        let mut step = Step {
            name,
            slice,
            narrowed: None,
        };
        let mut next = None;
        if let Some(def) = def {
            if let Some(stem) = step.name.strip_suffix("[x]") {
                let typed = step.slice.as_deref().and_then(|s| def.element(s)).filter(|e| e.stem() == stem);
                step.narrowed = typed.map(|e| e.type_name().to_owned());
                next = typed.and_then(|e| e.complex());
            } else if let Some(element) = def.element(&step.name) {
                next = element.complex();
                if element.is_choice() {
                    step.slice.get_or_insert_with(|| element.name().to_owned());
                    step.narrowed = Some(element.type_name().to_owned());
                    step.name = format!("{}[x]", element.stem());
                }
            }
        }
        def = next;
        out.push(step);
    }
    out
}
