use kilde_access::{Actor, Identity};
pub fn anybody(actor: Actor) -> Identity {
    Identity {
        actor,
        legal_entity: None,
        unit: None,
        supplier: None,
        client: String::new(),
        client_name: None,
        scopes: Vec::new(),
        attestation: None,
        claims_proxy: false,
        represents: None,
        expires_ms: i64::MAX,
    }
}
