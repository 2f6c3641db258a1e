//! What kind of information a resource is, for minimisation. Deterministic: it is stored in the
//! index, and a change of these rules demands a rebuild.

use kilde_fhir::json::Value;
use kilde_fhir::national_id::IPLOS_SERVICE;

/// Category of information. The numbers are stored; never reuse one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Category {
    /// Municipal health and care services (IPLOS service types, OKT).
    Tjenester = 0,
    /// Measurements: vital signs, NEWS2 and its parts.
    Maaledata = 1,
    /// Everything else of a clinical kind; also what is not recognised.
    Journal = 2,
    /// Organisations, health personnel, places, definitions: no patient's data.
    Administrativt = 3,
    /// The person: Patient, RelatedPerson, Person.
    Person = 4,
    /// Services that imply coercion (IPLOS 14, 23, 24): more sensitive than other services.
    Tvang = 5,
}

impl Category {
    /// All of them, in the order of their numbers.
    pub const EVERY: [Category; 6] = [
        Category::Tjenester,
        Category::Maaledata,
        Category::Journal,
        Category::Administrativt,
        Category::Person,
        Category::Tvang,
    ];

    /// The stored number.
    pub fn to_u8(self) -> u8 {
        self as u8
    }

    /// From the stored number.
    pub fn from_u8(number: u8) -> Option<Category> {
        Category::EVERY.get(number as usize).copied()
    }

    /// The name used in tables, policies and agreements.
    pub fn name(self) -> &'static str {
        match self {
            Category::Tjenester => "tjenester",
            Category::Maaledata => "maaledata",
            Category::Journal => "journal",
            Category::Administrativt => "administrativt",
            Category::Person => "person",
            Category::Tvang => "tvang",
        }
    }

    /// From the name used in tables.
    pub fn from_name(name: &str) -> Option<Category> {
        Category::EVERY.into_iter().find(|c| c.name() == name)
    }

    /// The category of a resource. Anything unknown is `Journal`, the one with least access
    /// without a person.
    pub fn of(resource: Value<'_>) -> Category {
        let kind = resource.str("resourceType");
        match kind.as_deref().unwrap_or_default() {
            "Patient" | "RelatedPerson" | "Person" => Category::Person,
            "Observation" => {
                if is_measurement(resource) {
                    Category::Maaledata
                } else {
                    Category::Journal
                }
            }
            "EpisodeOfCare" => {
                let (service, coercion) = iplos(resource);
                match (coercion, service || has_okt_profile(resource)) {
                    (true, _) => Category::Tvang,
                    (false, true) => Category::Tjenester,
                    (false, false) => Category::Journal,
                }
            }
            "ServiceRequest" | "CarePlan" | "Encounter" | "Procedure" | "Condition" | "Consent" | "Task" => {
                if iplos(resource).1 {
                    Category::Tvang
                } else {
                    Category::Journal
                }
            }
            name if ADMINISTRATIVE.binary_search(&name).is_ok() => Category::Administrativt,
            _ => Category::Journal,
        }
    }
}

/// Types that hold no patient's data. Sorted.
const ADMINISTRATIVE: [&str; 33] = [
    "ActivityDefinition",
    "CapabilityStatement",
    "ChargeItemDefinition",
    "CodeSystem",
    "CompartmentDefinition",
    "ConceptMap",
    "DeviceDefinition",
    "Endpoint",
    "EventDefinition",
    "GraphDefinition",
    "HealthcareService",
    "ImplementationGuide",
    "InsurancePlan",
    "Library",
    "Location",
    "Measure",
    "Medication",
    "MedicationKnowledge",
    "MessageDefinition",
    "NamingSystem",
    "ObservationDefinition",
    "OperationDefinition",
    "Organization",
    "OrganizationAffiliation",
    "PlanDefinition",
    "Practitioner",
    "PractitionerRole",
    "Questionnaire",
    "SearchParameter",
    "SpecimenDefinition",
    "StructureDefinition",
    "StructureMap",
    "ValueSet",
];

const OBSERVATION_CATEGORY: &str = "http://terminology.hl7.org/CodeSystem/observation-category";
const SNOMED: &str = "http://snomed.info/sct";
const LOINC: &str = "http://loinc.org";

/// NEWS2 total, its parts, and ACVPU (SNOMED CT). Sorted.
const NEWS2_SNOMED: [&str; 10] = [
    "1104051000000101",
    "1104301000000104",
    "1104311000000102",
    "1104321000000108",
    "1104331000000105",
    "1104341000000101",
    "1104351000000103",
    "1104361000000100",
    "1104371000000107",
    "1104441000000107",
];

/// Raw measurements that NEWS2 is made from, and weight, height and body mass (LOINC). Sorted.
const MEASUREMENT_LOINC: [&str; 14] = [
    "2708-6", "29463-7", "3151-8", "39156-5", "59408-5", "67775-7", "8302-2", "8310-5", "8462-4", "8480-6", "85353-1", "85354-9", "8867-4",
    "9279-1",
];

fn is_measurement(resource: Value<'_>) -> bool {
    let vital = resource.items("category").any(|concept| {
        concept.items("coding").any(|coding| {
            coding.str("code").as_deref() == Some("vital-signs") && coding.str("system").is_none_or(|system| system == OBSERVATION_CATEGORY)
        })
    });
    vital
        || resource.items("code").any(|concept| {
            concept.items("coding").any(|coding| {
                let code = coding.str("code");
                let code = code.as_deref().unwrap_or_default();
                match coding.str("system").as_deref() {
                    Some(SNOMED) => NEWS2_SNOMED.binary_search(&code).is_ok(),
                    Some(LOINC) => MEASUREMENT_LOINC.binary_search(&code).is_ok(),
                    _ => false,
                }
            })
        })
}

fn has_okt_profile(resource: Value<'_>) -> bool {
    resource.get("meta").is_some_and(|meta| {
        meta.items("profile").any(|p| {
            p.as_str()
                .is_some_and(|p| p.starts_with("http://hl7.no/fhir/ig/okt/") && p.contains("EpisodeOfCare"))
        })
    })
}

/// Whether an IPLOS service type stands anywhere in the resource, and whether one implies coercion.
fn iplos(value: Value<'_>) -> (bool, bool) {
    let mut found = (false, false);
    let mut stack = vec![value];
    while let Some(v) = stack.pop() {
        if v.str("system").as_deref() == Some(IPLOS_SERVICE) {
            found.0 = true;
            let code = v.str("code");
            let code = code.as_deref().unwrap_or_default().trim().trim_start_matches('0');
            found.1 |= matches!(code, "14" | "23" | "24");
        }
        stack.extend(v.children().filter(|c| c.is_object() || c.is_array()));
    }
    found
}

/// A set of categories.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Categories(u8);

impl Categories {
    /// No category.
    pub const NONE: Categories = Categories(0);
    /// Every category.
    pub const ALL: Categories = Categories(0b11_1111);
    /// Only what concerns no patient.
    pub const ADMINISTRATIVE: Categories = Categories(1 << Category::Administrativt as u8);

    /// A set of these.
    pub fn of(categories: &[Category]) -> Categories {
        categories.iter().copied().collect()
    }

    /// Whether the category is in the set.
    pub fn contains(self, category: Category) -> bool {
        self.0 & (1 << category.to_u8()) != 0
    }

    /// The set with one more.
    pub fn with(self, category: Category) -> Categories {
        Categories(self.0 | 1 << category.to_u8())
    }

    /// What is in both.
    pub fn and(self, other: Categories) -> Categories {
        Categories(self.0 & other.0)
    }

    /// What is in this but not in the other.
    pub fn without(self, other: Categories) -> Categories {
        Categories(self.0 & !other.0)
    }

    /// Whether nothing is in it.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The categories, in the order of their numbers.
    pub fn iter(self) -> impl Iterator<Item = Category> {
        Category::EVERY.into_iter().filter(move |c| self.contains(*c))
    }

    /// The bits, as they go into a cursor binding.
    pub fn bits(self) -> u8 {
        self.0
    }
}

impl FromIterator<Category> for Categories {
    fn from_iter<I: IntoIterator<Item = Category>>(iter: I) -> Self {
        iter.into_iter().fold(Categories::NONE, Categories::with)
    }
}

impl std::fmt::Debug for Categories {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.iter().map(Category::name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kilde_fhir::json;

    fn of(text: &str) -> Category {
        let document = json::parse(text.as_bytes(), json::Limits::default()).expect("valid JSON in a test");
        Category::of(document.root())
    }

    #[test]
    fn tables_are_sorted() {
        assert!(ADMINISTRATIVE.is_sorted());
        assert!(NEWS2_SNOMED.is_sorted());
        assert!(MEASUREMENT_LOINC.is_sorted());
    }

    #[test]
    fn numbers_and_names_round_trip() {
        for category in Category::EVERY {
            assert_eq!(Category::from_u8(category.to_u8()), Some(category));
            assert_eq!(Category::from_name(category.name()), Some(category));
        }
        assert_eq!(Category::from_u8(6), None);
        assert_eq!(Categories::ALL.iter().count(), 6);
    }

    #[test]
    fn services_and_coercion() {
        let with = |code: &str| {
            format!(
                r#"{{"resourceType":"EpisodeOfCare","type":[{{"coding":[{{"system":"urn:oid:2.16.578.1.12.4.1.1.9151","code":"{code}"}}]}}]}}"#
            )
        };
        assert_eq!(of(&with("02")), Category::Tjenester);
        for code in ["14", "23", "24", "014"] {
            assert_eq!(of(&with(code)), Category::Tvang, "{code}");
        }
        let profile =
            r#"{"resourceType":"EpisodeOfCare","meta":{"profile":["http://hl7.no/fhir/ig/okt/StructureDefinition/OktEpisodeOfCare"]}}"#;
        assert_eq!(of(profile), Category::Tjenester);
        assert_eq!(of(r#"{"resourceType":"EpisodeOfCare","status":"active"}"#), Category::Journal);
    }

    #[test]
    fn measurements() {
        let category = r#"{"resourceType":"Observation","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}]}"#;
        assert_eq!(of(category), Category::Maaledata);
        let news2 = r#"{"resourceType":"Observation","code":{"coding":[{"system":"http://snomed.info/sct","code":"1104051000000101"}]}}"#;
        assert_eq!(of(news2), Category::Maaledata);
        let lab = r#"{"resourceType":"Observation","code":{"coding":[{"system":"http://loinc.org","code":"2093-3"}]}}"#;
        assert_eq!(of(lab), Category::Journal);
    }

    #[test]
    fn the_rest() {
        assert_eq!(of(r#"{"resourceType":"Organization"}"#), Category::Administrativt);
        assert_eq!(of(r#"{"resourceType":"Patient"}"#), Category::Person);
        assert_eq!(of(r#"{"resourceType":"Condition"}"#), Category::Journal);
        assert_eq!(of(r#"{"resourceType":"Nonsense"}"#), Category::Journal);
        assert_eq!(of("[]"), Category::Journal);
    }
}
