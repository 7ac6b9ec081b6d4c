//! What a span is: the one list of rules, best first (`conventions.md` §4.1). A rule reads what its
//! dialect says of itself; the first that answers decides, before any field is filled.

use crate::dialects::{fallback, native, openinference, openllmetry, otel_genai};
use crate::draft::Source;
use crate::signs::Signs;
use std::borrow::Cow;
use vedette_model::{Kind, RawSpan};

/// A kind and the key or rule that says so.
pub type Hint = (Kind, &'static str);

type Rule = (&'static str, fn(&RawSpan, &Signs) -> Option<Hint>);

const RULES: &[Rule] = &[
    ("native", native::kind),
    ("openinference", openinference::kind),
    ("openllmetry", openllmetry::workflow_kind),
    ("otel_genai", otel_genai::kind),
    ("openllmetry", openllmetry::kind),
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
