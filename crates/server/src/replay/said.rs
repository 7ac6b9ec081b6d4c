//! Messages reduced to what can be compared across formats, and how two calls differ.

use serde_json::Value as Json;
use vedette_model::{Message, Part};

/// Characters of a text that a difference quotes.
const QUOTED: usize = 60;

/// One message: who, and what as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// `system`, `user`, `assistant` or `tool`.
    pub role: String,
    /// Its text, its tool calls and their results; `None` where there is only what cannot be compared.
    pub text: String,
}

impl Said {
    /// Of a request: some parts, each already text.
    #[must_use]
    pub fn new(role: &str, texts: &[String]) -> Said {
        let role = if role == "developer" { "system" } else { role };
        Said { role: role.to_owned(), text: texts.join("\n") }
    }

    /// Of a recorded message.
    #[must_use]
    pub fn of(message: &Message) -> Said {
        let is_result = |part: &Part| matches!(part, Part::ToolCallResponse { .. });
        let role = if message.parts.iter().any(is_result) { "tool" } else { &message.role };
        let texts: Vec<String> = message
            .parts
            .iter()
            .filter_map(|part| match part {
                Part::Text { text } => Some(text.clone()),
                Part::ToolCall { name, arguments, .. } => Some(tool_call(name, arguments)),
                Part::ToolCallResponse { result, .. } => Some(plain(result)),
                Part::Image { .. } => Some("[image]".to_owned()),
                // A provider does not take back what a model thought in the words it came in.
                Part::Reasoning { .. } | Part::Other { .. } => None,
            })
            .collect();
        Said::new(role, &texts)
    }
}

/// A tool that a model asked for; arguments are JSON, or a text that may be JSON.
pub fn tool_call(name: &str, arguments: &Json) -> String {
    let parsed = arguments.as_str().and_then(|text| serde_json::from_str::<Json>(text).ok());
    format!("{name}({})", plain(parsed.as_ref().unwrap_or(arguments)))
}

/// Text as it is, anything else as JSON with sorted keys.
pub fn plain(value: &Json) -> String {
    match value {
        Json::String(text) => match serde_json::from_str::<Json>(text) {
            // A result that is JSON is recorded parsed.
            Ok(parsed @ (Json::Object(_) | Json::Array(_))) => parsed.to_string(),
            _ => text.clone(),
        },
        other => other.to_string(),
    }
}

/// The text of `content` as both providers write it: a text, or parts.
pub fn content(content: &Json) -> Vec<String> {
    let Json::Array(parts) = content else {
        return content.as_str().map(|text| vec![text.to_owned()]).unwrap_or_default();
    };
    parts
        .iter()
        .filter_map(|part| {
            let text = |key: &str| part.get(key).and_then(Json::as_str).map(str::to_owned);
            match part.get("type").and_then(Json::as_str).unwrap_or_default() {
                "tool_use" => {
                    Some(tool_call(&text("name").unwrap_or_default(), part.get("input").unwrap_or(&Json::Null)))
                }
                "tool_result" => Some(self::content(part.get("content").unwrap_or(&Json::Null)).join("\n"))
                    .map(|text| plain(&Json::String(text))),
                "image" | "image_url" | "input_image" => Some("[image]".to_owned()),
                _ => text("text"),
            }
        })
        .collect()
}

/// How what is asked differs from a record, for people; a record without messages differs from nothing.
pub fn differences(model: &str, sent: &[Said], asked_model: &str, asked: &[Said]) -> Vec<String> {
    let mut found = Vec::new();
    // The model that answers is named with its date where the one asked is not.
    let related = model.starts_with(asked_model) || asked_model.starts_with(model);
    if !related && !model.is_empty() && !asked_model.is_empty() {
        found.push(format!("model: recorded {model}, asked {asked_model}"));
    }
    if sent.is_empty() {
        return found;
    }
    if sent.len() != asked.len() {
        found.push(format!("number of messages: recorded {}, asked {}", sent.len(), asked.len()));
    }
    for (at, (before, now)) in sent.iter().zip(asked).enumerate() {
        let place = format!("message {} ({})", at + 1, now.role);
        if before.role != now.role {
            found.push(format!("{place}: recorded as {}", before.role));
        }
        if before.text != now.text {
            let apart = before.text.chars().zip(now.text.chars()).take_while(|(before, now)| before == now).count();
            let (before, now) = (quoted(&before.text, apart), quoted(&now.text, apart));
            found.push(format!("{place}, from character {}: recorded {before}, asked {now}", apart + 1));
        }
    }
    found
}

/// A piece of a text, from a little before where it parts from another.
fn quoted(text: &str, from: usize) -> String {
    let start = from.saturating_sub(10);
    let piece: String = text.chars().skip(start).take(QUOTED).collect();
    let before = if start > 0 { "…" } else { "" };
    let after = if text.chars().nth(start + QUOTED).is_some() { "…" } else { "" };
    format!("\"{before}{}{after}\"", piece.escape_debug())
}
