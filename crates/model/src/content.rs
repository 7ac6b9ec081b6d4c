//! What was said: messages, arguments, results. Derived from the raw span when one is opened, never
//! stored a second time.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// The content of one span.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Content {
    /// What went in, where it is not messages: tool arguments, a query, an agent's task.
    pub input: Option<Json>,
    /// What came out, where it is not messages: a tool's result, an agent's answer.
    pub output: Option<Json>,
    /// The conversation of a model call (or of an agent span that carries one), system first.
    pub messages: Vec<Message>,
    /// Tools offered to the model, as sent.
    pub tools: Vec<Json>,
    /// Documents found, as sent.
    pub documents: Vec<Json>,
    /// Request parameters: temperature and its like.
    pub parameters: serde_json::Map<String, Json>,
}

/// Whether a message went to the model or came from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Part of the request.
    Input,
    /// Part of the response.
    Output,
}

/// One message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// `system`, `user`, `assistant`, `tool`, or what the sender said.
    pub role: String,
    /// To or from the model.
    pub direction: Direction,
    /// The speaker's name, where one is given.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    /// In order.
    pub parts: Vec<Part>,
    /// Normalized: `stop`, `length`, `tool_calls`, `content_filter`, `error`, else as sent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub finish_reason: Option<String>,
}

/// One part of a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Part {
    /// Plain text or Markdown.
    Text {
        /// The text.
        text: String,
    },
    /// The model asks for a tool.
    ToolCall {
        /// Joins it to its response.
        id: Option<String>,
        /// The tool.
        name: String,
        /// JSON where it parses, else the text.
        arguments: Json,
    },
    /// A tool's answer, given back to the model.
    ToolCallResponse {
        /// The id of the call.
        id: Option<String>,
        /// The tool, where it is said.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        name: Option<String>,
        /// JSON where it parses, else the text.
        result: Json,
    },
    /// What the model thought.
    Reasoning {
        /// The text.
        text: String,
    },
    /// A picture, by address or inline as base64.
    Image {
        /// Such as `image/png`.
        media_type: Option<String>,
        /// Its address; shown, never fetched.
        url: Option<String>,
        /// Base64.
        data: Option<String>,
    },
    /// Anything else, as sent.
    Other {
        /// The part.
        value: Json,
    },
}
