//! Kilde from outside: the program as it is delivered, asked over HTTP by those who may and those who
//! may not. Knows only the published interfaces and the sandbox's client library.

mod client;
mod server;

mod backup;
mod bad_input;
mod bounds;
mod citizen;
mod faults;
mod fhir_http;
mod hardening;
mod interactions;
mod login;
mod matrix;
mod metadata;
mod municipalities;
mod nothing;
mod operations;
mod oversight;
mod packages;
mod packages_change;
mod policy;
mod seal;
mod search;
mod search_packages;
mod search_shall;
mod side_doors;
mod smart;
mod stories;
mod survival;
mod technical_log;
mod terminology;
mod terminology_stored;
mod tokens;
mod validate;
mod validate_intake;
