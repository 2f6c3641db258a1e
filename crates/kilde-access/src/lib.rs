#![doc = include_str!("../README.md")]

pub mod authn;
pub mod category;
pub mod decide;
pub mod identity;
pub mod instance;
pub mod log;
pub mod mask;
pub mod policy;
pub mod question;
pub mod roles;
pub mod scope;
#[cfg(feature = "testing")]
pub mod testing;

pub use authn::{Authenticator, AuthenticatorConfig, Issuer, Presented, Proof, Unauthenticated};
pub use category::{Categories, Category};
pub use decide::decide;
pub use identity::{Actor, Attestation, Identity, Purpose};
pub use instance::{Agreement, ClientKind, InstancePolicy, RegisteredClient, Unit, UnitKind};
pub use log::{AccessEntry, AccessLog, AccessLogError};
pub use question::{Action, Decision, Ground, Permit, Question, Refusal, Relations};
pub use scope::{AccessScope, Persons};
