//! The bundled table as a list to look into.

use super::rates::{Bucket, Rates};
use super::{Call, Prices};
use genai_prices::Calculator;
use vedette_model::{NanoUsd, Timestamp, Usage};

/// A model of the bundled table, and what a million of its tokens costs in a short prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BundledPrice {
    /// The table's word, such as `anthropic`.
    pub provider: &'static str,
    /// The table's id; calls may name the model more exactly, with a date for one.
    pub model: &'static str,
    /// As people call it.
    pub name: Option<&'static str>,
    /// Input that is not cached.
    pub input_per_million: NanoUsd,
    /// Output.
    pub output_per_million: NanoUsd,
    /// Read from cache; `None` if it costs what input costs.
    pub cache_read_per_million: Option<NanoUsd>,
    /// Written to cache; `None` if it costs what input costs.
    pub cache_write_per_million: Option<NanoUsd>,
}

impl Prices {
    /// Models of the bundled table that cost by the token, by provider and id, with what they cost at a time: those
    /// whose provider, id or name holds `q` in whatever case, that come after a provider and id. Lazy.
    pub fn bundled_list(
        &self,
        q: &str,
        after: Option<(&str, &str)>,
        at: Timestamp,
    ) -> impl Iterator<Item = BundledPrice> + '_ {
        let q = q.to_lowercase();
        let providers = Calculator::bundled().providers();
        let all = providers.flat_map(|provider| provider.models().map(move |model| (provider, model)));
        let mut models: Vec<_> = all
            .filter(|(provider, model)| after.is_none_or(|after| (provider.id(), model.id()) > after))
            .filter(|(provider, model)| {
                let names = [Some(provider.id()), Some(provider.name()), Some(model.id()), model.name()];
                names.into_iter().flatten().any(|name| name.to_lowercase().contains(&q))
            })
            .collect();
        models.sort_unstable_by_key(|(provider, model)| (provider.id(), model.id()));
        models.into_iter().filter_map(move |(provider, model)| {
            let usage = Usage { input: Some(0), ..Usage::default() };
            let call = Call { provider: Some(provider.id()), model: model.id(), at, usage, ..Call::default() };
            let Rates::Linear(rates) = self.table.survey(&call, Bucket::of(0)) else { return None };
            let [input, output, read, written] = rates.per_million()?;
            let is_priced = input > NanoUsd::ZERO || output > NanoUsd::ZERO || model.id().ends_with(":free");
            is_priced.then(|| BundledPrice {
                provider: provider.id(),
                model: model.id(),
                name: model.name(),
                input_per_million: input,
                output_per_million: output,
                cache_read_per_million: Some(read).filter(|price| *price != input),
                cache_write_per_million: Some(written).filter(|price| *price != input),
            })
        })
    }
}
