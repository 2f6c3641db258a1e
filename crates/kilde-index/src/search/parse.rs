//! From names and values to a [`Search`].

use super::{Clause, Limits, Search, Sort, SortBy, Test, findings, values};
use kilde_fhir::date::Prefix;
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::finding::{Finding, Severity};
use kilde_fhir::search::{Number, Param, ParamType, fold, param};

/// Parameters of the specification that are refused by name, not as unknown.
const UNSUPPORTED: [&str; 14] = [
    "_include",
    "_revinclude",
    "_has",
    "_elements",
    "_contained",
    "_containedType",
    "_filter",
    "_text",
    "_content",
    "_list",
    "_query",
    "_type",
    "_score",
    "_graph",
];

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
        let mut parser = Parser {
            search: Search {
                rtype,
                clauses: Vec::new(),
                sort: Vec::new(),
                count: limits.count,
                only_count: false,
                total: false,
                params: Vec::new(),
                cursor: None,
                limits,
            },
            values: 0,
            errors: Vec::new(),
            ignored: Vec::new(),
            lenient,
            now_ms: now_ms(),
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
    values: usize,
    errors: Vec<Finding>,
    ignored: Vec<Finding>,
    lenient: bool,
    now_ms: i64,
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
        for (name, value) in params {
            let (errors, ignored) = (self.errors.len(), self.ignored.len());
            self.one(name, value);
            if self.errors.len() == errors && self.ignored.len() == ignored {
                self.search.params.push((name.clone(), value.clone()));
            }
        }
        for name in ["_count", "_summary", "_total", "_sort"] {
            if params.iter().filter(|(n, _)| n == name).count() > 1 {
                self.errors.push(findings::repeated(name));
            }
        }
        if self.values > limits.values {
            self.errors.push(findings::too_much(
                format!("For mange verdier i søket: høyst {}.", limits.values),
                format!("Too many values in the search: at most {}.", limits.values),
            ));
        }
    }

    fn one(&mut self, name: &str, value: &str) {
        match name {
            "_count" => self.count(value),
            "_sort" => self.sort(value),
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
            "_format" | "_pretty" => {}
            _ => self.filter(name, value),
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
        for key in value.split(',') {
            let (descending, code) = key.strip_prefix('-').map_or((false, key), |code| (true, code));
            let by = match code {
                "_lastUpdated" => Some(SortBy::Updated),
                "_id" => Some(SortBy::Id),
                code => param(self.search.rtype, code)
                    .filter(|p| p.extracted() && sortable(p.kind))
                    .map(|p| SortBy::Param(p.id)),
            };
            match by {
                Some(by) => self.search.sort.push(Sort { by, descending }),
                None => self.errors.push(findings::sort(code)),
            }
        }
        if self.search.sort.len() > 4 {
            self.errors
                .push(findings::value("_sort", "høyst fire sorteringsnøkler", "at most four sort keys"));
        }
    }

    fn filter(&mut self, name: &str, value: &str) {
        let (base, modifier) = name.split_once(':').map_or((name, None), |(base, modifier)| (base, Some(modifier)));
        if UNSUPPORTED.contains(&base) {
            return self.pass_over(findings::unsupported(name));
        }
        let (code, chain) = base.split_once('.').map_or((base, None), |(code, chain)| (code, Some(chain)));
        let found = param(self.search.rtype, code);
        let parts = values::split(value, ',');
        self.values += parts.len();
        match (code, found) {
            ("_id" | "_lastUpdated", _) if chain.is_some() || modifier.is_some() => self.errors.push(findings::modifier(name)),
            ("_id", _) => self.ids(&parts),
            ("_lastUpdated", _) => self.updated(&parts),
            (_, None) => self.pass_over(findings::unknown(self.search.rtype.name(), name)),
            (_, Some(param)) if !param.extracted() => self.pass_over(findings::unsupported(name)),
            (_, Some(param)) => self.tests(param, name, chain, modifier, &parts),
        }
    }

    fn pass_over(&mut self, finding: Finding) {
        if self.lenient {
            self.ignored.push(finding.severity(Severity::Warning));
        } else {
            self.errors.push(finding);
        }
    }

    fn ids(&mut self, parts: &[&str]) {
        if parts.iter().any(|p| p.is_empty()) {
            return self.errors.push(findings::value("_id", "en id", "an id"));
        }
        self.search
            .clauses
            .push(Clause::Id(parts.iter().map(|p| values::unescape(p)).collect()));
    }

    fn updated(&mut self, parts: &[&str]) {
        let ranges: Option<Vec<_>> = parts.iter().map(|p| self.date(p)).collect();
        match ranges {
            Some(ranges) => self.search.clauses.push(Clause::Updated(ranges)),
            None => self
                .errors
                .push(findings::value("_lastUpdated", "en dato eller et tidspunkt", "a date or a time")),
        }
    }

    fn date(&self, text: &str) -> Option<(Prefix, kilde_fhir::date::Range)> {
        let (prefix, range) = Prefix::date(&values::unescape(text))?;
        Some((
            prefix,
            if prefix == Prefix::Ap {
                range.approximately(self.now_ms)
            } else {
                range
            },
        ))
    }

    fn tests(&mut self, param: &'static Param, name: &str, chain: Option<&str>, modifier: Option<&str>, parts: &[&str]) {
        if chain.is_none() && modifier == Some("missing") {
            return match parts {
                ["true"] | ["false"] => self.search.clauses.push(Clause::Missing {
                    param: param.id,
                    missing: parts == ["true"],
                }),
                _ => self.errors.push(findings::value(name, "«true» eller «false»", "'true' or 'false'")),
            };
        }
        let Some(how) = How::of(param, chain, modifier) else {
            return self.errors.push(findings::modifier(name));
        };
        let tests: Option<Vec<Test>> = parts.iter().map(|part| self.test(how, part)).collect();
        match tests {
            Some(tests) => self.search.clauses.push(Clause::Any {
                param,
                not: how == How::NotToken,
                tests,
            }),
            None => {
                let (nb, en) = how.expected();
                self.errors.push(findings::value(name, nb, en));
            }
        }
    }

    fn test(&self, how: How, part: &str) -> Option<Test> {
        if part.is_empty() {
            return None;
        }
        let folded = || Some(fold(&values::unescape(part))).filter(|f| !f.is_empty());
        Some(match how {
            How::Token | How::NotToken => Test::Token(values::token(part)?),
            How::Identifier => Test::Identifier(values::token(part)?),
            How::PatientIdentifier => Test::PatientIdentifier(values::token(part)?),
            How::Date => self.date(part).map(|(prefix, range)| Test::Date(prefix, range))?,
            How::Number => {
                let (prefix, number) = Number::search(part)?;
                Test::Number(prefix, widened(prefix, number))
            }
            How::Quantity => {
                let (number, unit) = values::quantity(part)?;
                let (prefix, number) = Number::search(number)?;
                Test::Quantity {
                    prefix,
                    number: widened(prefix, number),
                    unit,
                }
            }
            How::Starts => Test::Starts(folded()?),
            How::Contains => Test::Contains(folded()?),
            How::Exact => Test::Exact(values::unescape(part)),
            How::Uri => Test::Uri(values::unescape(part)),
            How::UriBelow => Test::UriBelow(values::unescape(part)),
            How::UriAbove => Test::UriAbove(values::unescape(part)),
            How::Reference => reference(part),
            How::ReferenceTo(rtype) => match reference(part) {
                Test::Id(id) => Test::Local(rtype, id),
                Test::Local(named, id) if named == rtype => Test::Local(named, id),
                _ => return None,
            },
        })
    }
}

fn widened(prefix: Prefix, number: Number) -> Number {
    if prefix == Prefix::Ap { number.approximately() } else { number }
}

/// `Type/id` (a version after it is passed over), `id`, or a url.
fn reference(part: &str) -> Test {
    let text = values::unescape(part);
    let mut pieces = text.split('/');
    let local = match (pieces.next(), pieces.next(), pieces.next(), pieces.next(), pieces.next()) {
        (Some(rtype), Some(id), None, ..) => Some((rtype, id)),
        (Some(rtype), Some(id), Some("_history"), Some(_), None) => Some((rtype, id)),
        (Some(id), None, ..) if !id.contains(':') => return Test::Id(id.to_owned()),
        _ => None,
    };
    match local.and_then(|(rtype, id)| Some((ResourceType::from_name(rtype)?, id))) {
        Some((rtype, id)) => Test::Local(rtype, id.to_owned()),
        None => Test::Absolute(text),
    }
}

fn sortable(kind: ParamType) -> bool {
    matches!(
        kind,
        ParamType::Date | ParamType::String | ParamType::Number | ParamType::Quantity | ParamType::Uri
    )
}

/// How the values of a parameter are read: by its type, modifier and chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    Token,
    NotToken,
    Identifier,
    PatientIdentifier,
    Date,
    Number,
    Quantity,
    Starts,
    Contains,
    Exact,
    Uri,
    UriBelow,
    UriAbove,
    Reference,
    ReferenceTo(ResourceType),
}

impl How {
    fn of(param: &Param, chain: Option<&str>, modifier: Option<&str>) -> Option<How> {
        let patient = || param.targets.iter().any(|t| t.name() == "Patient");
        Some(match (param.kind, chain, modifier) {
            (ParamType::Reference, Some("identifier"), None) if patient() => How::PatientIdentifier,
            (_, Some(_), _) => return None,
            (ParamType::Token, _, None) => How::Token,
            (ParamType::Token, _, Some("not")) => How::NotToken,
            (ParamType::Date, _, None) => How::Date,
            (ParamType::Number, _, None) => How::Number,
            (ParamType::Quantity, _, None) => How::Quantity,
            (ParamType::String, _, None) => How::Starts,
            (ParamType::String, _, Some("contains")) => How::Contains,
            (ParamType::String, _, Some("exact")) => How::Exact,
            (ParamType::Uri, _, None) => How::Uri,
            (ParamType::Uri, _, Some("below")) => How::UriBelow,
            (ParamType::Uri, _, Some("above")) => How::UriAbove,
            (ParamType::Reference, _, None) => How::Reference,
            (ParamType::Reference, _, Some("identifier")) => How::Identifier,
            (ParamType::Reference, _, Some(rtype)) => {
                let rtype = ResourceType::from_name(rtype)?;
                param.targets.contains(&rtype).then_some(How::ReferenceTo(rtype))?
            }
            _ => return None,
        })
    }

    fn expected(self) -> (&'static str, &'static str) {
        match self {
            How::Token | How::NotToken | How::Identifier | How::PatientIdentifier => (
                "«kode», «system|kode», «|kode» eller «system|»",
                "'code', 'system|code', '|code' or 'system|'",
            ),
            How::Date => (
                "en dato eller et tidspunkt, eventuelt med prefiks",
                "a date or a time, with or without a prefix",
            ),
            How::Number => ("et tall, eventuelt med prefiks", "a number, with or without a prefix"),
            How::Quantity => (
                "«tall», «tall|system|kode» eller «tall||enhet»",
                "'number', 'number|system|code' or 'number||unit'",
            ),
            How::Starts | How::Contains | How::Exact => ("en tekst", "a text"),
            How::Uri | How::UriBelow | How::UriAbove => ("en uri", "a uri"),
            How::Reference | How::ReferenceTo(_) => ("«Type/id», «id» eller en url", "'Type/id', 'id' or a url"),
        }
    }
}
