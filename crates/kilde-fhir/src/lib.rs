#![doc = include_str!("../README.md")]

pub mod date;
pub mod definitions;
pub mod fhirpath;
pub mod finding;
pub mod json;
pub mod library;
pub mod national_id;
pub mod package;
pub mod patch;
pub mod profile;
pub mod search;
pub mod terminology;
pub mod units;
pub mod validate;
pub mod view;
pub mod xml;
