//! When a refusal leaves: on a beat counted from when the request came, so that its time does not tell whether what was asked
//! for exists (`docs/adr/0063-refusals-leave-on-a-beat.md`).

use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// A refusal leaves at a whole multiple of this after the request came. Ten times what one takes, so that hardly any is late for its beat.
const BEAT: Duration = Duration::from_millis(5);

/// The beat of one request.
#[derive(Debug, Clone, Copy)]
pub struct Beat {
    came: Instant,
}

impl Beat {
    /// Of a request that comes now.
    pub fn from_now() -> Self {
        Beat { came: Instant::now() }
    }

    /// How long the request has been under way.
    pub fn elapsed(self) -> Duration {
        self.came.elapsed()
    }

    /// Waits for the next beat.
    pub async fn wait(self) {
        sleep_until(self.next(Instant::now())).await;
    }

    /// The first beat after `now`; never the coming itself.
    fn next(self, now: Instant) -> Instant {
        let beats = now.duration_since(self.came).as_nanos() / BEAT.as_nanos() + 1;
        self.came + BEAT * u32::try_from(beats).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_took_a_little_longer_leaves_at_the_same_time() {
        let came = Instant::now();
        let leaves = |took_us| Beat { came }.next(came + Duration::from_micros(took_us)) - came;
        for took_us in [0, 1, 500, 517, 4_999] {
            assert_eq!(leaves(took_us), BEAT, "{took_us}");
        }
        for took_us in [5_000, 5_001, 9_999] {
            assert_eq!(leaves(took_us), 2 * BEAT, "{took_us}");
        }
    }
}
