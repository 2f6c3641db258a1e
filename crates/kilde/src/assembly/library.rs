//! Packages and terminology: loaded beside the start, or before it where an instance examines by them.

use crate::config::{Config, Instance, sources};
use anyhow::Context;
use kilde_fhir::library::{Begun, Library, Shelf, Sources};
use kilde_intake::{Level, Validation};
use std::path::Path;
use std::sync::Arc;

/// Begins to load. If an instance examines what comes in beyond structure, nothing is taken in
/// before all is loaded; else the server answers at once, and the library comes when it is ready.
pub fn shelf(config: &Config) -> anyhow::Result<Shelf> {
    let shelf = Shelf::default();
    let sources = sources(&config.packages, &config.terminology);
    // The packages first: an index is built for the search parameters that there are.
    let begun = begin(&sources)?;
    if config.instance.iter().any(|i| i.validation.level() > Level::Structure) {
        shelf.put(finish(begun, &sources));
        spawn(shelf.clone(), None)?;
    } else {
        spawn(shelf.clone(), Some((begun, sources)))?;
    }
    Ok(shelf)
}

/// Loads the packages, and has their search parameters searched by.
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

/// Loads on a thread of its own what is not loaded yet, and compiles the profiles.
fn spawn(shelf: Shelf, rest: Option<(Begun, Sources)>) -> anyhow::Result<()> {
    let work = move || {
        if let Some((begun, sources)) = rest {
            shelf.put(finish(begun, &sources));
        }
        if let Some(library) = shelf.get() {
            for finding in library.compile().iter().filter(|f| f.is_error()) {
                tracing::warn!(rule = finding.rule, "a profile cannot be used: {}", finding.en);
            }
        }
    };
    std::thread::Builder::new()
        .name("library".to_owned())
        .spawn(work)
        .context("no thread to load packages on")?;
    Ok(())
}

/// Loads the rest, and tells the technical log what could not be.
fn finish(begun: Begun, sources: &Sources) -> Library {
    let library = begun.finish(sources);
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

/// How an instance examines what comes in.
pub fn validation(one: &Instance, shelf: &Shelf) -> anyhow::Result<Option<Arc<Validation>>> {
    let level = one.validation.level();
    if level == Level::Structure {
        return Ok(None);
    }
    let library = shelf.get().context("the packages are not loaded")?;
    anyhow::ensure!(
        library.has_profile("http://hl7.org/fhir/StructureDefinition/Resource"),
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
    let validation = Validation::new(level, library.clone(), one.validation.required_profiles.clone());
    Ok(validation.map(Arc::new))
}
