//! A run as watching sees it: its figures, and of its spans only what a rule or a check asks for.

use crate::app::App;
use serde_json::Value as Json;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use vedette_model::{
    AccountId, Direction, Kind, Part, Run, RunKey, Score, ScoreValue, Span, SpanKey, Status, Timestamp, limits,
};
use vedette_store::{RunRow, SpanRow, StoreError};
use vedette_watch::{Book, Checker, Outcome, Seen, waiting};

/// The run, and what checks of it found, as scores.
pub fn seen(app: &App, account: AccountId, row: &RunRow, book: &Book) -> Result<(Seen, Vec<Score>), StoreError> {
    let mut seen = Seen::of(&row.run, row.root);
    seen.children.clone_from(&row.children);
    seen.failed_children = row.failed_children;
    let mut spans = Spans { app, account, run: row.run.key, rows: None };
    if seen.has_failed() {
        seen.failing_step = failing_step(spans.rows()?);
    }
    if seen.status == Status::Running && book.asks_waiting() {
        seen.waiting = waiting(spans.rows()?.iter().map(|row| &row.span)).map(|(what, _)| what);
    }
    let found = check(&mut seen, row, book, &mut spans)?;
    if book.asks_scores() {
        seen.scores = scores(app, account, row.run.key)?;
    }
    Ok((seen, found))
}

/// Scores that are numbers, and yes or no as 1 or 0.
pub fn scores(app: &App, account: AccountId, run: RunKey) -> Result<Vec<(Arc<str>, f64)>, StoreError> {
    let value = |score: &Score| match score.value {
        ScoreValue::Number(number) => Some(number),
        ScoreValue::Bool(yes) => Some(f64::from(u8::from(yes))),
        ScoreValue::Text(_) => None,
    };
    let scores = app.store.scores(account, run)?;
    Ok(scores.iter().filter_map(|score| Some((Arc::clone(&score.name), value(score)?))).collect())
}

/// Whether a run of the past took long enough to have been silent for longer than that.
pub fn may_be_silent(run: &Run, longer: Duration, now: Timestamp) -> bool {
    running_until(run, now) > run.started_at.plus(longer)
}

/// When a run of the past was silent for longer than that, though it waited for nothing.
pub fn silences(
    app: &App,
    account: AccountId,
    run: &Run,
    longer: Duration,
    now: Timestamp,
) -> Result<Vec<(Timestamp, Timestamp)>, StoreError> {
    let rows = app.store.spans(account, run.key)?;
    let spans: Vec<&Span> = rows.iter().map(|row| &row.span).collect();
    Ok(vedette_watch::silences(run, &spans, longer, running_until(run, now)))
}

/// The last moment at which it was thought to be running: until it ended, or was given up on.
fn running_until(run: &Run, now: Timestamp) -> Timestamp {
    let patience = if run.process_id.is_some() { limits::LIVENESS_TIMEOUT } else { limits::OPEN_TIMEOUT };
    match run.finished_at {
        None => now,
        Some(last) if run.status == Status::Timeout && run.presumed => last.plus(patience).min(now),
        Some(end) => end,
    }
}

/// A run's spans, read when they are first asked for.
struct Spans<'a> {
    app: &'a App,
    account: AccountId,
    run: RunKey,
    rows: Option<Vec<SpanRow>>,
}

impl Spans<'_> {
    fn rows(&mut self) -> Result<&[SpanRow], StoreError> {
        if self.rows.is_none() {
            self.rows = Some(self.app.store.spans(self.account, self.run)?);
        }
        Ok(self.rows.as_deref().unwrap_or_default())
    }

    /// What the run put out: of its topmost spans, else of the last model call.
    fn output(&mut self) -> Result<Option<String>, StoreError> {
        let rows = self.rows()?;
        let ids: HashSet<SpanKey> = rows.iter().map(|row| row.span.id).collect();
        let is_top = |span: &&Span| span.parent.is_none_or(|parent| !ids.contains(&parent)) && !span.log_record;
        let top = rows.iter().map(|row| &row.span).filter(is_top);
        let last = rows.iter().map(|row| &row.span).filter(|span| span.kind == Kind::Llm).max_by_key(|span| span.end);
        let tried: Vec<_> = top.chain(last).map(|span| span.id).take(limits::OUTPUT_SPANS).collect();
        for span in tried {
            let Some(stored) = self.app.store.span(self.account, self.run, span)? else { continue };
            let content = vedette_normalize::content(&stored.raw, &stored.joined);
            let said = content.messages.iter().rev().find(|message| message.direction == Direction::Output);
            let parts = said.into_iter().flat_map(|message| &message.parts);
            let texts: Vec<&str> = parts
                .filter_map(|part| if let Part::Text { text } = part { Some(text.as_str()) } else { None })
                .collect();
            let output = match content.output {
                Some(Json::String(text)) => Some(text),
                Some(json) if !json.is_null() => Some(json.to_string()),
                _ => Some(texts.join("\n")).filter(|text| !text.is_empty()),
            };
            if output.is_some() {
                return Ok(output);
            }
        }
        Ok(None)
    }
}

/// The step that failed first, and not because of one below it.
fn failing_step(rows: &[SpanRow]) -> Option<Arc<str>> {
    let failed = |span: &&Span| matches!(span.status, Status::Failed | Status::Timeout);
    let failed = || rows.iter().map(|row| &row.span).filter(failed);
    let above: HashSet<SpanKey> = failed().filter_map(|span| span.parent).collect();
    let first = failed().filter(|span| !above.contains(&span.id));
    let first = first.min_by_key(|span| (span.end, span.start, span.id))?;
    Some(first.tool.clone().unwrap_or_else(|| first.name.clone()))
}

fn check(seen: &mut Seen, row: &RunRow, book: &Book, spans: &mut Spans<'_>) -> Result<Vec<Score>, StoreError> {
    let wanted: Vec<&Checker> = book.checks().filter(|checker| checker.wants(seen)).collect();
    let mut outcome = Outcome::default();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    outcome.tools = row.run.by_tool.keys().map(ToString::to_string).collect();
    if wanted.iter().any(|checker| checker.asks_output()) {
        outcome.output = spans.output()?;
    }
    let mut scores = Vec::new();
    for checker in wanted {
        let finding = checker.find(seen, &outcome);
        let reason = serde_json::json!({ "expected": finding.expected, "got": finding.got });
        scores.push(Score {
            // One for each check and run, however often it is found.
            id: format!("{}:{}", checker.check.id, seen.key).into(),
            run: seen.key,
            span: None,
            name: checker.check.name.as_str().into(),
            value: ScoreValue::Bool(finding.passed),
            reason: Some(reason.to_string().into()),
            source: Some("check".into()),
            time: seen.ended_at(),
        });
        seen.failed_checks.extend(checker.failed(&finding));
    }
    Ok(scores)
}
