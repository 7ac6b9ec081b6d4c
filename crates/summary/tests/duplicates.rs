//! One call seen twice counts once (conventions, deduplication).

mod dsl;

#[test]
fn a_call_nested_in_a_call_is_the_same_call() {
    dsl::check_spans(&[
        (
            "an inner one that knows nothing does not stand for it",
            "o llm 1..50; f llm 2..3 <o failed; i llm 4..50 <o in=5",
            "copies=o>i",
        ),
        ("a carrier of copied usage is no call", "r llm 2..20 in=9 copy", "calls=0 tokens=-/- counted=-"),
        ("nor is a log record", "r logrecord 2 kind=llm", "calls=0 events=1"),
        (
            "the outer one stands for it where it knows the tokens",
            "a agent 0..100; o llm 1..50 <a in=5 out=2; i llm 2..49 <o in=5 out=2",
            "calls=1 tokens=5/2 counted=o copies=i>o spans=3",
        ),
        (
            "plumbing between them is no barrier",
            "o llm 1..50 in=5; h http 2..48 <o; i llm 3..47 <h in=5",
            "calls=1 tokens=5/- copies=i>o",
        ),
        (
            "an outer one without tokens is a wrapper of all inner ones",
            "o llm 1..50; i llm 2..20 <o in=5; j llm 30..40 <o in=6; f llm 42..45 <o failed",
            "calls=3 tokens=11/- counted=f,i,j copies=o>i",
        ),
        (
            "a wrapper of a wrapper too",
            "o llm 1..50; w llm 1..50 <o; i llm 2..20 <w in=5; j llm 3..19 <i in=5",
            "calls=1 tokens=5/- counted=i copies=j>i,o>i,w>i",
        ),
        (
            "neither knows: one call",
            "o llm 1..50 failed; i llm 2..20 <o failed",
            "calls=1 counted=o copies=i>o errors=1",
        ),
        (
            "an agent between them is a barrier",
            "o llm 1..50 in=5; a agent 2..40 <o; i llm 3..39 <a in=6",
            "calls=2 tokens=11/- copies=-",
        ),
        ("so is a tool", "o llm 1..50 in=5; t tool 2..40 <o; i llm 3..39 <t in=6", "calls=2 tokens=11/- copies=-"),
        (
            "and a workflow",
            "o llm 1..50 in=5; t workflow 2..40 <o; i llm 3..39 <t in=6",
            "calls=2 tokens=11/- copies=-",
        ),
        (
            "and a retriever",
            "o llm 1..50 in=5; t retriever 2..40 <o; i llm 3..39 <t in=6",
            "calls=2 tokens=11/- copies=-",
        ),
        (
            "embeddings as well",
            "o embedding 1..50 in=9; i embedding 2..20 <o in=4; j embedding 21..40 <o in=5",
            "calls=1 tokens=9/- copies=i>o,j>o",
        ),
        (
            "an embedding is not the same as a model call",
            "o llm 1..50 in=9; i embedding 2..20 <o in=4",
            "calls=2 tokens=13/- copies=-",
        ),
        (
            "a carrier of copied usage is shown as a copy of its call",
            "o llm 1..50 in=9; r llm 2..20 <o in=9 copy",
            "calls=1 tokens=9/- counted=o copies=r>o",
        ),
        (
            "what the kept one lacks comes from the copy",
            "o llm 1..50 in=5; i llm 2..49 <o in=5 out=1 model=m cost=0.1",
            "tokens=5/- cost=0.1 by_model=m:1:5/-:0.1",
        ),
    ]);
}

#[test]
fn the_same_response_at_the_same_time_is_the_same_call() {
    dsl::check_spans(&[
        (
            "the id that only a nested copy knows",
            "a llm 0..50 scope=x in=5; b llm 1..49 <a scope=z in=5 rid=r; c llm 2..48 <p rid=r scope=y in=5",
            "calls=1 copies=b>a,c>a",
        ),
        (
            "of two scopes",
            "a llm 0..50 rid=r scope=x in=5; b llm 2..49 rid=r scope=y in=5",
            "calls=1 tokens=5/- copies=b>a",
        ),
        (
            "under different parents",
            "p agent 0..99; q agent 0..99 <p; a llm 0..50 <p rid=r scope=x in=5; b llm 2..60 <q rid=r scope=y in=5",
            "calls=1 copies=b>a",
        ),
        (
            "the wider of two that start together stands",
            "a llm 0..40 rid=r scope=x in=5; b llm 0..50 rid=r scope=y in=5",
            "counted=b copies=a>b",
        ),
        (
            "tokens that only the copy knows are counted",
            "a llm 0..50 rid=r scope=x; b llm 2..49 rid=r scope=y in=5",
            "calls=1 tokens=5/- counted=a",
        ),
        (
            "a replay comes later, and is a call",
            "a llm 0..50 rid=r scope=x in=5; b llm 51..99 rid=r scope=y in=5",
            "calls=2 tokens=10/- copies=-",
        ),
        ("one scope makes one span a call", "a llm 0..50 rid=r in=5; b llm 2..49 rid=r in=5", "calls=2 copies=-"),
        (
            "of three scopes one stands",
            "a llm 0..50 rid=r scope=x in=5; b llm 2..49 rid=r scope=y in=5; c llm 3..48 rid=r scope=z in=5",
            "calls=1 copies=b>a,c>a",
        ),
        (
            "two at once, each seen twice, with one id",
            "a llm 0..50 rid=r scope=x in=5; b llm 1..49 rid=r scope=y in=5; c llm 2..50 rid=r scope=x in=5; d llm 3..49 rid=r scope=y in=5",
            "calls=2 tokens=10/- counted=a,c",
        ),
        (
            "an embedding is none of a model call",
            "a llm 0..50 rid=r scope=x; b embedding 2..49 rid=r scope=y",
            "calls=2 copies=-",
        ),
        (
            "log records are no calls",
            "a llm 0..50 rid=r scope=x in=5; b logrecord 2 kind=llm rid=r scope=y in=5",
            "calls=1 copies=-",
        ),
        (
            "nesting and response id together",
            "a llm 0..50 rid=r scope=x in=5; b llm 1..49 <a scope=z in=5; c llm 2..48 rid=r scope=y in=5; d llm 3..47 <c scope=z in=5",
            "calls=1 tokens=5/- copies=b>a,c>a,d>a",
        ),
    ]);
}

#[test]
fn siblings_of_two_scopes_are_one_call_when_one_has_no_response_id() {
    let with =
        |more: &str| format!("p agent 0..99; a llm 0..50 <p model=m scope=x rid=r in=5; b llm 2..49 <p in=5 {more}");
    for (what, more, expected) in [
        ("inside, without id", "model=m scope=y", "calls=1 copies=b>a"),
        ("a dated name is the same model", "model=m-2026-01-01 scope=y", "calls=1 copies=b>a"),
        ("another model", "model=n scope=y", "calls=2 copies=-"),
        ("the same scope", "model=m scope=x", "calls=2 copies=-"),
        ("both with ids", "model=m scope=y rid=q", "calls=2 copies=-"),
    ] {
        dsl::check_spans(&[(what, &with(more), expected)]);
    }
    dsl::check_spans(&[
        (
            "the one that ends last is of its own scope",
            "a llm 0..20 scope=x; b llm 10..30 scope=y; c llm 12..18 scope=y",
            "calls=2 copies=c>a",
        ),
        (
            "the one that ends last is of its own scope, and is no copy",
            "a llm 0..30 scope=x rid=q; b llm 5..25 scope=y rid=r; c llm 6..20 scope=x",
            "calls=2 copies=c>b",
        ),
        (
            "not one inside the other",
            "p agent 0..99; a llm 0..50 <p scope=x; b llm 2..51 <p scope=y",
            "calls=2 copies=-",
        ),
        (
            "not one parent",
            "p agent 0..99; q agent 0..9 <p; a llm 0..50 <p scope=x; b llm 2..49 <q scope=y",
            "calls=2 copies=-",
        ),
        (
            "a parent that never comes is one parent",
            "a llm 0..50 <p scope=x; b llm 2..49 <p scope=y",
            "calls=1 copies=b>a",
        ),
        (
            "the inner one has the id",
            "a llm 0..50 <p scope=x failed; b llm 2..49 <p scope=y rid=r",
            "calls=1 copies=b>a",
        ),
        (
            "of two that failed one knows the model",
            "a llm 0..50 <p scope=x failed; b llm 2..49 <p scope=y model=m failed",
            "calls=1 copies=b>a errors=1",
        ),
        (
            "of two that failed both know theirs",
            "a llm 0..50 <p scope=x model=n failed; b llm 2..49 <p scope=y model=m failed",
            "calls=2 copies=-",
        ),
        (
            "one failed, of an unknown model",
            "a llm 0..50 <p scope=x failed; b llm 2..49 <p scope=y model=m",
            "calls=2 copies=-",
        ),
        (
            "with an id, the outer must be without",
            "a llm 0..60 <p scope=x rid=q; n llm 1..50 <p scope=x; b llm 2..49 <p scope=y rid=r",
            "calls=2 copies=b>n",
        ),
    ]);
}

#[test]
fn a_tool_seen_twice_is_one_tool_call() {
    dsl::check_spans(&[
        (
            "an MCP server's span below the client's",
            "t tool 0..50 tool=w scope=x; h http 1..49 <t; m tool 2..48 <h tool=w scope=mcp",
            "tools=1 copies=m>t by_tool=w:1:0",
        ),
        (
            "a client and a server of one scope, in their own words, below the tool",
            "t tool 0..50 tool=w scope=x; c tool 1..49 <t tool=w scope=mcp name=send; m tool 2..48 <c tool=w scope=mcp name=call",
            "tools=1 copies=c>t,m>t by_tool=w:1:0",
        ),
        (
            "a tool that calls itself",
            "t tool 0..50 tool=w name=call; m tool 2..48 <t tool=w name=call",
            "tools=2 copies=-",
        ),
        (
            "a tool that calls another",
            "t tool 0..50 tool=w scope=x; m tool 2..48 <t tool=v scope=y",
            "tools=2 copies=- by_tool=v:1:0,w:1:0",
        ),
        (
            "a sub-agent that uses the same tool",
            "t tool 0..50 tool=w scope=x; a agent 1..49 <t; m tool 2..48 <a tool=w scope=y",
            "tools=2 copies=-",
        ),
        ("one call id, nested", "t tool 0..50 tool=w call=c; m tool 2..48 <t tool=v call=c", "tools=1 copies=m>t"),
        ("one call id, beside", "t tool 0..50 tool=w call=c; m tool 2..48 tool=w call=c scope=y", "tools=1 copies=m>t"),
        ("one call id, later: a retry", "t tool 0..50 tool=w call=c; m tool 60..70 tool=w call=c", "tools=2 copies=-"),
        (
            "a failure told right after",
            "t tool 0..50 <p tool=w failed; f tool 50.2 <p tool=w failed",
            "tools=1 errors=1 copies=f>t by_tool=w:1:1",
        ),
        (
            "a failure told of one with a call id",
            "t tool 0..50 tool=w call=c; f tool 50 tool=w call=c failed",
            "tools=1 errors=1 by_tool=w:1:1",
        ),
        (
            "a quick failure of its own",
            "t tool 0..50 <p tool=w failed; f tool 80 <p tool=w failed",
            "tools=2 errors=2 by_tool=w:2:2",
        ),
        (
            "two quick failures after one",
            "t tool 0..5 <p tool=w failed; f tool 5.2 <p tool=w failed; g tool 5.4 <p tool=w failed",
            "tools=2 copies=f>t",
        ),
        ("without a tool's name the span's", "t tool 0..50 name=search", "by_tool=search:1:0"),
    ]);
}
