//! What is counted, and what it adds up to.

mod dsl;

use dsl::{closed, opened};
use vedette_model::limits::NAMES_PER_RUN;
use vedette_model::{Control, Status};

#[test]
fn totals_of_their_own_count_only_where_nothing_below_knows_more() {
    dsl::check_spans(&[
        (
            "an agent's sum over a call further below",
            "a agent 0..99 in=9; w http 0..50 <a; b llm 1..5 <w in=5",
            "tokens=5/- counted=b",
        ),
        (
            "an empty usage below knows nothing",
            "a agent 0..99 in=9; b llm 1..5 <a knows_nothing",
            "tokens=9/- counted=a,b",
        ),
        (
            "an agent's sum over its calls",
            "a agent 0..99 in=9 out=3; b llm 1..5 <a in=4 out=1; c llm 6..9 <a in=5 out=2",
            "calls=2 tokens=9/3 counted=b,c",
        ),
        (
            "an agent's sum without calls that know",
            "a agent 0..99 in=9 reported=0.2; b llm 1..5 <a",
            "calls=1 tokens=9/- counted=a,b cost=0.2 source=reported",
        ),
        (
            "of nested sums the innermost",
            "w workflow 0..99 in=9; a agent 1..50 <w in=4; b agent 51..90 <w in=5",
            "calls=0 tokens=9/- counted=a,b",
        ),
        ("a container's copied sum still stands alone", "a agent 0..99 in=9 copy", "tokens=9/- counted=a"),
        (
            "other carriers of copies never count",
            "a agent 0..99; u custom 1..2 <a in=9 copy; e event 3 <a in=9 reported=1 copy",
            "tokens=-/- cost=0 counted=-",
        ),
        (
            "nor do they keep a sum from counting",
            "a agent 0..99 in=9; u custom 1..2 <a in=9 copy",
            "tokens=9/- counted=a",
        ),
        (
            "a tool that costs something",
            "t tool 0..9 reported=0.5; l llm 10..20 in=5 cost=0.1",
            "cost=0.6 counted=l,t source=-",
        ),
        (
            "a sum beside the calls of another agent",
            "w workflow 0..99; a agent 1..50 <w in=4; b agent 51..90 <w in=8; c llm 60..70 <b in=5",
            "tokens=9/- counted=a,c",
        ),
        (
            "a call seen twice below still knows more",
            "a agent 0..99 in=5; b llm 1..50 <a rid=r scope=y in=5; q llm 0..60 rid=r scope=x in=5",
            "tokens=5/- counted=q",
        ),
    ]);
}

#[test]
fn an_unknown_cost_is_none_and_no_cost_is_zero() {
    dsl::check_spans(&[
        ("no call at all", "a agent 0..9", "calls=0 cost=0 source=- unpriced=-"),
        (
            "all priced",
            "a llm 0..9 in=5 cost=0.1 model=m; b llm 0..9 in=5 cost=0.2 model=m",
            "cost=0.3 source=computed by_model=m:2:10/-:0.3",
        ),
        (
            "some unpriced",
            "a llm 0..9 in=5 cost=0.1 model=m; b llm 0..9 in=5 unpriced model=n",
            "cost=0.1 unpriced=n by_model=m:1:5/-:0.1,n:1:5/-:-",
        ),
        ("all unpriced", "a llm 0..9 in=5 unpriced model=n", "cost=- unpriced=n source=-"),
        ("a call that nobody can price, not even by name", "a llm 0..9 failed", "cost=-"),
        ("two sources", "a llm 0..9 cost=0.1; b llm 0..9 reported=0.1", "cost=0.2 source=-"),
        ("an empty usage is none", "a llm 0..9 ; b agent 0..9", "tokens=-/-"),
        ("free is known", "a llm 0..9 in=5 cost=0 model=m", "cost=0 source=computed"),
    ]);
}

#[test]
fn a_clients_own_total_counts_only_where_no_span_knows() {
    let beat = || closed(Status::Success, "50", Some("0.084"), "");
    dsl::check(&[
        ("closed without a span or an announcement", "", beat(), "", "kind=run"),
        ("with a cost of unknown tokens", "a llm 0..9 cost=0.1", beat(), "", "cost=0.1"),
        ("a heartbeat", "", beat(), "", "cost=0.084 source=reported calls=0 status=success end=50"),
        ("with calls that know", "a llm 0..9 in=5 cost=0.1", beat(), "", "cost=0.1 source=computed"),
        ("with tokens of unknown price", "a llm 0..9 in=5", beat(), "", "cost=-"),
        ("with spans that know nothing", "a agent 0..9", beat(), "", "cost=0.084"),
        ("with a call that another run owns", "a llm 0..9 in=5 cost=0.1", beat(), "a:5.z", "cost=0 calls=0"),
    ]);
}

#[test]
fn log_records_fill_their_spans() {
    dsl::check_spans(&[
        (
            "not a call that was over",
            "b llm 1..5 model=m in=5 cost=0.2; r logrecord 9 model=m reported=0.1",
            "cost=0.2 joined=- events=1",
        ),
        (
            "what the span lacks",
            "a llm 0..9; r logrecord 5 <a in=5 cost=0.1 model=m",
            "calls=1 tokens=5/- cost=0.1 by_model=m:1:5/-:0.1 joined=r events=0 spans=1 counted=a",
        ),
        ("not what it has", "a llm 0..9 in=4 cost=0.2; r logrecord 5 <a in=5 cost=0.1", "tokens=4/- cost=0.2"),
        (
            "a reported cost beats a computed one",
            "a llm 0..9 in=4 cost=0.2; r logrecord 5 <a reported=0.1",
            "cost=0.1 source=reported",
        ),
        (
            "of several the first that knows",
            "a llm 0..9; q logrecord 3 <a out=1; r logrecord 5 <a in=5 cost=0.1",
            "tokens=-/1 cost=0.1",
        ),
        (
            "without a parent it is an event",
            "a agent 0..9; r logrecord 5; s logrecord 5 <gone",
            "events=2 joined=- spans=1",
        ),
        (
            "a record that names the agent goes to the call that was running",
            "a agent 0..99; b llm 1..10 <a model=m in=5 cost=0.2; c llm 20..30 <a model=m in=6 cost=0.2; r logrecord 9 <a model=m in=5 reported=0.1; s logrecord 29 <a model=m in=6 reported=0.15",
            "calls=2 tokens=11/- cost=0.25 source=reported joined=r,s counted=b,c",
        ),
        (
            "as does one that names only the trace",
            "a agent 0..99; b llm 1..10 <a model=m in=5 cost=0.2; r logrecord 9 model=m in=5 reported=0.1",
            "cost=0.1 tokens=5/- joined=r events=0",
        ),
        (
            "of calls at one time each takes one record",
            "b llm 1..20 model=m; c llm 2..10 model=m; r logrecord 9 model=m reported=0.1; s logrecord 19 model=m reported=0.15",
            "cost=0.25 counted=b,c by_model=m:2:-/-:0.25",
        ),
        (
            "without such a call it adds to the run once, where nothing else knows",
            "a agent 0..99; r logrecord 9 <a model=m in=5 reported=0.1; s logrecord 10 <a model=m in=5 reported=0.1",
            "calls=0 tokens=10/- cost=0.2 counted=r,s by_model=m:0:10/-:0.2 events=0",
        ),
        (
            "only its cost, where spans know the tokens",
            "a agent 0..99; b llm 1..5 <a model=n in=5; r logrecord 9 model=m in=5 reported=0.1",
            "tokens=5/- cost=0.1 counted=b,r",
        ),
        (
            "nothing, where spans know both",
            "b llm 1..5 model=n in=5 cost=0.2; r logrecord 9 model=m in=5 reported=0.1",
            "tokens=5/- cost=0.2 counted=b",
        ),
    ]);
}

#[test]
fn notes_fill_calls_that_ended_without_their_tokens() {
    dsl::check_spans(&[
        (
            "the call before it, of its scope and model",
            "a agent 0..99; b llm 1..3 <a model=m; c llm 4..5 <a model=n; n event 9 <a model=m in=5 cost=0.1 copy",
            "calls=2 tokens=5/- cost=0.1 by_model=m:1:5/-:0.1,n:1:-/-:- events=1 counted=b,c",
        ),
        (
            "each call once",
            "b llm 1..3 model=m; c llm 2..3 model=m; n event 8 model=m in=5 copy; o event 9 model=m in=6 copy",
            "calls=2 tokens=11/- by_model=m:2:11/-:-",
        ),
        ("not a call that knows", "b llm 1..3 model=m in=4; n event 9 model=m in=5 copy", "calls=1 tokens=4/-"),
        ("not a call of another scope", "b llm 1..3 model=m; n event 9 model=m in=5 copy scope=t", "tokens=-/-"),
        ("the call it is below", "b llm 1..9 model=m in=4; n event 5 <b model=m in=4 copy", "tokens=4/- events=1"),
    ]);
}

#[test]
fn spans_have_a_duration_and_events_have_none() {
    dsl::check_spans(&[
        (
            "copies are spans",
            "a llm 0..9 in=1; b llm 1..8 <a in=1; e event 3 <a; d decision 4; l log 5 <a",
            "spans=2 events=3",
        ),
        (
            "failed points are no errors",
            "a agent 0..9; l log 5 <a failed; t tool 1..2 <a failed=x; u tool 3..4 <a status=timeout",
            "errors=2 tools=2 status=success failure=-",
        ),
        ("a copy's failure is no second error", "a llm 0..9 in=1 failed; b llm 1..8 <a in=1 failed", "errors=1"),
    ]);
}

#[test]
fn a_call_that_another_run_owns_is_kept_but_not_counted() {
    let none = Control::default;
    dsl::check(&[
        (
            "a lone copy makes its run a duplicate",
            "b llm 1..5 in=5 cost=0.1",
            none(),
            "b:5.a",
            "calls=0 tokens=-/- cost=0 copies=b>5.a duplicate_of=5 counted=- spans=1",
        ),
        (
            "with plumbing around and a copy of its own",
            "h http 0..9; b llm 1..5 <h in=5; c llm 2..4 <b in=5",
            none(),
            "b:5.a",
            "calls=0 copies=b>5.a,c>b duplicate_of=5",
        ),
        ("not with an agent", "a agent 0..9; b llm 1..5 <a in=5", none(), "b:5.a", "calls=0 duplicate_of=-"),
        (
            "not with a call of its own",
            "a llm 0..9 in=3; b llm 1..5 in=5",
            none(),
            "b:5.a",
            "calls=1 tokens=3/- duplicate_of=-",
        ),
        ("not when announced", "b llm 1..5 in=5", opened("x", "0", ""), "b:5.a", "calls=0 duplicate_of=-"),
        (
            "an agent's sum over it does not count",
            "a agent 0..9 in=5; b llm 1..5 <a in=5",
            none(),
            "b:5.a",
            "tokens=-/- counted=-",
        ),
        ("a span that is not there changes nothing", "a llm 0..9 in=3", none(), "z:5.a", "calls=1 duplicate_of=-"),
    ]);
}

#[test]
fn names_are_bounded_and_totals_are_not() {
    let names = || (0..70).map(|at| format!("l{at} llm {at}..99 in=1 model=m{at} unpriced; t{at} tool {at}..99"));
    let summary = dsl::summary(&names().collect::<Vec<_>>().join(";"));
    let run = summary.run;
    assert_eq!((run.model_calls, run.usage.input, run.tool_calls), (70, Some(70), 70));
    assert_eq!([run.by_model.len(), run.by_tool.len(), run.unpriced_models.len()], [NAMES_PER_RUN; 3]);
    assert!(run.by_model.contains_key("m0") && !run.by_model.contains_key("m69"), "the earliest stay");
}
