//! What a run is said to be doing, and why.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs, reason = "tests")]

mod common;

use common::{at, key};
use vedette_model::{Control, Kind, Opened, Run, RunFacts, RunKind, Settled, Span, SpanKey, Status};
use vedette_watch::State::{Ended, Lost, Running, Stalled, Timeout, WaitingOnPerson, WaitingOnTool};
use vedette_watch::{activity, silences};

/// A run that was announced, by a process or not, and last heard of at the first moment.
fn announced(process: Option<&str>, settled: Option<Settled>) -> Run {
    let facts = RunFacts { process_id: process.map(Into::into), ..RunFacts::default() };
    let opened = Opened { agent: "a".into(), started_at: at(0.0), received_at: at(0.0), kind: RunKind::Run, facts };
    let control = Control { opened: Some(opened), settled, ..Control::default() };
    let mut run = vedette_summary::summarize(key(1), &[], &control, &Default::default()).run;
    (run.received_at, run.last_received_at) = (at(0.0), at(0.0));
    run
}

/// A run of an announcing process that said how it ended.
fn ended(status: Status) -> Run {
    Run { status, presumed: false, finished_at: Some(at(9.0)), ..announced(Some("p1"), None) }
}

fn open(id: u8, kind: Kind, name: &str, tool: Option<&str>) -> Span {
    Span {
        run: key(1),
        id: SpanKey([id; 8]),
        parent: None,
        kind,
        name: name.into(),
        agent: None,
        status: Status::Running,
        start: at(f64::from(id)),
        end: None,
        scope: "s".into(),
        service: None,
        provider: None,
        model: None,
        request_model: None,
        tool: tool.map(Into::into),
        tool_call_id: None,
        response_id: None,
        finish_reason: None,
        usage: None,
        usage_estimated: false,
        cost: None,
        unpriced: false,
        failure: None,
        first_token_ns: None,
        input_preview: None,
        output_preview: None,
        log_record: false,
        usage_is_copy: false,
        noise: false,
        child_run: None,
        facts: None,
        level: None,
        warnings: Vec::new(),
        filled_by: Vec::new(),
        content_hash: 0,
    }
}

#[test]
fn a_runs_state_is_told_with_its_reason() {
    let agent = open(1, Kind::Agent, "support", None);
    let search = open(2, Kind::Tool, "execute_tool search", Some("search"));
    let approval = open(3, Kind::Tool, "human_approval", None);
    let closed = Span { end: Some(at(3.0)), ..search.clone() };
    let call = open(4, Kind::Llm, "chat", None);
    for (run, spans, now, state, why) in [
        (announced(None, None), vec![], 60.0, Running, "last heard of 1 min ago"),
        (announced(None, None), vec![&agent, &search], 900.0, WaitingOnTool, "search was called and has not answered"),
        (
            announced(None, None),
            vec![&agent, &search, &approval],
            900.0,
            WaitingOnPerson,
            "human_approval waits for a person",
        ),
        (announced(None, None), vec![&agent, &search, &call], 9.0, Running, "last heard of 9 s ago"),
        (announced(None, None), vec![&agent, &closed], 299.0, Running, "last heard of 4 min 59 s ago"),
        (announced(None, None), vec![&agent, &closed], 300.0, Stalled, "no sign of it for 5 min"),
        (announced(None, None), vec![&agent, &closed], 90_061.0, Stalled, "no sign of it for 1 d 1 h"),
        (
            announced(Some("p1"), Some(Settled::TimedOut)),
            vec![],
            100.0,
            Lost,
            "its process announced itself every few seconds and then fell silent",
        ),
        (
            announced(None, Some(Settled::TimedOut)),
            vec![],
            5_000.0,
            Timeout,
            "nobody said that it ended, and it showed no sign for too long",
        ),
        (
            announced(Some("p1"), Some(Settled::Overdue(60))),
            vec![&agent, &search],
            100.0,
            Timeout,
            "it took longer than the 60 s that a run of its agent may take",
        ),
        (ended(Status::Timeout), vec![], 100.0, Timeout, "it said itself that it ran out of time"),
        (ended(Status::Failed), vec![], 100.0, Ended, "it ended: failed"),
    ] {
        let told = activity(&run, spans.into_iter(), at(now));
        assert_eq!((told.state, told.why.as_str()), (state, why));
    }
    let run = Run { status: Status::Cancelled, ..announced(None, None) };
    assert_eq!(activity(&run, std::iter::empty(), at(1.0)).state, Ended);
}

#[test]
fn a_past_run_was_silent_where_it_waited_for_nothing() {
    let lasting = |span: Span, start: f64, end: f64| Span { start: at(start), end: Some(at(end)), ..span };
    let agent = lasting(open(1, Kind::Agent, "support", None), 0.0, 1_000.0);
    let search = lasting(open(2, Kind::Tool, "execute_tool search", Some("search")), 100.0, 400.0);
    let call = lasting(open(3, Kind::Llm, "chat", None), 450.0, 451.0);
    let found = |longer: u64, until: f64| {
        let run = Run { started_at: at(0.0), ..announced(None, None) };
        silences(&run, &[&agent, &search, &call], std::time::Duration::from_secs(longer), at(until))
    };
    assert_eq!(found(99, 1_000.0), [(at(0.0), at(100.0)), (at(451.0), at(1_000.0))], "not while the tool worked");
    assert_eq!(found(100, 1_000.0), [(at(451.0), at(1_000.0))]);
    assert_eq!(found(549, 1_000.0), []);
    assert_eq!(found(549, 2_000.0), [(at(1_000.0), at(2_000.0))], "it was given up on later");
}
