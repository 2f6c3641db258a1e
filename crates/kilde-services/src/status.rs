//! `$status`: is there anything about the person, and since when. Never what.

use crate::overview::Request;
use crate::services::Services;
use kilde_fhir::date::format_instant;
use serde_json::{Value, json};

impl Services {
    /// A Parameters with a `service` each: `code`, `exists`, `count`, `lastUpdated`; `unavailable` if
    /// a source does not answer or the records cannot be read, and then no `exists`.
    pub fn status(&self, request: &Request<'_>) -> Vec<u8> {
        let parameters: Vec<Value> = self
            .chosen(request.services)
            .map(|service| {
                let mut parts = vec![json!({ "name": "code", "valueCode": service.id() })];
                let down = !request.sources.down(service.id()).is_empty();
                let existence = request.records.map_or(Ok(Default::default()), |records| service.exists(records));
                match existence {
                    Ok(found) if found.count > 0 || !down => {
                        parts.push(json!({ "name": "exists", "valueBoolean": found.count > 0 }));
                        parts.push(json!({ "name": "count", "valueUnsignedInt": found.count }));
                        if let Some(at) = found.last_updated_ms {
                            parts.push(json!({ "name": "lastUpdated", "valueInstant": format_instant(at) }));
                        }
                        if down {
                            parts.push(json!({ "name": "unavailable", "valueBoolean": true }));
                        }
                    }
                    _ => parts.push(json!({ "name": "unavailable", "valueBoolean": true })),
                }
                json!({ "name": "service", "part": parts })
            })
            .collect();
        let mut resource = json!({ "resourceType": "Parameters" });
        if !parameters.is_empty() {
            resource["parameter"] = parameters.into();
        }
        resource.to_string().into_bytes()
    }
}
