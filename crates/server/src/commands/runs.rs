//! `vedette runs`: the newest runs with the steps of each.

use super::filter::{Filter, Query};
use super::import::{self, Imported};
use super::print_json;
use crate::client::{Client, path_part};
use crate::clock;
use crate::config::{Config, Place};
use crate::layout::{Align, RunLine, SpanLine, columns, counted, faint, more, plain};
use anyhow::Context;
use clap::Args;
use serde::Deserialize;
use serde_json::{Value as Json, json};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Which, and how.
#[derive(Args)]
pub struct Runs {
    #[command(flatten)]
    filter: Filter,
    /// newest, oldest, slowest or dearest first
    #[arg(long, default_value = "newest", value_name = "ORDER")]
    sort: String,
    /// How many runs
    #[arg(long, short = 'n', default_value_t = 20, value_name = "NUMBER")]
    limit: usize,
    /// How many steps of each run to show below it
    #[arg(long, default_value_t = 8, value_name = "NUMBER")]
    steps: usize,
    /// Show the runs of this file instead; nothing is kept
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    /// Print JSON, with what --limit leaves out reachable by its next_cursor
    #[arg(long)]
    json: bool,
    /// Go on after the page that ended with this next_cursor
    #[arg(long, value_name = "CURSOR")]
    cursor: Option<String>,
}

/// How far above a step its agent is looked for.
const ANCESTORS: usize = 100;

const CELLS: [Align; 6] = [Align::Left, Align::Left, Align::Right, Align::Right, Align::Right, Align::Left];
const STEP_CELLS: [Align; 6] = [Align::Left, Align::Right, Align::Left, Align::Right, Align::Right, Align::Left];

#[derive(Deserialize)]
struct Page {
    runs: Vec<RunLine>,
    next_cursor: Option<String>,
}

/// Runs it.
pub fn run(config: &Config, command: &Runs) -> anyhow::Result<()> {
    let (client, imported) = source(config, command.trace.as_deref())?;
    let query = command.filter.query();
    let filtered = !query.is_empty();
    let query = query
        .with("sort", Some(&command.sort))
        .with("limit", Some(&command.limit))
        .with("cursor", command.cursor.as_ref());
    let answer = client.get(&query.of("/api/v1/runs"))?;
    if command.json {
        return print_json(&answer);
    }
    say!("{}", header(config, &client, imported.as_ref())?);
    let page: Page = serde_json::from_value(answer).context("the server's answer is not as expected")?;
    if page.runs.is_empty() {
        say!("\n{}", if filtered { "No run matches." } else { "No runs yet." });
    }
    let lines = columns(&page.runs.iter().map(RunLine::cells).collect::<Vec<_>>(), &CELLS, 3);
    for (run, line) in page.runs.iter().zip(lines) {
        let space = if command.steps > 0 { "\n" } else { "" };
        say!("{space}{line}");
        if command.steps > 0 && run.model_calls > 0 {
            print_steps(&client, run, command.steps)?;
        }
    }
    if page.next_cursor.is_some() {
        say!("\n{}", faint("There are more: say --limit, or narrow with --since, --agent, --status, -q."));
    }
    Ok(())
}

/// Who is asked: whoever has the data, or a store in memory that is filled from a file.
pub fn source(config: &Config, trace: Option<&Path>) -> anyhow::Result<(Client, Option<Imported>)> {
    let Some(file) = trace else { return Ok((Client::connect(config)?, None)) };
    let client = Client::connect(&Config { place: Place::Memory, server: None, ..config.clone() })?;
    let imported = import::file(&client, file)?;
    imported.report();
    // A file says no more: what nobody closed is presumed closed, as it would be after some silence.
    if let Some(app) = client.inside() {
        app.store.settle(clock::now().plus(config.settle))?;
    }
    Ok((client, Some(imported)))
}

/// `traces/production_runs.jsonl — 1,240 spans from 180 runs`.
fn header(config: &Config, client: &Client, imported: Option<&Imported>) -> anyhow::Result<String> {
    let (name, spans, runs) = match imported {
        Some(imported) => (imported.name.clone(), imported.spans, imported.runs),
        None => {
            let status = client.get("/api/v1/status")?;
            let figure = |name: &str| status.get(name).and_then(Json::as_u64).unwrap_or_default();
            let name = match (client.url(), &config.place) {
                (Some(url), _) => url.to_owned(),
                (None, Place::Folder(folder)) => folder.display().to_string(),
                (None, Place::Memory) => "memory".to_owned(),
            };
            (name, figure("spans"), figure("runs"))
        }
    };
    Ok(format!("{} — {} from {}", plain(&name), counted(spans, "span"), counted(runs, "run")))
}

fn print_steps(client: &Client, run: &RunLine, most: usize) -> anyhow::Result<()> {
    let spans = spans(client, &run.id)?;
    let agents = agents(&spans);
    let steps: Vec<&SpanLine> = spans.iter().filter(|span| span.is_step()).collect();
    // Where the agent is the run's own throughout, what it called says more.
    let agent = |step: &SpanLine| agents.get(&*step.id).copied().filter(|agent| *agent != run.label());
    let shown = steps.get(..most).unwrap_or(&steps);
    let cells: Vec<_> = shown.iter().map(|step| step.step_cells(agent(step))).collect();
    let mut lines = columns(&cells, &STEP_CELLS, 3);
    if steps.len() > shown.len() {
        lines.push(faint(&more(steps.len() - shown.len(), "step")));
    }
    for (at, line) in lines.iter().enumerate() {
        say!("{}{line}", if at + 1 == lines.len() { "└── " } else { "├── " });
    }
    Ok(())
}

/// The agent of each span: its own, else that of the nearest span above that has one.
pub fn agents(spans: &[SpanLine]) -> HashMap<&str, &str> {
    let by_id: HashMap<&str, &SpanLine> = spans.iter().map(|span| (&*span.id, span)).collect();
    let mut agents = HashMap::new();
    for span in spans.iter().filter(|span| span.is_step()) {
        let above = std::iter::successors(Some(span), |span| by_id.get(span.parent_id.as_deref()?).copied());
        let agent = above.take(ANCESTORS).find_map(|span| span.agent.as_deref());
        agents.extend(agent.map(|agent| (&*span.id, agent)));
    }
    agents
}

/// A run's spans by start.
pub fn spans(client: &Client, run: &str) -> anyhow::Result<Vec<SpanLine>> {
    let answer = client.get(&format!("/api/v1/runs/{}/spans", path_part(run)))?;
    let spans = answer.get("spans").cloned().unwrap_or_else(|| json!([]));
    serde_json::from_value(spans).context("the server's answer is not as expected")
}

/// The one run that a person means: an id in any spelling, or what it is shown as (`#174`, `4b9c2d7e`).
pub fn find(client: &Client, said: &str) -> anyhow::Result<String> {
    let exact = format!("/api/v1/runs/{}", path_part(said));
    let Err(error) = client.get(&exact) else { return Ok(said.to_owned()) };
    let said = said.trim_start_matches('#');
    let query = Query::default().with("q", Some(&said)).with("limit", Some(&50));
    let page: Page = serde_json::from_value(client.get(&query.of("/api/v1/runs"))?)?;
    let shown_so = |run: &&RunLine| {
        let digits = run.external_id.as_deref().map(crate::layout::trailing_digits);
        digits == Some(said) || run.trace_id.ends_with(said)
    };
    match page.runs.iter().filter(shown_so).collect::<Vec<_>>().as_slice() {
        [run] => Ok(run.id.clone()),
        [] => Err(error).with_context(|| format!("no run is called {}", plain(said))),
        several => {
            let ids: Vec<String> = several.iter().map(|run| plain(&run.id)).collect();
            anyhow::bail!("{} runs are shown as {}: {}", several.len(), plain(said), ids.join(", "))
        }
    }
}

/// The one run there is.
pub fn only(client: &Client) -> anyhow::Result<String> {
    let page: Page = serde_json::from_value(client.get("/api/v1/runs?limit=2")?)?;
    match page.runs.as_slice() {
        [run] => Ok(run.id.clone()),
        [] => anyhow::bail!("there is no run"),
        _ => anyhow::bail!("there are several runs; say which, as `vedette runs` calls it"),
    }
}
