//! `vedette tail`: spans as they finish, or what there is to tell. When the server goes away it waits for it, and goes on where
//! it was.

use crate::client::Client;
use crate::config::Config;
use crate::layout::{SpanLine, cut, faint, plain};
use anyhow::Context;
use clap::Args;
use serde::Deserialize;
use std::io::{BufRead, BufReader, Read, Write};
use std::time::Duration;
use vedette_model::Timestamp;

/// Pause before the server is asked again.
const PAUSE: Duration = Duration::from_secs(1);
/// Columns of an agent's or span's name.
const NAME_COLUMNS: usize = 32;

/// Which spans.
#[derive(Args)]
pub struct Tail {
    /// Only of this agent; may be given several times
    #[arg(long, value_name = "NAME")]
    agent: Vec<String>,
    /// Only of this kind: agent, llm, tool, ...; may be given several times
    #[arg(long, value_name = "KIND")]
    kind: Vec<String>,
    /// Only with this status: success, failed, ...; may be given several times
    #[arg(long, value_name = "STATUS")]
    status: Vec<String>,
    /// Only of this run
    #[arg(long, value_name = "RUN")]
    run: Option<String>,
    /// End after so many
    #[arg(long, short = 'n', value_name = "NUMBER")]
    limit: Option<usize>,
    /// Print notices instead of spans: what broke, what did not come, what works again. A notice of while the
    /// server was away is not caught up
    #[arg(long, conflicts_with_all = ["kind", "status", "run"])]
    notices: bool,
    /// Print each as one line of JSON
    #[arg(long)]
    json: bool,
}

/// Runs until it is stopped, or until `--limit`.
pub fn run(config: &Config, command: &Tail) -> anyhow::Result<()> {
    let client = Client::connect(config)?;
    let mut left = command.limit.unwrap_or(usize::MAX);
    let mut last: Option<String> = None;
    // The first time, that nobody answers is an error; later it is waited out.
    let mut stream = Some(follow(&client, None)?);
    while left > 0 {
        let Some(open) = stream.take() else {
            std::thread::sleep(PAUSE);
            stream = follow(&client, last.as_deref()).ok();
            continue;
        };
        // However it ended, it is asked again.
        let read = events(BufReader::new(open), |event| {
            last = event.id.or(last.take());
            match event.name.as_str() {
                "" if !command.notices => left -= usize::from(print(&event.data, command)?),
                "notice" if command.notices => left -= usize::from(print_notice(&event.data, command)?),
                "reset" if !command.notices => {
                    eprintln!("some spans were missed: the server no longer knows what came in between")
                }
                _ => {}
            }
            Ok(left > 0)
        });
        if let Err(error) = read {
            match error.downcast_ref::<std::io::Error>() {
                Some(io) if io.kind() != std::io::ErrorKind::BrokenPipe => {
                    tracing::info!("the stream broke off: {error:#}")
                }
                _ => return Err(error),
            }
        }
    }
    Ok(())
}

fn follow(client: &Client, last: Option<&str>) -> anyhow::Result<impl Read + use<>> {
    let mut headers = vec![("accept", "text/event-stream")];
    headers.extend(last.map(|id| ("last-event-id", id)));
    client.follow("/traces/stream", &headers)
}

/// One event of the stream.
#[derive(Debug, Default, PartialEq)]
struct Event {
    name: String,
    id: Option<String>,
    data: String,
}

/// Calls for each event until the answer is false or the stream ends.
fn events(mut stream: impl BufRead, mut take: impl FnMut(Event) -> anyhow::Result<bool>) -> anyhow::Result<()> {
    let (mut event, mut line) = (Event::default(), String::new());
    while stream.read_line(&mut line)? > 0 {
        let text = line.trim_end_matches(['\n', '\r']);
        let (field, value) = text.split_once(':').unwrap_or((text, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => event.name = value.to_owned(),
            "id" => event.id = Some(value.to_owned()),
            "data" if event.data.is_empty() => event.data = value.to_owned(),
            "data" => event.data.extend(["\n", value]),
            "" if text.is_empty() => {
                let whole = std::mem::take(&mut event);
                if !whole.data.is_empty() && !take(whole)? {
                    return Ok(());
                }
            }
            _ => {}
        }
        line.clear();
    }
    Ok(())
}

/// Whether it was one to print.
fn print(data: &str, command: &Tail) -> anyhow::Result<bool> {
    let span: SpanLine = serde_json::from_str(data).context("the server's event is not as expected")?;
    let among = |wanted: &[String], is: &str| wanted.is_empty() || wanted.iter().any(|word| word == is);
    let wanted = among(&command.agent, span.agent.as_deref().unwrap_or_default())
        && among(&command.kind, &span.kind)
        && among(&command.status, &span.status)
        && command.run.as_ref().is_none_or(|run| same_run(run, &span.run_id));
    if wanted {
        write(if command.json { data.to_owned() } else { line(&span) })?;
    }
    Ok(wanted)
}

/// As in the API.
#[derive(Deserialize)]
struct NoticeLine {
    #[serde(rename = "type")]
    kind: String,
    severity: String,
    title: String,
    agent: Option<String>,
    url: String,
    occurred_at: Timestamp,
}

/// Whether it was one to print.
fn print_notice(data: &str, command: &Tail) -> anyhow::Result<bool> {
    let notice: NoticeLine = serde_json::from_str(data).context("the server's event is not as expected")?;
    let wanted = command.agent.is_empty() || notice.agent.as_ref().is_some_and(|agent| command.agent.contains(agent));
    if wanted {
        let clock = notice.occurred_at.to_string();
        let clock = faint(clock.get(11..19).unwrap_or(&clock));
        let cells = [&clock, &notice.severity, &notice.kind, &notice.title, &notice.url];
        write(if command.json { data.to_owned() } else { cells.map(String::as_str).join("   ") })?;
    }
    Ok(wanted)
}

fn write(line: String) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}

fn same_run(said: &str, run: &str) -> bool {
    let key = |id| vedette_model::RunKey::parse(id).map(|(key, _)| key);
    key(said) == key(run)
}

/// `14:32:01   billing_agent   llm   2.4s   claude-sonnet   180→140 tok   $0.00840`.
fn line(span: &SpanLine) -> String {
    let clock = span.started_at.to_string();
    let name = match (&span.agent, span.is_step()) {
        (Some(agent), true) => agent,
        _ => span.tool.as_ref().unwrap_or(&span.name),
    };
    let duration = span.duration_ms.map(crate::layout::duration);
    let said = span.preview.as_deref().map(|text| cut(text, 80));
    let cells = [
        faint(clock.get(11..19).unwrap_or(&clock)),
        cut(name, NAME_COLUMNS),
        plain(&span.kind),
        duration.unwrap_or_default(),
        span.model(),
        span.tokens(),
        span.cost(),
        span.trouble(),
        said.unwrap_or_default(),
    ];
    cells.into_iter().filter(|cell| !cell.is_empty()).collect::<Vec<_>>().join("   ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_read_as_servers_write_them() {
        let text = ": keepalive\n\nretry: 1000\n\nid: 7\ndata: {\"a\":1}\n\nevent: span\r\nid:8\r\ndata:x\r\ndata: y\r\n\r\ndata: cut off";
        let mut read = Vec::new();
        events(text.as_bytes(), |event| {
            read.push(event);
            Ok(true)
        })
        .expect("memory");
        let event =
            |name: &str, id: &str, data: &str| Event { name: name.into(), id: Some(id.into()), data: data.into() };
        assert_eq!(read, [event("", "7", "{\"a\":1}"), event("span", "8", "x\ny")]);
    }
}
