//! What `_include` and `_revinclude` add to a page. Each resource is judged as a match is; one that the scope does
//! not reach is absent and not counted.

use super::asking::Asking;
use super::bounds;
use super::check::Probe;
use super::include::Include;
use super::links::Identity;
use crate::error::{IndexError, SearchError};
use crate::keys::{self, Rid};
use crate::record::Record;
use crate::version::Version;
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::search::{Param, ParamType};
use rustc_hash::FxHashSet;

/// A resource by type and number.
type Place = (ResourceType, Rid);

struct Gathering<'r, 'a> {
    asking: &'r Asking<'a>,
    /// Matches and included resources: each stands once on a page.
    seen: FxHashSet<Place>,
    /// What was added by the last round.
    fresh: Vec<Place>,
    out: Vec<Version>,
}

/// The resources that the includes add to these matches. `asking` must ask for reading.
pub(super) fn gather(asking: &Asking<'_>, includes: &[Include], matches: &[Place]) -> Result<Vec<Version>, SearchError> {
    let mut gathering = Gathering {
        asking,
        seen: matches.iter().copied().collect(),
        fresh: Vec::new(),
        out: Vec::new(),
    };
    let mut seeds = matches.to_vec();
    let mut first = true;
    while !seeds.is_empty() {
        for include in includes.iter().filter(|i| first || i.iterate) {
            for seed in &seeds {
                gathering.along(include, *seed)?;
            }
        }
        first = false;
        seeds = std::mem::take(&mut gathering.fresh);
    }
    Ok(gathering.out)
}

impl Gathering<'_, '_> {
    fn along(&mut self, include: &Include, (rtype, rid): Place) -> Result<(), SearchError> {
        let asking = self.asking;
        let Some(bytes) = asking.record(rtype, rid)? else { return Ok(()) };
        let record = Record::decode(&bytes)?;
        if include.reverse {
            return self.backward(include, rtype, rid, &record);
        }
        for param in include.params(rtype) {
            for term in record.terms.of(param.id) {
                for (target, rid) in asking.led_to(param, &term, Identity::Named)? {
                    if include.to(target) {
                        self.add(param.code, target, rid)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn backward(&mut self, include: &Include, rtype: ResourceType, rid: Rid, record: &Record<'_>) -> Result<(), SearchError> {
        if !include.to(rtype) {
            return Ok(());
        }
        let sources: Vec<ResourceType> = match include.source {
            Some(source) => vec![source],
            None => ResourceType::all().collect(),
        };
        for source in sources {
            for param in include.params(source).filter(|p| p.targets.contains(&rtype)) {
                self.referring(source, param, rtype, rid, record)?;
            }
        }
        Ok(())
    }

    fn referring(
        &mut self,
        source: ResourceType,
        param: &'static Param,
        rtype: ResourceType,
        rid: Rid,
        record: &Record<'_>,
    ) -> Result<(), SearchError> {
        let asking = self.asking;
        for probe in asking.referred_by(param, rtype, rid, record)? {
            asking.spend(1, param.code)?;
            for range in bounds::of(asking.look, param.id, &probe)?.unwrap_or_default() {
                let mut keys = asking.look.view.range(&range.low, range.high.as_deref());
                while let Some((key, _)) = keys.item()? {
                    let rid = keys::rid_of(key).ok_or(IndexError::Damaged("list of references"))?;
                    if self.refers(source, param, rid, &probe)? {
                        self.add(param.code, source, rid)?;
                    }
                    keys.next();
                }
            }
        }
        Ok(())
    }

    /// Whether a resource refers so, as this reader sees it: what stands in the list is only proposed.
    fn refers(&self, source: ResourceType, param: &Param, rid: Rid, probe: &Probe) -> Result<bool, SearchError> {
        let Some(bytes) = self.asking.record(source, rid)? else {
            return Ok(false);
        };
        let record = Record::decode(&bytes)?;
        Ok(record.terms.of(param.id).any(|term| probe.matches(&term)))
    }

    /// Adds a resource, unless it is on the page already or the scope does not reach it.
    fn add(&mut self, what: &'static str, rtype: ResourceType, rid: Rid) -> Result<(), SearchError> {
        if self.seen.contains(&(rtype, rid)) {
            return Ok(());
        }
        let asking = self.asking;
        asking.spend(1, what)?;
        let Some(bytes) = asking.record(rtype, rid)? else { return Ok(()) };
        let record = Record::decode(&bytes)?;
        if !asking.reaches(rtype, &record) {
            return Ok(());
        }
        if self.out.len() == asking.limits.included {
            return Err(SearchError::TooManyIncluded(asking.limits.included));
        }
        self.seen.insert((rtype, rid));
        self.fresh.push((rtype, rid));
        self.out
            .extend(asking.look.version(asking.scope, rtype, record.id, &record.header)?);
        Ok(())
    }
}

/// Whether a parameter can be included by.
pub(super) fn includable(param: &Param) -> bool {
    param.kind == ParamType::Reference && param.extracted()
}
