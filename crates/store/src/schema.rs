//! The published columns of `runs`, `spans` and `scores`.

use crate::Table;
use arrow::datatypes::SchemaRef;

pub(crate) fn schema(_table: Table) -> SchemaRef {
    SchemaRef::new(arrow::datatypes::Schema::empty())
}
