//! A span for tests to write on.

use std::sync::Arc;
use vedette_model::{Attributes, OtelKind, RawSpan, RawStatus, Resource, RunKey, Scope, SpanKey, Timestamp, Value};

/// A span of a second without attributes.
#[must_use]
pub fn span(name: &str) -> RawSpan {
    RawSpan {
        run: RunKey([1; 16]),
        id: SpanKey([1; 8]),
        parent: None,
        name: name.to_owned(),
        otel_kind: OtelKind::Internal,
        start: Timestamp(0),
        end: Some(Timestamp(1_000_000_000)),
        status: RawStatus::default(),
        attributes: Attributes::default(),
        events: Vec::new(),
        links: Vec::new(),
        resource: Arc::new(Resource::default()),
        scope: Arc::new(Scope::default()),
    }
}

/// The same, made by a scope and with attributes given as a JSON object.
#[must_use]
pub fn span_of(scope: &str, name: &str, attributes: serde_json::Value) -> RawSpan {
    let mut span = span(name);
    span.scope = Arc::new(Scope { name: scope.to_owned(), ..Scope::default() });
    if let Value::Map(pairs) = Value::from_json(attributes) {
        span.attributes = Attributes::new(pairs);
    }
    span
}
