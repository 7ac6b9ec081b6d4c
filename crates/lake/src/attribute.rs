//! `attribute(attributes, 'key')`: one value out of a span's attributes, as text; null where the span
//! has no such key. Numbers and objects come as their JSON text: cast them in the query.

use datafusion::arrow::array::{Array, ArrayRef, StringBuilder};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::cast::as_string_array;
use datafusion::error::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};
use serde_json::value::RawValue;
use std::collections::HashMap;
use std::sync::Arc;

pub fn attribute() -> ScalarUDF {
    ScalarUDF::new_from_impl(Attribute {
        signature: Signature::exact(vec![DataType::Utf8, DataType::Utf8], Volatility::Immutable),
    })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Attribute {
    signature: Signature,
}

impl ScalarUDFImpl for Attribute {
    fn name(&self) -> &'static str {
        "attribute"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = arguments.number_rows;
        let mut columns = arguments.args.iter().map(|argument| text(argument, rows));
        let (Some(attributes), Some(keys)) = (columns.next(), columns.next()) else {
            return datafusion::common::internal_err!("attribute takes two arguments");
        };
        let (attributes, keys) = (attributes?, keys?);
        let mut values = StringBuilder::new();
        for (attributes, key) in as_string_array(&attributes)?.iter().zip(as_string_array(&keys)?.iter()) {
            values.append_option(attributes.zip(key).and_then(|(attributes, key)| value_of(attributes, key)));
        }
        Ok(ColumnarValue::Array(Arc::new(values.finish())))
    }
}

/// An argument as text, a cell for each row.
pub fn text(argument: &ColumnarValue, rows: usize) -> Result<ArrayRef> {
    let array = argument.to_array(rows)?;
    Ok(if array.data_type() == &DataType::Utf8 { array } else { cast(&array, &DataType::Utf8)? })
}

fn value_of(attributes: &str, key: &str) -> Option<String> {
    let pairs: HashMap<&str, &RawValue> = match serde_json::from_str(attributes) {
        Ok(pairs) => pairs,
        // A key with an escape cannot be borrowed.
        Err(_) => return owned_value_of(attributes, key),
    };
    plain(pairs.get(key)?.get())
}

fn owned_value_of(attributes: &str, key: &str) -> Option<String> {
    let pairs: HashMap<String, &RawValue> = serde_json::from_str(attributes).ok()?;
    plain(pairs.get(key)?.get())
}

/// A string without its quotes, null as nothing, anything else as its JSON.
fn plain(json: &str) -> Option<String> {
    match json {
        "null" => None,
        _ => serde_json::from_str::<String>(json).ok().or_else(|| Some(json.to_owned())),
    }
}
