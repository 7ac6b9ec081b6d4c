//! The price table, and rates read off it. A question to the table costs microseconds, a span must not:
//! for one model, half hour and range of prompt sizes a cost is a straight line in the token counts, so its
//! slopes are asked for once and kept. Where it is no straight line the table is asked each time.

use super::Call;
use crate::provider;
use genai_prices::{Calculator, PriceCalculation, PriceRequest, Usage as Quantities, UsageKey};
use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};
use vedette_model::{Cost, CostSource, NanoUsd, Timestamp, Usage, limits};

/// A half hour: prices change at midnight or, off peak, at a full or half hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Slot(i64);

impl Slot {
    const NANOS: i64 = 30 * 60 * 1_000_000_000;

    pub(super) fn of(at: Timestamp) -> Self {
        Slot(at.0.div_euclid(Self::NANOS))
    }
}

/// A range of prompt sizes: the price of a whole prompt may depend on its size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Bucket(u64);

impl Bucket {
    const TOKENS: u64 = 16_384;

    pub(super) fn of(input: u64) -> Self {
        Bucket(input / Self::TOKENS)
    }

    fn first(self) -> u64 {
        self.0 * Self::TOKENS
    }
}

/// What a question came to.
#[derive(Clone, Debug)]
pub(super) enum Rates {
    /// A straight line.
    Linear(Linear),
    /// Known, but no straight line in this range.
    Bent,
    /// Nobody knows the model.
    Unknown,
}

/// Dollars per token, and per request.
#[derive(Clone, Debug)]
pub(super) struct Linear {
    request: f64,
    input: f64,
    cache_read: f64,
    cache_write: f64,
    output: f64,
    price: Arc<str>,
}

impl Linear {
    /// Dollars per million tokens of input, output, cache read and cache written; `None` if one is no amount.
    pub(super) fn per_million(&self) -> Option<[NanoUsd; 4]> {
        let [input, output, read, written] = [self.input, self.output, self.cache_read, self.cache_write]
            .map(|usd| NanoUsd::from_usd(usd.max(0.0) * 1e6));
        Some([input?, output?, read?, written?])
    }

    /// `None` if more is cached than was sent.
    pub(super) fn cost(&self, usage: &Usage) -> Option<Cost> {
        let [input, read, written, output] =
            [usage.input, usage.cache_read, usage.cache_write, usage.output].map(|tokens| tokens.unwrap_or(0));
        let fresh = input.checked_sub(read)?.checked_sub(written)?;
        let usd = self.request
            + fresh as f64 * self.input
            + read as f64 * self.cache_read
            + written as f64 * self.cache_write
            + output as f64 * self.output;
        computed(usd, usage, self.price.clone())
    }
}

/// Nothing, for tokens, is the price of a free model, or of one that is priced by other units: unknown.
fn computed(usd: f64, usage: &Usage, price: Arc<str>) -> Option<Cost> {
    if usd == 0.0 && usage.total().unwrap_or(0) > 0 && !price.ends_with(":free") {
        return None;
    }
    Some(Cost { amount: NanoUsd::from_usd(usd)?, source: CostSource::Computed, price: Some(price) })
}

#[derive(PartialEq, Eq)]
struct Key {
    provider: Option<Box<str>>,
    model: Box<str>,
    tier: Option<Box<str>>,
    slot: Slot,
    bucket: Bucket,
}

impl Key {
    fn is(&self, call: &Call<'_>, slot: Slot, bucket: Bucket) -> bool {
        *self.model == *call.model
            && self.slot == slot
            && self.bucket == bucket
            && self.provider.as_deref() == call.provider
            && self.tier.as_deref() == call.tier
    }
}

pub(super) struct Table {
    calculator: &'static Calculator,
    hasher: RandomState,
    /// By a keyed hash, so that a look-up copies no text. Emptied when full.
    asked: RwLock<HashMap<u64, (Key, Rates)>>,
}

impl std::fmt::Debug for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.calculator.fmt(f)
    }
}

impl Table {
    pub(super) fn bundled() -> Self {
        Table { calculator: Calculator::bundled(), hasher: RandomState::new(), asked: RwLock::default() }
    }

    /// The rates of a call's model, kept once asked for.
    pub(super) fn rates(&self, call: &Call<'_>, slot: Slot, bucket: Bucket) -> Rates {
        let hash = self.hasher.hash_one((call.provider, call.model, call.tier, slot, bucket));
        let known = self.asked.read().unwrap_or_else(PoisonError::into_inner);
        if let Some((key, rates)) = known.get(&hash)
            && key.is(call, slot, bucket)
        {
            return rates.clone();
        }
        drop(known);
        let rates = self.survey(call, bucket);
        let key = Key {
            provider: call.provider.map(Box::from),
            model: call.model.into(),
            tier: call.tier.map(Box::from),
            slot,
            bucket,
        };
        let mut asked = self.asked.write().unwrap_or_else(PoisonError::into_inner);
        if asked.len() >= limits::PRICES_ASKED {
            asked.clear();
        }
        asked.insert(hash, (key, rates.clone()));
        rates
    }

    /// Finds the slopes by asking for prompts at both ends and in the middle of the range.
    pub(super) fn survey(&self, call: &Call<'_>, bucket: Bucket) -> Rates {
        let (low, high) = (bucket.first(), bucket.first() + Bucket::TOKENS - 1);
        let middle = low.midpoint(high);
        let (tokens, half) = (high as f64, (high - middle) as f64);
        let ask = |input: u64, cache_read: u64, cache_write: u64, output: u64| {
            let known = |tokens: u64| (tokens > 0).then_some(tokens);
            let usage = Usage {
                input: Some(input),
                output: Some(output),
                cache_read: known(cache_read),
                cache_write: known(cache_write),
                reasoning: None,
            };
            let answer = self.find(&Call { usage, ..*call });
            answer.map(|answer| (answer.total_price, answer))
        };
        let Some((top, answer)) = ask(high, 0, 0, 0) else { return Rates::Unknown };
        const OUTPUT: u64 = 1_000_000;
        let line = || {
            let (bottom, _) = ask(low, 0, 0, 0)?;
            let (centre, _) = ask(middle, 0, 0, 0)?;
            let input = (top - centre) / half;
            let straight = (centre - bottom - input * (middle - low) as f64).abs() <= 1e-9 * top.max(1e-9);
            let linear = Linear {
                request: top - input * tokens,
                input,
                cache_read: input + (ask(high, high, 0, 0)?.0 - top) / tokens,
                cache_write: input + (ask(high, 0, high, 0)?.0 - top) / tokens,
                output: (ask(high, 0, 0, OUTPUT)?.0 - top) / OUTPUT as f64,
                price: name(&answer),
            };
            straight.then_some(linear)
        };
        line().map_or(Rates::Bent, Rates::Linear)
    }

    /// The cost straight from the table.
    pub(super) fn ask(&self, call: &Call<'_>) -> Option<Cost> {
        let answer = self.find(call)?;
        computed(answer.total_price, &call.usage, name(&answer))
    }

    /// The table's answer for the model as spelled, without the router's prefix, without its date.
    fn find(&self, call: &Call<'_>) -> Option<PriceCalculation> {
        let quantities = quantities(call);
        let after_prefix = call.model.rsplit('/').next().filter(|rest| rest.len() < call.model.len());
        let undated = without_date(after_prefix.unwrap_or(call.model));
        [Some(call.model), after_prefix, undated].into_iter().flatten().find_map(|model| {
            let since_epoch = Duration::from_nanos(u64::try_from(call.at.0).unwrap_or(0));
            let mut request =
                PriceRequest::new(model, &quantities).with_timestamp(SystemTime::UNIX_EPOCH + since_epoch);
            let provider =
                call.provider.map(Cow::Borrowed).or_else(|| provider::of_model(call.model).map(Cow::Borrowed));
            request.provider_id = provider.as_deref().map(table_provider);
            match call.tier {
                Some("batch") => request = request.with_price_context("processing", "batch"),
                Some(tier) => request = request.with_price_context("service_tier", tier),
                None => {}
            }
            self.calculator.calculate(&request).ok()
        })
    }
}

fn name(answer: &PriceCalculation) -> Arc<str> {
    format!("{}/{}", answer.provider_id, answer.model_id).into()
}

fn quantities(call: &Call<'_>) -> Quantities {
    let Usage { input, output, cache_read, cache_write, .. } = call.usage;
    let part = |tokens: u64| (tokens > 0).then_some(tokens);
    let (long, heard, spoken) = (part(call.cache_write_1h), part(call.audio_input), part(call.audio_output));
    [
        (UsageKey::INPUT_TOKENS, input),
        (UsageKey::OUTPUT_TOKENS, output),
        (UsageKey::CACHE_READ_TOKENS, cache_read.and_then(part)),
        (UsageKey::CACHE_WRITE_TOKENS, cache_write.and_then(part)),
        (UsageKey::CACHE_WRITE_1H_TOKENS, long),
        (UsageKey::INPUT_AUDIO_TOKENS, heard),
        (UsageKey::OUTPUT_AUDIO_TOKENS, spoken),
        // Nobody says how much of the cache is audio.
        (UsageKey::CACHE_AUDIO_READ_TOKENS, heard.map(|_| 0)),
        (UsageKey::CACHE_AUDIO_WRITE_TOKENS, heard.map(|_| 0)),
        (UsageKey::CACHE_AUDIO_WRITE_1H_TOKENS, heard.and(long).map(|_| 0)),
    ]
    .into_iter()
    .filter_map(|(key, tokens)| tokens.map(|tokens| (key, tokens as f64)))
    .collect()
}

/// A model's name without its trailing date, if it has one: `-2026-01-31`, `-20260131`, `@20260131`.
fn without_date(model: &str) -> Option<&str> {
    let dated = |length: usize| {
        let (name, suffix) = model.split_at_checked(model.len().checked_sub(length)?)?;
        let suffix = suffix.strip_prefix(['-', '@'])?;
        let digits = suffix.bytes().filter(u8::is_ascii_digit).count();
        let rest = suffix.len() - digits;
        let is_date =
            digits == 8 && suffix.starts_with("20") && suffix.bytes().filter(|byte| *byte == b'-').count() == rest;
        (is_date && !name.is_empty()).then_some(name)
    };
    dated("-2026-01-31".len()).or_else(|| dated("-20260131".len()))
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
