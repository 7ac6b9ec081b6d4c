//! `vedette costs`: by model, by workflow, by day, over one range.

use super::filter::{Query, Range};
use super::{print_json, runs};
use crate::client::Client;
use crate::config::Config;
use crate::layout::{Align, bar, columns, counted, money_short, percent, plain, time};
use anyhow::Context;
use clap::{Args, ValueEnum};
use serde::Deserialize;
use serde_json::Value as Json;
use std::path::PathBuf;
use vedette_model::{CostSource, NanoUsd, Timestamp};

/// Which range, and what to group by.
#[derive(Args)]
pub struct Costs {
    #[command(flatten)]
    range: Range,
    /// Only this grouping [default: model, workflow (or agent, where no run names a workflow), day]
    #[arg(long)]
    by: Option<By>,
    /// Time zone of days
    #[arg(long, default_value = "UTC", value_name = "ZONE")]
    tz: String,
    /// Costs of this file instead; nothing is kept
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// As in the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the words are the fields of a run")]
pub enum By {
    Model,
    Agent,
    Workflow,
    Customer,
    Feature,
    User,
    Day,
}

impl By {
    fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

#[derive(Deserialize)]
struct Report {
    since: Option<Timestamp>,
    until: Option<Timestamp>,
    range: String,
    total_cost_usd: Option<NanoUsd>,
    by_source: Vec<Source>,
    rows: Vec<Row>,
    unpriced: Vec<Unpriced>,
}

#[derive(Deserialize)]
struct Source {
    source: CostSource,
    cost_usd: NanoUsd,
}

#[derive(Deserialize)]
struct Row {
    key: Option<String>,
    cost_usd: Option<NanoUsd>,
    share: Option<f64>,
    runs: u64,
    avg_cost_per_run_usd: Option<NanoUsd>,
}

#[derive(Deserialize)]
struct Unpriced {
    model: String,
    model_calls: u64,
}

/// Runs it.
pub fn run(config: &Config, command: &Costs) -> anyhow::Result<()> {
    let (client, _) = runs::source(config, command.trace.as_deref())?;
    let first = command.by.unwrap_or(By::Model);
    let answer = ask(&client, &command.range.query(), first, &command.tz)?;
    if command.by.is_some() {
        return if command.json { print_json(&answer) } else { print_all(&[(first, answer)]) };
    }
    // The other tables are about the very same range.
    let range = ["since", "until"].into_iter().fold(Query::default(), |query, name| {
        query.with(name, answer.get(name).and_then(Json::as_str).map(str::to_owned).as_ref())
    });
    let mut second = (By::Workflow, ask(&client, &range, By::Workflow, &command.tz)?);
    if !names_any(&second.1) {
        second = (By::Agent, ask(&client, &range, By::Agent, &command.tz)?);
    }
    let days = ask(&client, &range, By::Day, &command.tz)?;
    let reports = [(By::Model, answer), second, (By::Day, days)];
    if command.json {
        let all = reports.into_iter().map(|(by, report)| (format!("by_{}", by.name()), report));
        return print_json(&Json::Object(all.collect()));
    }
    print_all(&reports)
}

fn ask(client: &Client, range: &Query, by: By, tz: &String) -> anyhow::Result<Json> {
    client.get(&range.clone().with("by", Some(&by.name())).with("tz", Some(tz)).of("/api/v1/costs"))
}

fn names_any(report: &Json) -> bool {
    let mut rows = report.get("rows").and_then(Json::as_array).into_iter().flatten();
    rows.any(|row| row.get("key").is_some_and(Json::is_string))
}

fn print_all(reports: &[(By, Json)]) -> anyhow::Result<()> {
    for (at, (by, report)) in reports.iter().enumerate() {
        let report: Report =
            serde_json::from_value(report.clone()).context("the server's answer is not as expected")?;
        if at == 0 {
            say!("{}", header(&report));
            if let Some(line) = sources(&report.by_source) {
                say!("{line}");
            }
        }
        say!("\n{}", title(*by));
        if report.rows.is_empty() {
            say!("  nothing");
        }
        for line in table(*by, &report.rows) {
            say!("  {line}");
        }
        if at + 1 == reports.len() && !report.unpriced.is_empty() {
            let calls = |row: &Unpriced| format!("{} ({})", plain(&row.model), counted(row.model_calls, "call"));
            let models: Vec<String> = report.unpriced.iter().map(calls).collect();
            say!("\nNobody knows a price of {}; they are not in these figures.", models.join(", "));
        }
    }
    Ok(())
}

/// `Costs of the last 7 days, from 2025-06-03 14:00:00 UTC to ... — $34.40`.
fn header(report: &Report) -> String {
    let ends = match (report.since, report.until) {
        (Some(since), Some(until)) => format!("from {} to {}", time(since), time(until)),
        (Some(since), None) => format!("since {}", time(since)),
        (None, Some(until)) => format!("until {}", time(until)),
        (None, None) => "of all time".to_owned(),
    };
    let range = match report.range.as_str() {
        "last_week" => format!("of the last 7 days, {ends}"),
        "newest_week" => format!("of the 7 days that end with the newest run, {ends}"),
        _ => ends,
    };
    let total = report.total_cost_usd.map_or_else(|| "unpriced".to_owned(), money_short);
    format!("Costs {range} — {total}")
}

/// `$3.10 computed from the price list, $0.40 reported with the calls`; nothing where nothing has a cost.
fn sources(sources: &[Source]) -> Option<String> {
    let words = |part: &Source| {
        let from = match part.source {
            CostSource::Reported => "reported with the calls",
            CostSource::Override => "by your own prices",
            CostSource::Computed => "computed from the price list",
        };
        format!("{} {from}", money_short(part.cost_usd))
    };
    (!sources.is_empty()).then(|| sources.iter().map(words).collect::<Vec<_>>().join(", "))
}

fn title(by: By) -> &'static str {
    match by {
        By::Model => "By model",
        By::Agent => "By agent",
        By::Workflow => "By workflow",
        By::Customer => "By customer",
        By::Feature => "By feature",
        By::User => "By user",
        By::Day => "Daily spend",
    }
}

fn table(by: By, rows: &[Row]) -> Vec<String> {
    let largest = rows.iter().filter_map(|row| row.cost_usd).max().map_or(0.0, NanoUsd::as_usd);
    let bar = |row: &Row| bar(row.cost_usd.map_or(0.0, |cost| cost.as_usd() / largest.max(f64::MIN_POSITIVE)));
    let cells = rows.iter().map(|row| {
        let key = row.key.as_deref().map_or_else(|| format!("(no {})", by.name()), plain);
        let cost = row.cost_usd.map_or_else(|| "unpriced".to_owned(), money_short);
        let share = row.share.map(|share| format!(" ({})", percent(share))).unwrap_or_default();
        match by {
            By::Model => vec![key, bar(row), format!("{cost}{share}")],
            By::Day => vec![key, bar(row), cost],
            _ => {
                let average = row.avg_cost_per_run_usd.map(|cost| format!("avg: {}/run", money_short(cost)));
                vec![key, format!("{cost} ({})", counted(row.runs, "run")), average.unwrap_or_default()]
            }
        }
    });
    let right = matches!(by, By::Model | By::Day);
    let alignments = if right { [Align::Left, Align::Left, Align::Right] } else { [Align::Left; 3] };
    columns(&cells.collect::<Vec<_>>(), &alignments, 2)
}
