//! Short words for spans, batches and times. Spans are written in the native dialect and read by the real
//! normalizer, so that what is stored and what it means always agree.

use std::sync::Arc;
use vedette_model::{
    AccountId, Attributes, Closed, Cost, CostSource, NanoUsd, Opened, OtelKind, RawSpan, RawStatus, Resource, RunFacts,
    RunKey, RunKind, Scope, SpanKey, Status, StatusCode, Timestamp, Value, Verdict,
};
use vedette_normalize::{Prices, normalize};
use vedette_store::{Batch, ControlChange, Pricing, Receipt, Record, RunFilter, RunQuery, RunRow, Store};

/// The account of most tests.
pub const ACCOUNT: AccountId = AccountId::DEFAULT;

/// Seconds after the morning on which all tests happen.
pub fn at(seconds: f64) -> Timestamp {
    Timestamp(1_749_427_200_000_000_000 + (seconds * 1e9).round() as i64)
}

/// The n-th run.
pub fn run(n: u64) -> RunKey {
    let mut key = [0xa5; 16];
    key[8..].copy_from_slice(&n.to_be_bytes());
    RunKey(key)
}

/// The n-th span of whatever run.
pub fn id(n: u64) -> SpanKey {
    SpanKey((n + 1).to_be_bytes())
}

/// US dollars.
pub fn usd(amount: f64) -> NanoUsd {
    NanoUsd::from_usd(amount).unwrap()
}

/// A span about to be sent: one second long, of kind `custom`, until told otherwise.
#[derive(Clone)]
pub struct Said(pub RawSpan);

/// A span of a run.
pub fn span(run_number: u64, number: u64) -> Said {
    Said(RawSpan {
        run: run(run_number),
        id: id(number),
        parent: None,
        name: format!("span {number}"),
        otel_kind: OtelKind::Internal,
        start: at(0.0),
        end: Some(at(1.0)),
        status: RawStatus::default(),
        attributes: Attributes::default(),
        events: Vec::new(),
        links: Vec::new(),
        resource: Arc::new(Resource::default()),
        scope: Arc::new(Scope { name: "tests".to_owned(), ..Scope::default() }),
    })
}

/// An agent's root span.
pub fn agent(run_number: u64, name: &str) -> Said {
    span(run_number, 0).kind("agent").with("vedette.agent", name)
}

/// A model call: tokens in and out, and what it cost.
pub fn call(run_number: u64, number: u64, model: &str, tokens: (i64, i64), cost: Option<f64>) -> Said {
    let said = span(run_number, number)
        .kind("llm")
        .with("gen_ai.request.model", model)
        .with("gen_ai.usage.input_tokens", tokens.0)
        .with("gen_ai.usage.output_tokens", tokens.1);
    match cost {
        Some(cost) => said.with("vedette.cost_usd", usd(cost).to_string()),
        None => said,
    }
}

/// A tool's execution.
pub fn tool(run_number: u64, number: u64, name: &str) -> Said {
    span(run_number, number).kind("tool").with("gen_ai.tool.name", name)
}

/// A log record of a run, naming a span of it or none.
pub fn log(run_number: u64, of: Option<u64>, text: &str, seconds: f64) -> Said {
    let record = vedette_model::RawLog {
        run: Some(run(run_number)),
        span: of.map(id),
        time: at(seconds),
        event_name: "gen_ai.choice".to_owned(),
        severity: "INFO".to_owned(),
        body: Value::from(text),
        attributes: Attributes::default(),
        resource: Arc::new(Resource::default()),
        scope: Arc::new(Scope::default()),
    };
    Said(record.into_span().unwrap())
}

impl Said {
    pub fn kind(self, kind: &str) -> Self {
        self.with("vedette.kind", kind)
    }

    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.0.attributes.set(key, value);
        self
    }

    pub fn named(mut self, name: &str) -> Self {
        self.0.name = name.to_owned();
        self
    }

    pub fn under(mut self, parent: u64) -> Self {
        self.0.parent = Some(id(parent));
        self
    }

    /// Start and end, in seconds.
    pub fn lasting(mut self, start: f64, end: f64) -> Self {
        (self.0.start, self.0.end) = (at(start), Some(at(end)));
        self
    }

    /// Announced, not ended yet.
    pub fn open(mut self) -> Self {
        self.0.end = None;
        self.with(RawSpan::OPEN, true)
    }

    /// Announced by a process.
    pub fn of_process(mut self, pid: i64) -> Self {
        let mut attributes = self.0.resource.attributes.clone();
        attributes.set("process.pid", pid);
        self.0.resource = Arc::new(Resource { attributes });
        self
    }

    pub fn failed(mut self, message: &str) -> Self {
        self.0.status = RawStatus { code: StatusCode::Error, message: message.to_owned() };
        self
    }

    /// The provider's id of the answer, and who recorded it.
    pub fn response(mut self, response: &str, scope: &str) -> Self {
        self.0.scope = Arc::new(Scope { name: scope.to_owned(), ..Scope::default() });
        self.with("gen_ai.response.id", response)
    }

    pub fn tagged(self, tags: &[&str]) -> Self {
        self.with("vedette.tags", Value::Array(tags.iter().map(|tag| Value::from(*tag)).collect()))
    }

    pub fn in_run_under(self, parent: u64) -> Self {
        self.with("vedette.parent_run_id", run(parent).to_string())
    }

    pub fn in_session(self, session: &str) -> Self {
        self.with("session.id", session)
    }

    pub fn record(self) -> Record {
        let span = normalize(&self.0, &Prices::bundled());
        Record { raw: self.0, span }
    }
}

/// A request of these spans.
pub fn batch(account: AccountId, received: f64, spans: &[Said]) -> Batch<'_> {
    Batch { account, received: at(received), records: Box::new(spans.iter().cloned().map(Said::record)) }
}

/// Sends spans as one request of the account of most tests.
pub fn send(store: &dyn Store, received: f64, spans: &[Said]) -> Receipt {
    store.append(batch(ACCOUNT, received, spans)).unwrap()
}

/// A run that has to be there.
pub fn the_run(store: &dyn Store, number: u64) -> RunRow {
    store.run(ACCOUNT, run(number)).unwrap().expect("the run is there")
}

/// The numbers of the runs that a filter selects, newest first.
pub fn selected(store: &dyn Store, filter: RunFilter) -> Vec<u64> {
    let query = RunQuery { filter, limit: 1_000, ..RunQuery::default() };
    numbers(&store.runs(ACCOUNT, &query).unwrap().rows)
}

/// The numbers of rows.
pub fn numbers(rows: &[RunRow]) -> Vec<u64> {
    rows.iter().map(|row| number(row.run.key)).collect()
}

/// The reverse of [`run`].
pub fn number(key: RunKey) -> u64 {
    u64::from_be_bytes(key.0[8..].try_into().unwrap())
}

pub fn opened(agent: &str, started: f64, received: f64) -> ControlChange {
    ControlChange::Open(Opened {
        agent: agent.into(),
        started_at: at(started),
        received_at: at(received),
        kind: RunKind::Run,
        facts: RunFacts::default(),
    })
}

pub fn closed(status: Status, finished: f64, received: f64) -> ControlChange {
    ControlChange::Close(Closed {
        status,
        finished_at: at(finished),
        received_at: at(received),
        failure: None,
        output_preview: None,
        reported_cost: None,
        facts: RunFacts::default(),
    })
}

pub fn judged(success: Option<Option<bool>>, outcome: Option<Option<&str>>) -> ControlChange {
    ControlChange::Judge(Verdict { success, outcome: outcome.map(|word| word.map(Into::into)) })
}

/// So many nano-dollars for each token of a model call, whatever it cost before.
pub fn a_token_costs(price: u8) -> Pricing {
    Arc::new(move |span| {
        let tokens = span.model.as_ref().and(span.usage)?.total()?;
        let amount = NanoUsd(i64::try_from(tokens).ok()? * i64::from(price));
        Some(Cost { amount, source: CostSource::Override, price: Some("override:test".into()) })
    })
}
