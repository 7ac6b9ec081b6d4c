//! `/api/v1/scores`: judgements of runs and spans.

use super::runs::run_key;
use crate::app::App;
use crate::auth::Write;
use crate::clock;
use crate::error::{ApiError, ErrorBody, JsonBody};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;
use vedette_model::{RunKey, Score, ScoreValue, SpanKey, Timestamp, cut, limits};

/// A score of a run or of one of its spans. The same `id` again replaces it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewScore {
    /// Made if absent.
    pub id: Option<String>,
    /// Left out where the address names the run.
    pub run_id: Option<String>,
    /// One span of the run.
    pub span_id: Option<String>,
    /// What is judged.
    pub name: String,
    /// A number, a boolean or a word.
    #[schema(value_type = serde_json::Value)]
    pub value: ScoreValue,
    /// Why.
    pub reason: Option<String>,
    /// `self`, `check`, `judge` or `human`.
    pub source: Option<String>,
}

/// A score as it is stored.
#[derive(Serialize, ToSchema)]
pub struct ScoreView {
    /// Idempotent.
    pub id: String,
    /// The run.
    pub run_id: String,
    /// The span, if it judges one.
    pub span_id: Option<String>,
    /// What is judged.
    pub name: String,
    /// How.
    #[schema(value_type = serde_json::Value)]
    pub value: ScoreValue,
    /// Why.
    pub reason: Option<String>,
    /// By whom.
    pub source: Option<String>,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub time: Timestamp,
}

impl ScoreView {
    /// `run_id` is the run's id as answers spell it.
    #[must_use]
    pub fn of(score: &Score, run_id: &str) -> Self {
        ScoreView {
            id: score.id.to_string(),
            run_id: run_id.to_owned(),
            span_id: score.span.map(|span| span.to_string()),
            name: score.name.to_string(),
            value: score.value.clone(),
            reason: score.reason.as_deref().map(str::to_owned),
            source: score.source.as_deref().map(str::to_owned),
            time: score.time,
        }
    }
}

impl NewScore {
    /// Of a run, at a time.
    pub fn into_score(self, run: RunKey, time: Timestamp) -> Result<Score, ApiError> {
        if self.name.is_empty() {
            return Err(ApiError::missing("name"));
        }
        for (field, text) in [("name", Some(&self.name)), ("id", self.id.as_ref())] {
            if text.is_some_and(|text| text.len() > limits::NAME_BYTES) {
                return Err(ApiError::invalid(
                    field,
                    format!("{field} must be text of at most {} bytes", limits::NAME_BYTES),
                ));
            }
        }
        if matches!(self.value, ScoreValue::Number(number) if !number.is_finite()) {
            return Err(ApiError::invalid("value", "value must be a finite number"));
        }
        let id = self.id.unwrap_or_else(|| format!("scr_{}", uuid::Uuid::now_v7().simple()));
        Ok(Score {
            id: id.into(),
            run,
            span: self.span_id.as_deref().and_then(SpanKey::parse),
            name: self.name.into(),
            value: self.value,
            reason: self.reason.map(|reason| cut(&reason, limits::METADATA_BYTES).into()),
            source: self.source.map(|source| cut(&source, limits::NAME_BYTES).into()),
            time,
        })
    }
}

/// Scores a run, which need not have arrived yet.
#[utoipa::path(
    post, path = "/api/v1/scores", tag = "scores", request_body = NewScore,
    responses((status = 201, body = ScoreView), (status = 400, body = ErrorBody))
)]
pub async fn create(
    State(app): State<Arc<App>>,
    access: Write,
    JsonBody(new): JsonBody<NewScore>,
) -> Result<(StatusCode, Json<ScoreView>), ApiError> {
    app.off_runtime(move |app| {
        let run_id = new.run_id.clone().ok_or_else(|| ApiError::missing("run_id"))?;
        let (key, _) = run_key(&run_id)?;
        let score = new.into_score(key, clock::now())?;
        let view = ScoreView::of(&score, &run_id);
        app.store.put_score(access.account(), score)?;
        Ok((StatusCode::CREATED, Json(view)))
    })
    .await
}
