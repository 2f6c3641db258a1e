//! OKT JSON out.

use super::{OktMessage, WeeklyExtent, with_zero};
use kilde_fhir::json::escape_into;

impl OktMessage {
    /// The decision as the prototype's JSON; absent values are left out.
    pub fn json(&self) -> String {
        let mut o = Object::new();
        if let Some(i) = &self.identifier {
            let mut inner = Object::new();
            inner.text("system", &i.system);
            inner.text("value", &i.value);
            o.raw("identifier", &inner.end());
        }
        o.text("startDate", &self.start);
        o.optional("endDate", self.end.as_deref());
        if let Some(code) = &self.iplos {
            let mut inner = Object::new();
            inner.optional("iplosCodeLevel", code.level.as_deref());
            inner.text("iplosCodeValue", &with_zero(&code.value));
            inner.optional("iplosParentCode", code.parent.as_deref());
            inner.optional("iplosCodeDescription", code.description.as_deref());
            o.raw("iplosCode", &inner.end());
        }
        if let Some(b) = self.needs_caption {
            o.raw("needsCaption", if b { "true" } else { "false" });
        }
        o.optional("serviceDescription", self.description.as_deref());
        o.optional("serviceLevel", self.service_level.as_deref());
        o.optional("stayType", self.stay_type.as_deref());
        o.raw("temporaryCessation", if self.temporary_cessation { "true" } else { "false" });
        match &self.weekly_extent {
            Some(WeeklyExtent::Hours(text) | WeeklyExtent::Text(text)) => o.text("weeklyExtent", text),
            None => {}
        }
        o.end()
    }
}

/// The answer of `GET /okt-events/{pid}`: the same shape as the delivery.
pub fn event_json(person: &str, messages: &[OktMessage]) -> String {
    let mut list = String::from("[");
    for (i, m) in messages.iter().enumerate() {
        if i > 0 {
            list.push(',');
        }
        list.push_str(&m.json());
    }
    list.push(']');
    let mut o = Object::new();
    o.text("personIdentifier", person);
    o.raw("oktMessages", &list);
    o.end()
}

/// Writes an object member by member.
pub(crate) struct Object(String);

impl Object {
    pub(crate) fn new() -> Object {
        Object(String::from("{"))
    }

    fn name(&mut self, name: &str) {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        self.0.push('"');
        self.0.push_str(name);
        self.0.push_str("\":");
    }

    /// A member whose value already is JSON.
    pub(crate) fn raw(&mut self, name: &str, json: &str) {
        self.name(name);
        self.0.push_str(json);
    }

    /// A string member.
    pub(crate) fn text(&mut self, name: &str, text: &str) {
        self.name(name);
        escape_into(text, &mut self.0);
    }

    /// A string member if there is one.
    pub(crate) fn optional(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(name, text);
        }
    }

    pub(crate) fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }
}
