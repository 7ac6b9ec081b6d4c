//! `vedette explain`: what each span of some files means, and which dialect and key said so. Nothing is
//! stored; no server is asked.

pub mod summary;

use super::print_json;
use crate::api::spans::SpanWhole;
use crate::config::{Config, Region};
use crate::files;
use crate::layout::{columns, cut, duration, faint, plain};
use anyhow::{Context, anyhow, bail};
use clap::Args;
use serde_json::{Value as Json, json};
use std::fs::File;
use std::io::{BufReader, Write};
use std::path::{Path, PathBuf};
use summary::Account;
use vedette_model::{Direction, FilledBy, Part, RawLog, RawSpan, Span, duration_ms};
use vedette_normalize::Prices;
use vedette_store::{SpanRow, StoredSpan};

/// Columns of a value or a line of a message.
const VALUE_COLUMNS: usize = 72;

/// Which files, and how.
#[derive(Args)]
pub struct Explain {
    /// Files as `vedette import` takes them; of a folder all below it that end in .pb or .raw.json
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Print one JSON object with the figures of all files together, as one account
    #[arg(long)]
    summary: bool,
    /// Print JSON: spans as the API answers them
    #[arg(long)]
    json: bool,
}

/// Runs it.
pub fn run(config: &Config, command: &Explain) -> anyhow::Result<()> {
    let prices = Prices::bundled();
    let account = Account::of(read(&command.paths)?, &prices);
    if command.summary {
        return print_json(&account.figures());
    }
    let mut out = std::io::stdout().lock();
    if command.json {
        return print_all_json(&mut out, &account, &prices, config.own_region());
    }
    for raw in account.raws() {
        print_span(&mut out, &account, raw, &prices)?;
    }
    Ok(())
}

/// All spans of the files, log records as point events. What cannot be read is said, and passed over.
fn read(paths: &[PathBuf]) -> anyhow::Result<Vec<RawSpan>> {
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() { walk(path, &mut found)? } else { found.push(path.clone()) }
    }
    let mut raws = Vec::new();
    for path in found {
        let file = File::open(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let report = files::read(BufReader::new(file), u64::MAX, &mut |decoded| {
            let before = raws.len();
            raws.extend(decoded.spans);
            raws.extend(decoded.logs.into_iter().filter_map(RawLog::into_span));
            Ok(raws.len() - before)
        });
        let report = report.map_err(|error| anyhow!("{}: {}", path.display(), error.message))?;
        for skipped in &report.skipped {
            eprintln!("{}:{}: passed over: {}", path.display(), skipped.line, plain(&skipped.reason));
        }
        for note in &report.notes {
            eprintln!("{}: {}", path.display(), plain(note));
        }
    }
    if raws.is_empty() {
        bail!("there is no span in these files");
    }
    Ok(raws)
}

/// The files of captured requests in a folder and below it, by name.
fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if path.is_dir() {
                folders.push(path);
            } else if name.ends_with(".pb") || name.ends_with(".raw.json") {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(())
}

fn print_all_json(out: &mut impl Write, account: &Account, prices: &Prices, region: Region) -> anyhow::Result<()> {
    for (index, raw) in account.raws().enumerate() {
        let (span, _) = vedette_normalize::explain(raw, prices);
        let row = SpanRow { span, mark: account.mark(raw) };
        let stored = StoredSpan { row, raw: raw.clone(), joined: Vec::new() };
        let whole = SpanWhole::of(&stored, &raw.run.canonical(region.as_str()), region, prices);
        write!(out, "{}\n  {}", if index == 0 { "[" } else { "," }, serde_json::to_string(&whole)?)?;
    }
    writeln!(out, "\n]")?;
    Ok(())
}

fn print_span(out: &mut impl Write, account: &Account, raw: &RawSpan, prices: &Prices) -> anyhow::Result<()> {
    let (span, content) = vedette_normalize::explain(raw, prices);
    let mark = account.mark(raw);
    let duration = span.end.map(|end| duration(duration_ms(span.start, end)));
    let duration = duration.filter(|_| !span.kind.is_point()).unwrap_or_default();
    let origin = faint(&format!("{}/{}  {}", raw.run, raw.id, plain(&raw.scope.name)));
    writeln!(
        out,
        "{}",
        columns(&[vec![span.kind.to_string(), plain(&raw.name), span.status.to_string(), duration, origin]], &[], 2)
            .concat()
    )?;
    let json = serde_json::to_value(&span)?;
    let mut rows: Vec<Vec<String>> = span.filled_by.iter().map(|by| row(by, &span, &json)).collect();
    if let Some(cost) = span.cost.as_ref().filter(|_| !span.filled_by.iter().any(|by| by.field == "cost")) {
        let price = cost.price.as_deref().unwrap_or_default();
        rows.push(vec!["  cost".into(), cost.amount.to_string(), faint("price table"), faint(&plain(price))]);
    }
    for line in columns(&rows, &[], 2) {
        writeln!(out, "{line}")?;
    }
    if let Some((run, original)) = mark.duplicate_of {
        writeln!(out, "  the same call as {run}/{original}: not counted")?;
    }
    if mark.joined {
        writeln!(out, "  joins the span it names")?;
    }
    for message in &content.messages {
        let arrow = if message.direction == Direction::Input { '>' } else { '<' };
        for part in &message.parts {
            writeln!(out, "  {arrow} {}: {}", plain(&message.role), cut(&part_text(part), VALUE_COLUMNS))?;
        }
    }
    for (name, value) in [("input", &content.input), ("output", &content.output)] {
        if let Some(value) = value {
            writeln!(out, "  {name} {}", cut(&text(value), VALUE_COLUMNS))?;
        }
    }
    for warning in &span.warnings {
        writeln!(out, "  warning: {}", plain(warning))?;
    }
    writeln!(out)?;
    Ok(())
}

/// Field, value, dialect, key.
fn row(by: &FilledBy, span: &Span, json: &Json) -> Vec<String> {
    let value = value_of(by.field, span, json).map(|value| cut(&text(&value), VALUE_COLUMNS)).unwrap_or_default();
    vec![format!("  {}", by.field), value, faint(by.dialect), faint(&plain(&by.key))]
}

/// What a field holds: of the span itself, else of what it says of its run. Content is printed below.
fn value_of(field: &str, span: &Span, json: &Json) -> Option<Json> {
    let path = field.split_once('.').map_or_else(|| format!("/{field}"), |(of, part)| format!("/{of}/{part}"));
    let fact = match field {
        "cost" => return span.cost.as_ref().map(|cost| json!(cost.amount)),
        "usage.total" => return span.usage.as_ref().and_then(|usage| usage.total()).map(Json::from),
        "session" | "session.weak" => "/facts/session/id".to_owned(),
        "user" => "/facts/user_id".to_owned(),
        _ => format!("/facts{path}"),
    };
    json.pointer(&path).or_else(|| json.pointer(&fact)).filter(|value| !value.is_null()).cloned()
}

fn text(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn part_text(part: &Part) -> String {
    match part {
        Part::Text { text } => text.clone(),
        Part::ToolCall { name, arguments, .. } => format!("calls {name}({arguments})"),
        Part::ToolCallResponse { result, .. } => format!("result {}", text(result)),
        Part::Reasoning { text } => format!("(thinks) {text}"),
        Part::Image { media_type, url, .. } => {
            format!("(image {})", url.as_ref().or(media_type.as_ref()).map_or("", String::as_str))
        }
        Part::Other { value } => value.to_string(),
    }
}
