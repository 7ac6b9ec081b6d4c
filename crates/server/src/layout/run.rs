//! A run and its steps, as `runs`, `show` and `tail` print them: read from the API's JSON, of which
//! only what is printed is named here.

use super::{bad, count, counted, cut, duration, money, plain, short_model, tokens};
use serde::Deserialize;
use vedette_model::{NanoUsd, Timestamp};

/// Columns of an agent's or span's name.
const NAME_COLUMNS: usize = 40;
/// Columns of an error's message in a list.
const ERROR_COLUMNS: usize = 80;

/// Tokens as the API says them.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub struct Tokens {
    pub input: Option<u64>,
    pub output: Option<u64>,
}

/// An error as the API says it.
#[derive(Clone, Debug, Deserialize)]
pub struct Failure {
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub message: Option<String>,
}

/// A run as the API says it.
#[derive(Clone, Debug, Deserialize)]
#[expect(missing_docs, reason = "as in the API")]
pub struct RunLine {
    pub id: String,
    pub trace_id: String,
    pub external_id: Option<String>,
    pub agent: Option<String>,
    pub name: String,
    pub kind: String,
    pub status: String,
    pub presumed: bool,
    pub success: Option<bool>,
    pub outcome: Option<String>,
    pub pattern: Option<String>,
    pub started_at: Timestamp,
    pub duration_ms: Option<f64>,
    pub model_calls: u64,
    pub cost_usd: Option<NanoUsd>,
    pub tree_cost_usd: Option<NanoUsd>,
    pub unpriced_models: Vec<String>,
    pub error: Option<Failure>,
    pub tokens: Tokens,
}

/// A span as the API says it.
#[derive(Clone, Debug, Deserialize)]
#[expect(missing_docs, reason = "as in the API")]
pub struct SpanLine {
    pub id: String,
    pub run_id: String,
    pub parent_id: Option<String>,
    pub kind: String,
    pub name: String,
    pub agent: Option<String>,
    pub status: String,
    pub started_at: Timestamp,
    pub duration_ms: Option<f64>,
    pub model: Option<String>,
    pub tool: Option<String>,
    pub tokens: Option<Tokens>,
    pub tokens_estimated: bool,
    pub cost_usd: Option<NanoUsd>,
    pub counted: bool,
    pub duplicate_of: Option<String>,
    pub error: Option<Failure>,
    pub late: bool,
    pub noise: bool,
    pub child_run_id: Option<String>,
    pub level: Option<String>,
    pub preview: Option<String>,
}

/// `Run #174` by the digits that its sender's id ends with, else by the last eight of its trace id.
#[must_use]
pub fn run_label(run: &RunLine) -> String {
    let digits = run.external_id.as_deref().map(trailing_digits).filter(|digits| !digits.is_empty());
    let short = run.trace_id.get(run.trace_id.len().saturating_sub(8)..).unwrap_or(&run.trace_id);
    format!("Run #{}", digits.unwrap_or(short))
}

/// `174` of `run-174`.
#[must_use]
pub fn trailing_digits(id: &str) -> &str {
    id.get(id.trim_end_matches(|c: char| c.is_ascii_digit()).len()..).unwrap_or_default()
}

/// `openai.RateLimitError: slow down`; the type once, where the message begins with it.
#[must_use]
pub fn failure_text(failure: &Failure) -> String {
    let kind = failure.kind.as_deref().map(plain).unwrap_or_default();
    let message = failure.message.as_deref().map(plain).unwrap_or_default();
    let class = kind.rsplit(['.', ':']).next().unwrap_or_default();
    let message = message.strip_prefix(class).and_then(|rest| rest.strip_prefix(": ")).unwrap_or(&message);
    [&*kind, message].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ")
}

impl RunLine {
    /// Label, name, steps, duration, cost, and how it went if not well: `Run #174   supervisor   3 steps   3.4s   $0.0089`.
    #[must_use]
    pub fn cells(&self) -> Vec<String> {
        let name = self.label();
        let steps = match self.kind.as_str() {
            "run" | "trace" => counted(self.model_calls, "step"),
            other => other.to_owned(),
        };
        vec![
            run_label(self),
            cut(name, NAME_COLUMNS),
            steps,
            self.duration_ms.map(duration).unwrap_or_default(),
            self.cost(),
            self.verdict(),
        ]
    }

    /// The pattern, else the agent, else the name.
    #[must_use]
    pub fn label(&self) -> &str {
        self.pattern.as_ref().or(self.agent.as_ref()).unwrap_or(&self.name)
    }

    /// To four places; `unpriced` if nobody knows what its calls cost, nothing if it is not known that there were any.
    #[must_use]
    pub fn cost(&self) -> String {
        match self.cost_usd {
            Some(cost) => money(cost, 4),
            None if self.unpriced_models.is_empty() => String::new(),
            None => "unpriced".to_owned(),
        }
    }

    /// Nothing for a run that ended well and was not judged.
    #[must_use]
    pub fn verdict(&self) -> String {
        let mut words = Vec::new();
        match (self.status.as_str(), &self.error) {
            ("success", _) => {}
            ("running", _) => words.push("running".to_owned()),
            (status, Some(failure)) => {
                words.push(bad(&format!("{status}: {}", cut(&failure_text(failure), ERROR_COLUMNS))))
            }
            (status, None) => words.push(bad(status)),
        }
        if self.success == Some(false) {
            words.push(bad("not successful"));
        }
        words.extend(self.outcome.as_deref().map(|outcome| cut(outcome, NAME_COLUMNS)));
        words.join(", ")
    }
}

impl SpanLine {
    /// A step of a run: whose, seconds, model, tokens, cost, and how it went if not well.
    #[must_use]
    pub fn step_cells(&self, agent: Option<&str>) -> Vec<String> {
        vec![
            cut(agent.unwrap_or(&self.name), NAME_COLUMNS),
            self.duration_ms.map(duration).unwrap_or_default(),
            self.model(),
            self.tokens(),
            self.cost(),
            self.trouble(),
        ]
    }

    /// Short.
    #[must_use]
    pub fn model(&self) -> String {
        self.model.as_deref().map(|model| cut(short_model(model), NAME_COLUMNS)).unwrap_or_default()
    }

    /// Those of a copy are said, though they do not count.
    #[must_use]
    pub fn tokens(&self) -> String {
        self.tokens.and_then(|sent| tokens(sent.input, sent.output)).unwrap_or_default()
    }

    /// To five places; nothing where there is no model call, `unpriced` where nobody knows.
    #[must_use]
    pub fn cost(&self) -> String {
        let calls = matches!(self.kind.as_str(), "llm" | "embedding");
        match self.cost_usd {
            Some(cost) => money(cost, 5),
            None if calls && self.counted && self.tokens.is_some() => "unpriced".to_owned(),
            None => String::new(),
        }
    }

    /// How it went if not well.
    #[must_use]
    pub fn trouble(&self) -> String {
        match (self.status.as_str(), &self.error) {
            ("success", _) => String::new(),
            ("running", _) => "running".to_owned(),
            (status, Some(failure)) => bad(&format!("{status}: {}", cut(&failure_text(failure), ERROR_COLUMNS))),
            (status, None) => bad(status),
        }
    }

    /// Counts as a step: a call of a model that is no copy.
    #[must_use]
    pub fn is_step(&self) -> bool {
        matches!(self.kind.as_str(), "llm" | "embedding") && self.duplicate_of.is_none()
    }
}

/// `3 more steps`.
#[must_use]
pub fn more(steps: usize, what: &str) -> String {
    format!("{} more {what}{}", count(steps as u64), if steps == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_errors_type_is_said_once() {
        for (kind, message, said) in [
            (Some("ValueError"), Some("ValueError: boom"), "ValueError: boom"),
            (Some("openai.BadRequestError"), Some("BadRequestError: 400"), "openai.BadRequestError: 400"),
            (Some("ValueError"), Some("boom"), "ValueError: boom"),
            (Some("ValueError"), None, "ValueError"),
            (None, Some("boom"), "boom"),
            (None, None, ""),
        ] {
            let failure = Failure { kind: kind.map(str::to_owned), message: message.map(str::to_owned) };
            assert_eq!(failure_text(&failure), said);
        }
    }

    #[test]
    fn a_run_is_called_by_the_digits_of_its_senders_id() {
        for (id, digits) in [("run-174", "174"), ("174", "174"), ("run", ""), ("", ""), ("ü9", "9")] {
            assert_eq!(trailing_digits(id), digits, "{id}");
        }
    }
}
