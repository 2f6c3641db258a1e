//! What is asked of the policy, and what it answers.

use crate::category::Categories;
use crate::declared::Declared;
use crate::identity::{Identity, Purpose};
use crate::instance::{InstancePolicy, UnitKind};
use crate::proxy::Family;
use crate::scope::AccessScope;
use kilde_fhir::national_id::Nin;
use kilde_log::PersonNo;
use smallvec::{SmallVec, smallvec};
use std::sync::Arc;

/// What somebody wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Read a resource, a version or its history.
    Read,
    /// Search.
    Search,
    /// Is there anything (`$status`, counts).
    Exists,
    /// `$overview`.
    Overview,
    /// Create, update, transaction, message.
    Write,
    /// A citizen reads her own access log.
    TilgangsloggOwn,
    /// A controller searches the access log.
    TilgangsloggSearch,
    /// A controller searches the access log for what one employee did.
    TilgangsloggReader,
    /// See and close findings of unusual access, and reports of who has access.
    Review,
    /// A citizen sees, registers and lifts her own declarations: blocks and the like.
    Declarations,
    /// A citizen sees, gives and withdraws proxies.
    Proxies,
    /// A citizen asks for correction or deletion, or objects, and sees how it goes.
    Requests,
    /// Whoever is to answer such a request sees and answers it.
    RequestsAnswer,
    /// A system sees what has been corrected of what it was given.
    Corrections,
    /// List quarantined messages (findings, no content) and replay them.
    Quarantine,
    /// Hold a resource that comes with the question against the rules, ask about codes, read definitions:
    /// nothing that the instance knows of persons.
    Conformance,
    /// See which packages and code systems are loaded, and what could not be.
    Packages,
    /// Put packages there and take them away.
    PackagesChange,
    /// Bulk export: ask for one, see how far it is, fetch its files.
    Export,
    /// See the policy in force, and proposals to change it.
    PolicyRead,
    /// Propose a change of policy.
    PolicyPropose,
    /// Approve a change of policy.
    PolicyApprove,
    /// Ask what would be decided, and why.
    PolicyExplain,
    /// Destroy content for good, by the controller's decision.
    Destroy,
}

impl Action {
    /// All of them.
    pub const EVERY: [Action; 24] = [
        Action::Read,
        Action::Search,
        Action::Exists,
        Action::Overview,
        Action::Write,
        Action::TilgangsloggOwn,
        Action::TilgangsloggSearch,
        Action::TilgangsloggReader,
        Action::Review,
        Action::Declarations,
        Action::Proxies,
        Action::Requests,
        Action::RequestsAnswer,
        Action::Corrections,
        Action::Quarantine,
        Action::Conformance,
        Action::Packages,
        Action::PackagesChange,
        Action::Export,
        Action::PolicyRead,
        Action::PolicyPropose,
        Action::PolicyApprove,
        Action::PolicyExplain,
        Action::Destroy,
    ];

    /// The name in policies and log.
    pub fn name(self) -> &'static str {
        match self {
            Action::Read => "read",
            Action::Search => "search",
            Action::Exists => "exists",
            Action::Overview => "overview",
            Action::Write => "write",
            Action::TilgangsloggOwn => "tilgangslogg-own",
            Action::TilgangsloggSearch => "tilgangslogg-search",
            Action::TilgangsloggReader => "tilgangslogg-reader",
            Action::Review => "review",
            Action::Declarations => "declarations",
            Action::Proxies => "proxies",
            Action::Requests => "requests",
            Action::RequestsAnswer => "requests-answer",
            Action::Corrections => "corrections",
            Action::Quarantine => "quarantine",
            Action::Conformance => "conformance",
            Action::Packages => "packages",
            Action::PackagesChange => "packages-change",
            Action::Export => "export",
            Action::PolicyRead => "policy-read",
            Action::PolicyPropose => "policy-propose",
            Action::PolicyApprove => "policy-approve",
            Action::PolicyExplain => "policy-explain",
            Action::Destroy => "destroy",
        }
    }

    /// Whether it is something that is done with resources of FHIR, which is what SMART scopes name.
    pub fn is_about_resources(self) -> bool {
        matches!(
            self,
            Action::Read | Action::Search | Action::Exists | Action::Overview | Action::Write | Action::Conformance | Action::Export
        )
    }

    /// Whether content of persons may be reached by it.
    pub fn reaches_content(self) -> bool {
        matches!(
            self,
            Action::Read | Action::Search | Action::Exists | Action::Overview | Action::Export | Action::Declarations | Action::Requests
        )
    }
}

/// What the policy needs to know from the index.
pub trait Relations: Send + Sync {
    /// Whether an active relation between person and unit (or organisation, where no unit is told) is recorded at
    /// that time: an active episode of care, encounter, care team.
    fn recorded(&self, person: PersonNo, organisation: &str, unit: Option<&str>, at_ms: i64) -> bool;

    /// The person's birth date, if known.
    fn birth_date(&self, person: PersonNo) -> Option<jiff::civil::Date>;

    /// All person numbers of the same human being, this one included.
    fn same_person(&self, person: PersonNo) -> SmallVec<[PersonNo; 2]> {
        smallvec![person]
    }

    /// What the holder of this national id is to the person, by what these clients have delivered about her family. The default
    /// knows of nothing.
    fn family(&self, _holder: &str, _person: PersonNo, _at_ms: i64, _trusted: &[String]) -> Option<Family> {
        None
    }

    /// Whether the address of the person is secret, under any of her numbers. The default knows of none.
    fn secret_address(&self, _person: PersonNo) -> bool {
        false
    }

    /// What citizens have declared (blocks); `None` if nobody has declared anything. The default knows of none.
    fn declared(&self) -> Option<Arc<Declared>> {
        None
    }
}

/// One question: may this identity do this, about this person, here and now?
pub struct Question<'a> {
    /// Who asks.
    pub identity: &'a Identity,
    /// Where.
    pub instance: &'a InstancePolicy,
    /// What for.
    pub action: Action,
    /// About whom, if the instance knows the person.
    pub person: Option<PersonNo>,
    /// The national id asked about. It is held against the attestation, or against the citizen's own.
    pub nin: Option<&'a Nin>,
    /// The person whom [`Identity::default_subject`] names (the attested patient, the citizen), if
    /// the instance knows her. Where the question names the person otherwise than by number, or by
    /// another number, this shows that it is the same human being.
    pub own_person: Option<PersonNo>,
    /// The information service asked for, by id.
    pub service: Option<&'a str>,
    /// What kinds of information are asked for; [`Categories::ALL`] when it is not said.
    pub categories: Categories,
    /// Whether free-text descriptions are asked for explicitly. Asking explicitly for what the role
    /// must not see is refused; not asking gives the answer without them.
    pub descriptions: bool,
    /// The reader's reason in words (header `Kilde-Reason`, decoded).
    pub reason: Option<&'a str>,
    /// Now (Unix ms).
    pub now_ms: i64,
    /// Answers about relations.
    pub relations: &'a dyn Relations,
}

impl<'a> Question<'a> {
    /// A question with nothing but who, where, what and when; set the other fields as needed.
    pub fn new(identity: &'a Identity, instance: &'a InstancePolicy, action: Action, now_ms: i64, relations: &'a dyn Relations) -> Self {
        Question {
            identity,
            instance,
            action,
            person: None,
            nin: None,
            own_person: None,
            service: None,
            categories: Categories::ALL,
            descriptions: false,
            reason: None,
            now_ms,
            relations,
        }
    }
}

/// Why a permit was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ground {
    /// A relation recorded here.
    Recorded,
    /// The trust framework's attestation for this patient.
    Attested,
    /// The reader's own declaration of need.
    SelfDeclared,
    /// Emergency, with a reason in words.
    Emergency,
    /// Case work (coordination).
    CaseWork,
    /// The citizen herself.
    Self_,
    /// A registered proxy of the citizen.
    Proxy,
    /// A system, for what it delivers itself.
    OwnDelivery,
    /// A system, for what its organisation has delivered by any client.
    OwnOrganisation,
    /// The controller's own oversight or running of the instance; no content.
    Oversight,
    /// No person's data were asked for.
    NoPerson,
    /// The sandbox's test system.
    SandboxTest,
}

impl Ground {
    /// All of them.
    pub const EVERY: [Ground; 12] = [
        Ground::Recorded,
        Ground::Attested,
        Ground::SelfDeclared,
        Ground::Emergency,
        Ground::CaseWork,
        Ground::Self_,
        Ground::Proxy,
        Ground::OwnDelivery,
        Ground::OwnOrganisation,
        Ground::Oversight,
        Ground::NoPerson,
        Ground::SandboxTest,
    ];

    /// The stable name in the log and in policies (`@ground`).
    pub fn name(self) -> &'static str {
        match self {
            Ground::Recorded => "recorded",
            Ground::Attested => "attested",
            Ground::SelfDeclared => "self-declared",
            Ground::Emergency => "emergency",
            Ground::CaseWork => "case-work",
            Ground::Self_ => "self",
            Ground::Proxy => "proxy",
            Ground::OwnDelivery => "own-delivery",
            Ground::OwnOrganisation => "own-organisation",
            Ground::Oversight => "oversight",
            Ground::NoPerson => "no-person",
            Ground::SandboxTest => "sandbox-test",
        }
    }

    /// From the stable name.
    pub fn from_name(name: &str) -> Option<Ground> {
        Ground::EVERY.into_iter().find(|g| g.name() == name)
    }
}

/// Yes, this far, because of this.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Permit {
    /// What may be reached.
    pub scope: AccessScope,
    /// Why.
    pub ground: Ground,
    /// Id of the deciding policy.
    pub policy: String,
    /// Purpose of use, where the reader stated one.
    pub purpose: Option<Purpose>,
    /// Kind of the unit the reader works in, where known.
    pub unit: Option<UnitKind>,
    /// Whether the permit must go to the municipality's review queue and be told to the citizen
    /// at once (emergency, self-declared).
    pub review: bool,
}

/// No, because of this.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// Stable reason code.
    pub code: &'static str,
    /// HTTP status.
    pub status: u16,
    /// Text in bokmål.
    pub nb: &'static str,
    /// Text in nynorsk.
    pub nn: &'static str,
    /// Text in English.
    pub en: &'static str,
    /// Id of the deciding policy.
    pub policy: String,
}

/// Yes or no.
#[derive(Debug, Clone)]
pub enum Decision {
    /// Yes.
    Permit(Box<Permit>),
    /// No.
    Refuse(Refusal),
}

impl Decision {
    /// The permit, or the refusal as an error.
    pub fn into_result(self) -> Result<Permit, Refusal> {
        match self {
            Decision::Permit(permit) => Ok(*permit),
            Decision::Refuse(refusal) => Err(refusal),
        }
    }
}
