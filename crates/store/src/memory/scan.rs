//! Tables for the SQL engine: what there is now is noted under the lock, batches are built later.

use super::tenant::Tenant;
use crate::schema::{self, SpanLine};
use crate::{Range, Result, RunRow, SpanRow, Table};
use arrow::record_batch::RecordBatch;
use std::sync::Arc;
use vedette_model::{RawSpan, Score, limits};

/// What a scan will answer.
pub(super) enum Lines {
    Runs(Vec<Arc<RunRow>>),
    Spans(Vec<(SpanRow, Arc<RawSpan>)>),
    Scores(Vec<Score>),
}

pub(super) fn lines(tenant: &Tenant, table: Table, range: Range) -> Lines {
    match table {
        Table::Runs => {
            let runs = tenant.under(None).filter(|run| crate::filter::listed(run) && range.holds(run.started_at));
            Lines::Runs(runs.filter_map(|run| tenant.row(run.key)).map(Arc::new).collect())
        }
        Table::Spans => Lines::Spans(tenant.scan_spans(range)),
        Table::Scores => Lines::Scores(tenant.all_scores().filter(|score| range.holds(score.time)).cloned().collect()),
    }
}

type Batches = Box<dyn Iterator<Item = Result<RecordBatch>> + Send>;

pub(super) fn batches(lines: Lines, projection: Option<Vec<usize>>) -> Batches {
    match lines {
        Lines::Runs(rows) => chunks(rows, move |rows| schema::runs(rows, projection.as_deref())),
        Lines::Scores(rows) => chunks(rows, move |rows| schema::scores(rows, projection.as_deref())),
        Lines::Spans(rows) => chunks(rows, move |rows| {
            let lines: Vec<SpanLine<'_>> = rows.iter().map(|(row, raw)| SpanLine { row, raw: Some(raw) }).collect();
            schema::spans(&lines, projection.as_deref())
        }),
    }
}

fn chunks<R: Send + 'static>(rows: Vec<R>, batch: impl Fn(&[R]) -> Result<RecordBatch> + Send + 'static) -> Batches {
    let count = rows.len().div_ceil(limits::SCAN_ROWS);
    let chunk = move |at: usize| rows.chunks(limits::SCAN_ROWS).nth(at).map(&batch);
    Box::new((0..count).filter_map(chunk))
}
