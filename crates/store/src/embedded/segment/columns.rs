//! The columns of a segment: each part of a span once, the raw bytes last. Names are those of the table
//! `spans` where they hold the same; ids are bytes, times and money whole numbers.
//!
//! What is read is what is asked for: a span from a narrow reading has defaults elsewhere.

use super::super::codec::{corrupt, from_bytes, to_bytes};
use super::super::spans::{Line, Raw};
use crate::Result;
use arrow::array::{
    Array, ArrayRef, BinaryArray, BinaryBuilder, Int64Array, RecordBatch, StringArray, StringBuilder,
    TimestampNanosecondArray, UInt16Array, UInt64Array,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use std::sync::Arc;
use vedette_model::{
    Cost, CostSource, Failure, Kind, Mark, NanoUsd, RunFacts, RunKey, Span, SpanKey, Status, Timestamp, Usage,
};

/// How a column's values are, which decides how they are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    /// Text of few values.
    Word,
    /// Text of many values.
    Text,
    /// Bytes of few values.
    Shared,
    /// Bytes of many values.
    Bytes,
    Number,
    Hash,
    Flags,
    Time,
}

/// Name and sort, in the order of the file.
pub(super) const COLUMNS: &[(&str, Sort)] = &[
    ("run_id", Sort::Shared),
    ("id", Sort::Bytes),
    ("parent_id", Sort::Bytes),
    ("kind", Sort::Word),
    ("name", Sort::Word),
    ("agent", Sort::Word),
    ("status", Sort::Word),
    ("started_at", Sort::Time),
    ("finished_at", Sort::Time),
    ("scope", Sort::Word),
    ("service", Sort::Word),
    ("provider", Sort::Word),
    ("model", Sort::Word),
    ("request_model", Sort::Word),
    ("tool", Sort::Word),
    ("tool_call_id", Sort::Text),
    ("response_id", Sort::Text),
    ("finish_reason", Sort::Word),
    ("input_tokens", Sort::Number),
    ("output_tokens", Sort::Number),
    ("cache_read_tokens", Sort::Number),
    ("cache_write_tokens", Sort::Number),
    ("reasoning_tokens", Sort::Number),
    ("cost_nano_usd", Sort::Number),
    ("cost_source", Sort::Word),
    ("price", Sort::Word),
    ("error_type", Sort::Word),
    ("error_message", Sort::Text),
    ("first_token_ns", Sort::Number),
    ("level", Sort::Word),
    ("child_run_id", Sort::Bytes),
    ("duplicate_of", Sort::Bytes),
    ("duplicate_of_run", Sort::Bytes),
    ("flags", Sort::Flags),
    ("received_at", Sort::Time),
    ("content_hash", Sort::Hash),
    ("input_preview", Sort::Text),
    ("output_preview", Sort::Text),
    (FACTS, Sort::Bytes),
    (RESOURCE, Sort::Shared),
    (OTEL_SCOPE, Sort::Shared),
    (RAW, Sort::Bytes),
];

/// What the span says of its run, in postcard.
const FACTS: &str = "run_facts";
/// OTLP `Resource`.
const RESOURCE: &str = "resource";
/// OTLP `ScopeSpans` without spans.
const OTEL_SCOPE: &str = "otel_scope";
/// OTLP `Span` without what the columns hold.
pub(super) const RAW: &str = "raw";
/// Columns that only opening a span needs.
pub(super) const OPENING: [&str; 3] = [RESOURCE, OTEL_SCOPE, RAW];

// Bits of the column `flags`.
const COUNTED: u16 = 1;
const LATE: u16 = 1 << 1;
const JOINED: u16 = 1 << 2;
const USAGE: u16 = 1 << 3;
const USAGE_ESTIMATED: u16 = 1 << 4;
const USAGE_IS_COPY: u16 = 1 << 5;
const UNPRICED: u16 = 1 << 6;
const FAILURE: u16 = 1 << 7;
const LOG_RECORD: u16 = 1 << 8;
const NOISE: u16 = 1 << 9;

/// A span on its way into a segment: its line, with raw bytes, and its mark.
pub(in super::super) type Row = (Line, Mark);

fn data_type(sort: Sort) -> DataType {
    match sort {
        Sort::Word | Sort::Text => DataType::Utf8,
        Sort::Shared | Sort::Bytes => DataType::Binary,
        Sort::Number => DataType::Int64,
        Sort::Hash => DataType::UInt64,
        Sort::Flags => DataType::UInt16,
        Sort::Time => DataType::Timestamp(TimeUnit::Nanosecond, Some("+00:00".into())),
    }
}

pub(super) fn schema() -> SchemaRef {
    let field = |(name, sort): &(&str, Sort)| Field::new(*name, data_type(*sort), true);
    SchemaRef::new(Schema::new(COLUMNS.iter().map(field).collect::<Vec<Field>>()))
}

fn texts<'a>(rows: &'a [Row], read: impl Fn(&'a Row) -> Option<&'a str>) -> ArrayRef {
    let bytes = rows.iter().filter_map(&read).map(str::len).sum();
    let mut array = StringBuilder::with_capacity(rows.len(), bytes);
    rows.iter().for_each(|row| array.append_option(read(row)));
    Arc::new(array.finish())
}

fn bytes<'a>(rows: &'a [Row], read: impl Fn(&'a Row) -> Option<&'a [u8]>) -> ArrayRef {
    let bytes = rows.iter().filter_map(&read).map(<[u8]>::len).sum();
    let mut array = BinaryBuilder::with_capacity(rows.len(), bytes);
    rows.iter().for_each(|row| array.append_option(read(row)));
    Arc::new(array.finish())
}

fn numbers(rows: &[Row], read: impl Fn(&Row) -> Option<u64>) -> ArrayRef {
    // Counts beyond i64 are nobody's.
    Arc::new(
        rows.iter().map(|row| read(row).map(|count| i64::try_from(count).unwrap_or(i64::MAX))).collect::<Int64Array>(),
    )
}

fn times(rows: &[Row], read: impl Fn(&Row) -> Option<Timestamp>) -> ArrayRef {
    let times = rows.iter().map(|row| read(row).map(|time| time.0)).collect::<TimestampNanosecondArray>();
    Arc::new(times.with_timezone("+00:00"))
}

fn flags((line, mark): &Row) -> u16 {
    let span = &line.span;
    let bits = [
        (mark.counted, COUNTED),
        (mark.late, LATE),
        (mark.joined, JOINED),
        (span.usage.is_some(), USAGE),
        (span.usage_estimated, USAGE_ESTIMATED),
        (span.usage_is_copy, USAGE_IS_COPY),
        (span.unpriced, UNPRICED),
        (span.failure.is_some(), FAILURE),
        (span.log_record, LOG_RECORD),
        (span.noise, NOISE),
    ];
    bits.into_iter().filter(|(set, _)| *set).fold(0, |flags, (_, bit)| flags | bit)
}

/// Rows as a batch of all columns.
pub(super) fn batch(rows: &[Row], schema: &SchemaRef) -> Result<RecordBatch> {
    let facts = rows.iter().map(|(line, _)| line.span.facts.as_ref().map(|facts| to_bytes(&**facts)).transpose());
    let facts: Vec<Option<Vec<u8>>> = facts.collect::<Result<_>>()?;
    let column = |(name, _): &(&str, Sort)| -> ArrayRef {
        match *name {
            "run_id" => bytes(rows, |(line, _)| Some(&line.span.run.0)),
            "id" => bytes(rows, |(line, _)| Some(&line.span.id.0)),
            "parent_id" => bytes(rows, |(line, _)| line.span.parent.as_ref().map(|id| &id.0[..])),
            "kind" => texts(rows, |(line, _)| Some(line.span.kind.as_str())),
            "name" => texts(rows, |(line, _)| Some(&line.span.name)),
            "agent" => texts(rows, |(line, _)| line.span.agent.as_deref()),
            "status" => texts(rows, |(line, _)| Some(line.span.status.as_str())),
            "started_at" => times(rows, |(line, _)| Some(line.span.start)),
            "finished_at" => times(rows, |(line, _)| line.span.end),
            "scope" => texts(rows, |(line, _)| Some(&line.span.scope)),
            "service" => texts(rows, |(line, _)| line.span.service.as_deref()),
            "provider" => texts(rows, |(line, _)| line.span.provider.as_deref()),
            "model" => texts(rows, |(line, _)| line.span.model.as_deref()),
            "request_model" => texts(rows, |(line, _)| line.span.request_model.as_deref()),
            "tool" => texts(rows, |(line, _)| line.span.tool.as_deref()),
            "tool_call_id" => texts(rows, |(line, _)| line.span.tool_call_id.as_deref()),
            "response_id" => texts(rows, |(line, _)| line.span.response_id.as_deref()),
            "finish_reason" => texts(rows, |(line, _)| line.span.finish_reason.as_deref()),
            "input_tokens" => numbers(rows, |(line, _)| line.span.usage?.input),
            "output_tokens" => numbers(rows, |(line, _)| line.span.usage?.output),
            "cache_read_tokens" => numbers(rows, |(line, _)| line.span.usage?.cache_read),
            "cache_write_tokens" => numbers(rows, |(line, _)| line.span.usage?.cache_write),
            "reasoning_tokens" => numbers(rows, |(line, _)| line.span.usage?.reasoning),
            "cost_nano_usd" => {
                let costs = rows.iter().map(|(line, _)| line.span.cost.as_ref().map(|cost| cost.amount.0));
                Arc::new(costs.collect::<Int64Array>())
            }
            "cost_source" => texts(rows, |(line, _)| line.span.cost.as_ref().map(|cost| cost.source.as_str())),
            "price" => texts(rows, |(line, _)| line.span.cost.as_ref()?.price.as_deref()),
            "error_type" => texts(rows, |(line, _)| line.span.failure.as_ref()?.kind.as_deref()),
            "error_message" => texts(rows, |(line, _)| line.span.failure.as_ref()?.message.as_deref()),
            "first_token_ns" => Arc::new(rows.iter().map(|(line, _)| line.span.first_token_ns).collect::<Int64Array>()),
            "level" => texts(rows, |(line, _)| line.span.level.as_deref()),
            "child_run_id" => bytes(rows, |(line, _)| line.span.child_run.as_ref().map(|run| &run.0[..])),
            "duplicate_of" => bytes(rows, |(_, mark)| mark.duplicate_of.as_ref().map(|(_, span)| &span.0[..])),
            "duplicate_of_run" => bytes(rows, |(_, mark)| mark.duplicate_of.as_ref().map(|(run, _)| &run.0[..])),
            "flags" => Arc::new(rows.iter().map(|row| Some(flags(row))).collect::<UInt16Array>()),
            "received_at" => times(rows, |(line, _)| Some(line.received)),
            "content_hash" => {
                Arc::new(rows.iter().map(|(line, _)| Some(line.span.content_hash)).collect::<UInt64Array>())
            }
            "input_preview" => texts(rows, |(line, _)| line.span.input_preview.as_deref()),
            "output_preview" => texts(rows, |(line, _)| line.span.output_preview.as_deref()),
            FACTS => Arc::new(facts.iter().map(Option::as_deref).collect::<BinaryArray>()),
            RESOURCE => bytes(rows, |(line, _)| line.raw.as_ref().map(|raw| &*raw.resource)),
            OTEL_SCOPE => bytes(rows, |(line, _)| line.raw.as_ref().map(|raw| &*raw.scope)),
            _ => bytes(rows, |(line, _)| line.raw.as_ref().map(|raw| &*raw.bytes)),
        }
    };
    let arrays = COLUMNS.iter().map(column).collect();
    RecordBatch::try_new(schema.clone(), arrays).map_err(|error| {
        crate::StoreError::caused(crate::StoreErrorKind::Internal, "a segment cannot be written", error)
    })
}

/// Text cells; equal neighbours share their text.
struct Texts<'a> {
    array: Option<&'a StringArray>,
    last: Option<Arc<str>>,
}

impl<'a> Texts<'a> {
    fn of(batch: &'a RecordBatch, name: &str) -> Self {
        Texts { array: array(batch, name), last: None }
    }

    fn str(&self, row: usize) -> Option<&'a str> {
        self.array.filter(|array| array.is_valid(row)).map(|array| array.value(row))
    }

    fn get(&mut self, row: usize) -> Option<Arc<str>> {
        let text = self.str(row)?;
        if let Some(last) = self.last.as_ref().filter(|last| ***last == *text) {
            return Some(last.clone());
        }
        self.last = Some(text.into());
        self.last.clone()
    }
}

struct Shared<'a> {
    array: Option<&'a BinaryArray>,
    last: Option<Arc<[u8]>>,
}

impl Shared<'_> {
    fn get(&mut self, row: usize) -> Arc<[u8]> {
        let bytes = cell(self.array, row).unwrap_or_default();
        if let Some(last) = self.last.as_ref().filter(|last| ***last == *bytes) {
            return last.clone();
        }
        let bytes: Arc<[u8]> = bytes.into();
        self.last = Some(bytes.clone());
        bytes
    }
}

fn array<'a, A: 'static>(batch: &'a RecordBatch, name: &str) -> Option<&'a A> {
    batch.column_by_name(name)?.as_any().downcast_ref()
}

fn cell(array: Option<&BinaryArray>, row: usize) -> Option<&[u8]> {
    array.filter(|array| array.is_valid(row)).map(|array| array.value(row))
}

fn key<const N: usize>(array: Option<&BinaryArray>, row: usize) -> Result<Option<[u8; N]>> {
    cell(array, row).map(|bytes| bytes.try_into().map_err(|_| corrupt("segment id"))).transpose()
}

fn whole(array: Option<&Int64Array>, row: usize) -> Option<i64> {
    array.filter(|array| array.is_valid(row)).map(|array| array.value(row))
}

fn time(array: Option<&TimestampNanosecondArray>, row: usize) -> Option<Timestamp> {
    array.filter(|array| array.is_valid(row)).map(|array| Timestamp(array.value(row)))
}

/// Calls `see` with every row of a batch.
pub(super) fn read(batch: &RecordBatch, mut see: impl FnMut(Line) -> Result<()>) -> Result<()> {
    let ids = |name| array::<BinaryArray>(batch, name);
    let whole_of = |name| array::<Int64Array>(batch, name);
    let times = |name| array::<TimestampNanosecondArray>(batch, name);
    let text = |name| Texts::of(batch, name);
    let (runs, spans, parents, child_runs) = (ids("run_id"), ids("id"), ids("parent_id"), ids("child_run_id"));
    let (duplicate_of, duplicate_of_run, facts, raw) =
        (ids("duplicate_of"), ids("duplicate_of_run"), ids(FACTS), ids(RAW));
    let (kinds, statuses, sources) = (text("kind"), text("status"), text("cost_source"));
    let (mut names, mut agents, mut scopes, mut services) =
        (text("name"), text("agent"), text("scope"), text("service"));
    let (mut providers, mut models, mut request_models) = (text("provider"), text("model"), text("request_model"));
    let (mut tools, mut tool_call_ids, mut response_ids) = (text("tool"), text("tool_call_id"), text("response_id"));
    let (mut finish_reasons, mut prices, mut levels) = (text("finish_reason"), text("price"), text("level"));
    let (mut error_types, mut error_messages) = (text("error_type"), text("error_message"));
    let (mut inputs, mut outputs) = (text("input_preview"), text("output_preview"));
    let (starts, ends, received) = (times("started_at"), times("finished_at"), times("received_at"));
    let tokens =
        ["input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens"].map(whole_of);
    let (costs, first_tokens) = (whole_of("cost_nano_usd"), whole_of("first_token_ns"));
    let flags = array::<UInt16Array>(batch, "flags");
    let hashes = array::<UInt64Array>(batch, "content_hash");
    let mut resources = Shared { array: ids(RESOURCE), last: None };
    let mut otel_scopes = Shared { array: ids(OTEL_SCOPE), last: None };
    for row in 0..batch.num_rows() {
        let flags = flags.map_or(0, |flags| flags.value(row));
        let has = |bit: u16| flags & bit != 0;
        let [input, output, cache_read, cache_write, reasoning] =
            tokens.map(|array| whole(array, row).map(i64::unsigned_abs));
        let cost = match (whole(costs, row), sources.str(row)) {
            (None, _) => None,
            (Some(amount), source) => Some(Cost {
                amount: NanoUsd(amount),
                source: match source {
                    Some("override") => CostSource::Override,
                    Some("computed") => CostSource::Computed,
                    _ => CostSource::Reported,
                },
                price: prices.get(row),
            }),
        };
        let duplicate = key(duplicate_of_run, row)?.zip(key(duplicate_of, row)?);
        let facts = cell(facts, row).map(|facts| from_bytes::<RunFacts>(facts, "segment facts")).transpose()?;
        let span = Span {
            run: RunKey(key(runs, row)?.unwrap_or_default()),
            id: SpanKey(key(spans, row)?.unwrap_or_default()),
            parent: key(parents, row)?.map(SpanKey),
            kind: kinds.str(row).and_then(Kind::parse).unwrap_or(Kind::Custom),
            name: names.get(row).unwrap_or_default(),
            agent: agents.get(row),
            status: statuses.str(row).and_then(Status::parse).unwrap_or(Status::Success),
            start: time(starts, row).unwrap_or_default(),
            end: time(ends, row),
            scope: scopes.get(row).unwrap_or_default(),
            service: services.get(row),
            provider: providers.get(row),
            model: models.get(row),
            request_model: request_models.get(row),
            tool: tools.get(row),
            tool_call_id: tool_call_ids.get(row),
            response_id: response_ids.get(row),
            finish_reason: finish_reasons.get(row),
            usage: has(USAGE).then_some(Usage { input, output, cache_read, cache_write, reasoning }),
            usage_estimated: has(USAGE_ESTIMATED),
            cost,
            unpriced: has(UNPRICED),
            failure: has(FAILURE).then(|| Failure { kind: error_types.get(row), message: error_messages.get(row) }),
            first_token_ns: whole(first_tokens, row),
            input_preview: inputs.get(row),
            output_preview: outputs.get(row),
            log_record: has(LOG_RECORD),
            usage_is_copy: has(USAGE_IS_COPY),
            noise: has(NOISE),
            child_run: key(child_runs, row)?.map(RunKey),
            facts: facts.map(Box::new),
            level: levels.get(row),
            warnings: Vec::new(),
            filled_by: Vec::new(),
            content_hash: hashes.map_or(0, |hashes| hashes.value(row)),
        };
        let mark = Mark {
            counted: has(COUNTED),
            duplicate_of: duplicate.map(|(run, span)| (RunKey(run), SpanKey(span))),
            late: has(LATE),
            joined: has(JOINED),
        };
        let raw = raw.and_then(|raw| cell(Some(raw), row)).map(|bytes| Raw {
            bytes: bytes.into(),
            resource: resources.get(row),
            scope: otel_scopes.get(row),
        });
        see(Line { span, received: time(received, row).unwrap_or_default(), written: Some(mark), raw })?;
    }
    Ok(())
}
