//! What an instance accepts, and the hook by which services examine what comes in.

use crate::validation::Validation;
use kilde_fhir::finding::Finding;
use kilde_fhir::json::Value;
use kilde_fhir::national_id::World;
use std::sync::Arc;

/// A rule of a service that looks at each resource before it is stored. It runs in the prepare
/// stage, on many threads at once. Errors refuse the resource; warnings go into the answer.
pub trait Check: Send + Sync {
    /// Findings about one resource; `expression` starts at the resource (`Observation.component[1]`).
    fn check(&self, resource: Value<'_>) -> Vec<Finding>;
}

impl<F: Fn(Value<'_>) -> Vec<Finding> + Send + Sync> Check for F {
    fn check(&self, resource: Value<'_>) -> Vec<Finding> {
        self(resource)
    }
}

/// What one delivery may be at most. Each limit has its own rule id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IntakeLimits {
    /// Bytes of the body (`limit-bytes`, 413).
    pub bytes: usize,
    /// Nested objects and arrays (`json-syntax`, 400).
    pub depth: usize,
    /// Entries of a bundle, messages of an OKT event (`limit-entries`, 413).
    pub entries: usize,
    /// References in one delivery (`limit-references`, 413).
    pub references: usize,
    /// Conditional references and conditional creates in one delivery (`limit-conditions`, 413).
    pub conditions: usize,
    /// Findings reported for one delivery; the rest is counted (`limit-findings`).
    pub findings: usize,
    /// Bytes of a refused body kept in quarantine; larger ones are kept as findings only.
    pub quarantine_bytes: usize,
    /// Open items the quarantine holds at most; more are refused without being kept.
    pub quarantine_open: usize,
}

impl Default for IntakeLimits {
    fn default() -> Self {
        IntakeLimits {
            bytes: 64 << 20,
            depth: 64,
            entries: 20_000,
            references: 400_000,
            conditions: 2_000,
            findings: 500,
            quarantine_bytes: 8 << 20,
            quarantine_open: 10_000,
        }
    }
}

/// How an instance takes in.
#[derive(Clone)]
pub struct IntakeConfig {
    /// Real or synthetic people.
    pub world: World,
    /// Bounds of one delivery.
    pub limits: IntakeLimits,
    /// Rules of the activated services.
    pub checks: Vec<Arc<dyn Check>>,
    /// What is asked beyond structure: R4's definitions and profiles.
    pub validation: Option<Arc<Validation>>,
    /// Whether a source may choose the id of a new resource (`PUT [type]/[id]` of what is not there).
    pub update_create: bool,
    /// Deliveries that may wait for the commit thread; more are answered 503.
    pub queue: usize,
    /// Deliveries that share one fsync at most.
    pub group: usize,
}

impl IntakeConfig {
    /// The defaults for a world.
    pub fn new(world: World) -> Self {
        IntakeConfig {
            world,
            limits: IntakeLimits::default(),
            checks: Vec::new(),
            validation: None,
            update_create: true,
            queue: 1024,
            group: 128,
        }
    }
}
