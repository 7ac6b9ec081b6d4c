//! One table of the store as DataFusion sees it: bound to an account, read in batches, bounded by the
//! query's own condition on time.

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::ScalarValue;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{BinaryExpr, Expr, Operator, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchReceiverStreamBuilder;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use std::fmt;
use std::sync::Arc;
use vedette_model::{AccountId, Timestamp};
use vedette_store::{Range, Store, Table};

/// Batches that may wait between the store and the plan.
const BATCHES_AHEAD: usize = 2;
/// The column that ranges bound, in every table that has one.
const TIME_COLUMN: &str = "started_at";

pub struct StoreTable {
    pub store: Arc<dyn Store>,
    pub account: AccountId,
    pub table: Table,
}

impl fmt::Debug for StoreTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.table)
    }
}

#[async_trait]
impl TableProvider for StoreTable {
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
            store: self.store.clone(),
            account: self.account,
            table: self.table,
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

/// One reading of the table.
struct Scan {
    store: Arc<dyn Store>,
    account: AccountId,
    table: Table,
    range: Range,
    columns: Vec<usize>,
    schema: SchemaRef,
}

impl fmt::Debug for Scan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {:?}", self.table, self.range)
    }
}

impl PartitionStream for Scan {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let mut builder = RecordBatchReceiverStreamBuilder::new(self.schema.clone(), BATCHES_AHEAD);
        let sender = builder.tx();
        let (store, account, table, range) = (self.store.clone(), self.account, self.table, self.range);
        let columns = self.columns.clone();
        builder.spawn_blocking(move || {
            let external = |error| DataFusionError::External(Box::new(error));
            for batch in store.scan(table, account, range, Some(&columns)).map_err(external)? {
                // Nobody listens any more: the query has what it wanted.
                if sender.blocking_send(batch.map_err(external)).is_err() {
                    break;
                }
            }
            Ok(())
        });
        builder.build()
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
