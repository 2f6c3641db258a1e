#![doc = include_str!("../README.md")]

pub mod finding;
pub mod json;
pub mod national_id;
