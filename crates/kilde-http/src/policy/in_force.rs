//! The policy in force: the operator's file, and what the municipality has decided since.

use kilde_access::{InForce, InstancePolicy, Ledger, Municipal};
use parking_lot::RwLock;
use std::sync::Arc;

/// The policy of an instance, as it is now. A change takes effect for every question that is decided after it.
pub struct PolicyInForce {
    base: InstancePolicy,
    current: RwLock<Arc<InstancePolicy>>,
}

impl PolicyInForce {
    /// What the operator's file says, and what the log says has been changed since.
    pub fn new(base: InstancePolicy, ledger: &Ledger) -> Self {
        let current = RwLock::new(Arc::new(of(&base, ledger)));
        PolicyInForce { base, current }
    }

    /// The policy now. Whoever decides several times for one answer may keep it.
    pub fn current(&self) -> Arc<InstancePolicy> {
        self.current.read().clone()
    }

    /// Takes what is in force by the log into use; never an older version than the one in use.
    pub fn renew(&self, ledger: &Ledger) {
        let policy = of(&self.base, ledger);
        let mut current = self.current.write();
        if policy.in_force().version >= current.in_force().version {
            *current = Arc::new(policy);
        }
    }
}

fn of(base: &InstancePolicy, ledger: &Ledger) -> InstancePolicy {
    let (text, in_force) = match ledger.in_force() {
        None => ("", InForce::default()),
        Some((proposal, event)) => {
            let in_force = InForce {
                version: ledger.version(),
                event: Some(event),
            };
            (proposal.text.as_str(), in_force)
        }
    };
    if ledger.is_unknown() {
        return base.closed(in_force);
    }
    if in_force.version == 0 {
        return base.clone();
    }
    let policy = Municipal::from_toml(text)
        .ok()
        .and_then(|municipal| base.with(municipal, in_force).ok());
    policy.unwrap_or_else(|| {
        // It was checked when it was proposed: this program understands less than the one that checked it.
        tracing::error!(
            instance = base.instance.as_str(),
            version = in_force.version,
            "the policy in force cannot be understood; nothing is permitted"
        );
        base.closed(in_force)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use kilde_access::ledger::{By, Step};
    use kilde_fhir::national_id::World;
    use kilde_log::{EventNo, Instance};

    fn taken(ledger: &mut Ledger, event: u64, step: &Step) {
        ledger.take(EventNo(event), 0, "a", &step.encode().expect("bytes"));
    }

    fn changed(text: &str) -> Ledger {
        let by = By {
            pid: "1".to_owned(),
            name: None,
            client: String::new(),
        };
        let mut ledger = Ledger::default();
        let proposed = Step::Proposed {
            text: text.to_owned(),
            base: 0,
            widens: Vec::new(),
            why: String::new(),
            by: by.clone(),
        };
        taken(&mut ledger, 4, &proposed);
        taken(&mut ledger, 5, &Step::Approved { by });
        ledger
    }

    #[test]
    fn the_log_decides_and_what_is_not_understood_closes() {
        let base = InstancePolicy::new(Instance::parse("9901").expect("a number"), "", World::Sandbox);
        let policy = PolicyInForce::new(base.clone(), &Ledger::default());
        assert_eq!((policy.current().in_force().version, policy.current().self_declared), (0, false));
        let ledger = changed("self_declared = true");
        policy.renew(&ledger);
        let current = policy.current();
        assert_eq!((current.in_force().event, current.self_declared), (Some(EventNo(5)), true));
        // What is older does not come back.
        policy.renew(&Ledger::default());
        assert!(policy.current().self_declared);
        assert!(PolicyInForce::new(base.clone(), &ledger).current().self_declared);
        let closed = PolicyInForce::new(base, &changed("nonsense = 1"));
        assert!(!closed.current().is_understood());
    }
}
