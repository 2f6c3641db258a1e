//! `kilde trial`: trials of survival, each a command with its number of rounds.

pub use kill::TrialCommand;
mod kill;
