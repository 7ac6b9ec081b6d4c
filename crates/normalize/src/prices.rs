//! What a call costs: the account's own price, else the bundled price table at the span's own time.
//! Floats live only inside the table's crate; what leaves is integer nano-dollars.

use genai_prices::{Calculator, PriceRequest, Usage as Quantities, UsageKey};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
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

/// Prices for one account. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Prices {
    table: &'static Calculator,
    rules: Arc<[PriceRule]>,
}

impl Prices {
    /// The table that was bundled with this build. The first call decodes it (tens of milliseconds).
    #[must_use]
    pub fn bundled() -> Self {
        Prices { table: Calculator::bundled(), rules: Arc::from([]) }
    }

    /// The same table with an account's own prices before it.
    #[must_use]
    pub fn with_overrides(mut self, mut rules: Vec<PriceRule>) -> Self {
        // The latest valid rule is found first; a named provider goes before any.
        rules.sort_by(|a, b| {
            b.valid_from
                .cmp(&a.valid_from)
                .then_with(|| a.provider.is_empty().cmp(&b.provider.is_empty()))
                .then_with(|| a.id.cmp(&b.id))
        });
        self.rules = rules.into();
        self
    }

    /// The cost of a call, or `None` if nobody knows the model's price. `context` is what the price may
    /// depend on besides: `("service_tier", "flex")`, `("processing", "batch")`.
    #[must_use]
    pub fn price(
        &self,
        provider: Option<&str>,
        model: &str,
        usage: &Usage,
        at: Timestamp,
        context: &[(&str, &str)],
    ) -> Option<Cost> {
        let rule = self.rules.iter().find(|rule| {
            *rule.model == *model
                && rule.valid_from <= at
                && (rule.provider.is_empty() || provider == Some(&*rule.provider))
        });
        if let Some(rule) = rule {
            return Some(Cost {
                amount: rule.amount(usage),
                source: CostSource::Override,
                price: Some(rule.id.clone()),
            });
        }
        self.look_up(provider, model, usage, at, context)
    }

    fn look_up(
        &self,
        provider: Option<&str>,
        model: &str,
        usage: &Usage,
        at: Timestamp,
        context: &[(&str, &str)],
    ) -> Option<Cost> {
        let quantities = quantities(usage)?;
        let at = SystemTime::UNIX_EPOCH + Duration::from_nanos(u64::try_from(at.0).unwrap_or(0));
        let mut request = PriceRequest::new(model, &quantities).with_timestamp(at);
        request.provider_id = provider.map(table_provider);
        request.price_context = context.to_vec();
        let price = self.table.calculate(&request).ok()?;
        Some(Cost {
            amount: NanoUsd::from_usd(price.total_price)?,
            source: CostSource::Computed,
            price: Some(format!("{}/{}", price.provider_id, price.model_id).into()),
        })
    }
}

fn quantities(usage: &Usage) -> Option<Quantities> {
    let known = [
        (UsageKey::INPUT_TOKENS, usage.input),
        (UsageKey::OUTPUT_TOKENS, usage.output),
        (UsageKey::CACHE_READ_TOKENS, usage.cache_read.filter(|tokens| *tokens > 0)),
        (UsageKey::CACHE_WRITE_TOKENS, usage.cache_write.filter(|tokens| *tokens > 0)),
    ];
    let known: Vec<(UsageKey, f64)> =
        known.into_iter().filter_map(|(key, tokens)| tokens.map(|tokens| (key, tokens as f64))).collect();
    (!known.is_empty()).then(|| known.into_iter().collect())
}

/// The table's word for a normalized provider.
fn table_provider(provider: &str) -> &str {
    match provider {
        "aws.bedrock" => "aws",
        "azure.ai.openai" | "azure.ai.inference" => "azure",
        "gcp.gemini" | "gcp.vertex_ai" => "google",
        "mistral_ai" => "mistral",
        "x_ai" => "x-ai",
        other => other,
    }
}

impl PriceRule {
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
