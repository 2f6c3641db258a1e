//! From texts to numbers and hashes: what a clause asks of the index.

use super::Part;
use super::asking::Asking;
use super::check::{Check, Probe, UnitProbe};
use super::clause::{Asked, Clause, System, Test, Token, Unit};
use super::codes::CodesError;
use super::composite::Composite;
use super::content::{Content, OfType, Wanted};
use super::hierarchy;
use super::linked::{Chain, Has};
use crate::canonical::canonical;
use crate::error::{IndexError, SearchError};
use crate::index::Looking;
use crate::keys::Rid;
use crate::names::system_key;
use crate::record::Record;
use crate::terms::{TEXT, Term, beginning};
use crate::visible::{Reach, What, visible};
use kilde_access::AccessScope;
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::search::{Number, Param, fold, get, param};
use rustc_hash::{FxHashMap, FxHashSet};

/// How many patients may have an identifier that is searched by.
const SAME_IDENTIFIER: usize = 100;

impl Part {
    /// The checks of a part, the dearest last.
    pub(super) fn compile(&self, asking: &Asking<'_>) -> Result<Vec<Check>, SearchError> {
        let compiler = Compiler::new(asking, self.rtype);
        let mut checks = self
            .clauses
            .iter()
            .map(|clause| compiler.clause(clause))
            .collect::<Result<Vec<_>, _>>()?;
        checks.sort_by_key(Check::cost);
        Ok(checks)
    }
}

/// Hash of the code and number of the system, as far as they are said.
type TokenKey = (Option<crate::keys::Hash>, Option<u32>);

struct Compiler<'r, 'a> {
    asking: &'r Asking<'a>,
    look: &'a Looking<'a>,
    scope: &'a AccessScope,
    rtype: ResourceType,
}

impl<'r, 'a> Compiler<'r, 'a> {
    fn new(asking: &'r Asking<'a>, rtype: ResourceType) -> Self {
        Compiler {
            asking,
            look: asking.look,
            scope: asking.scope,
            rtype,
        }
    }

    fn clause(&self, clause: &Clause) -> Result<Check, SearchError> {
        Ok(match clause {
            Clause::Id(ids) => {
                let mut rids = Vec::new();
                for id in ids {
                    rids.extend(self.look.view.rid(self.rtype.0, id)?);
                }
                rids.sort_unstable();
                rids.dedup();
                Check::Rids(rids)
            }
            Clause::Updated(ranges) => Check::Updated(ranges.clone()),
            Clause::Missing { param, missing } => Check::Missing {
                param: *param,
                missing: *missing,
            },
            Clause::Any { param, not, tests } => {
                let mut probes = Vec::new();
                for test in tests {
                    self.test(param, test, &mut probes)?;
                }
                Check::Any {
                    param: param.id,
                    not: *not,
                    probes,
                }
            }
            Clause::Complete { param } => Check::Complete(self.composite(param, &[])?),
            Clause::Other { param, tests } => {
                let mut probes = Vec::new();
                for test in tests {
                    self.test(param, test, &mut probes)?;
                }
                Check::Other { param: param.id, probes }
            }
            Clause::Composite { param, values } => Check::Composite(self.composite(param, values)?),
            Clause::Chain { param, to } => {
                let mut checks = Vec::new();
                for (rtype, clause) in to {
                    checks.push((*rtype, Compiler::new(self.asking, *rtype).clause(clause)?));
                }
                Check::Chain(Box::new(Chain::new(param, checks)))
            }
            Clause::Has { rtype, param, clause } => {
                let check = Compiler::new(self.asking, *rtype).clause(clause)?;
                Check::Has(Box::new(Has::new(self.rtype, *rtype, param, check)))
            }
            Clause::Content(asked) => self.content(asked),
            Clause::List(ids) => Check::Rids(self.listed(ids)?),
            Clause::Not(clause) => Check::Not(Box::new(self.clause(clause)?)),
            Clause::All(clauses) => Check::All(clauses.iter().map(|c| self.clause(c)).collect::<Result<_, _>>()?),
            Clause::Either(clauses) => Check::Either(clauses.iter().map(|c| self.clause(c)).collect::<Result<_, _>>()?),
        })
    }

    fn content(&self, asked: &Asked) -> Check {
        let content = |what, wanted| Check::Content(Box::new(Content { what, wanted }));
        match asked {
            Asked::Text { param, starts } => content(param.code, Wanted::text(param, starts.clone())),
            Asked::OfType { param, values } => {
                let value = |of_type: &OfType| Probe::Token {
                    hash: Some(self.look.index.hash(&of_type.value)),
                    system: None,
                };
                let has_value = Check::Any {
                    param: param.id,
                    not: false,
                    probes: values.iter().map(value).collect(),
                };
                Check::All(vec![has_value, content(param.code, Wanted::of_type(param, values.clone()))])
            }
            Asked::Code { param, compared } => Check::All(vec![
                Check::Missing {
                    param: param.id,
                    missing: false,
                },
                content(param.code, Wanted::code(param, compared.clone())),
            ]),
            Asked::Narrative(lists) => content("_text", Wanted::Narrative(lists.clone())),
            Asked::Anywhere(lists) => content("_content", Wanted::Anywhere(lists.clone())),
            Asked::Near(places) => content("near", Wanted::Near(places.clone())),
        }
    }

    /// What lists within the scope name.
    fn listed(&self, ids: &[String]) -> Result<Vec<Rid>, SearchError> {
        let list = kilde_fhir::definitions::ResourceType::from_name("List").ok_or(IndexError::Damaged("table of resource types"))?;
        let mut rids = Vec::new();
        for id in ids {
            let Some(rid) = self.look.view.rid(list.0, id)? else { continue };
            self.asking.spend(1, "_list")?;
            let Some(bytes) = self.asking.record(list, rid)? else { continue };
            let record = Record::decode(&bytes)?;
            if let Some(item) = param(list, "item").filter(|_| self.asking.reaches(list, &record)) {
                rids.extend(record.terms.of(item.id).filter_map(|term| match term {
                    Term::Target { rtype, rid } if rtype == self.rtype.0 => Some(rid),
                    _ => None,
                }));
            }
        }
        rids.sort_unstable();
        rids.dedup();
        Ok(rids)
    }

    /// The codes that terminology tells, as far as the index has their systems.
    fn codes(&self, param: &Param, test: &Test) -> Result<Probe, SearchError> {
        let what = param.code;
        let codes = self.look.index.codes.read().clone().ok_or(SearchError::NoTerminology { what })?;
        let most = self.asking.limits.codes;
        let found = match test {
            Test::In(url) => codes.of_value_set(url, most),
            Test::Below(Token {
                system: System::Is(system),
                code: Some(code),
            }) => codes.below(system, code, most),
            Test::Above(Token {
                system: System::Is(system),
                code: Some(code),
            }) => codes.above(system, code, most),
            _ => Err(CodesError::Unknown),
        };
        let found = found.map_err(|error| match error {
            CodesError::Unknown => SearchError::CodesUnknown { what },
            CodesError::TooMany => SearchError::TooManyCodes { most, what },
        })?;
        let mut systems: FxHashMap<&str, Option<u32>> = FxHashMap::default();
        let mut out = FxHashSet::default();
        for code in &found {
            let system = match systems.get(code.system.as_str()) {
                Some(known) => *known,
                None => {
                    let number = match code.system.as_str() {
                        "" => Some(crate::terms::NO_SYSTEM),
                        system => self.system(system)?,
                    };
                    systems.insert(&code.system, number);
                    number
                }
            };
            out.extend(system.map(|system| (self.look.index.hash(&code.code), system)));
        }
        Ok(Probe::Codes(out))
    }

    fn composite(&self, param: &Param, values: &[Vec<Test>]) -> Result<Composite, SearchError> {
        let components: Vec<&Param> = param.components.iter().filter_map(|c| get(c.param?)).collect();
        let mut resolved = Vec::new();
        for value in values {
            let mut of_value = Vec::new();
            for (component, test) in components.iter().zip(value) {
                let mut probes = Vec::new();
                self.test(component, test, &mut probes)?;
                of_value.push(probes);
            }
            resolved.push(of_value);
        }
        Ok(Composite {
            param: param.id,
            components: components.iter().map(|c| c.id).collect(),
            values: resolved,
        })
    }

    /// A test that nothing can meet gives no probe.
    fn test(&self, param: &Param, test: &Test, out: &mut Vec<Probe>) -> Result<(), SearchError> {
        let index = self.look.index;
        match test {
            Test::Token(token) => out.extend(self.token(token)?.map(|(hash, system)| Probe::Token { hash, system })),
            Test::Date(prefix, range) => out.push(Probe::Date(*prefix, *range)),
            Test::Spans(range) => out.push(Probe::Spans(*range)),
            Test::MayBe(value) => out.push(Probe::MayBe(*value)),
            Test::Number(prefix, number) => out.push(Probe::Number(*prefix, *number)),
            Test::Quantity { prefix, number, unit } => {
                if let Some((number, unit)) = in_base_units(number, unit) {
                    out.push(Probe::Canonical {
                        prefix: *prefix,
                        number,
                        unit: index.hash(&unit),
                    });
                    return Ok(());
                }
                let unit = match unit {
                    Unit::Any => UnitProbe::Any,
                    Unit::Named(name) => UnitProbe::Named(index.hash(name)),
                    Unit::Coded { system, code } => match self.system(system)? {
                        None => return Ok(()),
                        Some(system) => UnitProbe::Coded {
                            system,
                            code: index.hash(code),
                        },
                    },
                };
                out.push(Probe::Quantity {
                    prefix: *prefix,
                    number: *number,
                    unit,
                });
            }
            Test::Starts(text) => out.push(Probe::Starts(beginning(text, TEXT).to_owned())),
            Test::Contains(text) => out.push(Probe::Contains(text.clone())),
            Test::Equal(text) => out.push(Probe::Equal(beginning(text, TEXT).to_owned())),
            Test::Ends(text) => out.push(Probe::Ends(text.clone())),
            Test::Ordered(prefix, text) => out.push(Probe::Ordered(*prefix, text.clone())),
            Test::In(_) | Test::Below(_) | Test::Above(_) => out.push(self.codes(param, test)?),
            Test::Exact(text) => out.push(Probe::Exact {
                hash: index.hash(text),
                folded: fold(text),
            }),
            Test::Uri(uri) => out.push(Probe::Uri(beginning(uri, TEXT).to_owned())),
            Test::UriBelow(uri) => out.push(Probe::UriBelow(uri.clone())),
            Test::UriAbove(uri) => out.push(Probe::UriAbove(uri.clone())),
            Test::UriPart(part, text) => out.push(Probe::UriPart(*part, text.clone())),
            Test::Local(rtype, id) => self.local(*rtype, id, out)?,
            Test::Id(id) => {
                for rtype in param.targets {
                    self.local(*rtype, id, out)?;
                }
            }
            Test::Hierarchy { way, rtype, id } => {
                let rtypes = rtype.as_ref().map_or(param.targets, std::slice::from_ref);
                for rtype in rtypes.iter().copied() {
                    if let Some(rid) = self.look.view.rid(rtype.0, id)? {
                        let rids = hierarchy::all(self.asking, rtype, rid, *way, param.code)?;
                        out.push(Probe::Targets { rtype: rtype.0, rids });
                    }
                }
            }
            Test::Absolute(url) => out.push(Probe::Absolute(index.hash(url))),
            Test::Identifier(token) => self.identifier(token, out)?,
            Test::PatientIdentifier(token) => {
                self.identifier(token, out)?;
                self.patients_with(token, out)?;
            }
        }
        Ok(())
    }

    /// A resource by its id; a patient also by every other identity of hers.
    fn local(&self, rtype: ResourceType, id: &str, out: &mut Vec<Probe>) -> Result<(), SearchError> {
        out.extend(self.look.view.rid(rtype.0, id)?.map(|rid| Probe::Target { rtype: rtype.0, rid }));
        if rtype == self.look.index.types.patient
            && let Some(person) = self.look.person_of_patient(id)?
        {
            out.extend(self.asking.probes_of_person(person, true)?);
        }
        Ok(())
    }

    /// A logical reference; a national number also by every other identity of the person.
    fn identifier(&self, token: &Token, out: &mut Vec<Probe>) -> Result<(), SearchError> {
        out.extend(self.token(token)?.map(|(hash, system)| Probe::Logical { hash, system }));
        let System::Is(system) = &token.system else { return Ok(()) };
        let Some(nin) = token
            .code
            .as_deref()
            .and_then(|code| kilde_fhir::national_id::nin_of(Some(system), code))
        else {
            return Ok(());
        };
        out.push(Probe::National(self.look.index.hash(nin.as_str())));
        if let Some(person) = self.look.person_of_nin(&nin)? {
            out.extend(self.asking.probes_of_person(person, true)?);
        }
        Ok(())
    }

    /// Patients within the scope that have the identifier, each with all identities.
    fn patients_with(&self, token: &Token, out: &mut Vec<Probe>) -> Result<(), SearchError> {
        let patient = self.look.index.types.patient;
        let (Some(identifier), Some((hash, system))) = (param(patient, "identifier"), self.token(token)?) else {
            return Ok(());
        };
        let check = Check::Any {
            param: identifier.id,
            not: false,
            probes: vec![Probe::Token { hash, system }],
        };
        let too_many = || SearchError::TooCostly {
            most: SAME_IDENTIFIER as u64,
            what: "identifier",
        };
        let source = super::plan::source(self.asking, patient, &check)?.ok_or_else(too_many)?;
        let rids = source.collect(self.asking, SAME_IDENTIFIER)?.ok_or_else(too_many)?;
        for rid in rids.iter().copied() {
            let Some(bytes) = self.asking.record(patient, rid)? else {
                continue;
            };
            let record = crate::record::Record::decode(&bytes)?;
            let what = What::record(patient, &record);
            if check.matches(self.asking, rid, &record)? && visible(self.scope, &self.look.shared, what, Reach::Read) {
                out.push(Probe::Target { rtype: patient.0, rid });
                if record.header.person.is_some() {
                    out.extend(self.asking.probes_of_person(record.header.person, true)?);
                }
            }
        }
        Ok(())
    }

    /// Hash and system of a token; `None` overall if the system is known nowhere in the index.
    fn token(&self, token: &Token) -> Result<Option<TokenKey>, IndexError> {
        let system = match &token.system {
            System::Any => None,
            System::Without => Some(crate::terms::NO_SYSTEM),
            System::Is(system) => match self.system(system)? {
                None => return Ok(None),
                some => some,
            },
        };
        Ok(Some((token.code.as_deref().map(|code| self.look.index.hash(code)), system)))
    }

    fn system(&self, system: &str) -> Result<Option<u32>, IndexError> {
        self.look.system(system)
    }
}

/// A number with a unit of UCUM, in base units; `None` for every other unit.
fn in_base_units(number: &Number, unit: &Unit) -> Option<(Number, String)> {
    let Unit::Coded { system, code } = unit else { return None };
    if system != kilde_fhir::units::SYSTEM {
        return None;
    }
    let limits = canonical(number.low, number.high, code)?;
    let value = canonical(number.value, number.value, code)?.low;
    let number = Number {
        value,
        low: limits.low,
        high: limits.high,
    };
    Some((number, limits.unit))
}

impl Looking<'_> {
    /// The number of a system, if any resource ever named it.
    pub fn system(&self, system: &str) -> Result<Option<u32>, IndexError> {
        let key = system_key(&self.index.hashing, system);
        match self.view.get(&key)? {
            None => Ok(None),
            Some(bytes) => Ok(Some(crate::keys::rid_of(&bytes).ok_or(IndexError::Damaged("system"))?)),
        }
    }
}
