//! Oversight: the controller's search of the access log, AuditEvent, review of unusual access; what those who run the server never see.

mod audit_event;
mod balp;
mod log;
mod operator;
mod review;
