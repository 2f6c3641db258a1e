//! Proofs seen lately, so that none is taken twice. Bounded; when it is full every proof is
//! refused until some have expired: a service that forgets is worse than one that waits.

use parking_lot::Mutex;
use rustc_hash::FxHashSet;
use std::collections::VecDeque;

/// What remembering a proof gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// Never seen.
    First,
    /// Seen before.
    Again,
    /// There is no room to remember it.
    Full,
}

/// Remembers proofs until they expire.
pub struct Replay {
    shards: Box<[Mutex<Shard>]>,
    per_shard: usize,
}

#[derive(Default)]
struct Shard {
    known: FxHashSet<u128>,
    /// Proofs by the second in which they expire, oldest first.
    expiring: VecDeque<(i64, Vec<u128>)>,
}

const SHARDS: usize = 16;

impl Replay {
    /// With room for about this many.
    pub fn new(capacity: usize) -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::new(Shard::default())).collect();
        Replay {
            shards,
            per_shard: capacity.div_ceil(SHARDS).max(1),
        }
    }

    /// Remembers the proof with this id by the key with this thumbprint until `until_s`.
    pub fn remember(&self, thumbprint: &str, jti: &str, now_s: i64, until_s: i64) -> Seen {
        let mut hash = blake3::Hasher::new();
        hash.update(&(thumbprint.len() as u64).to_le_bytes());
        hash.update(thumbprint.as_bytes());
        hash.update(jti.as_bytes());
        let id = u128::from_le_bytes(crate::scope::short(&hash));
        let mut shard = self.shards[(id as usize) % SHARDS].lock();
        while shard.expiring.front().is_some_and(|(at, _)| *at < now_s) {
            if let Some((_, old)) = shard.expiring.pop_front() {
                for id in old {
                    shard.known.remove(&id);
                }
            }
        }
        if shard.known.contains(&id) {
            return Seen::Again;
        }
        if shard.known.len() >= self.per_shard {
            return Seen::Full;
        }
        shard.known.insert(id);
        let at = shard.expiring.partition_point(|(at, _)| *at < until_s);
        match shard.expiring.get_mut(at) {
            Some((second, ids)) if *second == until_s => ids.push(id),
            _ => shard.expiring.insert(at, (until_s, vec![id])),
        }
        Seen::First
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_is_taken_once_per_key_until_it_expires() {
        let replay = Replay::new(1000);
        assert_eq!(replay.remember("a", "1", 100, 160), Seen::First);
        assert_eq!(replay.remember("a", "1", 160, 220), Seen::Again);
        assert_eq!(replay.remember("b", "1", 160, 220), Seen::First);
        assert_eq!(replay.remember("a", "1", 161, 221), Seen::First);
    }

    #[test]
    fn full_refuses_and_room_returns() {
        let replay = Replay::new(SHARDS);
        let answers: Vec<Seen> = (0..500).map(|i| replay.remember("a", &i.to_string(), 100, 160)).collect();
        assert_eq!(answers.iter().filter(|a| **a == Seen::First).count(), SHARDS);
        assert!(answers.contains(&Seen::Full));
        assert_eq!(replay.remember("a", "later", 161, 221), Seen::First);
    }
}
