#![doc = include_str!("../README.md")]

mod clock;
pub mod html;
pub mod lang;
pub mod maaledata;
pub mod manifest;
pub mod news2;
pub mod okt;
pub mod overview;
pub mod processing;
pub mod record;
pub mod request;
pub mod service;
pub mod services;
mod status;
pub mod store;
pub mod texts;

pub use lang::Lang;
pub use manifest::Manifest;
pub use overview::{OverviewBundle, Request};
pub use record::Records;
pub use request::Asked;
pub use service::{AllUp, Service, SourceStatus};
pub use services::{Services, UnknownService, all};
pub use store::Store;
