//! `kilde delete`: destroy one element or one person for good. The server of that instance must be stopped; a running one takes the same over HTTP.

use crate::assembly::{Stores, directory};
use crate::place::IndexedPlace;
use anyhow::Context;
use clap::Args;
use kilde_access::log::LoggedActor;
use kilde_access::{AccessEntry, AccessLog};
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::national_id::{Nin, World};
use kilde_http::server::now_ms;
use kilde_intake::Intake;
use kilde_intake::destroy::{Destroy, Destroyed, Target};
use kilde_log::PersonNo;
use std::sync::Arc;

/// The client that commands are logged as.
const NAME: &str = "kilde delete";

/// Destroy one element or one person for good: no copy of the content opens any more, once its key is in no copy of the key ring
#[derive(Args)]
pub struct Delete {
    #[command(flatten)]
    place: IndexedPlace,
    /// The element, as Type/id
    #[arg(long, conflicts_with = "person")]
    element: Option<String>,
    /// The person, by Patient/id or national number; `-` reads it from the standard input, so that it stands in no list of processes
    #[arg(long)]
    person: Option<String>,
    /// Why, in words: goes into the access log
    #[arg(long)]
    reason: String,
    /// Who decided it, by name: goes into the access log
    #[arg(long)]
    by: String,
    /// Do it; without, only say what would go
    #[arg(long)]
    yes: bool,
}

/// An instance that is stopped, as commands work on it.
pub struct Stopped {
    /// Its stores.
    pub stores: Stores,
    /// Its intake.
    pub intake: Arc<Intake>,
    /// Its access log.
    pub access: AccessLog,
}

impl Stopped {
    /// Opens it; what was begun before is carried through.
    pub fn open(place: &IndexedPlace) -> anyhow::Result<Self> {
        let place = place.prepare()?;
        let number = place.number()?;
        let stores = Stores::open(&place.data, &number, &place.master()?).context("is the server stopped?")?;
        let access = AccessLog::open(&directory(&place.data, &number).join("access"), &number, stores.keys.clone())?;
        let intake = stores.intake(World::Production);
        intake.finish_destructions()?;
        Ok(Stopped { stores, intake, access })
    }

    /// Destroys, and writes it down: an entry for each person.
    pub fn destroy(&self, targets: Vec<Target>, client: &str, by: &str, reason: &str) -> anyhow::Result<Destroyed> {
        let now_ms = now_ms();
        let done = self.intake.destroy(&Destroy { targets, client, now_ms })?;
        let entries: Vec<AccessEntry> = done
            .persons
            .iter()
            .map(|person| {
                let own = done.elements.iter().filter(|(whose, ..)| whose == person);
                let named = own.map(|(_, rtype, id, version)| (rtype.name(), id.as_str(), *version));
                entry(*person, client, by, reason, now_ms).resources(named)
            })
            .collect();
        self.access.write_blocking(&entries)?;
        Ok(done)
    }
}

fn entry(person: PersonNo, client: &str, by: &str, reason: &str, time_ms: i64) -> AccessEntry {
    AccessEntry {
        actor: LoggedActor {
            kind: "personnel".to_owned(),
            name: Some(by.to_owned()),
            client: client.to_owned(),
            ..LoggedActor::default()
        },
        person: person.0,
        action: "destroy".to_owned(),
        interaction: "destroy".to_owned(),
        automatic: false,
        ..AccessEntry::at_the_machine(client, reason, time_ms)
    }
}

impl Delete {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<()> {
        let stopped = Stopped::open(&self.place)?;
        let target = self.target(&stopped)?;
        if !self.yes {
            let elements = match &target {
                Target::Element(rtype, id) => usize::from(stopped.stores.index.doomed(*rtype, id)?.is_some()),
                Target::Person(person) => stopped.stores.index.doomed_of(*person)?.len(),
            };
            println!("{elements} elements would go for good; say --yes to do it");
            return Ok(());
        }
        let done = stopped.destroy(vec![target], NAME, &self.by, &self.reason)?;
        anyhow::ensure!(
            done.complete,
            "event {}: {} elements go for good, and it is not carried through yet: the next start does it",
            done.event,
            done.elements.len()
        );
        println!("event {}: {} elements are gone for good", done.event, done.elements.len());
        Ok(())
    }

    fn target(&self, stopped: &Stopped) -> anyhow::Result<Target> {
        if let Some(element) = &self.element {
            let parts = element
                .split_once('/')
                .and_then(|(rtype, id)| Some((ResourceType::from_name(rtype)?, id)));
            let (rtype, id) = parts.context("an element is named Type/id")?;
            return Ok(Target::Element(rtype, id.to_owned()));
        }
        let mut name = self.person.clone().context("say --element or --person")?;
        if name == "-" {
            name.clear();
            std::io::stdin().read_line(&mut name)?;
        }
        let name = name.trim();
        let identity = match name.split_once('/') {
            Some(("Patient", _)) => name.to_owned(),
            _ => {
                let nin = Nin::parse(name)
                    .ok()
                    .context("a person is named by Patient/id or a national number")?;
                format!("nin|{}", nin.as_str())
            }
        };
        let person = stopped.stores.log.person(&identity)?;
        Ok(Target::Person(person.context("the instance knows nobody of that name")?))
    }
}
