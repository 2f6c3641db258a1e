//! From names and values to a [`Search`].

use super::clause::Clause;
use super::conditions::{Conditions, Fault};
use super::include::Include;
use super::{Contained, Limits, Over, Part, Search, Sort, SortBy, findings};
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::finding::{Finding, Severity};
use kilde_fhir::search::{Param, ParamType, by_id, compartment_params, param};

impl Search {
    /// Understands the parameters of a search on a type, given as they came by GET or POST (percent-decoded).
    /// `lenient` passes over unknown parameters (`Prefer: handling=lenient`); they are told as findings
    /// and are not in [`Search::params`].
    ///
    /// # Errors
    /// Every fault that was found, at once.
    pub fn parse(
        rtype: ResourceType,
        params: &[(String, String)],
        lenient: bool,
        limits: Limits,
    ) -> Result<(Search, Vec<Finding>), Vec<Finding>> {
        Search::parse_over(Over::Type(rtype), params, lenient, limits)
    }

    /// As [`parse`](Self::parse), over the whole server or a compartment: `_type` names types, and every
    /// parameter must be one of each of them.
    ///
    /// # Errors
    /// Every fault that was found, at once.
    pub fn parse_over(
        over: Over,
        params: &[(String, String)],
        lenient: bool,
        limits: Limits,
    ) -> Result<(Search, Vec<Finding>), Vec<Finding>> {
        if let Over::Everything { of, id } = &over {
            return super::everything::parse(*of, id, params, lenient, limits);
        }
        let mut parser = Parser {
            search: Search::new(over, limits),
            conditions: Conditions {
                now_ms: now_ms(),
                limits,
                values: 0,
                branches: 0,
                in_filter: false,
            },
            errors: Vec::new(),
            ignored: Vec::new(),
            lenient,
        };
        parser.all(params);
        match parser.errors.is_empty() {
            true => Ok((parser.search, parser.ignored)),
            false => Err(parser.errors),
        }
    }
}

/// Now, milliseconds since the Unix epoch.
pub(super) fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

struct Parser {
    search: Search,
    conditions: Conditions,
    errors: Vec<Finding>,
    ignored: Vec<Finding>,
    lenient: bool,
}

impl Parser {
    fn all(&mut self, params: &[(String, String)]) {
        let limits = self.search.limits;
        if params.len() > limits.params {
            self.errors.push(findings::too_much(
                format!("For mange søkeparametre: høyst {}.", limits.params),
                format!("Too many search parameters: at most {}.", limits.params),
            ));
            return;
        }
        if params.iter().map(|(n, v)| n.len() + v.len()).sum::<usize>() > limits.text {
            self.errors.push(findings::too_much(
                format!("Søket er for langt: høyst {} tegn.", limits.text),
                format!("The search is too long: at most {} bytes.", limits.text),
            ));
            return;
        }
        if let Some((_, cursor)) = params.iter().find(|(n, _)| n == "_cursor") {
            if params.iter().any(|(n, _)| !matches!(n.as_str(), "_cursor" | "_format" | "_pretty")) {
                self.errors.push(findings::cursor_alone());
            }
            self.search.cursor = Some(cursor.clone());
            return;
        }
        self.types(params);
        for (name, value) in params {
            let (errors, ignored) = (self.errors.len(), self.ignored.len());
            self.one(name, value);
            if self.errors.len() == errors && self.ignored.len() == ignored {
                self.search.params.push((name.clone(), value.clone()));
            }
        }
        for name in ["_count", "_summary", "_total", "_sort", "_type", "_contained", "_containedType"] {
            if params.iter().filter(|(n, _)| n == name).count() > 1 {
                self.errors.push(findings::repeated(name));
            }
        }
        if self.conditions.values > limits.values {
            self.errors.push(findings::too_much(
                format!("For mange verdier i søket: høyst {}.", limits.values),
                format!("Too many values in the search: at most {}.", limits.values),
            ));
        }
    }

    /// The parts, with what lies in where it is searched.
    fn types(&mut self, params: &[(String, String)]) {
        let named = params.iter().find(|(name, _)| name == "_type").map(|(_, value)| value);
        let mut types = None;
        if let Some(value) = named {
            let known: Vec<ResourceType> = value.split(',').filter_map(ResourceType::from_name).collect();
            if known.len() != value.split(',').count() {
                self.errors.push(findings::value(
                    "_type",
                    "navn på ressurstyper med komma",
                    "names of resource types with commas",
                ));
            }
            types = Some(known);
        }
        for rtype in self.search.over.types(types.as_deref()) {
            self.search.parts.push(Part {
                rtype,
                clauses: self.place(rtype),
                sort: Vec::new(),
            });
        }
    }

    /// The condition that where it is searched sets by itself.
    fn place(&self, rtype: ResourceType) -> Vec<Clause> {
        let Over::Compartment { focus, id, .. } = &self.search.over else {
            return Vec::new();
        };
        let mut any: Vec<Clause> = compartment_params(*focus, rtype)
            .iter()
            .map(|param| Clause::Any {
                param: by_id(*param),
                not: false,
                tests: vec![super::clause::Test::Local(*focus, id.clone())],
            })
            .collect();
        if rtype == *focus {
            any.push(Clause::Id(vec![id.clone()]));
        }
        vec![Clause::Either(any)]
    }

    fn one(&mut self, name: &str, value: &str) {
        match name {
            "_count" => self.count(value),
            "_sort" => self.sort(value),
            "_type" if matches!(self.search.over, Over::Type(_)) => self.pass_over(findings::unsupported(name)),
            "_type" => {}
            "_summary" => match value {
                "count" => self.search.only_count = true,
                "false" => {}
                _ => self
                    .errors
                    .push(findings::value(name, "«count» eller «false»", "'count' or 'false'")),
            },
            "_total" => match value {
                "none" => self.search.total = false,
                "estimate" | "accurate" => self.search.total = true,
                _ => self.errors.push(findings::value(
                    name,
                    "«none», «estimate» eller «accurate»",
                    "'none', 'estimate' or 'accurate'",
                )),
            },
            "_contained" | "_containedType" => self.contained(name, value),
            "_format" | "_pretty" => {}
            "_elements" => self.pass_over(findings::unsupported(name)),
            _ if name.starts_with("_include") || name.starts_with("_revinclude") => match Include::parse(name, value) {
                Ok(include) => self.search.includes.push(include),
                Err(Fault::Unknown(finding)) => self.pass_over(finding),
                Err(Fault::Wrong(finding)) => self.errors.push(finding),
            },
            _ => self.filter(name, value),
        }
    }

    fn contained(&mut self, name: &str, value: &str) {
        let contained = &mut self.search.contained;
        match (name, value) {
            ("_contained", "false") => (contained.also, contained.only) = (false, false),
            ("_contained", "true") => (contained.also, contained.only) = (true, true),
            ("_contained", "both") => (contained.also, contained.only) = (true, false),
            ("_containedType", "container") => contained.themselves = false,
            ("_containedType", "contained") => contained.themselves = true,
            ("_contained", _) => self
                .errors
                .push(findings::value(name, "«true», «false» eller «both»", "'true', 'false' or 'both'")),
            _ => self
                .errors
                .push(findings::value(name, "«container» eller «contained»", "'container' or 'contained'")),
        }
        if self.search.contained.also && !matches!(self.search.over, Over::Type(_)) {
            self.search.contained = Contained::default();
            self.pass_over(findings::contained(name));
        }
    }

    fn filter(&mut self, name: &str, value: &str) {
        let mut clauses = Vec::new();
        // Of a value that is meant for many types, the parts are counted once.
        let values = self.conditions.values;
        for part in &self.search.parts {
            self.conditions.values = values;
            match self.conditions.clause(part.rtype, name, value) {
                Ok(clause) => clauses.push(clause),
                Err(Fault::Unknown(finding)) => return self.pass_over(finding),
                Err(Fault::Wrong(finding)) => return self.errors.push(finding),
            }
        }
        for (part, clause) in self.search.parts.iter_mut().zip(clauses) {
            part.clauses.push(clause);
        }
    }

    fn count(&mut self, value: &str) {
        match value.parse::<u32>() {
            Ok(0) => self.search.only_count = true,
            Ok(n) => self.search.count = (n as usize).min(self.search.limits.max_count),
            Err(_) => self.errors.push(findings::value("_count", "et helt tall", "a whole number")),
        }
    }

    fn sort(&mut self, value: &str) {
        for part in &mut self.search.parts {
            for key in value.split(',') {
                let (descending, code) = key.strip_prefix('-').map_or((false, key), |code| (true, code));
                let by = match code {
                    "_lastUpdated" => Some(SortBy::Updated),
                    "_id" => Some(SortBy::Id),
                    code => param(part.rtype, code).and_then(sortable),
                };
                match by {
                    Some(by) => part.sort.push(Sort { by, descending }),
                    None => return self.errors.push(findings::sort(code)),
                }
            }
        }
        if value.split(',').count() > 4 {
            self.errors
                .push(findings::value("_sort", "høyst fire sorteringsnøkler", "at most four sort keys"));
        }
    }

    fn pass_over(&mut self, finding: Finding) {
        if self.lenient {
            self.ignored.push(finding.severity(Severity::Warning));
        } else {
            self.errors.push(finding);
        }
    }
}

/// How is sorted by a parameter; composite and special ones have no order.
fn sortable(param: &Param) -> Option<SortBy> {
    match param.kind {
        _ if !param.extracted() => None,
        ParamType::Token | ParamType::Reference => Some(SortBy::Text(param.id)),
        _ => Some(SortBy::Param(param.id)),
    }
}
