//! Agreements between the municipality and other legal entities: data, never code.

use crate::category::Categories;
use crate::identity::Purpose;
use crate::instance::UnitKind;

/// Days after its end in which an agreement may be wound up, at most.
pub const MOST_WINDING_UP_DAYS: u16 = 90;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// An agreement with another legal entity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// What it is called, for people and for changes of it.
    pub id: String,
    /// Organisation number of the party.
    pub legal_entity: String,
    /// What kind of unit its personnel count as.
    pub unit: UnitKind,
    /// Information services covered, by id; empty means every service of the categories. What is asked for without a service (a read, a search) reaches
    /// the categories that these services show.
    pub services: Vec<String>,
    /// Categories covered.
    pub categories: Categories,
    /// Purposes covered.
    pub purposes: Vec<Purpose>,
    /// From (Unix ms), if it has a beginning.
    pub from_ms: Option<i64>,
    /// Until, exclusive (Unix ms), if it has an end.
    pub to_ms: Option<i64>,
    /// What happens at the end. With 0 nothing is reached from that moment on. With more, for so many days after it whoever the party
    /// is treating (a relation recorded here) is still reached, and nobody else.
    pub winding_up_days: u16,
}

impl Agreement {
    /// Whether it covers the service, purpose and time.
    pub fn covers(&self, service: Option<&str>, purpose: Purpose, now_ms: i64) -> bool {
        self.in_force(now_ms) && self.is_about(service, purpose)
    }

    /// Whether it has ended, and still covers service and purpose for those whom the party is treating.
    pub fn winds_up(&self, service: Option<&str>, purpose: Purpose, now_ms: i64) -> bool {
        self.has_ended(now_ms) && self.last_ms().is_some_and(|last| now_ms < last) && self.is_about(service, purpose)
    }

    fn is_about(&self, service: Option<&str>, purpose: Purpose) -> bool {
        self.purposes.contains(&purpose) && (self.services.is_empty() || service.is_none_or(|s| self.services.iter().any(|own| own == s)))
    }

    /// Whether it is in force.
    pub fn in_force(&self, now_ms: i64) -> bool {
        self.from_ms.is_none_or(|from| from <= now_ms) && !self.has_ended(now_ms)
    }

    /// Whether its end has come.
    pub fn has_ended(&self, now_ms: i64) -> bool {
        self.to_ms.is_some_and(|to| to <= now_ms)
    }

    /// The moment from which nobody is reached by it any more.
    pub fn last_ms(&self) -> Option<i64> {
        let days = i64::from(self.winding_up_days.min(MOST_WINDING_UP_DAYS));
        self.to_ms.map(|to| to.saturating_add(days * DAY_MS))
    }

    /// The moment at which what was permitted now by it ends: what goes on (pages, jobs) goes no further.
    pub fn holds_until(&self, now_ms: i64) -> Option<i64> {
        if self.has_ended(now_ms) { self.last_ms() } else { self.to_ms }
    }

    /// Whether everything that this permits is permitted by the other as well.
    pub fn is_within(&self, other: &Agreement) -> bool {
        let begins = other.from_ms.is_none_or(|other| self.from_ms.is_some_and(|own| own >= other));
        let ends = |own: Option<i64>, other: Option<i64>| other.is_none_or(|other| own.is_some_and(|own| own <= other));
        let services = other.services.is_empty() || (!self.services.is_empty() && self.services.iter().all(|s| other.services.contains(s)));
        self.legal_entity == other.legal_entity
            && self.unit == other.unit
            && services
            && self.categories.without(other.categories).is_empty()
            && self.purposes.iter().all(|p| other.purposes.contains(p))
            && begins
            && ends(self.to_ms, other.to_ms)
            && ends(self.last_ms(), other.last_ms())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::category::Category;

    const BEGIN: i64 = 1_000_000;
    const END: i64 = 2_000_000;

    fn agreement() -> Agreement {
        Agreement {
            id: "a".to_owned(),
            legal_entity: "399903009".to_owned(),
            unit: UnitKind::Fastlege,
            services: vec!["okt".to_owned()],
            categories: Categories::of(&[Category::Tjenester]),
            purposes: vec![Purpose::Treat],
            from_ms: Some(BEGIN),
            to_ms: Some(END),
            winding_up_days: 0,
        }
    }

    #[test]
    fn on_both_sides_of_the_boundary() {
        let covers = |agreement: &Agreement, now| agreement.covers(Some("okt"), Purpose::Treat, now);
        let winds_up = |agreement: &Agreement, now| agreement.winds_up(Some("okt"), Purpose::Treat, now);
        let one = agreement();
        for (now, expected) in [(BEGIN - 1, false), (BEGIN, true), (END - 1, true), (END, false)] {
            assert_eq!(covers(&one, now), expected, "{now}");
            assert!(!winds_up(&one, now), "{now}");
        }
        let later = Agreement {
            winding_up_days: 2,
            ..agreement()
        };
        let last = END + 2 * DAY_MS;
        for (now, expected) in [(END - 1, false), (END, true), (last - 1, true), (last, false)] {
            assert_eq!(winds_up(&later, now), expected, "{now}");
            assert_eq!(covers(&later, now), now < END, "{now}");
        }
        assert_eq!(later.holds_until(END - 1), Some(END));
        assert_eq!(later.holds_until(END), Some(last));
        assert!(!later.winds_up(Some("maaledata"), Purpose::Treat, END));
        assert!(!later.winds_up(Some("okt"), Purpose::Coc, END));
    }

    #[test]
    fn an_agreement_is_within_another_only_in_everything() {
        let wide = agreement();
        assert!(wide.is_within(&wide));
        let changes: [fn(&mut Agreement); 8] = [
            |a| a.legal_entity.push('1'),
            |a| a.unit = UnitKind::Sykehus,
            |a| a.services.clear(),
            |a| a.categories = Categories::ALL,
            |a| a.purposes.push(Purpose::Coc),
            |a| a.from_ms = None,
            |a| a.to_ms = Some(END + 1),
            |a| a.winding_up_days = 1,
        ];
        for (number, change) in changes.iter().enumerate() {
            let mut other = agreement();
            change(&mut other);
            assert!(!other.is_within(&wide), "{number}");
        }
        let mut narrow = agreement();
        (narrow.from_ms, narrow.to_ms, narrow.purposes) = (Some(BEGIN + 1), Some(END - 1), Vec::new());
        assert!(narrow.is_within(&wide) && !wide.is_within(&narrow));
    }
}
