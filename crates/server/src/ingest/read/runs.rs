//! Bodies of the runs API: ids, starts, events and finishes.

use super::events::{Event, output_event, score_event};
use super::fields::{Fields, told};
use crate::config::Region;
use crate::error::{ApiError, ErrorKind};
use crate::native::failure_words;
use serde_json::Value;
use std::sync::Arc;
use vedette_model::{
    Closed, Failure, Opened, RawSpan, RunFacts, RunKey, RunKind, Session, Status, Timestamp, cut, limits,
};

/// The 16 bytes of an id of a grammar `<prefix>_<region>_<32 hex>`.
pub fn check_id<'a>(text: &'a str, prefixes: &[&str], field: &str, own: Option<Region>) -> Result<&'a str, ApiError> {
    let named = |kind, message: String| ApiError { field: Some(field.to_owned()), ..ApiError::new(kind, message) };
    let wrong = || {
        let shape = prefixes.first().copied().unwrap_or_default();
        named(
            ErrorKind::InvalidId,
            format!("{field} must be {shape}_<region>_<32 lowercase hex digits>, not {}", told(text)),
        )
    };
    let parts: Vec<&str> = text.split('_').collect();
    let [prefix, region, hex] = parts.as_slice() else { return Err(wrong()) };
    let is_hex = hex.len() == 32 && hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let is_region = region.len() == 2 && region.bytes().all(|byte| byte.is_ascii_lowercase());
    if !prefixes.contains(prefix) || !is_region || !is_hex {
        return Err(wrong());
    }
    match (region.parse::<Region>(), own) {
        (Err(_), _) => Err(named(ErrorKind::UnknownRegion, format!("unknown region {region}; use eu or us"))),
        (Ok(said), Some(own)) if said != own => Err(named(
            ErrorKind::RegionMismatch,
            format!("this server keeps the region {}, not {region}", own.as_str()),
        )),
        _ => Ok(hex),
    }
}

/// The run of an id of ours.
pub fn check_run_id(text: &str, field: &str, region: Option<Region>) -> Result<RunKey, ApiError> {
    let hex = check_id(text, &["run"], field, region)?;
    RunKey::parse_exact(hex).ok_or_else(|| ApiError {
        field: Some(field.to_owned()),
        ..ApiError::new(ErrorKind::InvalidId, format!("{field} must not be all zeros"))
    })
}

/// A start: the run's id as it was sent, its key, and what is said of it.
pub fn read_start<'a>(
    fields: &Fields<'a>,
    region: Option<Region>,
    received_at: Timestamp,
) -> Result<(&'a str, RunKey, Opened), ApiError> {
    let id = fields.needed_text("id")?;
    let run = check_run_id(id, "id", region)?;
    let opened = Opened {
        agent: fields.needed_label("agent")?,
        started_at: fields.needed_time("started_at")?,
        received_at,
        kind: RunKind::Run,
        facts: run_facts(fields)?,
    };
    Ok((id, run, opened))
}

/// The events of a run: all of them, or the first field that is wrong.
pub fn read_events(fields: &Fields<'_>, run: RunKey, region: Option<Region>) -> Result<Vec<RawSpan>, ApiError> {
    let list = fields.needed_list("events")?;
    fields.items("events", list).map(|item| Event::read(&item?, region)?.into_span(run)).collect()
}

/// A finish: what is said of the run's end, and the events for its scores and its output.
pub fn read_finish(
    fields: &Fields<'_>,
    run: RunKey,
    received_at: Timestamp,
) -> Result<(Closed, Vec<RawSpan>), ApiError> {
    let finished_at = fields.time("finished_at")?.unwrap_or(received_at);
    let status = end_status(fields)?;
    let mut spans = Vec::new();
    for score in fields.items("scores", fields.list("scores")?.unwrap_or_default()) {
        spans.push(score_event(run, &score?, finished_at)?);
    }
    if let Some(output) = fields.get("output") {
        spans.push(output_event(run, output, finished_at));
    }
    let closed = Closed {
        status,
        finished_at,
        received_at,
        failure: fields.get("error").map(failure),
        output_preview: fields.get("output").map(preview),
        reported_cost: fields.money("cost_usd")?,
        facts: RunFacts { success: fields.flag("success")?, outcome: fields.label("outcome")?, ..run_facts(fields)? },
    };
    Ok((closed, spans))
}

fn end_status(fields: &Fields<'_>) -> Result<Status, ApiError> {
    let word = fields.needed_text("status")?;
    end_word(word).ok_or_else(|| {
        let message = format!("status must be success, failed, timeout or cancelled, not {}", told(word));
        ApiError::invalid(fields.name("status"), message)
    })
}

/// How a run or span ended, in ours or another system's word.
pub fn end_word(word: &str) -> Option<Status> {
    match word {
        "completed" | "ok" => Some(Status::Success),
        "fail" | "error" => Some(Status::Failed),
        "timed_out" => Some(Status::Timeout),
        _ => Status::parse(word).filter(|status| status.is_terminal()),
    }
}

/// What a start, a finish or a batch says of its run.
pub fn run_facts(fields: &Fields<'_>) -> Result<RunFacts, ApiError> {
    let tags = fields.list("tags")?.unwrap_or_default().iter().filter_map(Value::as_str).take(limits::NAMES_PER_RUN);
    let parent = fields.text("parent_run_id")?.map(|text| {
        RunKey::parse_exact(text).ok_or_else(|| ApiError {
            field: Some(fields.name("parent_run_id")),
            ..ApiError::new(ErrorKind::InvalidId, format!("parent_run_id is no run id: {}", told(text)))
        })
    });
    Ok(RunFacts {
        session: session(fields)?,
        user_id: fields.label("user_id")?,
        customer_id: fields.label("customer_id")?,
        feature: fields.label("feature")?,
        workflow: fields.label("workflow")?,
        pattern: fields.label("pattern")?,
        version: fields.label("version")?,
        environment: fields.label("environment")?,
        tags: tags.map(|tag| Arc::from(cut(tag, limits::NAME_BYTES))).collect(),
        metadata: fields.flat("metadata")?,
        parent_run: parent.transpose()?,
        ..RunFacts::default()
    })
}

/// An id, or an object of id, name and user.
fn session(fields: &Fields<'_>) -> Result<Option<Session>, ApiError> {
    if let Some(id) = fields.label("session_id")? {
        return Ok(Some(Session { id, ..Session::default() }));
    }
    match fields.get("session") {
        None => Ok(None),
        Some(Value::String(_)) => Ok(fields.label("session")?.map(|id| Session { id, ..Session::default() })),
        Some(object) => {
            let session = Fields::of(object, fields.name("session"))?;
            let (id, name, user_id) = (session.needed_label("id")?, session.label("name")?, session.label("user_id")?);
            Ok(Some(Session { id, name, user_id, weak: false }))
        }
    }
}

fn failure(error: &Value) -> Failure {
    let (kind, message) = failure_words(error);
    let first_line = |text: String| cut(text.lines().next().unwrap_or_default(), limits::METADATA_BYTES).into();
    Failure { kind: kind.map(|kind| cut(&kind, limits::NAME_BYTES).into()), message: message.map(first_line) }
}

/// Of an output of any size only its beginning is looked at.
fn preview(output: &Value) -> Arc<str> {
    let mut printed = Beginning(Vec::new());
    let text = match output.as_str() {
        Some(text) => text.get(..text.floor_char_boundary(limits::PREVIEW_SEARCH_BYTES)).unwrap_or_default(),
        None => {
            // It ends early once there is enough.
            let _ = serde_json::to_writer(&mut printed, output);
            printed.0.utf8_chunks().next().map_or("", |chunk| chunk.valid())
        }
    };
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(word.chars().take(limits::PREVIEW_CHARS));
        if line.chars().count() > limits::PREVIEW_CHARS {
            break;
        }
    }
    line.chars().take(limits::PREVIEW_CHARS).collect::<String>().into()
}

/// The first bytes of what is written.
struct Beginning(Vec<u8>);

impl std::io::Write for Beginning {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let room = limits::PREVIEW_SEARCH_BYTES.saturating_sub(self.0.len());
        self.0.extend(bytes.iter().take(room));
        // Nothing taken ends the writing.
        Ok(room.min(bytes.len()))
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_a_run_keeps_of_its_end_is_of_bounded_size() {
        let long = format!("{}\n{}", "ä".repeat(1 << 20), "b ".repeat(1 << 20));
        for error in [json!(long), json!({ "type": long, "message": long }), json!({ "a": long })] {
            let Failure { kind, message } = failure(&error);
            let message = message.expect("a message");
            assert!(message.len() <= limits::METADATA_BYTES && message.ends_with('…'), "{message}");
            assert!(kind.is_none_or(|kind| kind.len() <= limits::NAME_BYTES));
        }
        for (output, expected) in [
            (json!(" refund \n it "), "refund it".to_owned()),
            (json!({ "a": "b  c" }), r#"{"a":"b c"}"#.to_owned()),
            (json!(long), "ä".repeat(limits::PREVIEW_CHARS)),
            (json!("b ".repeat(1 << 20)), "b ".repeat(limits::PREVIEW_CHARS / 2)),
            (json!(vec![1; 1 << 20]), "1,".repeat(limits::PREVIEW_CHARS)[..limits::PREVIEW_CHARS - 1].to_owned()),
        ] {
            let preview = preview(&output);
            assert_eq!(preview.trim_start_matches('['), expected, "of {} bytes", output.to_string().len());
        }
        let mut printed = Beginning(Vec::new());
        assert!(serde_json::to_writer(&mut printed, &json!(vec![1; 1 << 20])).is_err(), "it is not printed whole");
        assert_eq!(printed.0.len(), limits::PREVIEW_SEARCH_BYTES);
    }

    #[test]
    fn ids_are_strict_and_say_what_is_wrong() {
        let hex = "018f3a2b9c1d7e8fa4b9c2d7e8f1a3b6";
        let (eu, us) = (Some(Region::Eu), Some(Region::Us));
        for (text, own, expected) in [
            (format!("run_eu_{hex}"), None, Ok(())),
            (format!("run_us_{hex}"), us, Ok(())),
            (format!("run_us_{hex}"), eu, Err(ErrorKind::RegionMismatch)),
            (format!("run_xx_{hex}"), None, Err(ErrorKind::UnknownRegion)),
            (format!("evt_eu_{hex}"), None, Err(ErrorKind::InvalidId)),
            (format!("run_eu_{}", hex.to_uppercase()), None, Err(ErrorKind::InvalidId)),
            (format!("run_EU_{hex}"), None, Err(ErrorKind::InvalidId)),
            (format!("run_eur_{hex}"), None, Err(ErrorKind::InvalidId)),
            (format!("run_eu_{hex}0"), None, Err(ErrorKind::InvalidId)),
            (hex.to_owned(), None, Err(ErrorKind::InvalidId)),
            (String::new(), None, Err(ErrorKind::InvalidId)),
        ] {
            let answer = check_id(&text, &["run"], "id", own);
            assert_eq!(answer.map(|_| ()).map_err(|error| error.kind), expected, "{text}");
        }
    }
}
