//! Packages and terminology: loaded beside the start, or before it where an instance examines by them.

use super::{directory, instance};
use crate::config::{Config, Instance, sources};
use anyhow::Context;
use kilde_fhir::library::{Begun, Library, Shelf, Sources};
use kilde_http::packages::OwnLibrary;
use kilde_intake::{Level, Validation};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Begins to load, for each instance by its number. If one examines what comes in beyond structure, nothing is taken in
/// before all is loaded; else the server answers at once, and the libraries come when they are ready. Instances without
/// packages of their own share one.
pub fn libraries(config: &Config) -> anyhow::Result<BTreeMap<String, OwnLibrary>> {
    let common = Sources {
        options: config.validator.options(),
        ..sources(&config.packages, &config.terminology)
    };
    // The packages first: an index is built for the search parameters that there are.
    let begun = begin(&common)?;
    let mut made = BTreeMap::new();
    for one in &config.instance {
        let folder = directory(&config.data, &instance(&one.number)?).join("packages");
        made.insert(one.number.clone(), OwnLibrary::new(common.clone(), folder, demanded(one)));
    }
    let wanted: Vec<(Shelf, Option<Sources>)> = made
        .values()
        .map(|library| {
            let own = library.own();
            (library.shelf.clone(), (!own.is_empty()).then(|| library.sources(own)))
        })
        .collect();
    if config.instance.iter().any(|i| i.validation.level() > Level::Structure) {
        fill(&wanted, begun, &common);
        spawn(move || compile(&wanted))?;
    } else {
        spawn(move || {
            fill(&wanted, begun, &common);
            compile(&wanted);
        })?;
    }
    Ok(made)
}

/// Loads the packages that are common, and has their search parameters searched by. Those of an instance's own packages are
/// not: there is one table of parameters for the process.
fn begin(sources: &Sources) -> anyhow::Result<Begun> {
    let mut begun = Library::begin(sources);
    let parameters = begun.search_parameters();
    if !parameters.is_empty() {
        tracing::info!(parameters = parameters.len(), "search parameters of packages");
    }
    parameters.install().context("search parameters of packages")?;
    Ok(begun)
}

/// Has the search parameters of a folder of packages searched by: for commands that open an index without a configuration.
pub fn search_parameters(packages: Option<&Path>) -> anyhow::Result<()> {
    let sources = Sources {
        packages: packages.map(Path::to_owned),
        ..Sources::default()
    };
    match packages {
        Some(_) => begin(&sources).map(drop),
        None => Ok(()),
    }
}

/// Loads the rest of what is common, and each instance's own with it.
fn fill(wanted: &[(Shelf, Option<Sources>)], begun: Begun, common: &Sources) {
    let shared = wanted.iter().any(|(_, own)| own.is_none());
    let all = shared.then(|| Arc::new(told(begun.finish(common))));
    for (shelf, own) in wanted {
        match (own, &all) {
            (None, Some(all)) => shelf.put(all.clone()),
            (Some(own), _) => shelf.put(load(own)),
            (None, None) => continue,
        };
    }
}

fn compile(wanted: &[(Shelf, Option<Sources>)]) {
    for library in wanted.iter().filter_map(|(shelf, _)| shelf.get()) {
        if library.compiled().is_some() {
            continue;
        }
        for finding in library.compile().iter().filter(|f| f.is_error()) {
            tracing::warn!(rule = finding.rule, "a profile cannot be used: {}", finding.en);
        }
    }
}

/// On a thread of its own.
fn spawn(work: impl FnOnce() + Send + 'static) -> anyhow::Result<()> {
    std::thread::Builder::new()
        .name("library".to_owned())
        .spawn(work)
        .context("no thread to load packages on")?;
    Ok(())
}

/// Loads, and tells the technical log what could not be.
pub fn load(sources: &Sources) -> Library {
    told(Library::load(sources))
}

fn told(library: Library) -> Library {
    let report = library.report();
    for (file, finding) in report.all_findings() {
        tracing::warn!(file, rule = finding.rule, "{}", finding.en);
    }
    tracing::info!(
        packages = report.packages.len(),
        resources = library.packages().len(),
        seconds = report.took.as_secs_f64(),
        "packages and terminology are loaded"
    );
    library
}

/// R4's own definitions are there if this is.
const CORE: &str = "http://hl7.org/fhir/StructureDefinition/Resource";

/// The profiles without which an instance cannot examine what comes in as it says.
fn demanded(one: &Instance) -> Vec<String> {
    let core = (one.validation.level() > Level::Structure).then(|| CORE.to_owned());
    core.into_iter()
        .chain(one.validation.required_profiles.values().flatten().cloned())
        .collect()
}

/// How an instance examines what comes in.
pub fn validation(one: &Instance, shelf: &Shelf) -> anyhow::Result<Option<Arc<Validation>>> {
    let level = one.validation.level();
    if level == Level::Structure {
        return Ok(None);
    }
    let library = shelf.get().context("the packages are not loaded")?;
    anyhow::ensure!(
        library.has_profile(CORE),
        "instance {} examines beyond structure, which needs the package hl7.fhir.r4.core in [packages] directory",
        one.number
    );
    for profile in one.validation.required_profiles.values().flatten() {
        anyhow::ensure!(
            library.has_profile(profile),
            "instance {} demands {profile}, which no loaded package has",
            one.number
        );
    }
    let validation = Validation::new(level, shelf.clone(), one.validation.required_profiles.clone());
    Ok(validation.map(Arc::new))
}
