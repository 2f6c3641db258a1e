//! From texts to numbers and hashes: what a clause asks of the index.

use super::check::{Check, Probe, UnitProbe};
use super::{Clause, Search, System, Test, Token, Unit};
use crate::error::{IndexError, SearchError};
use crate::index::Looking;
use crate::names::system_key;
use crate::terms::{TEXT, beginning};
use crate::visible::{Reach, visible};
use kilde_access::AccessScope;
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::search::{Param, fold, param};

/// How many patients may have an identifier that is searched by.
const SAME_IDENTIFIER: usize = 100;

impl Search {
    pub(super) fn compile(&self, look: &Looking<'_>, scope: &AccessScope) -> Result<Vec<Check>, SearchError> {
        let compiler = Compiler {
            look,
            scope,
            rtype: self.rtype,
        };
        self.clauses.iter().map(|clause| compiler.clause(clause)).collect()
    }
}

/// Hash of the code and number of the system, as far as they are said.
type TokenKey = (Option<crate::keys::Hash>, Option<u32>);

struct Compiler<'a> {
    look: &'a Looking<'a>,
    scope: &'a AccessScope,
    rtype: ResourceType,
}

impl Compiler<'_> {
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
        })
    }

    /// A test that nothing can meet gives no probe.
    fn test(&self, param: &Param, test: &Test, out: &mut Vec<Probe>) -> Result<(), SearchError> {
        let index = self.look.index;
        match test {
            Test::Token(token) => out.extend(self.token(token)?.map(|(hash, system)| Probe::Token { hash, system })),
            Test::Date(prefix, range) => out.push(Probe::Date(*prefix, *range)),
            Test::Number(prefix, number) => out.push(Probe::Number(*prefix, *number)),
            Test::Quantity { prefix, number, unit } => {
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
            Test::Exact(text) => out.push(Probe::Exact {
                hash: index.hash(text),
                folded: fold(text),
            }),
            Test::Uri(uri) => out.push(Probe::Uri(beginning(uri, TEXT).to_owned())),
            Test::UriBelow(uri) => out.push(Probe::UriBelow(uri.clone())),
            Test::UriAbove(uri) => out.push(Probe::UriAbove(uri.clone())),
            Test::Local(rtype, id) => self.local(*rtype, id, out)?,
            Test::Id(id) => {
                for rtype in param.targets {
                    self.local(*rtype, id, out)?;
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
            out.extend(self.look.probes_of_person(self.scope, person)?);
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
            out.extend(self.look.probes_of_person(self.scope, person)?);
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
        let too_many = SearchError::TooCostly(SAME_IDENTIFIER as u64);
        let Some(source) = super::plan::source(self.look, patient, &check)? else {
            return Err(too_many);
        };
        let Some(rids) = source.collect(self.look, SAME_IDENTIFIER)? else {
            return Err(too_many);
        };
        for rid in rids {
            let Some(bytes) = self.look.view.get(&crate::keys::record(patient.0, rid))? else {
                continue;
            };
            let record = crate::record::Record::decode(&bytes)?;
            if check.matches(rid, &record) && visible(self.scope, &self.look.shared, &record.header, Reach::Read) {
                out.push(Probe::Target { rtype: patient.0, rid });
                if record.header.person.is_some() {
                    out.extend(self.look.probes_of_person(self.scope, record.header.person)?);
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
