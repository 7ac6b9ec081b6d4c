//! Events of the runs API as native spans: a model or tool call becomes a span that ends at the event's
//! time and began its latency earlier; everything else is a point event; a score becomes a score.

use super::fields::{Fields, told};
use super::runs::check_id;
use crate::config::Region;
use crate::error::{ApiError, ErrorKind};
use crate::native::{self, Native, hashed_key, root_key, score_value, span};
use serde_json::{Value, json};
use std::sync::{Arc, LazyLock};
use vedette_model::{Kind, RawSpan, RunKey, Scope, Timestamp, Value as AttributeValue};

static SCOPE: LazyLock<Arc<Scope>> = LazyLock::new(|| native::scope("vedette.runs_api"));

/// One event, its envelope checked.
pub struct Event<'a> {
    id: &'a str,
    kind: &'a str,
    time: Timestamp,
    data: Fields<'a>,
}

impl<'a> Event<'a> {
    /// The envelope, checked.
    pub fn read(fields: &Fields<'a>, region: Option<Region>) -> Result<Self, ApiError> {
        let id = fields.needed_text("id")?;
        check_id(id, &["evt", "scr"], &fields.name("id"), region)?;
        let kind = fields.needed_text("type")?;
        let time = fields.needed_time("ts")?;
        let data = fields.object("data")?.ok_or_else(|| ApiError::missing(fields.name("data")))?;
        Ok(Event { id, kind, time, data })
    }

    /// The span or point event that tells it.
    pub fn into_span(self, run: RunKey) -> Result<RawSpan, ApiError> {
        let mut raw = match self.kind {
            "llm_call" => self.model_call(run)?,
            "tool_call" => self.tool_call(run)?,
            "log" => self.log(run)?,
            "decision" => self.decision(run)?,
            "score" => return score_span(run, self.id, &self.data, self.time),
            _ => self.point(run, Kind::Event, self.kind),
        };
        raw.attributes.set("vedette.event.id", self.id);
        raw.attributes.set("vedette.event.type", self.kind);
        Ok(raw)
    }

    /// A point event; all that was said of it is kept.
    fn point(&self, run: RunKey, kind: Kind, name: &str) -> RawSpan {
        let mut raw = span(&SCOPE, run, hashed_key(self.id), kind, name, self.time);
        raw.text("vedette.data", Some(&Value::Object(self.data.map().clone()).to_string()));
        raw.text("vedette.level", (kind == Kind::Event).then_some(self.kind));
        raw
    }

    /// A span that ended at the event's time.
    fn call(&self, run: RunKey, kind: Kind, name: &str) -> Result<RawSpan, ApiError> {
        let mut raw = self.point(run, kind, name);
        let latency = self.data.milliseconds("latency_ms")?.unwrap_or_default();
        raw.start = self.time.minus(latency);
        if let Some(error) = self.data.get("error").filter(|error| **error != Value::Bool(false)) {
            raw.fail(Some(error));
        }
        Ok(raw)
    }

    fn model_call(&self, run: RunKey) -> Result<RawSpan, ApiError> {
        let data = &self.data;
        let (provider, model) = (data.needed_label("provider")?, data.needed_label("model")?);
        let (input, output) = (data.needed_count("input_tokens")?, data.needed_count("output_tokens")?);
        let mode = data.text("mode")?.unwrap_or("chat");
        if !["chat", "completion", "embedding", "image", "audio"].contains(&mode) {
            let message = format!("mode must be chat, completion, embedding, image or audio, not {}", told(mode));
            return Err(ApiError::invalid(data.name("mode"), message));
        }
        let kind = if mode == "embedding" { Kind::Embedding } else { Kind::Llm };
        let mut raw = self.call(run, kind, &format!("{mode} {model}"))?;
        raw.text("gen_ai.provider.name", Some(&provider));
        raw.text("gen_ai.request.model", Some(&model));
        raw.count("gen_ai.usage.input_tokens", Some(input));
        raw.count("gen_ai.usage.output_tokens", Some(output));
        raw.count("gen_ai.usage.cache_read.input_tokens", data.count("cached_input_tokens")?);
        raw.count("gen_ai.usage.cache_write.input_tokens", data.count("cache_creation_input_tokens")?);
        raw.text("gen_ai.response.id", data.text("response_id")?);
        if let Some(reason) = data.text("finish_reason")? {
            let reasons = AttributeValue::Array(vec![AttributeValue::from(reason)]);
            raw.attributes.set("gen_ai.response.finish_reasons", reasons);
        }
        raw.json("vedette.input", data.get("input").or_else(|| data.get("messages")));
        raw.json("vedette.output", data.get("output").or_else(|| data.get("response")));
        Ok(raw)
    }

    fn tool_call(&self, run: RunKey) -> Result<RawSpan, ApiError> {
        let data = &self.data;
        let name = data.needed_label("name")?;
        let mut raw = self.call(run, Kind::Tool, &name)?;
        raw.text("gen_ai.tool.name", Some(&name));
        raw.text("gen_ai.tool.call.id", data.text("call_id")?);
        raw.json("vedette.input", data.get("arguments"));
        raw.json("vedette.output", data.get("result"));
        Ok(raw)
    }

    fn log(&self, run: RunKey) -> Result<RawSpan, ApiError> {
        let message = self.data.needed_text("message")?;
        let level = self.data.text("level")?.unwrap_or("info");
        if !["debug", "info", "warn", "error"].contains(&level) {
            let message = format!("level must be debug, info, warn or error, not {}", told(level));
            return Err(ApiError::invalid(self.data.name("level"), message));
        }
        let mut raw = self.point(run, Kind::Log, "log");
        raw.text("vedette.level", Some(level));
        raw.text("vedette.input", Some(message));
        Ok(raw)
    }

    fn decision(&self, run: RunKey) -> Result<RawSpan, ApiError> {
        if self.data.get("choice").is_none() {
            return Err(ApiError::missing(self.data.name("choice")));
        }
        let name = self.data.label("name")?;
        let mut raw = self.point(run, Kind::Decision, name.as_deref().unwrap_or("decision"));
        raw.json("vedette.output", self.data.get("choice"));
        Ok(raw)
    }
}

/// A score that rides in the payload of `finish`. Without an id it is one a name.
pub fn score_event(run: RunKey, fields: &Fields<'_>, time: Timestamp) -> Result<RawSpan, ApiError> {
    let name = fields.needed_text("name")?;
    let id = fields.text("id")?.map_or_else(|| format!("{run}/{name}"), str::to_owned);
    score_span(run, &id, fields, time)
}

fn score_span(run: RunKey, id: &str, data: &Fields<'_>, time: Timestamp) -> Result<RawSpan, ApiError> {
    data.needed_text("name")?;
    let value = data.get("value").ok_or_else(|| ApiError::missing(data.name("value")))?;
    if score_value(value).is_none() {
        return Err(ApiError {
            field: Some(data.name("value")),
            ..ApiError::new(ErrorKind::Invalid, "a score's value is a number, true or false, or a word")
        });
    }
    let mut told = data.map().clone();
    told.insert("id".to_owned(), json!(id));
    let mut raw = span(&SCOPE, run, hashed_key(id), Kind::Event, "score", time);
    raw.attributes.set("vedette.kind", "score");
    raw.text("vedette.data", Some(&Value::Object(told).to_string()));
    Ok(raw)
}

/// A finished run's whole output: the run itself only keeps the first characters.
pub fn output_event(run: RunKey, output: &Value, time: Timestamp) -> RawSpan {
    let mut raw = span(&SCOPE, run, hashed_key(&format!("output of {run}")), Kind::Event, "output", time);
    raw.parent = Some(root_key(run));
    raw.json("vedette.output", Some(output));
    raw
}
