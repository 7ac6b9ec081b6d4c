//! Arrow batches as the JSON that SQL answers carry.

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Float32Type, Float64Type, Int32Type, Int64Type, Schema, UInt64Type};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// The answer to a query.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SqlAnswer {
    /// In the order of the query.
    pub columns: Vec<Column>,
    /// Each as long as `columns`: null, boolean, number or text.
    pub rows: Vec<Vec<Json>>,
    /// There were more rows than [`vedette_model::limits::SQL_ROWS`].
    pub truncated: bool,
}

/// One column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// As the query named it.
    pub name: String,
    /// `boolean`, `integer`, `number`, `time` or `text`.
    #[serde(rename = "type")]
    pub kind: String,
}

pub fn columns(schema: &Schema) -> Vec<Column> {
    let column = |name: &str, kind: &DataType| Column { name: name.to_owned(), kind: word(kind).to_owned() };
    schema.fields().iter().map(|field| column(field.name(), field.data_type())).collect()
}

fn word(kind: &DataType) -> &'static str {
    match kind {
        DataType::Boolean => "boolean",
        kind if kind.is_integer() => "integer",
        kind if kind.is_floating() || kind.is_decimal() => "number",
        DataType::Timestamp(..) | DataType::Date32 | DataType::Date64 => "time",
        _ => "text",
    }
}

pub fn append(rows: &mut Vec<Vec<Json>>, batch: &RecordBatch) -> Result<(), ArrowError> {
    let first = rows.len();
    rows.resize_with(first + batch.num_rows(), || Vec::with_capacity(batch.num_columns()));
    for column in batch.columns() {
        let cell = cells(column)?;
        for (index, row) in rows.iter_mut().skip(first).enumerate() {
            row.push(if column.is_null(index) { Json::Null } else { cell(index) });
        }
    }
    Ok(())
}

/// How to read one cell of a column.
fn cells(column: &dyn Array) -> Result<Box<dyn Fn(usize) -> Json + '_>, ArrowError> {
    Ok(match column.data_type() {
        DataType::Boolean => Box::new(|row| Json::from(column.as_boolean().value(row))),
        DataType::Int32 => Box::new(|row| Json::from(column.as_primitive::<Int32Type>().value(row))),
        DataType::Int64 => Box::new(|row| Json::from(column.as_primitive::<Int64Type>().value(row))),
        DataType::UInt64 => Box::new(|row| Json::from(column.as_primitive::<UInt64Type>().value(row))),
        DataType::Float32 => Box::new(|row| Json::from(column.as_primitive::<Float32Type>().value(row))),
        DataType::Float64 => Box::new(|row| Json::from(column.as_primitive::<Float64Type>().value(row))),
        _ => {
            let formatter = ArrayFormatter::try_new(column, &FormatOptions::default())?;
            Box::new(move |row| Json::from(formatter.value(row).to_string()))
        }
    })
}
