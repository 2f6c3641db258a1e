//! What a citizen decides, sees and asks for, and that nobody gets around it.

mod blocks;
mod blocks_doors;
mod blocks_kept;
mod destroyed;
mod destroyed_killed;
mod insight;
mod internal_notes;
mod proxies;
mod requests;
mod secret_address;
pub mod someone;
