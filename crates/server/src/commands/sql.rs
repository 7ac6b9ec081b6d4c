//! `vedette sql`: one read-only query over the account's `runs`, `spans` and `scores`.

use super::{print_json, sheet};
use crate::client::Client;
use crate::config::Config;
use crate::layout::cut;
use anyhow::Context;
use clap::Args;
use comfy_table::{CellAlignment, LineStyle, Table, presets};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use std::io::Read;

/// Columns of one cell of the table.
const CELL_COLUMNS: usize = 80;

/// What to ask, and how to print.
#[derive(Args)]
#[command(after_help = "Examples:
  vedette sql \"select model, count(*), sum(cost_usd) from spans where kind = 'llm' group by model\"
  vedette sql \"select id, duration_ms from runs where status = 'failed' order by started_at desc limit 10\"
  vedette sql \"select input(otlp), count(*) from spans where tool = 'search' group by 1 order by 2 desc\"")]
pub struct Sql {
    /// One SELECT; `-` reads it from standard input. Of a span, `attribute(attributes, 'key')` reads an attribute,
    /// `input(otlp)` and `output(otlp)` what went in and came out, such as a tool's arguments and result,
    /// `input_messages(otlp)` and `output_messages(otlp)` what was said to a model and by it
    query: String,
    /// Print JSON
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Print CSV
    #[arg(long)]
    csv: bool,
}

#[derive(Deserialize)]
struct Answer {
    columns: Vec<Column>,
    rows: Vec<Vec<Json>>,
    truncated: bool,
}

#[derive(Deserialize)]
struct Column {
    name: String,
    #[serde(rename = "type")]
    kind: String,
}

/// Runs it.
pub fn run(config: &Config, command: Sql) -> anyhow::Result<()> {
    let mut query = command.query;
    if query == "-" {
        query.clear();
        std::io::stdin().read_to_string(&mut query).context("cannot read the query")?;
    }
    let answer = Client::connect(config)?.post("/api/v1/sql", &json!({ "query": query }))?;
    if command.json {
        return print_json(&answer);
    }
    let answer: Answer = serde_json::from_value(answer).context("the server's answer is not as expected")?;
    if command.csv {
        let names = answer.columns.iter().map(|column| column.name.clone()).collect::<Vec<_>>();
        sheet::write(std::io::stdout().lock(), Some(&names), answer.rows.iter().map(|row| row.iter()))?;
    } else {
        say!("{}", table(&answer));
    }
    if answer.truncated {
        eprintln!("there are more rows than are answered: narrow the query, or say limit and offset");
    }
    Ok(())
}

fn table(answer: &Answer) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING.header_separator(LineStyle::new('─', '─', '─', '─')));
    table.set_header(answer.columns.iter().map(|column| cut(&column.name, CELL_COLUMNS)));
    for row in &answer.rows {
        table.add_row(row.iter().map(|value| match value {
            Json::Null => String::new(),
            Json::String(text) => cut(text, CELL_COLUMNS),
            other => other.to_string(),
        }));
    }
    for (column, said) in table.column_iter_mut().zip(&answer.columns) {
        if matches!(said.kind.as_str(), "integer" | "number") {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}
