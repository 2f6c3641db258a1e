#![doc = include_str!("../README.md")]

mod apply;
mod batch;
mod canonical;
mod catch_up;
pub mod changes;
mod declared;
mod error;
mod family;
mod found_by;
mod index;
mod keys;
mod names;
mod of_person;
mod one_person;
mod people;
mod person_lookup;
mod postings;
mod read;
mod record;
mod relations;
mod sealed;
pub mod search;
mod standing;
mod store;
mod terms;
mod version;
mod visible;

pub use apply::Applied;
pub use catch_up::Progress;
pub use declared::OwnDeclaration;
pub use error::{CursorError, IndexError, SearchError};
pub use index::{Index, Options};
pub use one_person::{OnePerson, Presence};
pub use read::Read;
pub use search::{Limits, Match, Over, Page, Search};
pub use version::{Head, Version};
