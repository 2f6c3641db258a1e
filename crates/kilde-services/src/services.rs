//! The services of an instance: those that its configuration activates.

use crate::service::Service;
use kilde_fhir::definitions::ResourceType;

/// Every information service, in the order in which sections are shown.
pub fn all() -> &'static [&'static dyn Service] {
    &[&crate::okt::Okt, &crate::maaledata::Maaledata]
}

/// A configured service that there is none of.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no information service {0:?}")]
pub struct UnknownService(pub String);

/// The services that an instance has in use. A service keeps nothing of its own: it projects from
/// the index, which is made from the log, so one that is activated later shows what came before.
#[derive(Clone)]
pub struct Services(Vec<&'static dyn Service>);

impl Services {
    /// All there are.
    pub fn every() -> Services {
        Services(all().to_vec())
    }

    /// Those with these ids, in the order of [`all`].
    ///
    /// # Errors
    /// The first id that no service has.
    pub fn activated<S: AsRef<str>>(ids: &[S]) -> Result<Services, UnknownService> {
        if let Some(unknown) = ids.iter().find(|id| all().iter().all(|s| s.id() != id.as_ref())) {
            return Err(UnknownService(unknown.as_ref().to_owned()));
        }
        Ok(Services(
            all()
                .iter()
                .copied()
                .filter(|s| ids.iter().any(|id| id.as_ref() == s.id()))
                .collect(),
        ))
    }

    /// The active services.
    pub fn iter(&self) -> impl Iterator<Item = &'static dyn Service> + '_ {
        self.0.iter().copied()
    }

    /// Ids of the active services.
    pub fn ids(&self) -> Vec<&'static str> {
        self.iter().map(Service::id).collect()
    }

    /// The types of a person's resources that the active services read.
    pub fn types_read(&self) -> Vec<ResourceType> {
        self.iter().flat_map(|s| s.manifest().types_read()).collect()
    }

    /// The active services among these ids; all of them if none is named.
    pub fn chosen<'a>(&'a self, ids: &'a [String]) -> impl Iterator<Item = &'static dyn Service> + 'a {
        self.iter().filter(move |s| ids.is_empty() || ids.iter().any(|id| id == s.id()))
    }
}

impl std::fmt::Debug for Services {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.ids()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_activation_knows_them() {
        let ids = Services::every().ids();
        assert_eq!(ids, vec!["okt", "maaledata"]);
        assert_eq!(Services::activated(&["maaledata", "okt"]).unwrap().ids(), ids);
        assert_eq!(Services::activated(&["maaledata"]).unwrap().ids(), vec!["maaledata"]);
        assert_eq!(Services::activated(&["okt", "x"]).unwrap_err(), UnknownService("x".into()));
        assert!(Services::activated::<&str>(&[]).unwrap().ids().is_empty());
    }
}
