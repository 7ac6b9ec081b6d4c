//! Arrow batches as the JSON that SQL answers carry, written as they come and counted.

use crate::SqlError;
use crate::engine::refusal;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{DataType, Schema};
use datafusion::arrow::json::writer::{EncoderOptions, make_encoder};
use serde::Serialize;
use std::io::Write;
use std::ops::ControlFlow;
use vedette_model::limits;

/// One column.
#[derive(Serialize)]
pub struct Column<'a> {
    /// As the query named it.
    pub name: &'a str,
    /// `boolean`, `integer`, `number`, `time`, `text`, or `json` for lists and structures.
    #[serde(rename = "type")]
    pub kind: &'static str,
}

fn kind(data_type: &DataType) -> &'static str {
    match data_type {
        DataType::Boolean => "boolean",
        kind if kind.is_integer() => "integer",
        kind if kind.is_floating() || kind.is_decimal() => "number",
        DataType::Timestamp(..) | DataType::Date32 | DataType::Date64 => "time",
        kind if kind.is_nested() => "json",
        _ => "text",
    }
}

/// As far as it is written.
pub struct Answer {
    json: Vec<u8>,
    rows: usize,
    truncated: bool,
}

impl Answer {
    pub fn of(schema: &Schema) -> Result<Answer, SqlError> {
        let fields = schema.fields().iter();
        let columns: Vec<Column<'_>> =
            fields.map(|field| Column { name: field.name(), kind: kind(field.data_type()) }).collect();
        let mut json = b"{\"columns\":".to_vec();
        serde_json::to_writer(&mut json, &columns).map_err(|error| SqlError::Failed(error.to_string()))?;
        json.extend_from_slice(b",\"rows\":[");
        Ok(Answer { json, rows: 0, truncated: false })
    }

    /// Adds its rows; breaks when there is room for no more.
    pub fn take(&mut self, batch: &RecordBatch) -> Result<ControlFlow<()>, SqlError> {
        let options = EncoderOptions::default().with_explicit_nulls(true);
        let schema = batch.schema();
        let columns = schema.fields().iter().zip(batch.columns());
        let mut encoders = columns
            .map(|(field, column)| make_encoder(field, column, &options))
            .collect::<Result<Vec<_>, _>>()
            .map_err(refusal)?;
        for row in 0..batch.num_rows() {
            let before = self.json.len();
            if self.rows < limits::SQL_ROWS {
                self.json.extend_from_slice(if self.rows == 0 { b"[" } else { b",[" });
                for (place, cell) in encoders.iter_mut().enumerate() {
                    if place > 0 {
                        self.json.push(b',');
                    }
                    if cell.is_null(row) {
                        self.json.extend_from_slice(b"null");
                    } else {
                        cell.encode(row, &mut self.json);
                    }
                }
                self.json.push(b']');
            } else {
                self.truncated = true;
            }
            if self.json.len() > limits::SQL_ANSWER_BYTES {
                self.json.truncate(before);
                self.truncated = true;
            }
            if self.truncated {
                return Ok(ControlFlow::Break(()));
            }
            self.rows += 1;
        }
        Ok(ControlFlow::Continue(()))
    }

    pub fn finish(mut self) -> Result<Vec<u8>, SqlError> {
        if self.truncated && self.rows == 0 {
            return Err(SqlError::TooLarge(format!(
                "one row alone is more than the {} MiB of an answer: choose fewer columns, or substr() of them",
                limits::SQL_ANSWER_BYTES >> 20
            )));
        }
        write!(self.json, "],\"truncated\":{}}}", self.truncated)
            .map_err(|error| SqlError::Failed(error.to_string()))?;
        Ok(self.json)
    }
}
