//! SMART App Launch 2 and Backend Services at the sandbox, and what its scopes do: they take away, and never add.

mod app;
mod attacks;
mod endpoints;
mod launch;
