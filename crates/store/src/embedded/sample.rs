//! A span for tests of this folder.

use vedette_model::{RawSpan, RunKey, SpanKey, Timestamp};

/// Short, ended, without a parent or attributes.
pub(super) fn span(run: RunKey, id: SpanKey) -> RawSpan {
    RawSpan {
        run,
        id,
        parent: None,
        name: "a span".to_owned(),
        otel_kind: Default::default(),
        start: Timestamp(1),
        end: Some(Timestamp(2)),
        status: Default::default(),
        attributes: Default::default(),
        events: Vec::new(),
        links: Vec::new(),
        resource: Default::default(),
        scope: Default::default(),
    }
}
