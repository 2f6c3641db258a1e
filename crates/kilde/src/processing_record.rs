//! `kilde processing-record`: a municipality's record of processing (*behandlingsprotokoll*, GDPR article 30 no. 1), made from
//! the manifests of its activated services, its policy, and what it says of itself under `[instance.record]`.
//!
//! No key is needed and no data are opened: a privacy officer with the two files can run it.

mod markdown;

use crate::assembly::guard;
use crate::config::{self, Config};
use anyhow::{Context, ensure};
use clap::{Args, ValueEnum};
use jiff::{Timestamp, Zoned, tz::TimeZone};
use kilde_access::{Agreement, InstancePolicy};
use kilde_services::processing::{Processing, common};
use kilde_services::{Services, all};
use serde::Serialize;
use std::path::PathBuf;

/// Write a municipality's record of processing (behandlingsprotokoll) from its configuration
#[derive(Args)]
pub struct Command {
    /// Configuration file
    #[arg(long)]
    config: PathBuf,
    /// Number of the instance (needed when the configuration has several)
    #[arg(long)]
    instance: Option<String>,
    /// Form
    #[arg(long, value_enum, default_value = "markdown")]
    format: Format,
    /// Where to write it (default: standard output)
    #[arg(long)]
    out: Option<PathBuf>,
}

/// What the record is written as.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// To read, fill in and sign
    Markdown,
    /// For other systems
    Json,
}

impl Command {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<()> {
        let config = Config::read(&self.config)?;
        let one = match (&self.instance, config.instance.as_slice()) {
            (Some(number), all) => all.iter().find(|one| one.number == *number),
            (None, [one]) => Some(one),
            (None, _) => anyhow::bail!("the configuration has several instances: choose one with --instance"),
        };
        let one = one.context("the configuration has no such instance")?;
        let policy = crate::serve::policy(&config, one)?;
        let today = Timestamp::now().to_zoned(TimeZone::get("Europe/Oslo").unwrap_or(TimeZone::UTC));
        let record = Record::of(one, &policy, &today)?;
        let text = match self.format {
            Format::Markdown => markdown::write(&record),
            Format::Json => serde_json::to_string_pretty(&record)? + "\n",
        };
        match self.out {
            Some(file) => guard::write_private(&file, text.as_bytes()),
            None => {
                print!("{text}");
                Ok(())
            }
        }
    }
}

/// The record. What only the municipality can say is `null` until it has said it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    instance: String,
    made: String,
    made_by: String,
    controller: Controller,
    processors: Vec<String>,
    activities: Vec<Activity>,
    agreements: Vec<Party>,
    units: Vec<String>,
    systems: Vec<String>,
    transfers: Option<String>,
    security: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Controller {
    name: String,
    organisations: Vec<String>,
    address: Option<String>,
    contact: Option<String>,
    privacy_officer: Option<String>,
    joint_controllers: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Activity {
    id: String,
    title: String,
    /// Of an information service; what every instance does has none.
    service_version: Option<String>,
    /// Whether the municipality has decided, or the product proposes.
    legal_basis_decided: bool,
    retention_decided: bool,
    categories: Vec<String>,
    resource_types: Vec<String>,
    #[serde(flatten)]
    processing: Processing,
}

/// Another legal entity that may read.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Party {
    legal_entity: String,
    counts_as: String,
    services: Vec<String>,
    categories: Vec<String>,
    purposes: Vec<String>,
    from: Option<String>,
    to: Option<String>,
}

impl Record {
    /// # Errors
    /// A service or activity that there is none of.
    fn of(one: &config::Instance, policy: &InstancePolicy, today: &Zoned) -> anyhow::Result<Self> {
        let said = &one.record;
        let active = Services::activated(&one.services)?;
        let mut activities: Vec<Activity> = active.iter().map(|service| Activity::of_service(service.manifest())).collect();
        let common = common();
        activities.extend(common.activity.into_iter().map(Activity::of_every_instance));
        for id in said.legal_basis.keys().chain(said.retention.keys()) {
            let known = activities.iter().any(|a| a.id == *id) || all().iter().any(|s| s.id() == id);
            ensure!(known, "[instance.record] names {id:?}, and there is no such activity");
        }
        for activity in &mut activities {
            if let Some(basis) = said.legal_basis.get(&activity.id) {
                activity.processing.legal_basis.clone_from(basis);
                activity.legal_basis_decided = true;
            }
            if let Some(retention) = said.retention.get(&activity.id) {
                activity.processing.retention.clone_from(retention);
                activity.retention_decided = true;
            }
        }
        Ok(Record {
            instance: one.number.clone(),
            made: today.strftime("%Y-%m-%d").to_string(),
            made_by: format!("Kilde {}", env!("CARGO_PKG_VERSION")),
            controller: Controller {
                name: policy.name.clone(),
                organisations: policy.organisations.clone(),
                address: said.address.clone(),
                contact: said.contact.clone(),
                privacy_officer: said.privacy_officer.clone(),
                joint_controllers: said.joint_controllers.clone(),
            },
            processors: said.processors.clone(),
            activities,
            agreements: policy.agreements.iter().map(party).collect(),
            units: policy
                .units
                .iter()
                .map(|u| format!("{} ({}, {})", u.name, u.kind.name(), u.id))
                .collect(),
            systems: policy.clients.iter().map(system).collect(),
            transfers: said.transfers.clone(),
            security: common.security,
        })
    }
}

impl Activity {
    fn of_service(manifest: &kilde_services::Manifest) -> Self {
        Activity {
            id: manifest.id.clone(),
            title: manifest.title.nb.clone(),
            service_version: Some(manifest.version.clone()),
            legal_basis_decided: false,
            retention_decided: false,
            categories: manifest.categories.clone(),
            resource_types: manifest.resource_types.iter().chain(&manifest.also_reads).cloned().collect(),
            processing: manifest.processing.clone(),
        }
    }

    fn of_every_instance(activity: kilde_services::processing::Activity) -> Self {
        Activity {
            id: activity.id,
            title: activity.title,
            service_version: None,
            legal_basis_decided: false,
            retention_decided: false,
            categories: Vec::new(),
            resource_types: Vec::new(),
            processing: activity.processing,
        }
    }
}

fn party(agreement: &Agreement) -> Party {
    Party {
        legal_entity: agreement.legal_entity.clone(),
        counts_as: agreement.unit.name().to_owned(),
        services: agreement.services.clone(),
        categories: agreement.categories.iter().map(|c| c.name().to_owned()).collect(),
        purposes: agreement.purposes.iter().map(|p| p.code().to_owned()).collect(),
        from: agreement.from_ms.and_then(day),
        to: agreement.to_ms.and_then(day),
    }
}

fn system(client: &kilde_access::RegisteredClient) -> String {
    use kilde_access::ClientKind::{Administrator, Manager, Operator, PrivacyOfficer, Source, Test};
    let kind = match client.kind {
        Source if client.may_write => "kilde, leverer",
        Source => "kilde, leverer ikke",
        Manager => "leder, ser funn om egen enhet",
        Administrator => "forvalter tilgang, ser verken innhold eller logg",
        Operator => "drift, ser ikke innhold",
        PrivacyOfficer => "personvernombud, ser ikke innhold",
        Test => "testsystem, bare i sandkasse",
    };
    let export = if client.may_export {
        ", masseuttrekk av egne leveranser"
    } else {
        ""
    };
    format!(
        "{} ({}, virksomhet {}): {kind}{export}",
        client.name, client.client, client.organisation
    )
}

/// The day in Oslo.
fn day(ms: i64) -> Option<String> {
    let oslo = TimeZone::get("Europe/Oslo").ok()?;
    Some(
        Timestamp::from_millisecond(ms)
            .ok()?
            .to_zoned(oslo)
            .strftime("%Y-%m-%d")
            .to_string(),
    )
}

/// The policy of an instance of the sandbox, for tests.
#[cfg(test)]
fn invented() -> InstancePolicy {
    crate::assembly::sandbox::policy("9901").expect("the sandbox has it")
}

#[cfg(test)]
mod tests;
