//! Where an instance lies on disk, for commands that go there themselves.

use crate::assembly::{instance, library, master_key};
use clap::Args;
use kilde_log::{Instance, MasterKey};
use std::path::PathBuf;

/// Where an instance lies on disk, and the key from outside.
#[derive(Args, Clone, Debug)]
pub struct Place {
    /// Data directory
    #[arg(long)]
    pub data: PathBuf,
    /// Number of the instance
    #[arg(long)]
    pub instance: String,
    /// File with the outside key (default: DATA/master.key, which the demo makes)
    #[arg(long)]
    pub key: Option<PathBuf>,
}

impl Place {
    /// The instance.
    ///
    /// # Errors
    /// A number that none can have.
    pub fn number(&self) -> anyhow::Result<Instance> {
        instance(&self.instance)
    }

    /// The file with the outside key.
    pub fn key_file(&self) -> PathBuf {
        self.key.clone().unwrap_or_else(|| self.data.join("master.key"))
    }

    /// The outside key.
    ///
    /// # Errors
    /// A file that is not there, is open to others, or holds no key.
    pub fn master(&self) -> anyhow::Result<MasterKey> {
        master_key(&self.key_file(), false)
    }
}

/// The same, where the index is opened as well.
#[derive(Args, Clone, Debug)]
pub struct IndexedPlace {
    #[command(flatten)]
    place: Place,
    /// Folder of FHIR packages, as the configuration names it: an index is built for their search parameters too
    #[arg(long)]
    packages: Option<PathBuf>,
}

impl IndexedPlace {
    /// Reads the packages' search parameters, which comes before anything is opened, and gives the place.
    ///
    /// # Errors
    /// Of packages that cannot be read.
    pub fn prepare(&self) -> anyhow::Result<&Place> {
        library::search_parameters(self.packages.as_deref())?;
        Ok(&self.place)
    }
}
