//! `vedette export`: a run as it came, or lists of runs and spans for other programs.

use super::filter::{Filter, Query};
use super::{print_json, runs, sheet};
use crate::client::{Client, path_part};
use crate::config::Config;
use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use serde_json::Value as Json;
use std::io::Write;
use vedette_model::limits;

/// What, and in which form.
#[derive(Args)]
#[command(after_help = "In CSV, text that a spreadsheet would take for a formula has a ' before it.")]
pub struct Export {
    /// The run, as `vedette runs` calls it or in any spelling of its id
    #[arg(value_name = "RUN", required_unless_present = "runs", conflicts_with = "runs")]
    id: Option<String>,
    /// Export the list of runs that the filters select instead
    #[arg(long)]
    runs: bool,
    /// otlp is the run whole, as one OTLP/JSON request; jsonl and csv have a line for each span, or run
    /// [default: otlp, with --runs csv]
    #[arg(long)]
    format: Option<Format>,
    #[command(flatten)]
    filter: Filter,
}

/// See [`Export`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the words say it")]
pub enum Format {
    Otlp,
    Jsonl,
    Csv,
}

/// Runs it.
pub fn run(config: &Config, command: &Export) -> anyhow::Result<()> {
    let client = Client::connect(config)?;
    if let Some(id) = &command.id {
        if !command.filter.query().is_empty() {
            bail!("filters select runs; say --runs");
        }
        let id = path_part(&runs::find(&client, id)?);
        return match command.format.unwrap_or(Format::Otlp) {
            Format::Otlp => print_json(&client.get(&format!("/api/v1/runs/{id}/export"))?),
            format => {
                let answer = client.get(&format!("/api/v1/runs/{id}/spans"))?;
                let mut rows = Rows::new(format);
                rows.print(answer.get("spans").and_then(Json::as_array).map_or(&[][..], Vec::as_slice))
            }
        };
    }
    let format = command.format.unwrap_or(Format::Csv);
    if format == Format::Otlp {
        bail!("OTLP is exported run by run; say --format csv or --format jsonl");
    }
    list(&client, &command.filter.query(), &mut Rows::new(format))
}

/// Every page of the list.
fn list(client: &Client, query: &Query, rows: &mut Rows) -> anyhow::Result<()> {
    let query = query.clone().with("limit", Some(&limits::PAGE_ROWS_MAX));
    let mut cursor: Option<String> = None;
    loop {
        let page = client.get(&query.clone().with("cursor", cursor.as_ref()).of("/api/v1/runs"))?;
        rows.print(page.get("runs").and_then(Json::as_array).context("the server's answer is not as expected")?)?;
        cursor = page.get("next_cursor").and_then(Json::as_str).map(str::to_owned);
        if cursor.is_none() {
            return Ok(());
        }
    }
}

/// Rows on their way out; the columns of CSV are those of the first row.
struct Rows {
    format: Format,
    names: Option<Vec<String>>,
}

impl Rows {
    fn new(format: Format) -> Self {
        Rows { format, names: None }
    }

    fn print(&mut self, rows: &[Json]) -> anyhow::Result<()> {
        let mut out = std::io::stdout().lock();
        if self.format == Format::Jsonl {
            for row in rows {
                writeln!(out, "{row}")?;
            }
            return Ok(());
        }
        let Some(first) = rows.first().and_then(Json::as_object) else { return Ok(()) };
        let header = self.names.is_none();
        let names = self.names.get_or_insert_with(|| columns(first));
        let cells = rows.iter().map(|row| {
            names.iter().map(|name| row.pointer(&format!("/{}", name.replace('.', "/"))).unwrap_or(&Json::Null))
        });
        sheet::write(out, header.then_some(&names[..]), cells)
    }
}

/// `tokens.input` and its like for what is an object in every row, which those of tokens are.
fn columns(row: &serde_json::Map<String, Json>) -> Vec<String> {
    row.iter()
        .flat_map(|(name, value)| match value {
            Json::Object(parts) if name.ends_with("tokens") => {
                parts.keys().map(|part| format!("{name}.{part}")).collect()
            }
            _ => vec![name.clone()],
        })
        .collect()
}
