//! One table of the store as DataFusion sees it: its rows are asked of the server, batch by batch, bounded by
//! the query's own condition on time.

use crate::wire::{self, Ask, Question, Reading, Reply};
use async_trait::async_trait;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::ipc::reader::StreamReader;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::ScalarValue;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{BinaryExpr, Expr, Operator, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use std::fmt;
use std::io::{BufReader, BufWriter, Stdin, Stdout, stdin, stdout};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use vedette_model::Timestamp;
use vedette_store::{Range, Table};

/// The column that ranges bound, in every table that has one.
const TIME_COLUMN: &str = "started_at";

/// The server, at the other end of standard input and output. One question at a time.
pub struct Server {
    ends: Mutex<(BufWriter<Stdout>, BufReader<Stdin>)>,
    readings: AtomicU32,
}

impl Default for Server {
    fn default() -> Self {
        let ends = (BufWriter::new(stdout()), BufReader::new(stdin()));
        Server { ends: Mutex::new(ends), readings: AtomicU32::default() }
    }
}

impl Server {
    /// What is to be run: the first that comes.
    pub fn question(&self) -> std::io::Result<Question> {
        let (_, from) = &mut *self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        wire::receive(from)
    }

    /// Says what is answered by nothing.
    pub fn tell(&self, message: &Ask, bytes: Option<&[u8]>) -> std::io::Result<()> {
        let (to, _) = &mut *self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        wire::send(to, message)?;
        bytes.map_or(Ok(()), |bytes| wire::send_bytes(to, bytes))
    }

    /// The next batch. Blocks: this process has nothing else to do.
    fn next(&self, reading: u32) -> Result<Option<RecordBatch>> {
        let bytes = {
            let (to, from) = &mut *self.ends.lock().unwrap_or_else(PoisonError::into_inner);
            wire::send(to, &Ask::Next(reading))?;
            match wire::receive(from)? {
                Reply::Batch => wire::receive_bytes(from)?,
                Reply::End => return Ok(None),
                Reply::Failed(message) => return Err(DataFusionError::External(message.into())),
            }
        };
        Ok(StreamReader::try_new(bytes.as_slice(), None)?.next().transpose()?)
    }
}

pub struct ServerTable {
    pub server: Arc<Server>,
    pub name: &'static str,
    pub table: Table,
}

impl fmt::Debug for ServerTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

#[async_trait]
impl TableProvider for ServerTable {
    fn schema(&self) -> SchemaRef {
        self.table.schema()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        let used = |filter: &&Expr| match bound(filter) {
            Some(_) => TableProviderFilterPushDown::Inexact,
            None => TableProviderFilterPushDown::Unsupported,
        };
        Ok(filters.iter().map(used).collect())
    }

    async fn scan(
        &self,
        _session: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let columns = projection.cloned().unwrap_or_else(|| (0..self.schema().fields().len()).collect());
        let scan = Scan {
            server: Arc::clone(&self.server),
            name: self.name,
            range: range_of(filters),
            schema: Arc::new(self.schema().project(&columns)?),
            columns,
        };
        let schema = scan.schema.clone();
        // The batches come projected already, so the plan projects nothing more.
        let plan = StreamingTableExec::try_new(schema, vec![Arc::new(scan)], None, None, false, limit)?;
        Ok(Arc::new(plan))
    }
}

/// A table as a plan reads it, perhaps more than once.
struct Scan {
    server: Arc<Server>,
    name: &'static str,
    range: Range,
    columns: Vec<usize>,
    schema: SchemaRef,
}

impl fmt::Debug for Scan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}", self.name, self.range)
    }
}

impl PartitionStream for Scan {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let id = self.server.readings.fetch_add(1, Ordering::Relaxed);
        let open = Open { server: Arc::clone(&self.server), id };
        let reading = Reading {
            id,
            table: self.name.to_owned(),
            since: self.range.since.map(|time| time.0),
            until: self.range.until.map(|time| time.0),
            columns: self.columns.clone(),
        };
        let opened = self.server.tell(&Ask::Open(reading), None);
        let batches = opened.err().map(|error| Err(error.into())).into_iter().chain(open);
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), futures::stream::iter(batches)))
    }
}

/// One reading, until it is dropped.
struct Open {
    server: Arc<Server>,
    id: u32,
}

impl Iterator for Open {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        self.server.next(self.id).transpose()
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        // Who does not hear it is gone.
        let _ = self.server.tell(&Ask::Close(self.id), None);
    }
}

/// The range that the conditions on time leave.
fn range_of(filters: &[Expr]) -> Range {
    let mut range = Range::default();
    for filter in filters {
        match bound(filter) {
            Some(Bound::Since(time)) => range.since = range.since.max(Some(time)),
            Some(Bound::Until(time)) => range.until = Some(range.until.map_or(time, |until| until.min(time))),
            None => {}
        }
    }
    range
}

enum Bound {
    Since(Timestamp),
    Until(Timestamp),
}

/// `started_at >= constant` and its like. The condition itself is checked again by the plan, so being
/// a nanosecond generous is fine.
fn bound(filter: &Expr) -> Option<Bound> {
    let Expr::BinaryExpr(BinaryExpr { left, op, right }) = filter else { return None };
    let (Expr::Column(column), Expr::Literal(literal, _)) = (left.as_ref(), right.as_ref()) else { return None };
    let ScalarValue::TimestampNanosecond(Some(nanos), _) = literal else { return None };
    let time = Timestamp(*nanos);
    match op {
        _ if column.name != TIME_COLUMN => None,
        Operator::Gt | Operator::GtEq => Some(Bound::Since(time)),
        Operator::Lt | Operator::LtEq => Some(Bound::Until(Timestamp(nanos.saturating_add(1)))),
        _ => None,
    }
}
