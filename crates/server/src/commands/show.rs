//! `vedette show RUN`: one run as a tree, with what failed first.

use super::{print_json, runs};
use crate::client::{Client, path_part};
use crate::config::Config;
use crate::layout::{
    Align, RunLine, SpanLine, bad, columns, counted, cut, failure_text, faint, plain, time, tokens, tree,
};
use anyhow::Context;
use clap::Args;
use serde::Deserialize;
use serde_json::{Value as Json, json};
use std::collections::HashSet;
use std::path::PathBuf;

/// Columns of a span's branches and name.
const NAME_COLUMNS: usize = 56;
/// Columns of a line of text from a trace.
const TEXT_COLUMNS: usize = 100;

/// Which run, and how.
#[derive(Args)]
pub struct Show {
    /// A run id in any spelling, or what `vedette runs` calls it, such as #174
    #[arg(value_name = "RUN")]
    id: String,
    /// Show plumbing too: HTTP posts, queue spans
    #[arg(long)]
    all: bool,
    /// Look in this file instead; nothing is kept
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    /// Print JSON: the run, its spans and its scores
    #[arg(long)]
    json: bool,
}

const CELLS: [Align; 6] = [Align::Left, Align::Left, Align::Right, Align::Left, Align::Right, Align::Right];

#[derive(Deserialize)]
struct Score {
    span_id: Option<String>,
    name: String,
    value: Json,
    reason: Option<String>,
}

#[derive(Deserialize)]
struct Whole {
    #[serde(flatten)]
    run: RunLine,
    session: Option<Session>,
    user_id: Option<String>,
    customer_id: Option<String>,
    feature: Option<String>,
    workflow: Option<String>,
    version: Option<String>,
    environment: Option<String>,
    parent_run_id: Option<String>,
    child_run_ids: Vec<String>,
    tool_calls: u64,
    error_count: u64,
    tags: Vec<String>,
    input_preview: Option<String>,
    output_preview: Option<String>,
    scores: Vec<Score>,
}

#[derive(Deserialize)]
struct Session {
    id: String,
    name: Option<String>,
}

/// Runs it.
pub fn run(config: &Config, command: &Show) -> anyhow::Result<()> {
    let (client, _) = runs::source(config, command.trace.as_deref())?;
    let id = runs::find(&client, &command.id)?;
    let run = client.get(&format!("/api/v1/runs/{}", path_part(&id)))?;
    if command.json {
        return print_json(&json!({ "run": run, "spans": span_list(&client, &id)? }));
    }
    let whole: Whole = serde_json::from_value(run).context("the server's answer is not as expected")?;
    say!("{}", columns(&[whole.run.cells()], &[], 3).concat());
    for line in columns(&facts(&whole), &[], 2) {
        say!("  {line}");
    }
    let spans = runs::spans(&client, &id)?;
    say!("");
    print_tree(&spans, command.all)?;
    for score in &whole.scores {
        let place = score.span_id.as_ref().map(|span| format!(" of {}", plain(span))).unwrap_or_default();
        let reason =
            score.reason.as_deref().map(|reason| format!(": {}", cut(reason, TEXT_COLUMNS))).unwrap_or_default();
        say!("score {}{place} = {}{reason}", plain(&score.name), plain(&value_text(&score.value)));
    }
    Ok(())
}

fn span_list(client: &Client, id: &str) -> anyhow::Result<Json> {
    let answer = client.get(&format!("/api/v1/runs/{}/spans", path_part(id)))?;
    Ok(answer.get("spans").cloned().unwrap_or_default())
}

fn value_text(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// What is known of the run, a line each.
fn facts(whole: &Whole) -> Vec<Vec<String>> {
    let run = &whole.run;
    let mut rows = Vec::new();
    let mut add = |name: &str, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            rows.push(vec![faint(name), cut(&value, TEXT_COLUMNS)]);
        }
    };
    add("id", Some(run.id.clone()));
    let presumed = if run.presumed { " (presumed: nobody said that it ended)" } else { "" };
    add("status", Some(format!("{}{presumed}", run.status)));
    add("success", run.success.map(|success| success.to_string()));
    add("outcome", run.outcome.clone());
    add("started", Some(time(run.started_at)));
    add("agent", run.agent.clone());
    add("version", whole.version.clone());
    add("workflow", whole.workflow.clone());
    let session = whole.session.as_ref();
    add(
        "session",
        session.map(|session| {
            session.name.as_ref().map_or_else(|| session.id.clone(), |name| format!("{} ({name})", session.id))
        }),
    );
    add("user", whole.user_id.clone());
    add("customer", whole.customer_id.clone());
    add("feature", whole.feature.clone());
    add("environment", whole.environment.clone());
    add("tags", Some(whole.tags.join(", ")));
    let calls = format!("{}, {}", counted(run.model_calls, "model call"), counted(whole.tool_calls, "tool call"));
    let errors =
        if whole.error_count > 0 { format!(", {}", counted(whole.error_count, "error")) } else { String::new() };
    add("work", Some(format!("{calls}{errors}")));
    add("tokens", tokens(run.tokens.input, run.tokens.output));
    add("no price", Some(run.unpriced_models.join(", ")));
    add("below", whole.parent_run_id.clone());
    add("above", Some(whole.child_run_ids.join(", ")));
    add("error", run.error.as_ref().map(failure_text));
    add("input", whole.input_preview.clone());
    add("output", whole.output_preview.clone());
    rows
}

fn print_tree(spans: &[SpanLine], all: bool) -> anyhow::Result<()> {
    let shown: Vec<&SpanLine> = spans.iter().filter(|span| all || !span.noise).collect();
    let hidden = spans.len() - shown.len();
    // What hangs below plumbing that is not shown moves up to what the plumbing hangs below.
    let parents: std::collections::HashMap<&str, &SpanLine> = spans.iter().map(|span| (&*span.id, span)).collect();
    let parent = |span: &SpanLine| -> Option<String> {
        let mut above = span.parent_id.clone();
        let mut seen = HashSet::new();
        while let Some(id) = above.clone().filter(|id| seen.insert(id.clone())) {
            match parents.get(&*id) {
                Some(noise) if noise.noise && !all => above = noise.parent_id.clone(),
                _ => break,
            }
        }
        above
    };
    let ends: Vec<Option<String>> = shown.iter().map(|span| parent(span)).collect();
    let items: Vec<(&str, Option<&str>)> =
        shown.iter().zip(&ends).map(|(span, parent)| (&*span.id, parent.as_deref())).collect();
    let first_failed =
        shown.iter().filter(|span| span.status == "failed").min_by_key(|span| (span.started_at, &span.id));
    let rows = tree(&items).into_iter().filter_map(|branch| {
        let span = shown.get(branch.item)?;
        let first = first_failed.is_some_and(|first| first.id == span.id);
        Some(cells(span, &branch.prefix, first))
    });
    for line in columns(&rows.collect::<Vec<_>>(), &CELLS, 2) {
        say!("{line}");
    }
    if hidden > 0 {
        say!("{}", faint(&format!("({} of plumbing not shown: --all)", counted(hidden as u64, "span"))));
    }
    Ok(())
}

/// Name, kind, duration, model, tokens, cost, and what there is to say.
fn cells(span: &SpanLine, prefix: &str, first_failed: bool) -> Vec<String> {
    let name = match (&span.agent, &span.tool) {
        (Some(agent), _) if span.is_step() && *agent != span.name => format!("{agent}: {}", span.name),
        (_, Some(tool)) => tool.clone(),
        _ => span.name.clone(),
    };
    let mut notes = Vec::new();
    if !span.trouble().is_empty() {
        notes.push(span.trouble());
    }
    if first_failed {
        notes.push(bad("<- failed first"));
    }
    if span.duplicate_of.is_some() {
        notes.push(faint("copy, not counted"));
    }
    if span.tokens_estimated {
        notes.push(faint("tokens estimated"));
    }
    if span.late {
        notes.push(faint("late"));
    }
    if let Some(child) = &span.child_run_id {
        notes.push(format!("run {}", plain(child)));
    }
    let kind = span.level.as_ref().map_or_else(|| span.kind.clone(), |level| format!("{} {}", span.kind, plain(level)));
    notes.extend(span.preview.as_deref().map(|text| cut(text, NAME_COLUMNS)));
    vec![
        format!("{}{}", faint(prefix), cut(&name, NAME_COLUMNS.saturating_sub(prefix.chars().count()).max(16))),
        faint(&kind),
        span.duration_ms.map(crate::layout::duration).unwrap_or_default(),
        span.model(),
        span.tokens(),
        span.cost(),
        notes.join("  "),
    ]
}
