//! What a run is called, whose it is, how it ended.

mod dsl;

use dsl::{closed, opened};
use vedette_model::{Closed, Control, Failure, RunKind, Settled, Status, Verdict};

#[test]
fn the_agent_of_a_run_is_its_outermost_agent() {
    dsl::check_spans(&[
        ("a record about a call makes no run", "r logrecord 3 kind=llm", "kind=trace only_logs=true"),
        (
            "by depth, not by time",
            "w workflow 5..99 name=flow service=svc; a agent 7..50 <w agent=outer; b agent 6..9 <a agent=inner",
            "agent=outer agents=inner,outer name=flow",
        ),
        ("an agent's span is named for it", "a agent 0..9 name=bot", "agent=bot agents=bot"),
        (
            "else the workflow",
            "h http 0..9 service=svc; w workflow 1..8 <h name=flow; l llm 2..3 <w agent=x",
            "agent=flow agents=flow,x kind=run",
        ),
        ("the workflow's own name", "h workflow 0..9 name=span workflow=flow service=svc", "agent=flow workflow=flow"),
        ("else an agent that a span names", "l llm 2..3 agent=x service=svc", "agent=x"),
        ("else the service", "l llm 2..3 <gone service=svc", "agent=svc name=l"),
        ("else the topmost span", "l llm 2..3", "agent=l"),
        ("plain tracing", "h http 0..9 service=svc; d db 1..2 <h", "kind=trace agent=svc agents=svc"),
        ("nothing", "", "agent=- name= kind=trace only_logs=true status=running"),
    ]);
}

#[test]
fn what_is_said_nearest_to_the_root_stands() {
    dsl::check_spans(&[
        (
            "the user of another session is another",
            "a agent 0..9 session=s; c llm 1..2 <a session=t/x",
            "session=s/- user=-",
        ),
        (
            "a span before points and records, however late",
            "r logrecord 0 <gone; e event 0 <gone; o llm 2..3 <gone",
            "name=o start=2",
        ),
        ("a circle is cut at its earliest", "t http 0..9 <b; a agent 1..9 <b; b agent 2..9 <a", "agent=a"),
        ("by depth", "a agent 5..9 customer=top; b llm 1..2 <a customer=low", "customer=top"),
        ("then by start", "a agent 0..9; b llm 2..3 <a customer=late; c llm 1..4 <a customer=early", "customer=early"),
        ("then by id", "a agent 0..9; c llm 2..3 <a customer=second; b llm 2..4 <a customer=first", "customer=first"),
        (
            "the root before what lost its parent, points and records",
            "l logrecord 0 customer=log; e event 0 customer=event; o llm 0..1 <gone customer=orphan; a agent 1..9 customer=root",
            "customer=root name=a",
        ),
        (
            "an explicit session beats a weak one",
            "a agent 0..9 weak=w; b llm 1..2 <a session=s/u",
            "session=s/u sessions=s,w user=u",
        ),
        ("a weak one is better than none", "a agent 0..9 weak=w", "session=w/-"),
        (
            "the session's user may be said elsewhere",
            "a agent 0..9 session=s; b llm 1..2 <a session=s/u; c llm 1..2 <a session=t/x",
            "session=s/u user=u sessions=s,t",
        ),
        ("the user belongs to the session", "a agent 0..9 session=s user=v", "session=s/v user=v"),
        (
            "metadata by key, tags as a whole",
            "a agent 0..9 .x=1 tags=p,q,p; b llm 1..2 <a .x=2 .y=3 tags=z",
            "metadata=x:1,y:3 tags=p,q",
        ),
        ("a run is not its own parent", "a agent 0..9 parent_run=7; b llm 1..2 <a parent_run=8", "parent=8"),
        ("previews of the root", "a agent 0..9 input=i output=o; b llm 1..2 <a input=x output=y", "input=i output=o"),
        (
            "else the first that went in, the last that came out",
            "a agent 0..9; b llm 1..2 <a input=i output=x; c llm 3..4 <a input=y output=o",
            "input=i output=o",
        ),
        (
            "a span's own before its log records', the user's last question, the model's last answer",
            "a agent 0..9; b llm 1..5 <a; r logrecord 2 <b input=x; s logrecord 3 <b input=i output=x; t logrecord 4 <b output=o",
            "input=i output=o",
        ),
        ("what a span says itself stands", "b llm 1..5 input=i; r logrecord 2 <b input=x output=o", "input=i output=o"),
        (
            "what joins no span says nothing",
            "a agent 0..9; r logrecord 2 input=x; s logrecord 2 <z output=x",
            "input=- output=-",
        ),
        (
            "nor does a point event",
            "d decision 1 input=x output=x; e event 2 <d input=x; l log 3 output=x",
            "input=- output=-",
        ),
        ("received first and last", "a agent 0..9 received=20; b llm 1..2 <a received=10", "received=10..20"),
    ]);
    dsl::check(&[
        (
            "directly said before all",
            "a agent 0..9 name=bot agent=other customer=span",
            opened("mine", "3", "customer=said .k=v"),
            "",
            "agent=mine agents=mine,other customer=said metadata=k:v start=3 name=bot announced=true",
        ),
        ("an announced run is named for its agent", "l llm 4..5", opened("mine", "3", ""), "", "name=mine kind=run"),
        (
            "announced, nothing more",
            "",
            opened("mine", "3", "session=s/u"),
            "",
            "agent=mine agents=mine name=mine status=running start=3 end=- received=3..3 cost=0 session=s/u only_logs=false",
        ),
    ]);
}

#[test]
fn the_root_ends_the_run() {
    dsl::check_spans(&[
        (
            "not why something was troubled but went well",
            "a agent 0..9 failed; b llm 1..2 <a failed=x status=success; c llm 3..4 <a failed=y",
            "failure=y",
        ),
        (
            "with its status",
            "a agent 0..9 failed=boom; b llm 1..2 <a",
            "status=failed end=9 start=0 failure=boom presumed=false",
        ),
        (
            "a failed tool below fails nothing",
            "a agent 0..9; t tool 1..2 <a failed=x",
            "status=success failure=- errors=1",
        ),
        (
            "why, where only a span below says it",
            "a agent 0..9 failed; b llm 1..2 <a failed=x; c llm 0..3 <b failed=y",
            "failure=x",
        ),
        ("without a root it runs", "b llm 1..2 <a", "status=running end=- start=1"),
        ("an open root runs", "a agent 0..; b llm 1..2 <a", "status=running announced=true"),
        (
            "of several roots the earliest decides",
            "a agent 3..9 failed; b agent 2..5",
            "status=success end=5 start=2 late=-",
        ),
        ("even while it is open", "a agent 3..9; b agent 2..", "status=running"),
        ("a point event ends nothing", "e event 3", "status=running"),
        ("a record ends nothing", "r logrecord 3", "status=running only_logs=true kind=trace events=1"),
        (
            "late is after the end",
            "a agent 0..9; b llm 9..10 <a; c llm 10..11 <a; e event 12 <a; r logrecord 13 <a; s logrecord 14",
            "late=c,e,s end=9",
        ),
    ]);
    dsl::check(&[
        (
            "a direct close decides first",
            "a agent 0..9 failed=x; b llm 8..9 <a",
            closed(Status::Success, "7", None, "success=false"),
            "",
            "status=success end=7 success=false late=b failure=- kind=run",
        ),
        ("single calls do not end an announced run", "l llm 4..5", opened("mine", "3", ""), "", "status=running"),
        (
            "an agent's span does",
            "l llm 1..2; a agent 4..8 failed",
            opened("mine", "3", ""),
            "",
            "status=failed end=8 start=3",
        ),
    ]);
}

#[test]
fn silence_ends_a_run_until_somebody_says_so() {
    let settled = |settled| Control { settled: Some(settled), ..Control::default() };
    let waiting = Control { settled: Some(Settled::TimedOut), ..opened("mine", "3", "") };
    dsl::check(&[
        (
            "presumed",
            "b llm 1..2 <a failed=x; c llm 3..8 <b; e event 9 <b",
            settled(Settled::Presumed),
            "",
            "status=failed end=9 presumed=true late=- failure=x",
        ),
        (
            "presumed with something open",
            "b agent 1..; c llm 3..8 <b",
            settled(Settled::Presumed),
            "",
            "status=timeout end=8 presumed=true",
        ),
        ("timed out", "b agent 1..; c llm 3..8 <b", settled(Settled::TimedOut), "", "status=timeout end=8"),
        (
            "overdue, whatever failed in it",
            "b agent 1..; c llm 3..8 <b failed=x",
            settled(Settled::Overdue(60)),
            "",
            "status=timeout end=8 presumed=true",
        ),
        ("overdue and ended after all", "a agent 0..9", settled(Settled::Overdue(60)), "", "status=success end=9"),
        ("timed out without a span", "", waiting, "", "status=timeout end=3 start=3"),
        (
            "undone by the root",
            "a agent 0..9; c llm 3..8 <a",
            settled(Settled::TimedOut),
            "",
            "status=success end=9 presumed=false",
        ),
    ]);
}

#[test]
fn the_latest_verdict_stands() {
    let verdict = |success, outcome: Option<Option<&str>>| Control {
        verdict: Verdict { success, outcome: outcome.map(|outcome| outcome.map(Into::into)) },
        ..Control::default()
    };
    dsl::check(&[
        (
            "said by a span",
            "a agent 0..9 success=true outcome=done",
            Control::default(),
            "",
            "success=true outcome=done status=success",
        ),
        (
            "changed later",
            "a agent 0..9 success=true outcome=done",
            verdict(Some(Some(false)), Some(Some("bad"))),
            "",
            "success=false outcome=bad status=success",
        ),
        (
            "cleared later",
            "a agent 0..9 success=true outcome=done",
            verdict(Some(None), Some(None)),
            "",
            "success=- outcome=-",
        ),
        ("an end without a word", "a agent 0..9 failed", Control::default(), "", "success=- outcome=- status=failed"),
    ]);
}

#[test]
fn a_finished_run_shows_what_its_close_says() {
    let failure = Failure { kind: Some("ValueError".into()), message: Some("told".into()) };
    let mut control = closed(Status::Failed, "9", None, "");
    control.closed =
        control.closed.map(|closed| Closed { failure: Some(failure), output_preview: Some("said".into()), ..closed });
    let mut beat = opened("cron", "3", "");
    beat.opened = beat.opened.map(|opened| vedette_model::Opened { kind: RunKind::Heartbeat, ..opened });
    dsl::check(&[
        ("failure and output", "a agent 0..9 failed=span output=o", control, "", "failure=told output=said"),
        ("the kind announced", "a agent 0..9 run_kind=record", beat, "", "kind=heartbeat"),
        ("the kind a span says", "a custom 0..9 run_kind=record", Control::default(), "", "kind=record"),
    ]);
}

#[test]
fn the_closed_copy_of_a_span_stands_and_then_the_smaller_hash() {
    dsl::check_spans(&[
        ("closed beats open", "a agent 0.. hash=1; a agent 0..9 hash=5", "status=success announced=false spans=1"),
        ("the smaller hash", "a agent 0..9 hash=5; a agent 0..8 hash=2; a agent 0..7 hash=3", "end=8 spans=1"),
    ]);
}
