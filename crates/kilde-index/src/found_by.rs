//! From what a resource is found by to terms: texts become hashes, names become numbers. The writer gives numbers to names
//! that are new; a reader that does the same for a contained resource takes those that there are.

use crate::canonical::{Canonical, canonical};
use crate::error::IndexError;
use crate::index::{Index, Looking};
use crate::keys::{Hash, Rid};
use crate::terms::{Builder, CONTAINS, NO_SYSTEM, Term};
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::json::Value;
use kilde_fhir::national_id::nin_of;
use kilde_fhir::search::{Indexed, ParamId, Part, Reference, composites, extract, fold};
use kilde_fhir::units;

/// Who knows numbers for names.
pub(crate) trait Numbers {
    /// The index, for its hashes.
    fn index(&self) -> &Index;
    /// The number of a resource.
    fn rid(&mut self, rtype: u8, id: &str) -> Result<Rid, IndexError>;
    /// The number of a code system or identifier system.
    fn system(&mut self, system: &str) -> Result<u32, IndexError>;
    /// A quantity in base units.
    fn canonical(&mut self, low: f64, high: f64, code: &str) -> Option<Canonical>;
    /// A code that a system has under a parameter.
    fn coded(&mut self, _param: ParamId, _system: u32, _hash: Hash) {}
}

/// The number of a resource that there is not, or that nothing refers to by number.
pub(crate) const NOBODY: Rid = 0;

/// Gives a reader the numbers that there are. What has none gets one that nothing else has.
pub(crate) struct Reading<'l, 'a>(pub &'l Looking<'a>);

impl Numbers for Reading<'_, '_> {
    fn index(&self) -> &Index {
        self.0.index
    }

    fn rid(&mut self, rtype: u8, id: &str) -> Result<Rid, IndexError> {
        Ok(self.0.view.rid(rtype, id)?.unwrap_or(NOBODY))
    }

    fn system(&mut self, system: &str) -> Result<u32, IndexError> {
        Ok(self.0.system(system)?.unwrap_or(u32::MAX))
    }

    fn canonical(&mut self, low: f64, high: f64, code: &str) -> Option<Canonical> {
        canonical(low, high, code)
    }
}

/// Element and component, for a part of a composite parameter.
type InPart = Option<(u16, u8)>;

/// Adds everything that a resource is found by.
pub(crate) fn terms<N: Numbers>(numbers: &mut N, root: Value<'_>, builder: &mut Builder) -> Result<(), IndexError> {
    let mut outcome = Ok(());
    extract(root, &mut |param, indexed| {
        if outcome.is_ok() {
            outcome = term(numbers, root, builder, None, param, indexed);
        }
    });
    composites(root, &mut |param, part| match part {
        Part::Several => builder.add(param, Term::Several),
        Part::Of { element, component, value } => {
            if outcome.is_ok() {
                outcome = term(numbers, root, builder, Some((element, component)), param, value);
            }
        }
    });
    if let Some(container) = type_of(root) {
        for contained in root.items("contained").filter_map(type_of) {
            builder.add(
                CONTAINS,
                Term::Contains {
                    rtype: contained.0,
                    container: container.0,
                },
            );
        }
    }
    outcome
}

/// The type that a resource says it is.
pub(crate) fn type_of(resource: Value<'_>) -> Option<ResourceType> {
    ResourceType::from_name(&resource.str("resourceType")?)
}

/// A contained resource by its id.
pub(crate) fn contained<'a>(root: Value<'a>, id: &str) -> Option<Value<'a>> {
    root.items("contained").find(|c| c.str("id").is_some_and(|i| i == id))
}

/// Adds the terms of a value: of a parameter, or as part of an element of a composite one.
fn term<N: Numbers>(
    numbers: &mut N,
    root: Value<'_>,
    builder: &mut Builder,
    part: InPart,
    param: ParamId,
    indexed: Indexed<'_>,
) -> Result<(), IndexError> {
    let mut add = |term: Term<'_>| match part {
        None => builder.add(param, term),
        Some((element, component)) => builder.add_part(param, element, component, term),
    };
    match indexed {
        Indexed::Token { system, code } => {
            let hash = numbers.index().hash(code.as_deref().unwrap_or_default());
            let system = number(numbers, system.as_deref())?;
            if part.is_none() && system != NO_SYSTEM {
                numbers.coded(param, system, hash);
            }
            add(Term::Token { hash, system });
        }
        Indexed::String(text) => {
            let folded = fold(&text);
            add(Term::String {
                exact: numbers.index().hash(&text),
                folded: &folded,
            });
        }
        Indexed::Date(range) => add(Term::Date {
            from_ms: range.from_ms,
            to_ms: range.to_ms,
        }),
        Indexed::Number { low, high } => add(Term::Number { low, high }),
        Indexed::Quantity {
            low,
            high,
            system,
            code,
            unit,
            ..
        } => {
            if system.as_deref() == Some(units::SYSTEM)
                && let Some(code) = code.as_deref()
                && let Some(canonical) = numbers.canonical(low, high, code)
            {
                add(Term::Canonical {
                    low: canonical.low,
                    high: canonical.high,
                    unit: numbers.index().hash(&canonical.unit),
                });
            }
            let code = numbers.index().hash(code.as_deref().unwrap_or_default());
            let unit = numbers.index().hash(unit.as_deref().unwrap_or_default());
            let system = number(numbers, system.as_deref())?;
            add(Term::Quantity {
                low,
                high,
                system,
                code,
                unit,
            });
        }
        Indexed::Uri(uri) => add(Term::Uri(&uri)),
        Indexed::Reference(reference) => match reference {
            Reference::Local { rtype, id, .. } if id.len() <= crate::names::ID => {
                let rid = numbers.rid(rtype.0, id)?;
                add(Term::Target { rtype: rtype.0, rid });
            }
            Reference::Local { .. } => {}
            Reference::Contained(id) => {
                if let Some(rtype) = contained(root, id).and_then(type_of) {
                    add(Term::Inside { rtype: rtype.0 });
                }
            }
            Reference::Absolute(url) => add(Term::Absolute(numbers.index().hash(&url))),
            Reference::Logical { system, value, .. } => {
                if let Some(nin) = nin_of(system.as_deref(), &value) {
                    add(Term::National(numbers.index().hash(nin.as_str())));
                }
                let hash = numbers.index().hash(&value);
                let system = number(numbers, system.as_deref())?;
                add(Term::Logical { hash, system });
            }
        },
    }
    Ok(())
}

fn number<N: Numbers>(numbers: &mut N, system: Option<&str>) -> Result<u32, IndexError> {
    match system {
        None | Some("") => Ok(NO_SYSTEM),
        Some(system) => numbers.system(system),
    }
}
