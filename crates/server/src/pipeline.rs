//! Where all doors meet: what was decoded is normalized and appended. Blocks until it is durable.
//!
//! Log records become point events; spans of kind `score` become scores, those of kind `outcome` judge their run
//! beside being its events; nothing else is decided here.

use crate::app::App;
use crate::clock;
use crate::error::ApiError;
use crate::metrics::Door;
use crate::native::score_value;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;
use vedette_model::{AccountId, RawSpan, Score, SpanKey, Timestamp, Value, Verdict, cut, limits};
use vedette_normalize::normalize;
use vedette_otlp::{Decoded, Refusal, Spans};
use vedette_store::{Batch, ControlChange, Receipt, Record};

/// What became of a request.
#[derive(Debug, Default)]
pub struct Taken {
    /// What the store says.
    pub receipt: Receipt,
    /// What could not be taken in.
    pub refused: Vec<Refusal>,
}

/// Takes in what a door decoded.
pub fn submit(app: &App, account: AccountId, door: Door, decoded: Decoded) -> Result<Taken, ApiError> {
    let Decoded { spans, logs, points, refused } = decoded;
    let mut stray_logs = 0;
    let logs = logs.into_iter().map(vedette_model::RawLog::into_span).inspect(|span| {
        stray_logs += u64::from(span.is_none());
    });
    let appended = append(app, account, door, &mut spans.into_iter().chain(logs.flatten()))?;
    app.metrics.stray_logs(stray_logs);
    app.metrics.points(points);
    Ok(taken(app, door, appended, refused))
}

/// Takes in the spans of a request as they are decoded, one after another.
pub fn submit_spans(app: &App, account: AccountId, door: Door, mut spans: Spans<'_>) -> Result<Taken, ApiError> {
    let appended = append(app, account, door, &mut spans)?;
    Ok(taken(app, door, appended, spans.refused()))
}

fn taken(app: &App, door: Door, (receipt, scores): (Receipt, usize), refused: Vec<Refusal>) -> Taken {
    let refused_count = refused.iter().map(|refusal| refusal.count).sum();
    app.metrics.taken_in(door, receipt.appended + scores, receipt.repeated, refused_count);
    Taken { receipt, refused }
}

/// Normalizes and appends spans; says how many were scores.
fn append(
    app: &App,
    account: AccountId,
    door: Door,
    spans: &mut dyn Iterator<Item = RawSpan>,
) -> Result<(Receipt, usize), ApiError> {
    let prices = app.prices.of(account);
    let (mut verdicts, mut scores) = (BTreeMap::new(), Vec::new());
    let receipt = {
        let records = spans.filter_map(|raw| {
            if let Some(said) = verdict_from_span(&raw) {
                judge(verdicts.entry(raw.run).or_default(), said);
            }
            match score_from_span(&raw) {
                None => Some(Record { span: normalize(&raw, &prices), raw }),
                score => {
                    scores.extend(score);
                    None
                }
            }
        });
        let mut records = records.peekable();
        if records.peek().is_none() {
            // Metrics, or logs of no run: nothing to write, which a disk may be too full for.
            Receipt::default()
        } else {
            app.store.append(Batch { account, received: received(app, door), records: Box::new(records) })?
        }
    };
    let score_count = scores.len();
    app.store.put_scores(account, scores)?;
    // A run that is not shown has nothing to be judged; the event stays.
    let verdicts = verdicts.into_iter().map(|(run, verdict)| (run, ControlChange::Judge(verdict)));
    app.store.control_all(account, verdicts.collect())?;
    Ok((receipt, score_count))
}

/// When a request came. What a file holds was silent before: dated back by the silence after which a run
/// is presumed closed, so that none of it seems to run on.
fn received(app: &App, door: Door) -> Timestamp {
    let now = clock::now();
    if door == Door::File { now.minus(app.config.settle) } else { now }
}

/// The score that a point event of kind `score` tells. One that tells none stays an event.
fn score_from_span(raw: &RawSpan) -> Option<Score> {
    if raw.attributes.str("vedette.kind") != Some("score") {
        return None;
    }
    let data = data(raw)?;
    let text = |key: &str, bytes| {
        let text = data.get(key).and_then(Json::as_str).filter(|text| !text.is_empty())?;
        Some(Arc::<str>::from(cut(text, bytes)))
    };
    let name = |key: &str| text(key, limits::NAME_BYTES);
    Some(Score {
        id: name("id").unwrap_or_else(|| raw.id.to_string().into()),
        run: raw.run,
        span: name("span_id").as_deref().and_then(SpanKey::parse),
        name: name("name")?,
        value: score_value(data.get("value")?)?,
        reason: text("reason", limits::METADATA_BYTES),
        source: name("source"),
        time: raw.start,
    })
}

/// What a point event of kind `outcome` says of its run, which may have ended before.
fn verdict_from_span(raw: &RawSpan) -> Option<Verdict> {
    if raw.attributes.str("vedette.kind") != Some("outcome") {
        return None;
    }
    let data = data(raw)?;
    let success = data.get("success").and_then(Json::as_bool).map(Some);
    let outcome = data.get("outcome").and_then(Json::as_str);
    Some(Verdict { success, outcome: outcome.map(|text| Some(cut(text, limits::NAME_BYTES).into())) })
}

/// Adds what a later event of the request says: a run is judged once a request, however many judge it.
fn judge(verdict: &mut Verdict, said: Verdict) {
    verdict.success = said.success.or(verdict.success.take());
    verdict.outcome = said.outcome.or(verdict.outcome.take());
}

/// What an event tells, where it is no more than an event needs.
fn data(raw: &RawSpan) -> Option<Json> {
    match raw.attributes.get("vedette.data")? {
        Value::Str(text) if text.len() > limits::TOLD_BYTES => None,
        Value::Str(text) => serde_json::from_str(text).ok(),
        value => Some(value.to_json()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::native::{Native, scope, span};
    use serde_json::json;
    use vedette_model::{Kind, RunKey};

    fn event(kind: &str, data: &Json) -> RawSpan {
        let mut raw = span(&scope("door"), RunKey([1; 16]), SpanKey([1; 8]), Kind::Event, kind, Timestamp(1));
        raw.attributes.set("vedette.kind", kind);
        raw.json("vedette.data", Some(data));
        raw
    }

    #[test]
    fn scores_and_verdicts_are_of_bounded_size() {
        let long = "w".repeat(limits::TOLD_BYTES / 8);
        let said = json!({ "id": long, "name": long, "value": long, "reason": long, "source": long, "outcome": long });
        let score = score_from_span(&event("score", &said)).expect("a score");
        let texts = [Some(score.id), Some(score.name), score.source].map(|text| text.map(|text| text.len()));
        assert_eq!(texts, [Some(limits::NAME_BYTES); 3]);
        assert_eq!(score.reason.map(|reason| reason.len()), Some(limits::METADATA_BYTES));
        assert!(matches!(score.value, vedette_model::ScoreValue::Text(word) if word.len() == limits::NAME_BYTES));
        let outcome = verdict_from_span(&event("outcome", &said)).and_then(|verdict| verdict.outcome).flatten();
        assert_eq!(outcome.map(|outcome| outcome.len()), Some(limits::NAME_BYTES));
        let larger = json!({ "name": "n", "value": 1, "reason": "r".repeat(limits::TOLD_BYTES) });
        assert!(score_from_span(&event("score", &larger)).is_none(), "it stays an event");
    }
}
