#![doc = include_str!("../README.md")]

mod answer;
mod commit;
mod condition;
mod config;
mod declare;
pub mod destroy;
mod done;
mod examine;
mod intake;
mod key;
pub mod line;
mod meta;
pub mod okt;
mod own;
mod policy;
mod prepare;
mod problems;
mod quarantine;
mod rules;
mod submission;
mod template;
mod unit;
mod validation;

pub use config::{Check, IntakeConfig, IntakeLimits};
pub use declare::{Declare, DeclareError, Which, Whose};
pub use intake::Intake;
pub use meta::PRODUCER_SOURCE;
pub use policy::PolicyStepError;
pub use prepare::version_of_etag;
pub use quarantine::{Kept, ReplayError};
pub use submission::{Accepted, EntryRef, Kind, Notation, PatchForm, Rejected, Submission, Whom};
pub use unit::Prepared;
pub use validation::{Level, Validation};
