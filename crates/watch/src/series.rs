//! The last stretch of time as sums: what came in is added, what grew old leaves, so that a rule is
//! evaluated from a few numbers however many runs there were.

use std::collections::VecDeque;
use std::time::Duration;
use vedette_model::Timestamp;

/// Slots of a window: how finely its old end moves.
const SLOTS: i64 = 60;

/// What one run adds, and what a window holds of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Samples.
    pub count: i64,
    /// Samples that are hits: failed, too slow, of a kind.
    pub hits: i64,
    /// Of the values.
    pub sum: i64,
}

impl Sums {
    fn add(&mut self, other: Sums, sign: i64) {
        self.count += sign * other.count;
        self.hits += sign * other.hits;
        self.sum = self.sum.saturating_add(other.sum.saturating_mul(sign));
    }
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Series {
    slot_ns: i64,
    slots: i64,
    /// By number of slot since 1970, oldest first; none empty for ever.
    kept: VecDeque<(i64, Sums)>,
    total: Sums,
    /// The number of the oldest slot that counts.
    oldest: i64,
}

impl Series {
    /// Over the last `window`.
    #[must_use]
    pub fn over(window: Duration) -> Self {
        let window_ns = i64::try_from(window.as_nanos()).unwrap_or(i64::MAX).max(1);
        Series::of(SLOTS, (window_ns / SLOTS).max(1))
    }

    /// Of whole days in UTC, today the last.
    #[must_use]
    pub fn of_days(days: i64) -> Self {
        Series::of(days, 86_400_000_000_000)
    }

    fn of(slots: i64, slot_ns: i64) -> Self {
        Series { slot_ns, slots, kept: VecDeque::new(), total: Sums::default(), oldest: i64::MIN }
    }

    /// Time has passed; what is too old goes.
    pub fn advance(&mut self, now: Timestamp) {
        let oldest = now.0.div_euclid(self.slot_ns) - self.slots + 1;
        self.oldest = self.oldest.max(oldest);
        while let Some((number, sums)) = self.kept.front().copied().filter(|(number, _)| *number < self.oldest) {
            debug_assert!(number < self.oldest);
            self.total.add(sums, -1);
            self.kept.pop_front();
        }
    }

    /// Adds (`sign` 1) or takes back (-1) what a run brought at a time. What is too old is passed over both
    /// ways, so that a correction never takes back what has left already.
    pub fn add(&mut self, time: Timestamp, sums: Sums, sign: i64) {
        let number = time.0.div_euclid(self.slot_ns);
        if number < self.oldest {
            return;
        }
        let at = self.kept.partition_point(|(known, _)| *known < number);
        match self.kept.get_mut(at).filter(|(known, _)| *known == number) {
            Some((_, slot)) => slot.add(sums, sign),
            None => {
                let mut slot = Sums::default();
                slot.add(sums, sign);
                self.kept.insert(at, (number, slot));
            }
        }
        self.total.add(sums, sign);
    }

    /// The whole window.
    #[must_use]
    pub fn total(&self) -> Sums {
        self.total
    }

    /// The newest slot as of `now`, and the others, oldest first, empty ones included.
    #[must_use]
    pub fn newest_and_others(&self, now: Timestamp) -> (Sums, Vec<Sums>) {
        let newest = now.0.div_euclid(self.slot_ns);
        let of = |number: i64| {
            let found = self.kept.iter().find(|(known, _)| *known == number);
            found.map(|(_, sums)| *sums).unwrap_or_default()
        };
        (of(newest), (newest - self.slots + 1..newest).map(of).collect())
    }
}
