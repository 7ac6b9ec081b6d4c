//! Tokens and what they cost.

use crate::NanoUsd;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Tokens of one call or of many. Unknown is `None`, never 0.
/// `input` includes cache reads and writes, `output` includes reasoning (`product.md` §2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Usage {
    /// All of the prompt.
    pub input: Option<u64>,
    /// All that was generated.
    pub output: Option<u64>,
    /// The part of `input` read from the provider's cache.
    pub cache_read: Option<u64>,
    /// The part of `input` written to the provider's cache.
    pub cache_write: Option<u64>,
    /// The part of `output` that was reasoning.
    pub reasoning: Option<u64>,
}

fn sum(a: Option<u64>, b: Option<u64>) -> Option<u64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.saturating_add(b)),
        (one, other) => one.or(other),
    }
}

impl Usage {
    /// Nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Usage::default()
    }

    /// Input plus output, where either is known.
    #[must_use]
    pub fn total(&self) -> Option<u64> {
        sum(self.input, self.output)
    }

    /// Both together; what is known of either stays known.
    #[must_use]
    pub fn plus(&self, other: &Usage) -> Usage {
        Usage {
            input: sum(self.input, other.input),
            output: sum(self.output, other.output),
            cache_read: sum(self.cache_read, other.cache_read),
            cache_write: sum(self.cache_write, other.cache_write),
            reasoning: sum(self.reasoning, other.reasoning),
        }
    }
}

/// Where a cost comes from, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CostSource {
    /// The provider or the client said so.
    Reported,
    /// The account's own price.
    Override,
    /// The price table at the span's own time.
    Computed,
}

impl CostSource {
    /// The word used everywhere.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            CostSource::Reported => "reported",
            CostSource::Override => "override",
            CostSource::Computed => "computed",
        }
    }
}

/// A known cost. An unknown one is the absence of this.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// How much.
    pub amount: NanoUsd,
    /// Who says so.
    pub source: CostSource,
    /// Which price: `provider/model` of the table, or the override's id; `None` when reported.
    pub price: Option<Arc<str>>,
}
