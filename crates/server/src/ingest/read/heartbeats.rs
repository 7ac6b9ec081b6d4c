//! Bodies of heartbeats, and parameters of pings.

use super::fields::{Fields, parse_body, told};
use super::runs::check_run_id;
use crate::config::Region;
use crate::error::{ApiError, ErrorKind};
use crate::native::new_run_key;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use vedette_model::limits::{PING_BODY_BYTES, PING_NOTE_CHARS};
use vedette_model::{NanoUsd, RunKey, Status, Timestamp};

/// Of a ping, by name.
pub type Parameters = BTreeMap<String, String>;

/// One sign of life.
pub struct Heartbeat {
    /// As the sender spells it, or as the server mints it.
    pub id: String,
    pub run: RunKey,
    pub agent: Arc<str>,
    /// `None` is `start`.
    pub ended: Option<Status>,
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
    pub duration: Option<Duration>,
    pub cost: Option<NanoUsd>,
    pub metadata: BTreeMap<Arc<str>, Arc<str>>,
}

/// The parameters of a body: a JSON object of texts, numbers and flags, else a form. An empty one has none.
pub fn parameters_of(body: &[u8]) -> Result<Parameters, ApiError> {
    if body.len() > PING_BODY_BYTES {
        let message = format!("a ping's parameters take at most {PING_BODY_BYTES} bytes");
        return Err(ApiError::new(ErrorKind::TooLarge, message));
    }
    if !body.trim_ascii_start().starts_with(b"{") {
        return Ok(url::form_urlencoded::parse(body).into_owned().collect());
    }
    let json = parse_body(body)?;
    let fields = json.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
    fields
        .map(|(key, value)| match value {
            Value::String(text) => Ok((key.clone(), text.clone())),
            Value::Number(_) | Value::Bool(_) => Ok((key.clone(), value.to_string())),
            _ => Err(ApiError::invalid(key, format!("{key} must be a text or a number"))),
        })
        .collect()
}

/// The parameters of a ping as the body of a heartbeat.
pub fn ping_body(parameters: &Parameters) -> Result<Value, ApiError> {
    let mut body = serde_json::Map::new();
    for key in ["id", "agent", "status", "cost_usd", "started_at", "finished_at"] {
        if let Some(text) = parameters.get(key).filter(|text| !text.is_empty()) {
            body.insert(key.to_owned(), json!(text));
        }
    }
    if let Some(text) = parameters.get("duration_ms") {
        let duration: f64 =
            text.parse().map_err(|_| ApiError::invalid("duration_ms", "duration_ms must be a number"))?;
        body.insert("duration_ms".to_owned(), json!(duration));
    }
    if let Some(note) = parameters.get("metadata") {
        if note.chars().count() > PING_NOTE_CHARS {
            return Err(ApiError::invalid("metadata", format!("metadata is longer than {PING_NOTE_CHARS} characters")));
        }
        body.insert("metadata".to_owned(), json!({ "note": note }));
    }
    Ok(Value::Object(body))
}

impl Heartbeat {
    /// Of a body, or of a ping's parameters as one.
    pub fn read(fields: &Fields<'_>, region: Option<Region>) -> Result<Self, ApiError> {
        let (id, run) = match fields.text("id")? {
            Some(id) => (id.to_owned(), check_run_id(id, "id", region)?),
            None => {
                let run = new_run_key();
                (run.canonical(region.unwrap_or_default().as_str()), run)
            }
        };
        let ended = match fields.text("status")?.unwrap_or("ok") {
            "ok" => Some(Status::Success),
            "fail" => Some(Status::Failed),
            "timeout" => Some(Status::Timeout),
            "start" => None,
            other => {
                let message = format!("status must be ok, fail, start or timeout, not {}", told(other));
                return Err(ApiError::invalid("status", message));
            }
        };
        Ok(Heartbeat {
            id,
            run,
            agent: fields.needed_label("agent")?,
            ended,
            started_at: fields.time("started_at")?,
            finished_at: fields.time("finished_at")?,
            duration: fields.milliseconds("duration_ms")?,
            cost: fields.money("cost_usd")?,
            metadata: fields.flat("metadata")?,
        })
    }
}
