//! The rules: data of the municipality.

use anyhow::Context;
use jiff::Span;
use jiff::civil::Date;
use kilde_access::Category;
use serde::Deserialize;
use std::path::Path;

/// The rules, in order: the first that fits an element decides.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// All of them.
    #[serde(default, rename = "rule")]
    pub all: Vec<Rule>,
}

/// One rule.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Of what category.
    pub category: String,
    /// Of what resource type only.
    #[serde(rename = "type")]
    pub rtype: Option<String>,
    /// Delivered for what organisation only, by number: one who is responsible for information of its own here.
    pub organisation: Option<String>,
    /// How long, as ISO 8601 has it: `P10Y`.
    pub period: String,
    /// From when.
    pub from: Since,
    /// What is done then.
    pub action: Action,
    /// The provision it follows from, for people.
    #[serde(default)]
    pub basis: String,
}

/// From when time runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Since {
    /// The last day that it was documented on or took place.
    Documented,
    /// The day that the newest version was received.
    Received,
}

/// What is done when time is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Destroyed.
    Delete,
    /// Put into a package for the archive, and destroyed when that is verified.
    Archive,
    /// Told of only.
    Review,
}

impl Action {
    /// The name in rules.
    pub fn name(self) -> &'static str {
        match self {
            Action::Delete => "delete",
            Action::Archive => "archive",
            Action::Review => "review",
        }
    }
}

impl Rules {
    /// Reads and checks a file.
    pub fn read(path: &Path) -> anyhow::Result<Rules> {
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        Rules::parse(&text).with_context(|| format!("{}", path.display()))
    }

    fn parse(text: &str) -> anyhow::Result<Rules> {
        let rules: Rules = toml::from_str(text)?;
        for rule in &rules.all {
            rule.check().with_context(|| format!("rule for {}", rule.category))?;
        }
        Ok(rules)
    }
}

impl Rule {
    fn check(&self) -> anyhow::Result<()> {
        Category::from_name(&self.category).context("there is no such category")?;
        if let Some(name) = &self.rtype {
            kilde_fhir::definitions::ResourceType::from_name(name).context("there is no such resource type")?;
        }
        let span = self.span()?;
        anyhow::ensure!(span.is_positive(), "a period must be longer than nothing");
        Ok(())
    }

    fn span(&self) -> anyhow::Result<Span> {
        let span: Span = self.period.parse().context("a period is written as P10Y or P6M")?;
        Ok(span)
    }

    /// Whether it is about an element of this category and type, delivered for this organisation.
    pub fn is_about(&self, category: Category, rtype: &str, organisation: &str) -> bool {
        let fits = |own: &Option<String>, found: &str| own.as_deref().is_none_or(|own| own == found);
        self.category == category.name() && fits(&self.rtype, rtype) && fits(&self.organisation, organisation)
    }

    /// Whether time that began on a day is over on another. Never, where the calendar ends before.
    pub fn is_over(&self, began: Date, on: Date) -> bool {
        let end = self.span().ok().and_then(|span| began.checked_add(span).ok());
        end.is_some_and(|end| end < on)
    }

    /// What the access log is told.
    pub fn reason(&self) -> String {
        format!(
            "Bevaringsregel: {} {} {}. {}",
            self.category,
            self.period,
            self.action.name(),
            self.basis
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn rule(period: &str) -> anyhow::Result<Rules> {
        Rules::parse(&format!(
            "[[rule]]\ncategory = \"maaledata\"\nperiod = \"{period}\"\nfrom = \"documented\"\naction = \"delete\"\n"
        ))
    }

    #[test]
    fn periods_end_by_the_calendar() {
        let rules = rule("P10Y").expect("rules");
        let rule = &rules.all[0];
        assert!(!rule.is_over(date(2016, 2, 29), date(2026, 2, 28)));
        assert!(rule.is_over(date(2016, 2, 29), date(2026, 3, 1)));
        assert!(rule.is_about(Category::Maaledata, "Observation", "1") && !rule.is_about(Category::Journal, "Observation", "1"));
        let own = Rule {
            organisation: Some("1".to_owned()),
            ..rule.clone()
        };
        assert!(own.is_about(Category::Maaledata, "Observation", "1") && !own.is_about(Category::Maaledata, "Observation", "2"));
        assert!(!rule.is_over(Date::MAX, date(2026, 1, 1)));
    }

    #[test]
    fn what_means_nothing_is_refused() {
        for period in ["10", "P0D", "-P1Y", ""] {
            assert!(rule(period).is_err(), "{period}");
        }
        for text in [
            "[[rule]]\ncategory = \"x\"",
            "[[rules]]",
            "[[rule]]\ncategory = \"journal\"\nperiod = \"P1Y\"\nfrom = \"born\"\naction = \"delete\"",
        ] {
            assert!(Rules::parse(text).is_err(), "{text}");
        }
    }
}
