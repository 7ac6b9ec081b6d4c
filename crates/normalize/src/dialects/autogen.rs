//! AutoGen's core: its agents and tools speak the conventions; its runtime tells every message between
//! agents as queue spans, in traces of their own.

use crate::Dialect;
use crate::draft::Draft;
use vedette_model::{OtelKind, RawSpan};

pub const DIALECT: Dialect = Dialect { name: "autogen", applies: |signs| signs.scope.starts_with("autogen"), fill };

fn fill<'a>(raw: &'a RawSpan, draft: &mut Draft<'a>) {
    if matches!(raw.otel_kind, OtelKind::Producer | OtelKind::Consumer) || raw.name.starts_with("autogen create") {
        draft.noise("a message between agents");
    }
}
