//! The published columns of `runs`, `spans` and `scores`, and how rows become Arrow batches of them.
//! SQL is written against these names and types: columns may be added at the end, never changed.
//!
//! Types are those that are easy to ask for: text ids, `Int64` counts, `Float64` milliseconds and
//! dollars, nanosecond timestamps in UTC, lists of text, JSON as text. Unknown is null.

use crate::{Result, RunRow, SpanRow, StoreError, StoreErrorKind, Table};
use arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, ListBuilder, RecordBatch, RecordBatchOptions, StringArray,
    StringBuilder, TimestampNanosecondArray,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use std::borrow::Cow;
use std::sync::Arc;
use vedette_model::{NanoUsd, RawSpan, Score, ScoreValue, Timestamp, duration_ms};

/// A span with what only the table shows.
#[derive(Clone, Copy, Debug)]
pub struct SpanLine<'a> {
    /// As in lists.
    pub row: &'a SpanRow,
    /// As received; may be none where no column of [`RAW`] is asked for.
    pub raw: Option<&'a RawSpan>,
}

/// The columns of `spans` that need the raw span: its own attributes, and all of it as OTLP JSON.
pub const RAW: [&str; 2] = ["attributes", "otlp"];

/// How a column's cells are read off a row.
enum Cells<R> {
    Text(fn(&R) -> Option<Cow<'_, str>>),
    Texts(fn(&R) -> Vec<&str>),
    Whole(fn(&R) -> Option<i64>),
    Float(fn(&R) -> Option<f64>),
    Flag(fn(&R) -> Option<bool>),
    Time(fn(&R) -> Option<Timestamp>),
}

type Columns<R> = Vec<(&'static str, Cells<R>)>;

impl<R> Cells<R> {
    fn data_type(&self) -> DataType {
        match self {
            Cells::Text(_) => DataType::Utf8,
            Cells::Texts(_) => DataType::List(Arc::new(Field::new_list_field(DataType::Utf8, true))),
            Cells::Whole(_) => DataType::Int64,
            Cells::Float(_) => DataType::Float64,
            Cells::Flag(_) => DataType::Boolean,
            // Arrow reads named zones only with a feature that nothing else here needs.
            Cells::Time(_) => DataType::Timestamp(TimeUnit::Nanosecond, Some("+00:00".into())),
        }
    }

    fn array(&self, rows: &[R]) -> ArrayRef {
        match self {
            Cells::Text(read) => Arc::new(rows.iter().map(read).collect::<StringArray>()),
            Cells::Texts(read) => {
                let mut lists = ListBuilder::new(StringBuilder::new());
                for row in rows {
                    lists.append_value(read(row).into_iter().map(Some));
                }
                Arc::new(lists.finish())
            }
            Cells::Whole(read) => Arc::new(rows.iter().map(read).collect::<Int64Array>()),
            Cells::Float(read) => Arc::new(rows.iter().map(read).collect::<Float64Array>()),
            Cells::Flag(read) => Arc::new(rows.iter().map(read).collect::<BooleanArray>()),
            Cells::Time(read) => {
                let times = rows.iter().map(|row| read(row).map(|time| time.0));
                Arc::new(times.collect::<TimestampNanosecondArray>().with_timezone("+00:00"))
            }
        }
    }
}

pub(crate) fn schema(table: Table) -> SchemaRef {
    match table {
        Table::Runs => schema_of(&run_columns()),
        Table::Spans => schema_of(&span_columns()),
        Table::Scores => schema_of(&score_columns()),
    }
}

fn schema_of<R>(columns: &Columns<R>) -> SchemaRef {
    let fields = columns.iter().map(|(name, cells)| Field::new(*name, cells.data_type(), true));
    SchemaRef::new(Schema::new(fields.collect::<Vec<Field>>()))
}

/// A batch of the columns asked for, in the order asked; all of them for `None`.
fn batch<R>(columns: Columns<R>, rows: &[R], projection: Option<&[usize]>) -> Result<RecordBatch> {
    let internal = |error| StoreError::caused(StoreErrorKind::Internal, "the batch could not be built", error);
    let schema = schema_of(&columns);
    let all: Vec<usize> = (0..columns.len()).collect();
    let projection = projection.unwrap_or(&all);
    let schema = schema.project(projection).map_err(internal)?;
    let arrays = projection.iter().filter_map(|at| columns.get(*at)).map(|(_, cells)| cells.array(rows)).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
    RecordBatch::try_new_with_options(SchemaRef::new(schema), arrays, &options).map_err(internal)
}

/// Rows of `runs` as a batch.
pub fn runs(rows: &[Arc<RunRow>], projection: Option<&[usize]>) -> Result<RecordBatch> {
    batch(run_columns(), rows, projection)
}

/// Rows of `spans` as a batch.
pub fn spans(rows: &[SpanLine<'_>], projection: Option<&[usize]>) -> Result<RecordBatch> {
    batch(span_columns(), rows, projection)
}

/// Rows of `scores` as a batch.
pub fn scores(rows: &[Score], projection: Option<&[usize]>) -> Result<RecordBatch> {
    batch(score_columns(), rows, projection)
}

fn text(value: &Option<Arc<str>>) -> Option<Cow<'_, str>> {
    value.as_deref().map(Cow::Borrowed)
}

fn word(value: &'static str) -> Option<Cow<'static, str>> {
    Some(Cow::Borrowed(value))
}

fn shown(value: impl ToString) -> Cow<'static, str> {
    Cow::Owned(value.to_string())
}

fn count(value: u64) -> Option<i64> {
    Some(i64::try_from(value).unwrap_or(i64::MAX))
}

fn usd(amount: Option<NanoUsd>) -> Option<f64> {
    amount.map(NanoUsd::as_usd)
}

fn run_columns() -> Columns<Arc<RunRow>> {
    use Cells::{Flag, Float, Text, Texts, Time, Whole};
    vec![
        ("id", Text(|row| Some(shown(row.run.key)))),
        ("external_id", Text(|row| text(&row.run.external_id))),
        ("agent", Text(|row| text(&row.run.agent))),
        ("agents", Texts(|row| row.run.agents.iter().map(AsRef::as_ref).collect())),
        ("name", Text(|row| Some(Cow::Borrowed(&row.run.name)))),
        ("kind", Text(|row| word(row.run.kind.as_str()))),
        ("status", Text(|row| word(row.run.status.as_str()))),
        ("success", Flag(|row| row.run.success)),
        ("outcome", Text(|row| text(&row.run.outcome))),
        ("started_at", Time(|row| Some(row.run.started_at))),
        ("finished_at", Time(|row| row.run.finished_at)),
        ("received_at", Time(|row| Some(row.run.received_at))),
        ("duration_ms", Float(|row| row.run.finished_at.map(|end| duration_ms(row.run.started_at, end)))),
        ("session", Text(|row| row.run.session.as_ref().map(|session| Cow::Borrowed(&*session.id)))),
        ("session_name", Text(|row| row.run.session.as_ref().and_then(|session| text(&session.name)))),
        ("user_id", Text(|row| text(&row.run.user_id))),
        ("customer_id", Text(|row| text(&row.run.customer_id))),
        ("feature", Text(|row| text(&row.run.feature))),
        ("workflow", Text(|row| text(&row.run.workflow))),
        ("pattern", Text(|row| text(&row.run.pattern))),
        ("version", Text(|row| text(&row.run.version))),
        ("environment", Text(|row| text(&row.run.environment))),
        ("tags", Texts(|row| row.run.tags.iter().map(AsRef::as_ref).collect())),
        ("metadata", Text(|row| Some(metadata(row)))),
        ("parent_run_id", Text(|row| row.run.parent.map(shown))),
        ("root_run_id", Text(|row| Some(shown(row.root)))),
        ("span_count", Whole(|row| count(row.run.span_count))),
        ("event_count", Whole(|row| count(row.run.event_count))),
        ("model_calls", Whole(|row| count(row.run.model_calls))),
        ("tool_calls", Whole(|row| count(row.run.tool_calls))),
        ("error_count", Whole(|row| count(row.run.error_count))),
        ("error_type", Text(|row| row.run.failure.as_ref().and_then(|failure| text(&failure.kind)))),
        ("error_message", Text(|row| row.run.failure.as_ref().and_then(|failure| text(&failure.message)))),
        ("input_tokens", Whole(|row| row.run.usage.input.and_then(count))),
        ("output_tokens", Whole(|row| row.run.usage.output.and_then(count))),
        ("cache_read_tokens", Whole(|row| row.run.usage.cache_read.and_then(count))),
        ("cache_write_tokens", Whole(|row| row.run.usage.cache_write.and_then(count))),
        ("reasoning_tokens", Whole(|row| row.run.usage.reasoning.and_then(count))),
        ("total_tokens", Whole(|row| row.run.usage.total().and_then(count))),
        ("cost_usd", Float(|row| usd(row.run.cost))),
        ("cost_source", Text(|row| row.run.cost_source().and_then(|source| word(source.as_str())))),
        ("tree_cost_usd", Float(|row| usd(row.tree_cost))),
        ("models", Texts(|row| row.run.by_model.keys().map(AsRef::as_ref).collect())),
        ("tools", Texts(|row| row.run.by_tool.keys().map(AsRef::as_ref).collect())),
        ("input_preview", Text(|row| text(&row.run.input_preview))),
        ("output_preview", Text(|row| text(&row.run.output_preview))),
    ]
}

fn metadata(row: &RunRow) -> Cow<'static, str> {
    let pairs = row.run.metadata.iter().map(|(key, value)| (key.to_string(), serde_json::Value::from(&**value)));
    Cow::Owned(serde_json::Value::Object(pairs.collect()).to_string())
}

fn span_columns<'a>() -> Columns<SpanLine<'a>> {
    use Cells::{Flag, Float, Text, Time, Whole};
    vec![
        ("id", Text(|line| Some(shown(line.row.span.id)))),
        ("run_id", Text(|line| Some(shown(line.row.span.run)))),
        ("parent_id", Text(|line| line.row.span.parent.map(shown))),
        ("kind", Text(|line| word(line.row.span.kind.as_str()))),
        ("name", Text(|line| Some(Cow::Borrowed(&line.row.span.name)))),
        ("agent", Text(|line| text(&line.row.span.agent))),
        ("status", Text(|line| word(line.row.span.status.as_str()))),
        ("started_at", Time(|line| Some(line.row.span.start))),
        ("finished_at", Time(|line| line.row.span.end)),
        ("duration_ms", Float(|line| line.row.span.end.map(|end| duration_ms(line.row.span.start, end)))),
        ("scope", Text(|line| Some(Cow::Borrowed(&line.row.span.scope)))),
        ("service", Text(|line| text(&line.row.span.service))),
        ("provider", Text(|line| text(&line.row.span.provider))),
        ("model", Text(|line| text(&line.row.span.model))),
        ("request_model", Text(|line| text(&line.row.span.request_model))),
        ("tool", Text(|line| text(&line.row.span.tool))),
        ("finish_reason", Text(|line| text(&line.row.span.finish_reason))),
        ("input_tokens", Whole(|line| line.row.span.usage.and_then(|usage| usage.input).and_then(count))),
        ("output_tokens", Whole(|line| line.row.span.usage.and_then(|usage| usage.output).and_then(count))),
        ("cache_read_tokens", Whole(|line| line.row.span.usage.and_then(|usage| usage.cache_read).and_then(count))),
        ("cache_write_tokens", Whole(|line| line.row.span.usage.and_then(|usage| usage.cache_write).and_then(count))),
        ("reasoning_tokens", Whole(|line| line.row.span.usage.and_then(|usage| usage.reasoning).and_then(count))),
        ("total_tokens", Whole(|line| line.row.span.usage.and_then(|usage| usage.total()).and_then(count))),
        ("cost_usd", Float(|line| usd(line.row.span.cost.as_ref().map(|cost| cost.amount)))),
        ("cost_source", Text(|line| line.row.span.cost.as_ref().and_then(|cost| word(cost.source.as_str())))),
        ("counted", Flag(|line| Some(line.row.mark.counted))),
        ("duplicate_of", Text(|line| line.row.mark.duplicate_of.map(|(_, span)| shown(span)))),
        ("duplicate_of_run", Text(|line| line.row.mark.duplicate_of.map(|(run, _)| shown(run)))),
        ("late", Flag(|line| Some(line.row.mark.late))),
        ("error_type", Text(|line| line.row.span.failure.as_ref().and_then(|failure| text(&failure.kind)))),
        ("error_message", Text(|line| line.row.span.failure.as_ref().and_then(|failure| text(&failure.message)))),
        ("first_token_ms", Float(|line| line.row.span.first_token_ns.map(|ns| ns as f64 / 1e6))),
        ("level", Text(|line| text(&line.row.span.level))),
        ("input_preview", Text(|line| text(&line.row.span.input_preview))),
        ("output_preview", Text(|line| text(&line.row.span.output_preview))),
        ("attributes", Text(|line| Some(Cow::Owned(line.raw?.attributes.to_json().to_string())))),
        (
            "otlp",
            Text(|line| Some(Cow::Owned(vedette_otlp::traces_to_json(std::slice::from_ref(line.raw?)).to_string()))),
        ),
    ]
}

fn score_columns() -> Columns<Score> {
    use Cells::{Float, Text, Time};
    vec![
        ("id", Text(|score| Some(Cow::Borrowed(&score.id)))),
        ("run_id", Text(|score| Some(shown(score.run)))),
        ("span_id", Text(|score| score.span.map(shown))),
        ("name", Text(|score| Some(Cow::Borrowed(&score.name)))),
        ("value", Float(|score| number(&score.value))),
        ("label", Text(|score| label(&score.value))),
        ("reason", Text(|score| text(&score.reason))),
        ("source", Text(|score| text(&score.source))),
        ("time", Time(|score| Some(score.time))),
    ]
}

/// Yes is 1 and no is 0, so that both kinds can be averaged.
fn number(value: &ScoreValue) -> Option<f64> {
    match value {
        ScoreValue::Number(number) => Some(*number),
        ScoreValue::Bool(flag) => Some(f64::from(u8::from(*flag))),
        ScoreValue::Text(_) => None,
    }
}

fn label(value: &ScoreValue) -> Option<Cow<'_, str>> {
    match value {
        ScoreValue::Text(word) => Some(Cow::Borrowed(word)),
        ScoreValue::Bool(flag) => word(if *flag { "true" } else { "false" }),
        ScoreValue::Number(_) => None,
    }
}
