//! Chance that is the same everywhere: integers from ChaCha, no floating-point functions whose last
//! digit depends on the machine.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A seeded source of choices.
#[derive(Debug, Clone)]
pub(crate) struct Dice {
    rng: ChaCha8Rng,
}

impl Dice {
    /// Dice for a seed and a stream, such as the instance.
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        Dice { rng }
    }

    /// Any number.
    #[cfg(test)]
    pub(crate) fn number(&mut self) -> u64 {
        self.rng.next_u64()
    }

    /// A number below `n`; 0 if `n` is 0.
    pub(crate) fn below(&mut self, n: u32) -> u32 {
        ((u64::from(self.rng.next_u32()) * u64::from(n)) >> 32) as u32
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: i32, high: i32) -> i32 {
        low + self.below((high - low + 1).max(1) as u32) as i32
    }

    /// True in `per_mille` of a thousand.
    pub(crate) fn chance(&mut self, per_mille: u32) -> bool {
        self.below(1000) < per_mille
    }

    /// One of the items; the lists are never empty.
    pub(crate) fn pick<'a, T: ?Sized>(&mut self, items: &[&'a T]) -> &'a T {
        items[self.below(items.len() as u32) as usize]
    }

    /// The index of one of the weights, in proportion to it.
    pub(crate) fn weighted(&mut self, weights: &[u32]) -> usize {
        let mut left = self.below(weights.iter().sum());
        for (i, w) in weights.iter().enumerate() {
            if left < *w {
                return i;
            }
            left -= w;
        }
        0
    }

    /// Near-normal around 0 with a standard deviation of `spread`: the sum of four even ones.
    pub(crate) fn around(&mut self, spread: i32) -> i32 {
        // Four even numbers on [-1000, 1000] have together a standard deviation of about 1155.
        let sum: i32 = (0..4).map(|_| self.between(-1000, 1000)).sum();
        (i64::from(sum) * i64::from(spread) / 1155) as i32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_seed_same_numbers_other_stream_other_numbers() {
        let draw = |seed, stream| {
            let mut d = Dice::new(seed, stream);
            (0..8).map(|_| d.number()).collect::<Vec<_>>()
        };
        assert_eq!(draw(1, 1), draw(1, 1));
        assert_ne!(draw(1, 1), draw(1, 2));
        assert_ne!(draw(1, 1), draw(2, 1));
    }

    #[test]
    fn bounds_hold() {
        let mut d = Dice::new(7, 0);
        for _ in 0..10_000 {
            assert!(d.below(3) < 3);
            assert!((-2..=2).contains(&d.between(-2, 2)));
            assert!(d.weighted(&[0, 1, 0]) == 1);
            assert!(d.around(10).abs() <= 35);
        }
        assert_eq!(d.below(0), 0);
    }
}
