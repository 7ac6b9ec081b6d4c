//! What a span is: the one list of rules, best first (`conventions.md` §4.1). A rule reads what its
//! dialect says of itself; the first that answers decides, before any field is filled.

use crate::dialects::*;
use crate::draft::Source;
use crate::signs::Signs;
use std::borrow::Cow;
use vedette_model::{Kind, RawSpan};

/// A kind and the key or rule that says so.
pub type Hint = (Kind, &'static str);

type Rule = (&'static str, fn(&RawSpan, &Signs) -> Option<Hint>);

const RULES: &[Rule] = &[
    ("native", native::kind),
    ("langfuse", langfuse::kind),
    ("openinference", openinference::kind),
    ("mlflow", mlflow::kind),
    ("langsmith", langsmith::kind),
    ("ag2", ag2::usage_kind),
    ("logfire", logfire::kind),
    ("strands", strands::kind),
    ("google_adk", google_adk::merged_kind),
    ("openllmetry", openllmetry::workflow_kind),
    ("litellm", litellm::kind),
    ("otel_genai", otel_genai::kind),
    ("openllmetry", openllmetry::kind),
    ("agentops", agentops::kind),
    ("vercel_ai", vercel_ai::kind),
    ("claude_code", claude_code::kind),
    ("ag2", ag2::kind),
    ("google_adk", google_adk::kind),
    ("pyagent", pyagent::kind),
    ("pydantic_ai", pydantic_ai::kind),
    ("agent_framework", agent_framework::kind),
    ("mcp", mcp::kind),
    ("genkit", genkit::kind),
    ("livekit", livekit::kind),
    ("laminar", laminar::kind),
    ("openllmetry", openllmetry::request_kind),
    ("fallback", fallback::by_role),
    ("fallback", fallback::kind),
];

/// The kind, and who says so; `custom` if nobody does.
#[must_use]
pub fn kind(raw: &RawSpan, signs: &Signs) -> (Kind, Source) {
    let found = RULES.iter().find_map(|(dialect, rule)| rule(raw, signs).map(|hint| (*dialect, hint)));
    let (dialect, (kind, key)) = found.unwrap_or(("fallback", (Kind::Custom, "(no rule)")));
    (kind, Source { dialect, key: Cow::Borrowed(key) })
}
