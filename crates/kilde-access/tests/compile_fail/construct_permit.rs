use kilde_access::{AccessScope, Ground, Permit};
pub fn permit(scope: AccessScope) -> Permit {
    Permit { scope, ground: Ground::Attested, policy: String::new(), purpose: None, unit: None, review: false }
}
