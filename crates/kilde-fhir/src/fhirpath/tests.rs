//! Tests of FHIRPath.
