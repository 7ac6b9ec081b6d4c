//! What is said of a span or a run before it starts; starting it gives the [`Span`].

use super::{Content, Kind, Open, OtelKind, Scope, Span};
use crate::attributes::Attributes;
use crate::id::{SpanContext, SpanId, TraceId, nanos};
use crate::limits;
use crate::recorder::Shared;
use crate::value::{Value, cut};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::{Instant, SystemTime};

/// A span that is about to start.
#[derive(Debug)]
pub struct Builder {
    pub(crate) shared: Arc<Shared>,
    name: String,
    pub(crate) parent: Option<SpanContext>,
    trace: Option<TraceId>,
    id: Option<SpanId>,
    sampled: Option<bool>,
    scope: Option<Scope>,
    otel_kind: OtelKind,
    start_ns: Option<u64>,
    is_point: bool,
    attributes: Attributes,
}

impl Builder {
    pub(crate) fn new(shared: Arc<Shared>, name: &str) -> Builder {
        Builder {
            shared,
            name: cut(name, limits::NAME_BYTES).to_owned(),
            parent: None,
            trace: None,
            id: None,
            sampled: None,
            scope: None,
            otel_kind: OtelKind::Internal,
            start_ns: None,
            is_point: false,
            attributes: Attributes::with_room(9),
        }
    }

    /// With this attribute.
    pub fn set<'v>(&mut self, key: &str, value: impl Into<Value<'v>>) {
        self.attributes.set(&self.shared.config.redaction, key, value.into());
    }

    /// Below this one, of this process or another.
    #[must_use]
    pub fn parent(mut self, parent: SpanContext) -> Builder {
        self.parent = Some(parent);
        self
    }

    /// The trace's id, where there is no parent.
    #[must_use]
    pub fn trace(mut self, trace: TraceId) -> Builder {
        self.trace = Some(trace);
        self
    }

    /// Its own id, else a new one: where several tell of one span.
    #[must_use]
    pub fn span_id(mut self, id: SpanId) -> Builder {
        self.id = Some(id);
        self
    }

    /// What it is.
    #[must_use]
    pub fn kind(mut self, kind: Kind) -> Builder {
        self.set("vedette.kind", kind.as_str());
        self
    }

    /// Who makes it, if not this SDK.
    #[must_use]
    pub fn scope(mut self, scope: &Scope) -> Builder {
        self.scope = Some(scope.clone());
        self
    }

    /// OpenTelemetry's kind.
    #[must_use]
    pub fn otel_kind(mut self, kind: OtelKind) -> Builder {
        self.otel_kind = kind;
        self
    }

    /// When it started, if not now.
    #[must_use]
    pub fn started_at(mut self, start_ns: u64) -> Builder {
        self.start_ns = Some(start_ns);
        self
    }

    /// It ends as soon as it is made, so nobody waits for its end.
    #[must_use]
    pub fn at_once(mut self) -> Builder {
        self.is_point = true;
        self
    }

    /// Starts it.
    #[must_use]
    pub fn start(self) -> Span {
        let trace = self.parent.map(|parent| parent.trace).or(self.trace).unwrap_or_default();
        let said = self.parent.map(|parent| parent.sampled).or(self.sampled);
        let sampled = said.unwrap_or_else(|| self.shared.samples(trace));
        let context = SpanContext { trace, span: self.id.unwrap_or_default(), sampled };
        let recorded = sampled && self.shared.is_current();
        let content = recorded.then(|| Content {
            name: self.name,
            kind: self.otel_kind,
            attributes: self.attributes,
            events: Vec::new(),
            event_count: 0,
            links: Vec::new(),
            link_count: 0,
            dropped: 0,
            status: None,
        });
        let open = Arc::new(Open {
            context,
            parent: self.parent.map(|parent| parent.span),
            scope: self.scope.map_or_else(|| Arc::clone(&self.shared.scope.0), |scope| scope.0),
            start_ns: self.start_ns.unwrap_or_else(|| nanos(SystemTime::now())),
            content: Mutex::new(content),
            ended: AtomicBool::new(!recorded),
        });
        if recorded && !self.is_point {
            self.shared.open(&open);
        }
        Span { shared: self.shared, open, started: Instant::now(), is_run: false, stand_in: None }
    }
}

/// A run that is about to start: a span of kind agent that begins a trace.
#[derive(Debug)]
pub struct RunBuilder {
    span: Builder,
    agent: String,
    inside: Option<SpanContext>,
    continues: Option<SpanContext>,
}

impl RunBuilder {
    pub(crate) fn new(shared: Arc<Shared>, agent: &str) -> RunBuilder {
        let mut span = Builder::new(shared, agent).kind(Kind::Agent);
        span.set("vedette.agent", agent);
        span.set("vedette.run.kind", "run");
        RunBuilder { span, agent: agent.to_owned(), inside: None, continues: None }
    }

    /// Below a span of another run: a child run with a trace of its own, for which one span stands there.
    #[must_use]
    pub fn inside(mut self, parent: SpanContext) -> RunBuilder {
        self.inside = Some(parent);
        self
    }

    /// The same run that another process began.
    #[must_use]
    pub fn continues(mut self, parent: SpanContext) -> RunBuilder {
        self.continues = Some(parent);
        self
    }

    /// The run's id, else a new one.
    #[must_use]
    pub fn id(mut self, trace: TraceId) -> RunBuilder {
        self.span = self.span.trace(trace);
        self
    }

    /// The id of its span, else a new one.
    #[must_use]
    pub fn span_id(mut self, id: SpanId) -> RunBuilder {
        self.span = self.span.span_id(id);
        self
    }

    /// When it started, if not now.
    #[must_use]
    pub fn started_at(mut self, start_ns: u64) -> RunBuilder {
        self.span = self.span.started_at(start_ns);
        self
    }

    /// It ends as soon as it is made.
    #[must_use]
    pub fn at_once(mut self) -> RunBuilder {
        self.span = self.span.at_once();
        self
    }

    /// Whom the agent works for.
    #[must_use]
    pub fn customer(mut self, id: &str) -> RunBuilder {
        self.set("vedette.customer_id", id);
        self
    }

    /// Anything else that is known of the run at its start, such as `session.id` or `vedette.feature`.
    pub fn set<'v>(&mut self, key: &str, value: impl Into<Value<'v>>) {
        self.span.set(key, value);
    }

    /// Starts it.
    #[must_use]
    pub fn start(self) -> Span {
        let RunBuilder { mut span, agent, inside, continues } = self;
        let shared = Arc::clone(&span.shared);
        let parent = inside.filter(|_| continues.is_none());
        span.parent = continues;
        // A child run is recorded if the run around it is: a tree is whole or absent.
        span.sampled = parent.map(|parent| parent.sampled);
        if let Some(parent) = parent {
            span.set("vedette.parent_run_id", parent.trace.run_id(&shared.config.region));
        }
        let mut run = span.start();
        run.is_run = true;
        if let Some(parent) = parent {
            let mut stand_in =
                Builder::new(shared, &agent).kind(Kind::Agent).parent(parent).started_at(run.open.start_ns);
            stand_in.set("vedette.agent", agent.as_str());
            stand_in.set("vedette.child_run_id", run.run_id());
            run.stand_in = Some(Box::new(stand_in.start()));
        }
        run
    }
}
