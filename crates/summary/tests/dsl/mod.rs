//! Skeletons in one line each, and a run's figures as text, so that cases are data.
//!
//! `a agent 0..100` or `b llm 10..20 <a in=5 out=2 model=m`: id, kind, start and end in milliseconds (`10..`
//! is open, `10` a point), `<` parent, then `key=value` or a flag. Several spans are parted by newline or `;`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
#![allow(dead_code, reason = "each test binary uses its part")]

use std::collections::BTreeMap;
use std::sync::Arc;
use vedette_model::{
    Closed, Control, Copies, Cost, CostSource, Failure, Kind, NanoUsd, Opened, RunFacts, RunKey, RunKind, Session,
    Skeleton, SpanKey, Status, Summary, Timestamp, Usage,
};

pub const RUN: RunKey = RunKey([7; 16]);

pub fn id(name: &str) -> SpanKey {
    let mut key = [0; 8];
    key.iter_mut().zip(name.bytes()).for_each(|(to, from)| *to = from);
    SpanKey(key)
}

fn name_of(key: SpanKey) -> String {
    key.0.iter().take_while(|byte| **byte != 0).map(|byte| char::from(*byte)).collect()
}

pub fn ms(text: &str) -> Timestamp {
    Timestamp((text.parse::<f64>().unwrap() * 1e6) as i64)
}

pub fn spans(text: &str) -> Vec<Skeleton> {
    text.split(['\n', ';']).map(str::trim).filter(|line| !line.is_empty()).map(span).collect()
}

fn span(line: &str) -> Skeleton {
    let mut words = line.split_whitespace();
    let mut next = || words.next().unwrap_or_else(|| panic!("too short: {line}"));
    let (name, kind, time) = (next(), next(), next());
    let (start, end) = match time.split_once("..") {
        None => (ms(time), Some(ms(time))),
        Some((start, "")) => (ms(start), None),
        Some((start, end)) => (ms(start), Some(ms(end))),
    };
    let mut span = Skeleton {
        id: id(name),
        parent: None,
        kind: if kind == "logrecord" { Kind::Log } else { Kind::parse(kind).unwrap_or_else(|| panic!("{line}")) },
        name: name.into(),
        agent: None,
        status: if end.is_some() { Status::Success } else { Status::Running },
        start,
        end,
        scope: "s".into(),
        service: None,
        model: None,
        tool: None,
        tool_call_id: None,
        response_id: None,
        usage: None,
        cost: None,
        unpriced: false,
        failure: None,
        input_preview: None,
        output_preview: None,
        log_record: kind == "logrecord",
        usage_is_copy: false,
        child_run: None,
        facts: None,
        content_hash: 0,
        received: start,
    };
    for word in words {
        set(&mut span, word);
    }
    span
}

fn set(span: &mut Skeleton, word: &str) {
    if let Some(parent) = word.strip_prefix('<') {
        span.parent = Some(id(parent));
        return;
    }
    let (key, value) = word.split_once('=').unwrap_or((word, ""));
    let text = || Some(Arc::<str>::from(value));
    let number = || Some(value.parse().unwrap());
    let cost = |source| Some(Cost { amount: NanoUsd::parse(value).unwrap(), source, price: None });
    match key {
        "in" => span.usage.get_or_insert_default().input = number(),
        "out" => span.usage.get_or_insert_default().output = number(),
        "cache" => span.usage.get_or_insert_default().cache_read = number(),
        "cost" => span.cost = cost(CostSource::Computed),
        "reported" => span.cost = cost(CostSource::Reported),
        "knows_nothing" => span.usage = Some(Usage::default()),
        "kind" => span.kind = Kind::parse(value).unwrap(),
        "unpriced" => span.unpriced = true,
        "copy" => span.usage_is_copy = true,
        "model" => span.model = text(),
        "tool" => span.tool = text(),
        "call" => span.tool_call_id = text(),
        "rid" => span.response_id = text(),
        "scope" => span.scope = value.into(),
        "name" => span.name = value.into(),
        "agent" => span.agent = text(),
        "service" => span.service = text(),
        "input" => span.input_preview = text(),
        "output" => span.output_preview = text(),
        "status" => span.status = Status::parse(value).unwrap(),
        "failed" => {
            span.status = Status::Failed;
            span.failure = (!value.is_empty()).then(|| Failure { kind: None, message: text() });
        }
        "hash" => span.content_hash = number().unwrap_or_default(),
        "received" => span.received = ms(value),
        _ => set_fact(span.facts.get_or_insert_default(), key, value),
    }
}

fn set_fact(facts: &mut RunFacts, key: &str, value: &str) {
    let text = || Some(Arc::<str>::from(value));
    match key {
        "session" | "weak" => {
            let (id, user) = value.split_once('/').map_or((value, None), |(id, user)| (id, Some(user.into())));
            facts.session = Some(Session { id: id.into(), name: None, user_id: user, weak: key == "weak" });
        }
        "user" => facts.user_id = text(),
        "customer" => facts.customer_id = text(),
        "workflow" => facts.workflow = text(),
        "success" => facts.success = Some(value == "true"),
        "outcome" => facts.outcome = text(),
        "run_kind" => facts.run_kind = RunKind::parse(value),
        "parent_run" => facts.parent_run = Some(run(value)),
        "tags" => facts.tags = value.split(',').map(Into::into).collect(),
        _ => {
            let key = key.strip_prefix('.').unwrap_or_else(|| panic!("unknown word {key}"));
            facts.metadata.insert(key.into(), value.into());
        }
    }
}

/// A run named by one digit.
pub fn run(name: &str) -> RunKey {
    RunKey([name.parse().unwrap(); 16])
}

pub fn facts(words: &str) -> RunFacts {
    let mut facts = RunFacts::default();
    for (key, value) in words.split_whitespace().filter_map(|word| word.split_once('=')) {
        set_fact(&mut facts, key, value);
    }
    facts
}

pub fn opened(agent: &str, at: &str, words: &str) -> Control {
    let (started_at, received_at) = (ms(at), ms(at));
    let opened = Opened { agent: agent.into(), started_at, received_at, kind: RunKind::Run, facts: facts(words) };
    Control { opened: Some(opened), ..Control::default() }
}

pub fn closed(status: Status, at: &str, cost: Option<&str>, words: &str) -> Control {
    let closed = Closed {
        status,
        finished_at: ms(at),
        received_at: ms(at),
        failure: None,
        output_preview: None,
        reported_cost: cost.and_then(NanoUsd::parse),
        facts: facts(words),
    };
    Control { closed: Some(closed), ..Control::default() }
}

/// `b:5.a` says that span `b` is a copy of span `a` of run 5.
pub fn copies(text: &str) -> Copies {
    let copy = |word: &str| {
        let (span, owner) = word.split_once(':').unwrap();
        let (owner, original) = owner.split_once('.').unwrap();
        (id(span), (run(owner), id(original)))
    };
    text.split_whitespace().map(copy).collect()
}

/// The values of the given keys, as `key=value`.
pub fn shown(summary: &Summary, keys: &str) -> String {
    let keys = keys.split_whitespace().map(|word| word.split('=').next().unwrap());
    keys.map(|key| format!("{key}={}", value(summary, key))).collect::<Vec<_>>().join(" ")
}

fn value(Summary { run, marks }: &Summary, key: &str) -> String {
    let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".into());
    let text = |text: &Option<Arc<str>>| or_none(text.as_ref().map(ToString::to_string));
    let usage = |usage: Usage| {
        [usage.input, usage.output].map(|tokens| or_none(tokens.map(|tokens| tokens.to_string()))).join("/")
    };
    let money = |cost: Option<NanoUsd>| or_none(cost.map(|cost| cost.to_string()));
    let list = |names: &mut dyn Iterator<Item = String>| or_none(names.reduce(|list, name| format!("{list},{name}")));
    let time = |time: Timestamp| (time.0 as f64 / 1e6).to_string();
    let marked = |which: &dyn Fn(&vedette_model::Mark) -> bool| {
        list(&mut marks.iter().filter(|(_, mark)| which(mark)).map(|(span, _)| name_of(*span)))
    };
    match key {
        "calls" => run.model_calls.to_string(),
        "tools" => run.tool_calls.to_string(),
        "errors" => run.error_count.to_string(),
        "spans" => run.span_count.to_string(),
        "events" => run.event_count.to_string(),
        "tokens" => usage(run.usage),
        "cost" => money(run.cost),
        "source" => or_none(run.cost_source().map(|source| source.as_str().into())),
        "unpriced" => list(&mut run.unpriced_models.iter().map(ToString::to_string)),
        "by_model" => list(&mut run.by_model.iter().map(|(model, figures)| {
            format!("{model}:{}:{}:{}", figures.calls, usage(figures.usage), money(figures.cost))
        })),
        "by_tool" => list(
            &mut run.by_tool.iter().map(|(tool, figures)| format!("{tool}:{}:{}", figures.calls, figures.failures)),
        ),
        "counted" => marked(&|mark| mark.counted),
        "late" => marked(&|mark| mark.late),
        "joined" => marked(&|mark| mark.joined),
        "copies" => {
            let copies = marks.iter().filter_map(|(span, mark)| Some((span, mark.duplicate_of?)));
            list(&mut copies.map(|(span, (owner, original))| {
                let owner = if owner == run.key { String::new() } else { format!("{}.", owner.0[0]) };
                format!("{}>{owner}{}", name_of(*span), name_of(original))
            }))
        }
        "kind" => run.kind.to_string(),
        "agent" => text(&run.agent),
        "agents" => list(&mut run.agents.iter().map(ToString::to_string)),
        "name" => run.name.to_string(),
        "status" => run.status.to_string(),
        "presumed" => run.presumed.to_string(),
        "success" => or_none(run.success.map(|success| success.to_string())),
        "outcome" => text(&run.outcome),
        "start" => time(run.started_at),
        "end" => or_none(run.finished_at.map(time)),
        "received" => format!("{}..{}", time(run.received_at), time(run.last_received_at)),
        "failure" => {
            or_none(run.failure.as_ref().and_then(|failure| failure.message.as_ref()).map(ToString::to_string))
        }
        "session" => or_none(
            run.session.as_ref().map(|session| format!("{}/{}", session.id, session.user_id.as_deref().unwrap_or("-"))),
        ),
        "sessions" => list(&mut run.sessions.iter().map(ToString::to_string)),
        "user" => text(&run.user_id),
        "customer" => text(&run.customer_id),
        "workflow" => text(&run.workflow),
        "tags" => list(&mut run.tags.iter().map(ToString::to_string)),
        "metadata" => list(&mut run.metadata.iter().map(|(key, value)| format!("{key}:{value}"))),
        "parent" => or_none(run.parent.map(|parent| parent.0[0].to_string())),
        "input" => text(&run.input_preview),
        "output" => text(&run.output_preview),
        "duplicate_of" => or_none(run.duplicate_of.map(|run| run.0[0].to_string())),
        "announced" => run.announced.to_string(),
        "only_logs" => run.only_logs.to_string(),
        _ => panic!("unknown key {key}"),
    }
}

/// Of spans alone.
pub fn summary(text: &str) -> Summary {
    vedette_summary::summarize(RUN, &spans(text), &Control::default(), &Copies::new())
}

/// Of each case (what, spans, control, copies, expected) the figures named in `expected`.
pub fn check(cases: &[(&str, &str, Control, &str, &str)]) {
    let wrong: BTreeMap<&str, (String, &str)> = cases
        .iter()
        .filter_map(|(what, text, control, copy, expected)| {
            let summary = vedette_summary::summarize(RUN, &spans(text), control, &copies(copy));
            let found = shown(&summary, expected);
            (found != *expected).then_some((*what, (found, *expected)))
        })
        .collect();
    assert!(wrong.is_empty(), "found, expected: {wrong:#?}");
}

/// The most common case: spans only.
pub fn check_spans(cases: &[(&str, &str, &str)]) {
    let cases: Vec<_> =
        cases.iter().map(|(what, text, expected)| (*what, *text, Control::default(), "", *expected)).collect();
    check(&cases);
}
