//! Where the package is not R4. The package is rebuilt from definitions that a server extended
//! with elements of its own and of R5; a comparison with models made from the original R4 package
//! (element names, cardinalities) shows these differences and no others.

/// Elements (with everything below them) and search parameters that R4 does not have.
pub const NOT_IN_R4: &[&str] = &[
    "Binary.url",
    "Bundle.entry.response.outcome",
    "DeviceDefinition-classification",
    "DeviceDefinition.bodySite",
    "DeviceDefinition.classification",
    "HealthcareService.offeredIn",
    "Meta.account",
    "Meta.accounts",
    "Meta.author",
    "Meta.compartment",
    "Meta.deleted",
    "Meta.onBehalfOf",
    "Meta.project",
    "ObservationDefinition.publisher",
    "ResearchStudy.associatedParty",
    "ResearchStudy.classifier",
    "ResearchStudy.comparisonGroup",
    "ResearchStudy.descriptionSummary",
    "ResearchStudy.label",
    "ResearchStudy.name",
    "ResearchStudy.objective.description",
    "ResearchStudy.outcomeMeasure",
    "ResearchStudy.progressStatus",
    "ResearchStudy.recruitment",
    "ResearchStudy.region",
    "ResearchStudy.result",
    "ResearchStudy.studyDesign",
    "ResearchStudy.whyStopped",
    "EvidenceVariable.characteristic",
];

/// Lines of the element table that take the place of [`NOT_IN_R4`] elements: type, line.
pub const IN_R4: &[(&str, &str)] = &[
    // A resource of any type, not an OperationOutcome alone.
    ("Bundle.entry.response", "\toutcome\t0..1\tResource\t\ts\n"),
    ("EvidenceVariable", "\tcharacteristic\t1..*\tEvidenceVariable.characteristic\t\ts\n"),
];

/// Types of the element table that take the place of [`NOT_IN_R4`] ones.
pub const TYPES_IN_R4: &[(&str, &str)] = &[(
    "EvidenceVariable.characteristic",
    "EvidenceVariable.characteristic\tBackboneElement\n\
    \tdescription\t0..1\tstring\t\t\n\
    \tdefinition[x]\t1..1\tReference(Group)|canonical|CodeableConcept|Expression|DataRequirement|TriggerDefinition\t\ts\n\
    \tusageContext\t0..*\tUsageContext\t\t\n\
    \texclude\t0..1\tboolean\t\t\n\
    \tparticipantEffective[x]\t0..1\tdateTime|Period|Duration|Timing\t\t\n\
    \ttimeFromStart\t0..1\tDuration\t\t\n\
    \tgroupMeasure\t0..1\tcode\tgroup-measure\t\n",
)];

/// Whether an element path or search parameter id is left out.
pub fn left_out(path: &str) -> bool {
    NOT_IN_R4
        .iter()
        .any(|not| path.strip_prefix(not).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
}
