#![doc = include_str!("../README.md")]

pub mod age;
pub mod agreement;
pub mod authn;
pub mod block;
pub mod category;
pub mod days;
pub mod decide;
pub mod declared;
pub mod explain;
pub mod hold;
pub mod identity;
pub mod instance;
pub mod ledger;
pub mod log;
pub mod mask;
pub mod municipal;
mod place;
pub mod policy;
pub mod proxy;
pub mod question;
pub mod request;
pub mod review;
pub mod roles;
pub mod scope;
pub mod smart;
#[cfg(feature = "testing")]
pub mod testing;
pub mod widening;

pub use agreement::Agreement;
pub use authn::{Authenticator, AuthenticatorConfig, Issuer, Presented, Proof, Unauthenticated};
pub use block::Element;
pub use category::{Categories, Category};
pub use days::Days;
pub use decide::decide;
pub use declared::{Declaration, Declared};
pub use identity::{Actor, Attestation, Identity, Purpose};
pub use instance::{ClientKind, InForce, InstancePolicy, RegisteredClient, Unit, UnitKind};
pub use ledger::Ledger;
pub use log::{AccessEntry, AccessLog, AccessLogError};
pub use municipal::Municipal;
pub use question::{Action, Decision, Ground, Permit, Question, Refusal, Relations};
pub use scope::{AccessScope, Persons};
