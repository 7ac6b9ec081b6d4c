//! A span from its start to its end. It knows where it stands without looking around: who opens it says
//! below what.

mod builder;

use crate::attributes::Attributes;
use crate::id::{SpanContext, SpanId, nanos};
use crate::recorder::Shared;
use crate::value::{Value, cut};
use crate::{limits, lock, wire};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Instant, SystemTime};

pub use builder::{Builder, RunBuilder};

/// Who made a span: an instrumentation's name and version.
#[derive(Clone, Debug)]
pub struct Scope(pub(crate) Arc<[u8]>);

impl Scope {
    /// A scope; make it once for many spans.
    #[must_use]
    pub fn new(name: &str, version: &str) -> Scope {
        let mut bytes = Vec::new();
        wire::message(&mut bytes, 1, |out| {
            wire::bytes(out, 1, cut(name, limits::NAME_BYTES).as_bytes());
            wire::bytes(out, 2, cut(version, limits::NAME_BYTES).as_bytes());
        });
        Scope(bytes.into())
    }
}

/// What a span is, in Vedette's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the words speak for themselves")]
pub enum Kind {
    Agent,
    Llm,
    Embedding,
    Tool,
    Retriever,
    Reranker,
    Guardrail,
    Evaluator,
    Workflow,
    Db,
    Http,
    Custom,
}

impl Kind {
    /// Every kind with its word.
    pub const ALL: &'static [(Kind, &'static str)] = &[
        (Kind::Agent, "agent"),
        (Kind::Llm, "llm"),
        (Kind::Embedding, "embedding"),
        (Kind::Tool, "tool"),
        (Kind::Retriever, "retriever"),
        (Kind::Reranker, "reranker"),
        (Kind::Guardrail, "guardrail"),
        (Kind::Evaluator, "evaluator"),
        (Kind::Workflow, "workflow"),
        (Kind::Db, "db"),
        (Kind::Http, "http"),
        (Kind::Custom, "custom"),
    ];

    /// The word used on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Kind::ALL.iter().find(|(kind, _)| *kind == self).map_or("custom", |(_, word)| word)
    }

    /// The kind of this word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Kind> {
        Kind::ALL.iter().find(|(_, known)| *known == word).map(|(kind, _)| *kind)
    }
}

/// OpenTelemetry's kind of a span.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "OpenTelemetry's words")]
pub enum OtelKind {
    #[default]
    Internal = 1,
    Server = 2,
    Client = 3,
    Producer = 4,
    Consumer = 5,
}

/// How the work of a span ended, if not simply well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Said to be well.
    Ok,
    /// An error ended it.
    Failed,
    /// Time ran out.
    Timeout,
    /// It was called off.
    Cancelled,
}

/// What a span gathers while it is open.
#[derive(Debug)]
struct Content {
    name: String,
    kind: OtelKind,
    attributes: Attributes,
    events: Vec<u8>,
    event_count: usize,
    links: Vec<u8>,
    link_count: usize,
    dropped: u32,
    status: Option<(Status, String)>,
}

/// A span that is open, as the writer thread sees it too.
#[derive(Debug)]
pub(crate) struct Open {
    context: SpanContext,
    parent: Option<SpanId>,
    scope: Arc<[u8]>,
    start_ns: u64,
    content: Mutex<Option<Content>>,
    ended: AtomicBool,
}

impl Open {
    pub(crate) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    /// The span as it is now, marked open, if it still is.
    pub(crate) fn announce(&self, out: &mut Vec<u8>) -> Option<Arc<[u8]>> {
        let content = lock(&self.content);
        let content = content.as_ref()?;
        let mut attributes = content.attributes.so_far().to_vec();
        wire::key_value(&mut attributes, 9, "vedette.open", &Value::Bool(true));
        let encoded = Encoded { attributes: &attributes, content, open: self, end_ns: 0, scope: &self.scope };
        encoded.write(out);
        Some(Arc::clone(&self.scope))
    }
}

/// An ended span that is about to be written.
pub(crate) struct Encoded<'a> {
    pub(crate) scope: &'a Arc<[u8]>,
    open: &'a Open,
    content: &'a Content,
    attributes: &'a [u8],
    end_ns: u64,
}

impl Encoded<'_> {
    /// Appends the span as a field `spans` of `ScopeSpans`.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let Encoded { open, content, attributes, .. } = self;
        let mut status = Vec::new();
        if let Some((word, message)) = &content.status {
            if !message.is_empty() {
                wire::bytes(&mut status, 2, message.as_bytes());
            }
            wire::uint(&mut status, 3, if *word == Status::Ok { 1 } else { 2 });
        }
        let dropped = u64::from(content.dropped);
        let len = wire::field_len(1, 16)
            + wire::field_len(2, 8)
            + open.parent.map_or(0, |_| wire::field_len(4, 8))
            + wire::field_len(5, content.name.len())
            + 2 + 9 + 9 // kind and times
            + attributes.len()
            + if dropped > 0 { 1 + wire::varint_len(dropped) } else { 0 }
            + content.events.len()
            + content.links.len()
            + if status.is_empty() { 0 } else { wire::field_len(15, status.len()) };
        wire::prefix(out, 2, len);
        wire::bytes(out, 1, &open.context.trace.0);
        wire::bytes(out, 2, &open.context.span.0);
        if let Some(parent) = &open.parent {
            wire::bytes(out, 4, &parent.0);
        }
        wire::bytes(out, 5, content.name.as_bytes());
        wire::uint(out, 6, content.kind as u64);
        wire::fixed64(out, 7, open.start_ns);
        wire::fixed64(out, 8, self.end_ns);
        out.extend_from_slice(attributes);
        if dropped > 0 {
            wire::uint(out, 10, dropped);
        }
        out.extend_from_slice(&content.events);
        out.extend_from_slice(&content.links);
        if !status.is_empty() {
            wire::bytes(out, 15, &status);
        }
    }
}

/// A span. It ends when [`Span::end`] is called, or when it is dropped.
#[derive(Debug)]
pub struct Span {
    shared: Arc<Shared>,
    open: Arc<Open>,
    started: Instant,
    is_run: bool,
    /// What stands for this run in the tree of the run that it was started in.
    stand_in: Option<Box<Span>>,
}

impl Span {
    /// Where it stands.
    #[must_use]
    pub fn context(&self) -> SpanContext {
        self.open.context
    }

    /// The span above it; none at the top of its trace.
    #[must_use]
    pub fn parent(&self) -> Option<SpanId> {
        self.open.parent
    }

    /// The id of its run as the API spells it.
    #[must_use]
    pub fn run_id(&self) -> String {
        self.open.context.trace.run_id(&self.shared.config.region)
    }

    /// Whether what is told to it is kept.
    #[must_use]
    pub fn is_recording(&self) -> bool {
        !self.open.has_ended()
    }

    /// The region in its run's id.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.shared.config.region
    }

    fn with(&self, change: impl FnOnce(&mut Content)) {
        // A copy of this process made by `fork` must not touch the lock.
        if self.shared.is_current()
            && self.is_recording()
            && let Some(content) = lock(&self.open.content).as_mut()
        {
            change(content);
        }
    }

    /// Sets an attribute.
    pub fn set<'v>(&self, key: &str, value: impl Into<Value<'v>>) {
        let value = value.into();
        self.with(|content| content.attributes.set(&self.shared.config.redaction, key, value));
    }

    /// Gives it another name.
    pub fn rename(&self, name: &str) {
        self.with(|content| content.name = cut(name, limits::NAME_BYTES).to_owned());
    }

    /// Says whether the work did its job, in the words of its user; beside how it ended. `None` leaves what was
    /// said before. Of a run it may be said after its end too: that is sent as a point event of its own.
    pub fn set_outcome(&self, success: impl Into<Option<bool>>, outcome: Option<&str>) {
        let success = success.into();
        if self.is_run && !self.is_recording() {
            let said = [("success", success.map(Into::into)), ("outcome", outcome.map(Into::into))];
            let said = said.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
            let data = serde_json::Value::Object(said.collect()).to_string();
            self.point("outcome", "outcome", &data, []);
            return;
        }
        if let Some(success) = success {
            self.set("vedette.success", success);
        }
        if let Some(outcome) = outcome {
            self.set("vedette.outcome", outcome);
        }
    }

    /// Adds something that happened at one time, in OpenTelemetry's sense: kept on the span itself.
    pub fn add_event<'k, 'v>(
        &self,
        name: &str,
        time_ns: Option<u64>,
        pairs: impl Iterator<Item = (&'k str, Value<'v>)>,
    ) {
        self.with(|content| {
            if content.event_count >= limits::EVENTS || content.events.len() >= limits::SPAN_BYTES {
                content.dropped += 1;
                return;
            }
            let mut attributes = Attributes::new(3);
            for (key, value) in pairs {
                attributes.set(&self.shared.config.redaction, key, value);
            }
            let (attributes, dropped) = attributes.finish();
            content.event_count += 1;
            wire::message(&mut content.events, 11, |out| {
                wire::fixed64(out, 1, time_ns.unwrap_or_else(|| nanos(SystemTime::now())));
                wire::bytes(out, 2, cut(name, limits::NAME_BYTES).as_bytes());
                out.extend_from_slice(&attributes);
                if dropped > 0 {
                    wire::uint(out, 4, dropped.into());
                }
            });
        });
    }

    /// Names a span of another trace that has to do with it.
    pub fn add_link<'k, 'v>(&self, to: SpanContext, pairs: impl Iterator<Item = (&'k str, Value<'v>)>) {
        self.with(|content| {
            if content.link_count >= limits::EVENTS || content.links.len() >= limits::SPAN_BYTES {
                content.dropped += 1;
                return;
            }
            let mut attributes = Attributes::new(4);
            for (key, value) in pairs {
                attributes.set(&self.shared.config.redaction, key, value);
            }
            let (attributes, _) = attributes.finish();
            content.link_count += 1;
            wire::message(&mut content.links, 13, |out| {
                wire::bytes(out, 1, &to.trace.0);
                wire::bytes(out, 2, &to.span.0);
                out.extend_from_slice(&attributes);
                wire::fixed32(out, 6, u32::from(to.sampled));
            });
        });
    }

    /// Says how it ended, with a message. It does not end it.
    pub fn set_status(&self, status: Status, message: &str) {
        let message = cut(&self.shared.config.redaction.clean(message), limits::VALUE_BYTES).to_owned();
        if matches!(status, Status::Timeout | Status::Cancelled) {
            self.set("vedette.status", if status == Status::Timeout { "timeout" } else { "cancelled" });
        }
        if let Some(stand_in) = &self.stand_in {
            stand_in.set_status(status, &message);
        }
        self.with(|content| content.status = Some((status, message)));
    }

    /// A span below it.
    #[must_use]
    pub fn child(&self, name: &str) -> Builder {
        Builder::new(Arc::clone(&self.shared), name).parent(self.context())
    }

    /// A point in time below it, sent at once: of kind `log`, `decision`, `score`, `outcome` or `event`, with data as JSON
    /// and other attributes.
    pub fn point<'v>(&self, kind: &str, name: &str, data: &str, more: impl IntoIterator<Item = (&'v str, Value<'v>)>) {
        let now = nanos(SystemTime::now());
        let mut point = self.child(name).at_once().started_at(now);
        point.set("vedette.kind", kind);
        point.set("vedette.data", data);
        for (key, value) in more {
            point.set(key, value);
        }
        point.start().end_at(Some(now));
    }

    /// Ends it now. What is told to it afterwards is not kept.
    pub fn end(&self) {
        self.end_at(None);
    }

    /// Ends it at a time of the caller's clock.
    pub fn end_at(&self, end_ns: Option<u64>) {
        if !self.shared.is_current() || self.open.ended.swap(true, Ordering::Relaxed) {
            return;
        }
        let Some(content) = lock(&self.open.content).take() else { return };
        let passed = || u64::try_from(self.started.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let end_ns = end_ns.unwrap_or_else(|| self.open.start_ns.saturating_add(passed()));
        let mut content = content;
        let gathered = std::mem::replace(&mut content.attributes, Attributes::new(9));
        let (attributes, dropped) = gathered.finish();
        content.dropped += dropped;
        self.shared.push(&Encoded {
            scope: &self.open.scope,
            open: &self.open,
            content: &content,
            attributes: &attributes,
            end_ns,
        });
        if let Some(stand_in) = &self.stand_in {
            stand_in.end_at(Some(end_ns));
        }
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        self.end();
    }
}
