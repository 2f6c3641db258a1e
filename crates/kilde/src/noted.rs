//! What is done at the machine stands in the access log of the instance that it is done to, before it is done.

use crate::config::Config;
use kilde_access::{AccessEntry, AccessLog};
use kilde_http::server::{Municipality, now_ms};

/// Notes a command. `told` is what there is to say of it; nothing of any person.
///
/// # Errors
/// When the access log cannot be written: then nothing is done.
pub fn at_the_machine(log: &AccessLog, command: &str, told: &str) -> anyhow::Result<()> {
    log.write_blocking(&[AccessEntry::at_the_machine(command, told, now_ms())])?;
    Ok(())
}

/// Notes that the server starts, by which version and which configuration: units, clients and services are read then, so that
/// another digest than at the start before tells that something was changed.
///
/// # Errors
/// When the access log cannot be written: then no server starts.
pub async fn start(place: &Municipality, config: &Config) -> anyhow::Result<()> {
    let version = env!("CARGO_PKG_VERSION");
    let told = match config.digest(place.instance.as_str())? {
        Some(digest) => format!("version {version}, configuration {digest}"),
        None => format!("version {version}, the sandbox's own configuration"),
    };
    let entry = AccessEntry::at_the_machine("kilde serve", &told, now_ms());
    place.access_log.write(&[entry]).await?;
    Ok(())
}
