//! What the commands about incidents, alerts, heartbeats and checks share: tables, and conditions as text.

use crate::layout::{Align, columns};
use anyhow::Context;
use serde_json::{Map, Value as Json};

/// Lists inside an answer.
pub(super) trait Row {
    /// The objects of a list; none if there is no such list.
    fn rows(&self, name: &str) -> impl Iterator<Item = &Json>;
}

impl Row for Json {
    fn rows(&self, name: &str) -> impl Iterator<Item = &Json> {
        self.get(name).and_then(Json::as_array).into_iter().flatten()
    }
}

/// A field as text; nothing for null.
pub(super) fn text(object: &Json, name: &str) -> String {
    match object.get(name) {
        None | Some(Json::Null) => String::new(),
        Some(Json::String(text)) => text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect(),
        Some(other) => other.to_string(),
    }
}

/// A body with the fields that were given: what is null is left to the server.
pub(super) fn given(mut body: Json) -> Json {
    if let Json::Object(fields) = &mut body {
        fields.retain(|_, value| !value.is_null());
    }
    body
}

/// Prints a list of an answer below its heads, or a word if it is empty.
pub(super) fn table(
    answer: &Json,
    list: &str,
    heads: &[&str],
    none: &str,
    cells: impl Fn(&Json) -> Vec<String>,
) -> anyhow::Result<()> {
    let mut rows: Vec<Vec<String>> = vec![heads.iter().map(|head| (*head).to_owned()).collect()];
    rows.extend(answer.rows(list).map(cells));
    if rows.len() == 1 {
        say!("{none}");
        return Ok(());
    }
    for line in columns(&rows, &vec![Align::Left; heads.len()], 2) {
        say!("{line}");
    }
    Ok(())
}

/// A condition or test as it is typed, `failure_rate over=0.2`: a type, then fields, as JSON or as text.
pub(super) fn typed(words: &str) -> anyhow::Result<Json> {
    let mut parts = words.split_whitespace();
    let kind = parts.next().context("a type is needed, such as: failure_rate over=0.2")?;
    let mut object = Map::from_iter([("type".to_owned(), Json::from(kind))]);
    for part in parts {
        let (name, value) = part.split_once('=').with_context(|| format!("{part} is not NAME=VALUE"))?;
        let value = serde_json::from_str(value).unwrap_or_else(|_| Json::from(value));
        // Amounts are text, so that they are exact.
        let value = if name.ends_with("_usd") { Json::from(value.to_string().trim_matches('"')) } else { value };
        object.insert(name.to_owned(), value);
    }
    Ok(Json::Object(object))
}

/// Which runs are meant.
#[derive(clap::Args)]
pub struct On {
    /// Only runs of this agent
    #[arg(long)]
    agent: Option<String>,
    /// Only runs with this tag
    #[arg(long)]
    tag: Option<String>,
    /// Only runs for this customer
    #[arg(long)]
    customer: Option<String>,
    /// Only runs for this feature
    #[arg(long)]
    feature: Option<String>,
}

impl On {
    /// As in the API.
    pub(super) fn to_json(&self) -> Json {
        let parts =
            [("agent", &self.agent), ("tag", &self.tag), ("customer", &self.customer), ("feature", &self.feature)];
        let said = parts.into_iter().filter_map(|(name, value)| Some((name.to_owned(), Json::from(value.as_deref()?))));
        Json::Object(said.collect())
    }
}
