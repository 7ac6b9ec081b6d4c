//! What a call costs: the account's own price, else the bundled price table at the span's own time.
//! Floats live only inside the table and its rates; what leaves is integer nano-dollars.

mod listed;
mod rates;

pub use listed::BundledPrice;

use rates::{Bucket, Rates, Slot};
use std::sync::Arc;
use vedette_model::{Cost, CostSource, NanoUsd, Timestamp, Usage};

/// An account's own price of a model from a date on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceRule {
    /// Names the rule in a cost's `price`.
    pub id: Arc<str>,
    /// Normalized provider; empty matches any.
    pub provider: Arc<str>,
    /// Exact model name as spans report it.
    pub model: Arc<str>,
    /// Applies to spans that start at or after this.
    pub valid_from: Timestamp,
    /// Per million input tokens that are not cached.
    pub input_per_million: NanoUsd,
    /// Per million output tokens.
    pub output_per_million: NanoUsd,
    /// Per million tokens read from cache; `None` prices them as input.
    pub cache_read_per_million: Option<NanoUsd>,
    /// Per million tokens written to cache; `None` prices them as input.
    pub cache_write_per_million: Option<NanoUsd>,
}

/// One call to be priced.
#[derive(Clone, Copy, Debug, Default)]
pub struct Call<'a> {
    /// Normalized; `None` lets the model's name decide.
    pub provider: Option<&'a str>,
    /// As the span reports it.
    pub model: &'a str,
    /// When it started.
    pub at: Timestamp,
    /// Inclusive counts.
    pub usage: Usage,
    /// How the provider says that it served the call: `flex`, `priority`, `batch`, ...
    pub tier: Option<&'a str>,
    /// The part of `usage.cache_write` that is kept for an hour.
    pub cache_write_1h: u64,
    /// The part of `usage.input` that is audio.
    pub audio_input: u64,
    /// The part of `usage.output` that is audio.
    pub audio_output: u64,
}

/// Prices for one account. Cheap to clone; clones share what has been looked up.
#[derive(Clone, Debug)]
pub struct Prices {
    table: Arc<rates::Table>,
    rules: Arc<[PriceRule]>,
}

impl Prices {
    /// The table that was bundled with this build. The first call decodes it (tens of milliseconds).
    #[must_use]
    pub fn bundled() -> Self {
        Prices { table: Arc::new(rates::Table::bundled()), rules: Arc::from([]) }
    }

    /// The same table with an account's own prices before it.
    #[must_use]
    pub fn with_overrides(mut self, mut rules: Vec<PriceRule>) -> Self {
        // A rule that names the provider goes before one that names none, then the latest before the older.
        rules.sort_by(|a, b| {
            let any = a.provider.is_empty().cmp(&b.provider.is_empty());
            any.then_with(|| b.valid_from.cmp(&a.valid_from)).then_with(|| a.id.cmp(&b.id))
        });
        self.rules = rules.into();
        self
    }

    /// The cost of a call; `None` if nobody knows the model's price, or the counts contradict each other.
    #[must_use]
    pub fn price(&self, call: &Call<'_>) -> Option<Cost> {
        let rule = self.rules.iter().find(|rule| rule.applies(call));
        if let Some(rule) = rule {
            let amount = rule.amount(&call.usage);
            return Some(Cost { amount, source: CostSource::Override, price: Some(rule.id.clone()) });
        }
        call.usage.total()?;
        let plain = Call { cache_write_1h: 0, audio_input: 0, audio_output: 0, ..*call };
        if call.cache_write_1h > 0 || call.audio_input > 0 || call.audio_output > 0 {
            return self.table.ask(call).or_else(|| self.table.ask(&plain));
        }
        match self.table.rates(call, Slot::of(call.at), Bucket::of(call.usage.input.unwrap_or(0))) {
            Rates::Linear(rates) => rates.cost(&call.usage),
            Rates::Bent => self.table.ask(call),
            Rates::Unknown => None,
        }
    }
}

impl PriceRule {
    fn applies(&self, call: &Call<'_>) -> bool {
        *self.model == *call.model
            && self.valid_from <= call.at
            && (self.provider.is_empty() || call.provider == Some(&*self.provider))
            && call.usage.total().is_some()
    }

    fn amount(&self, usage: &Usage) -> NanoUsd {
        let input = usage.input.unwrap_or(0);
        let read = usage.cache_read.unwrap_or(0).min(input);
        let written = usage.cache_write.unwrap_or(0).min(input - read);
        let share = |tokens: u64, price: NanoUsd| i128::from(tokens) * i128::from(price.0);
        let total = share(input - read - written, self.input_per_million)
            + share(read, self.cache_read_per_million.unwrap_or(self.input_per_million))
            + share(written, self.cache_write_per_million.unwrap_or(self.input_per_million))
            + share(usage.output.unwrap_or(0), self.output_per_million);
        NanoUsd(i64::try_from((total + 500_000) / 1_000_000).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests;
