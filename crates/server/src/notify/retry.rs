//! When a delivery is tried again, and when a channel is given up. Pure.

use std::time::Duration;
use vedette_model::limits;

/// How many times longer each pause is than the one before.
const GROWTH: u32 = 5;

/// The pause after `attempts` of which none succeeded; `None`: given up. `first` is the pause after the first
/// one, `asked` what the receiver asked for.
///
/// With 10 s at first: 10 s, 50 s, 4 min, 21 min, 1 h 44 min, 8 h 41 min; 10.8 hours in all.
#[must_use]
pub fn pause(attempts: u32, first: Duration, asked: Option<Duration>) -> Option<Duration> {
    if attempts >= limits::DELIVERY_ATTEMPTS {
        return None;
    }
    let own = first.saturating_mul(GROWTH.saturating_pow(attempts.saturating_sub(1)));
    Some(own.max(asked.unwrap_or_default().min(limits::RETRY_AFTER)))
}

/// Whether a channel is paused that gave up so many deliveries in a row.
#[must_use]
pub fn opens_breaker(consecutive_failures: u32) -> bool {
    consecutive_failures >= limits::CHANNEL_FAILURES
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn pauses_grow_until_it_is_given_up() {
        let pauses: Vec<u64> = (1..).map_while(|n| pause(n, 10 * SECOND, None)).map(|pause| pause.as_secs()).collect();
        assert_eq!(pauses, [10, 50, 250, 1_250, 6_250, 31_250], "seven attempts");
    }

    #[test]
    fn a_receiver_may_ask_for_a_longer_pause_within_reason() {
        for (asked, seconds) in [(0, 10), (9, 10), (60, 60), (1_000_000, limits::RETRY_AFTER.as_secs())] {
            assert_eq!(pause(1, 10 * SECOND, Some(asked * SECOND)), Some(seconds as u32 * SECOND), "{asked}");
        }
        assert_eq!(pause(limits::DELIVERY_ATTEMPTS, SECOND, Some(SECOND)), None);
    }

    #[test]
    fn a_channel_is_given_up_after_so_many_deliveries() {
        assert!(!opens_breaker(limits::CHANNEL_FAILURES - 1));
        assert!(opens_breaker(limits::CHANNEL_FAILURES));
    }
}
