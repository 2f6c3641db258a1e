//! Who asks, as proven by a verified access token. An [`Identity`] is made by the
//! [`Authenticator`](crate::Authenticator) only.

use crate::smart::SmartScopes;
use std::sync::Arc;

/// Who asks. Fields can be read everywhere, the value can be made only in this crate.
#[non_exhaustive]
pub struct Identity {
    /// A person or a system.
    pub actor: Actor,
    /// Organisation number of the legal entity (`orgnr_parent`).
    pub legal_entity: Option<String>,
    /// Organisation number of the unit (`orgnr_child`).
    pub unit: Option<String>,
    /// Organisation number of the supplier that runs the client.
    pub supplier: Option<String>,
    /// Client id.
    pub client: String,
    /// Name of the client, for the log only.
    pub client_name: Option<String>,
    /// Granted scopes, without the audience before the slash: `les`, `skriv`, `innsyn`, `admin`.
    pub scopes: Vec<String>,
    /// The SMART scopes of the token, if it has any: it reaches what they name, and nothing else.
    pub smart: Option<Arc<SmartScopes>>,
    /// The attestation, if the token holds one; what is wrong with its form is kept, not dropped.
    pub attestation: Option<Attestation>,
    /// Whether a citizen's token says that she acts for another.
    pub claims_proxy: bool,
    /// National id of the one whom a citizen's token says that she acts for.
    pub represents: Option<String>,
    /// When the token ends (Unix ms).
    pub expires_ms: i64,
}

/// A person or a system. `Debug` shows no national id and no name.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Actor {
    /// A person at work: health personnel, case worker, administrator.
    Personnel {
        /// National id.
        pid: String,
        /// Name, if the token tells it.
        name: Option<String>,
        /// HPR number.
        hpr: Option<String>,
        /// Authorisation categories (Volven 9060) that the token itself proves.
        professions: Vec<String>,
        /// Level of assurance, 0 if untold.
        level: u8,
    },
    /// A person for herself (or for another, with a proxy).
    Citizen {
        /// National id.
        pid: String,
        /// Name, if the token tells it.
        name: Option<String>,
        /// Level of assurance, 0 if untold.
        level: u8,
    },
    /// A system without a user.
    System,
}

impl std::fmt::Debug for Actor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Actor::Personnel { level, professions, .. } => write!(f, "Personnel(level {level}, {professions:?})"),
            Actor::Citizen { level, .. } => write!(f, "Citizen(level {level})"),
            Actor::System => f.write_str("System"),
        }
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity")
            .field("actor", &self.actor)
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}

impl Actor {
    /// The national id, if it is a person. Never for output.
    pub fn pid(&self) -> Option<&str> {
        match self {
            Actor::Personnel { pid, .. } | Actor::Citizen { pid, .. } => Some(pid),
            Actor::System => None,
        }
    }

    /// The name, if the token tells it.
    pub fn name(&self) -> Option<&str> {
        match self {
            Actor::Personnel { name, .. } | Actor::Citizen { name, .. } => name.as_deref(),
            Actor::System => None,
        }
    }

    /// Level of assurance; 0 for systems and where untold.
    pub fn level(&self) -> u8 {
        match self {
            Actor::Personnel { level, .. } | Actor::Citizen { level, .. } => *level,
            Actor::System => 0,
        }
    }

    /// The kind as a stable word: `personnel`, `citizen`, `system`.
    pub fn kind(&self) -> &'static str {
        match self {
            Actor::Personnel { .. } => "personnel",
            Actor::Citizen { .. } => "citizen",
            Actor::System => "system",
        }
    }
}

impl Identity {
    /// The organisation that answers for what is done: the legal entity, or the unit if it alone is told.
    pub fn organisation(&self) -> Option<&str> {
        self.legal_entity.as_deref().or(self.unit.as_deref())
    }

    /// The name under which this client delivers: `<organisation number>/<client id>`. A person and
    /// a system behind the same client are the same source, whatever unit they act for.
    pub fn source(&self) -> Option<String> {
        self.organisation().map(|organisation| format!("{organisation}/{}", self.client))
    }

    /// The national id a request is about when it names nobody itself: the patient of the
    /// attestation, or the citizen, or whom she acts for. A read by id is judged for this person, so that what belongs to
    /// somebody else is absent.
    pub fn default_subject(&self) -> Option<&str> {
        match &self.actor {
            Actor::Personnel { .. } => self.attestation.as_ref()?.patient.as_deref(),
            Actor::Citizen { pid, .. } => Some(self.represents.as_deref().unwrap_or(pid)),
            Actor::System => None,
        }
    }

    /// Whether a scope (`les`, `skriv`, `innsyn`, `admin`) was granted.
    pub fn has_scope(&self, name: &str) -> bool {
        self.scopes.iter().any(|s| s == name)
    }
}

/// Purpose of use (HL7 ActReason, OID 2.16.840.1.113883.1.11.20448).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Purpose {
    /// Treatment.
    Treat,
    /// Emergency treatment.
    Etreat,
    /// Coordination of care, such as municipal case work.
    Coc,
    /// Break the glass.
    Btg,
}

impl Purpose {
    /// The code.
    pub fn code(self) -> &'static str {
        match self {
            Purpose::Treat => "TREAT",
            Purpose::Etreat => "ETREAT",
            Purpose::Coc => "COC",
            Purpose::Btg => "BTG",
        }
    }

    /// From the code.
    pub fn from_code(code: &str) -> Option<Purpose> {
        [Purpose::Treat, Purpose::Etreat, Purpose::Coc, Purpose::Btg]
            .into_iter()
            .find(|p| p.code() == code)
    }

    /// Whether a reason in words is demanded.
    pub fn is_emergency(self) -> bool {
        matches!(self, Purpose::Etreat | Purpose::Btg)
    }
}

/// A code with its system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coded {
    /// The code.
    pub code: String,
    /// The system, as delivered.
    pub system: Option<String>,
}

/// The trust framework's attestation, as far as it was understood. Made from a token only.
#[derive(Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Attestation {
    /// National id of the practitioner.
    pub practitioner: Option<String>,
    /// HPR number.
    pub hpr: Option<String>,
    /// Authorisation category (Volven 9060).
    pub authorization: Option<String>,
    /// Organisation number of the legal entity.
    pub legal_entity: Option<String>,
    /// Where the practitioner works (point of care), by identifier.
    pub point_of_care: Option<String>,
    /// Department, by identifier.
    pub department: Option<String>,
    /// Healthcare service.
    pub healthcare_service: Option<Coded>,
    /// Purpose of use.
    pub purpose: Option<Purpose>,
    /// Details of the purpose (service type 9151).
    pub purpose_details: Option<Coded>,
    /// Reference to the decision that gives access.
    pub decision_ref: Option<String>,
    /// What that decision is, in words.
    pub decision_description: Option<String>,
    /// Whether the practitioner chose herself to have a need (self-declared).
    pub user_selected: bool,
    /// National id of the patient; `None` for an attestation without a patient.
    pub patient: Option<String>,
    /// Time of the attestation (Unix ms).
    pub time_ms: Option<i64>,
    /// What does not follow the rules of form, as stable words (`purpose`, `toa`, `patients`, ..).
    pub defects: Vec<&'static str>,
}

impl std::fmt::Debug for Attestation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Attestation")
            .field("purpose", &self.purpose)
            .field("defects", &self.defects)
            .finish_non_exhaustive()
    }
}
