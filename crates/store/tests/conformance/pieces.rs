//! A small world for random tests: few runs, few spans, every span of it decided by small numbers, so that
//! repeats, conflicts, copies and trees come about by chance and a failing case shrinks to little.

use super::say::{ACCOUNT, Said, call, log, run, span, tool};
use proptest::prelude::*;
use vedette_model::content_hash;

/// One span that may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Piece {
    /// A span of a run, in one of its copies.
    Span { run: u8, span: u8, copy: u8, open: bool },
    /// A log record, of a span or of none.
    Log { run: u8, of: Option<u8>, text: u8 },
}

/// Any piece, most often one of few.
pub fn piece() -> impl Strategy<Value = Piece> {
    let copy = prop_oneof![8 => Just(0_u8), 1 => Just(1), 1 => Just(2)];
    let spans = (0..6_u8, 0..7_u8, copy, prop::bool::weighted(0.2));
    let logs = (0..7_u8, prop::option::of(0..7_u8), 0..2_u8);
    prop_oneof![
        9 => spans.prop_map(|(run, span, copy, open)| Piece::Span { run, span, copy, open }),
        1 => logs.prop_map(|(run, of, text)| Piece::Log { run, of, text }),
    ]
}

impl Piece {
    /// The span, the same for the same piece.
    pub fn said(self) -> Said {
        match self {
            Piece::Log { run, of, text } => {
                log(run.into(), of.map(Into::into), ["one", "two"][usize::from(text)], 3.0 * f64::from(text))
            }
            Piece::Span { run, span, copy, open } => {
                let said = told(run, span, copy);
                if open { said.open() } else { said }
            }
        }
    }
}

/// Picks among values by what the numbers hash to.
fn pick<T: Copy>(seed: [u8; 4], values: &[T]) -> T {
    values[(content_hash(&seed) % values.len() as u64) as usize]
}

fn told(number: u8, at: u8, copy: u8) -> Said {
    let (run_number, span_number) = (u64::from(number), u64::from(at));
    let one = |what: u8| [what, number, at, 0];
    let other = |what: u8| [what, number, at, copy];
    let cost = pick(other(0), &[None, Some(0.125), Some(0.5), Some(0.75)]);
    let model = pick(one(1), &["m-a", "m-b", "m-c"]);
    let mut said = match (at, pick(one(2), &[0, 0, 0, 1, 2, 3, 4, 5, 6])) {
        (0, _) if number != 4 => {
            span(run_number, 0).kind("agent").with("vedette.agent", pick(one(3), &["anna", "bert"]))
        }
        (_, 0) => {
            // Few answers, so that runs share them; different scopes, so that they are copies.
            let response = pick([4, number % 2, at % 3, 0], &["r1", "r2", "r3"]);
            let said = call(run_number, span_number, model, (pick(other(5), &[10, 20]), 5), cost);
            match pick(one(6), &["x", "y", "z", ""]) {
                "" => said,
                scope => said.response(response, scope),
            }
        }
        (_, 1) => call(run_number, span_number, model, (7, 0), cost).kind("embedding"),
        (_, 2) => tool(run_number, span_number, pick(one(7), &["search", "add"])),
        (_, 3) => span(run_number, span_number).kind("decision").with("vedette.data", "{\"choice\":\"a\"}"),
        (_, 4) => span(run_number, span_number).kind("agent").with("vedette.agent", pick(one(8), &["anna", "carl"])),
        (_, 5) => {
            span(run_number, span_number).kind("workflow").with("vedette.workflow", pick(one(9), &["main", "quick"]))
        }
        _ => span(run_number, span_number),
    };
    // Overlapping in time, so that copies meet; ends in every order.
    let start = f64::from(number) * 11.0 + f64::from(at) * 2.0;
    said = said.lasting(start, start + pick(other(10), &[0.0, 1.0, 7.5, 30.0]));
    said = match pick(one(11), &[0, 1, 1, 2, 3]) {
        _ if at == 0 => said,
        0 => said.under(u64::from(at / 2)),
        1 => said.under(0),
        2 => said.under(u64::from(at - 1)),
        _ => said.under(77),
    };
    if copy > 0 {
        said = said.named(&format!("copy {copy} of {at}"));
    }
    if pick(other(12), &[true, false, false, false]) {
        said = said.failed("it broke\nat line 3");
    }
    facts(said, number, one)
}

fn facts(mut said: Said, number: u8, one: impl Fn(u8) -> [u8; 4]) -> Said {
    if one(0)[2] == 0 {
        // 0 <- 1 <- 2, and 3 and 5 in a circle; 4 has no agent and no parent.
        said = match number {
            1 => said.in_run_under(0),
            2 => said.in_run_under(1),
            3 => said.in_run_under(5),
            5 => said.in_run_under(3),
            _ => said,
        };
    }
    for (what, key, values) in [
        (20, "session.id", &["s1", "s2", "s3", "", ""]),
        (21, "user.id", &["ann", "bob", "", "", ""]),
        (22, "vedette.customer_id", &["acme", "", "", "", ""]),
        (23, "vedette.feature", &["triage", "", "", "", ""]),
        (24, "vedette.outcome", &["solved", "dropped", "", "", ""]),
        (25, "vedette.environment", &["staging", "", "", "", ""]),
        (28, "vedette.version", &["1", "2", "", "", ""]),
        (26, "vedette.input", &["What is A?", "ünïcödé", "", "", ""]),
    ] {
        let value = pick(one(what), values);
        if !value.is_empty() {
            said = said.with(key, value);
        }
    }
    match pick(one(27), &[Some(true), Some(false), None, None, None]) {
        Some(success) => said.with("vedette.success", success).tagged(&["red", "blue"]),
        None => said,
    }
}

/// The accounts of a random test: the implicit one and one more, which the test creates.
pub fn account(second: bool) -> vedette_model::AccountId {
    if second { vedette_model::AccountId(ACCOUNT.0 + 1) } else { ACCOUNT }
}

/// A run of the world by number.
pub fn run_of(number: u8) -> vedette_model::RunKey {
    run(number.into())
}
