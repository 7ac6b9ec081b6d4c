//! `input_messages(otlp)`, `output_messages(otlp)`, `input(otlp)` and `output(otlp)`: what was said in a span,
//! derived from it as it was received, as whoever opens the span sees it. Text comes plain, anything else as its
//! JSON text, what a span does not have as null. What log records say of a span is not in its `otlp`.

use crate::attribute::text;
use datafusion::arrow::array::StringBuilder;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::cast::as_string_array;
use datafusion::error::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};
use serde_json::Value as Json;
use std::sync::Arc;
use vedette_model::{Content, Direction};

/// What is asked of a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Part {
    /// What went to the model.
    InputMessages,
    /// What the model answered.
    OutputMessages,
    /// What went in, where it is not messages: a tool's arguments, an agent's task.
    Input,
    /// What came out, where it is not messages: a tool's result, an agent's answer.
    Output,
}

pub fn functions() -> impl Iterator<Item = ScalarUDF> {
    [Part::InputMessages, Part::OutputMessages, Part::Input, Part::Output].into_iter().map(|part| {
        ScalarUDF::new_from_impl(Said {
            part,
            signature: Signature::exact(vec![DataType::Utf8], Volatility::Immutable),
        })
    })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Said {
    part: Part,
    signature: Signature,
}

impl ScalarUDFImpl for Said {
    fn name(&self) -> &'static str {
        match self.part {
            Part::InputMessages => "input_messages",
            Part::OutputMessages => "output_messages",
            Part::Input => "input",
            Part::Output => "output",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [otlp] = arguments.args.as_slice() else {
            return datafusion::common::internal_err!("{} takes one argument", self.name());
        };
        let otlp = text(otlp, arguments.number_rows)?;
        let mut values = StringBuilder::new();
        for otlp in as_string_array(&otlp)? {
            values.append_option(otlp.and_then(|otlp| self.part.of(otlp)));
        }
        Ok(ColumnarValue::Array(Arc::new(values.finish())))
    }
}

impl Part {
    /// Nothing where the text is no span.
    fn of(self, otlp: &str) -> Option<String> {
        let spans = vedette_otlp::traces_from_json(otlp.as_bytes()).ok()?.spans;
        let content = vedette_normalize::content(spans.first()?, &[]);
        match self {
            Part::InputMessages => messages(&content, Direction::Input),
            Part::OutputMessages => messages(&content, Direction::Output),
            Part::Input => content.input.and_then(plain),
            Part::Output => content.output.and_then(plain),
        }
    }
}

fn messages(content: &Content, direction: Direction) -> Option<String> {
    let messages: Vec<_> = content.messages.iter().filter(|message| message.direction == direction).collect();
    if messages.is_empty() { None } else { serde_json::to_string(&messages).ok() }
}

fn plain(json: Json) -> Option<String> {
    match json {
        Json::Null => None,
        Json::String(text) => Some(text),
        other => Some(other.to_string()),
    }
}
