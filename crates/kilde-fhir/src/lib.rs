#![doc = include_str!("../README.md")]

pub mod date;
pub mod definitions;
pub mod finding;
pub mod json;
pub mod national_id;
pub mod search;
pub mod terminology;
pub mod units;
pub mod validate;
