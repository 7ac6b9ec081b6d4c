//! From a raw span to what it means. Pure and total: no clock, no I/O, no input panics, none is refused.
//!
//! [`normalize`] gives the facts, on the way in; [`content`] gives messages, arguments and results, when
//! a span is opened. Both go through the dialects in one order: the first to fill a field keeps it.

mod content;
mod dialects;
mod draft;
mod failure;
mod fields;
mod finish;
mod kind;
mod messages;
mod preview;
mod prices;
mod provider;
mod quoted;
#[cfg(test)]
mod sample;
mod signs;
mod usage;

pub use prices::{BundledPrice, Call, PriceRule, Prices};

use dialects::*;
use draft::Draft;
use signs::Signs;
use vedette_model::{Content, RawSpan, Span};

/// How one family of SDKs spells things.
#[derive(Clone, Copy, Debug)]
pub struct Dialect {
    /// The name in `filled_by`.
    pub name: &'static str,
    /// Whether it has anything to say about a span with these signs. Cheap, and may be wrong on the yes side.
    pub applies: fn(&Signs) -> bool,
    /// Fills what it knows.
    pub fill: for<'a> fn(&'a RawSpan, &mut Draft<'a>),
}

/// Every dialect; the order is the precedence of fields (`conventions.md` §4.2).
pub const DIALECTS: &[Dialect] = &[
    native::DIALECT,
    langfuse::DIALECT,
    semconv::DIALECT,
    crewai::DIALECT,
    litellm::DIALECT,
    otel_genai::DIALECT,
    openinference::DIALECT,
    openllmetry::DIALECT,
    pydantic_ai::DIALECT,
    logfire::DIALECT,
    vercel_ai::DIALECT,
    mlflow::DIALECT,
    langsmith::DIALECT,
    openlit::DIALECT,
    agentops::DIALECT,
    pyagent::DIALECT,
    claude_code::DIALECT,
    google_adk::DIALECT,
    strands::DIALECT,
    ag2::DIALECT,
    agent_framework::DIALECT,
    anthropic_sdk::DIALECT,
    mistral_sdk::DIALECT,
    mcp::DIALECT,
    genkit::DIALECT,
    livekit::DIALECT,
    laminar::DIALECT,
    autogen::DIALECT,
    fallback::DIALECT,
];

fn drafted(raw: &RawSpan) -> Draft<'_> {
    let signs = Signs::of(raw);
    let mut draft = Draft::new(raw, kind::kind(raw, &signs));
    for dialect in DIALECTS {
        if (dialect.applies)(&signs) {
            draft.dialect = dialect.name;
            (dialect.fill)(raw, &mut draft);
        }
    }
    draft
}

/// What a span means. `filled_by` is left empty and `content_hash` 0.
#[must_use]
pub fn normalize(raw: &RawSpan, prices: &Prices) -> Span {
    drafted(raw).finish(prices, false)
}

/// What was said in a span. `joined` are log records of this span, in time order, then copies of the same
/// call: they fill what it lacks.
#[must_use]
pub fn content(raw: &RawSpan, joined: &[RawSpan]) -> Content {
    let mut whole = drafted(raw).content();
    let (records, copies): (Vec<&RawSpan>, Vec<&RawSpan>) = joined.iter().partition(|raw| raw.is_log_record());
    // Each record holds one message; together they are one conversation.
    let mut said = Content::default();
    for record in records {
        let mut record = drafted(record);
        record.forget_log_line();
        let mut one = record.content();
        said.messages.append(&mut one.messages);
        content::fill_missing(&mut said, one);
    }
    content::drop_repeated_answers(&mut said.messages);
    content::fill_missing(&mut whole, said);
    for copy in copies {
        content::fill_missing(&mut whole, drafted(copy).content());
    }
    // A role alone stays a message: someone spoke, though not what (pictures that were left out, failed calls).
    whole
}

/// Both, with [`Span::filled_by`] complete.
#[must_use]
pub fn explain(raw: &RawSpan, prices: &Prices) -> (Span, Content) {
    (drafted(raw).finish(prices, true), content(raw, &[]))
}
