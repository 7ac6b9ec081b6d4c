//! Checks of finished runs: each says what it expected and what it got, none stops another.

use crate::rule::Target;
use crate::schema;
use crate::seen::{FailedCheck, Seen};
use regex::Regex;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use vedette_model::{NanoUsd, Timestamp, duration_ms, limits};

/// What is asked of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Test {
    /// The output is JSON of this shape.
    JsonSchema {
        /// The schema.
        schema: Json,
    },
    /// The output matches, or must not.
    Regex {
        /// In the syntax of Rust's `regex`.
        pattern: String,
        /// It must not match.
        #[serde(default)]
        not: bool,
    },
    /// Characters of the output.
    Length {
        /// Inclusive.
        #[serde(default)]
        min: Option<u64>,
        /// Inclusive.
        #[serde(default)]
        max: Option<u64>,
    },
    /// The output is a JSON object with these fields, none of them null. A field may be a path: `a.b`.
    RequiredFields {
        /// Their names.
        fields: Vec<String>,
    },
    /// A tool was called, or was not.
    ToolCalled {
        /// The tool.
        tool: String,
        /// It must not be.
        #[serde(default)]
        not: bool,
    },
    /// A number in the output: all of it, or a field of the object.
    Range {
        /// A path: `a.b`.
        #[serde(default)]
        field: Option<String>,
        /// Inclusive.
        #[serde(default)]
        min: Option<f64>,
        /// Inclusive.
        #[serde(default)]
        max: Option<f64>,
    },
    /// What the run cost and how long it took.
    Budget {
        /// Inclusive.
        #[serde(default)]
        max_usd: Option<NanoUsd>,
        /// Inclusive.
        #[serde(default)]
        max_ms: Option<f64>,
    },
}

/// A check.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// Names it: `chk_...`.
    pub id: String,
    /// Also the score's name; unique in the account.
    pub name: String,
    /// What is asked.
    pub test: Test,
    /// Of which runs.
    #[serde(default)]
    pub on: Target,
    /// Off.
    #[serde(default)]
    pub paused: bool,
    /// When it was made: older runs are not checked.
    pub created_at: Timestamp,
}

/// What a finished run left, as far as checks ask.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Its output as text.
    pub output: Option<String>,
    /// Tools it called.
    pub tools: Vec<String>,
}

/// A check that can be asked.
pub struct Checker {
    /// The check.
    pub check: Check,
    pattern: Option<Regex>,
}

/// What a run was found to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// It passed.
    pub passed: bool,
    /// What was asked.
    pub expected: String,
    /// What was found.
    pub got: String,
}

fn cut(text: &str) -> String {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut cut: String = line.chars().take(limits::CHECK_GOT_CHARS).collect();
    if cut.len() < line.len() {
        cut.push('…');
    }
    cut
}

fn at<'a>(json: &'a Json, path: &str) -> Option<&'a Json> {
    path.split('.').try_fold(json, |json, part| match json {
        Json::Array(items) => items.get(part.parse::<usize>().ok()?),
        other => other.get(part),
    })
}

fn bounds<T: std::fmt::Display>(min: Option<T>, max: Option<T>) -> String {
    match (min, max) {
        (Some(min), Some(max)) => format!("{min} to {max}"),
        (Some(min), None) => format!("at least {min}"),
        (None, Some(max)) => format!("at most {max}"),
        (None, None) => "anything".to_owned(),
    }
}

impl Checker {
    /// Fails with the reason if the check makes no sense.
    pub fn new(check: Check) -> Result<Self, String> {
        if check.name.trim().is_empty() {
            return Err("name must not be empty".into());
        }
        let mut pattern = None;
        match &check.test {
            Test::JsonSchema { schema } => schema::check(schema)?,
            Test::Regex { pattern: text, .. } => {
                let built = regex::RegexBuilder::new(text).size_limit(limits::CHECK_REGEX_BYTES).build();
                pattern = Some(built.map_err(|error| format!("pattern makes no sense: {error}"))?);
            }
            Test::RequiredFields { fields } if fields.is_empty() => return Err("fields must not be empty".into()),
            Test::Length { min: None, max: None } | Test::Range { min: None, max: None, .. } => {
                return Err("give min, max or both".into());
            }
            Test::Budget { max_usd: None, max_ms: None } => return Err("give max_usd, max_ms or both".into()),
            _ => {}
        }
        Ok(Checker { check, pattern })
    }

    /// Whether a run is to be checked: it has ended, by itself, and is meant.
    #[must_use]
    pub fn wants(&self, run: &Seen) -> bool {
        !self.check.paused
            && run.status.is_terminal()
            && !run.has_failed()
            && run.kind != vedette_model::RunKind::Heartbeat
            && run.ended_at() >= self.check.created_at
            && self.check.on.holds(run)
    }

    /// Whether it asks for what is not in the run's own figures.
    #[must_use]
    pub fn asks_output(&self) -> bool {
        !matches!(self.check.test, Test::Budget { .. } | Test::ToolCalled { .. })
    }

    /// What it finds.
    #[must_use]
    pub fn find(&self, run: &Seen, outcome: &Outcome) -> Finding {
        let output = outcome.output.as_deref();
        let text = output.unwrap_or_default();
        let json = || serde_json::from_str::<Json>(text).ok();
        let said = |passed, expected: String, got: String| Finding { passed, expected, got };
        let shown = || output.map_or_else(|| "no output".to_owned(), cut);
        match &self.check.test {
            Test::JsonSchema { schema } => match json().map(|json| schema::violation(schema, &json)) {
                None => said(false, "JSON of the schema".into(), shown()),
                Some(None) => said(true, "JSON of the schema".into(), "it".into()),
                Some(Some((expected, got))) => said(false, expected, cut(&got)),
            },
            Test::Regex { pattern, not } => {
                let found = self.pattern.as_ref().and_then(|regex| regex.find(text)).map(|found| found.as_str());
                let expected = format!("{} of {pattern}", if *not { "no match" } else { "a match" });
                let got = found.map_or_else(|| "no match".to_owned(), |found| format!("a match: {}", cut(found)));
                said(output.is_some() && found.is_some() != *not, expected, got)
            }
            Test::Length { min, max } => {
                let length = text.chars().count() as u64;
                let fits = min.is_none_or(|min| length >= min) && max.is_none_or(|max| length <= max);
                let expected = format!("{} characters", bounds(*min, *max));
                said(output.is_some() && fits, expected, format!("{length} characters"))
            }
            Test::RequiredFields { fields } => {
                let json = json().unwrap_or_default();
                let absent = |field: &&String| at(&json, field).is_none_or(Json::is_null);
                let missing: Vec<&str> = fields.iter().filter(absent).map(String::as_str).collect();
                let got = if missing.is_empty() { "all".to_owned() } else { format!("without {}", missing.join(", ")) };
                said(missing.is_empty(), format!("the fields {}", fields.join(", ")), got)
            }
            Test::ToolCalled { tool, not } => {
                let called = outcome.tools.contains(tool);
                let expected = format!("{tool} {}", if *not { "not called" } else { "called" });
                said(called != *not, expected, format!("called: {}", cut(&outcome.tools.join(", "))))
            }
            Test::Range { field, min, max } => {
                let json = json();
                let found = json.as_ref().and_then(|json| field.as_deref().map_or(Some(json), |path| at(json, path)));
                let number = found.and_then(|found| found.as_f64().or_else(|| found.as_str()?.trim().parse().ok()));
                let fits = |number: f64| min.is_none_or(|min| number >= min) && max.is_none_or(|max| number <= max);
                let expected = format!("{} {}", field.as_deref().unwrap_or("a number"), bounds(*min, *max));
                let got = number.map_or_else(shown, |number| number.to_string());
                said(number.is_some_and(fits), expected, got)
            }
            Test::Budget { max_usd, max_ms } => {
                let took = duration_ms(run.started_at, run.ended_at());
                let within_cost = max_usd.is_none_or(|max| run.cost.is_none_or(|cost| cost <= max));
                let within_time = max_ms.is_none_or(|max| took <= max);
                let usd = max_usd.map(|max| format!("at most ${max}"));
                let ms = max_ms.map(|max| format!("at most {max} ms"));
                let expected = usd.into_iter().chain(ms).collect::<Vec<_>>().join(" and ");
                let cost = run.cost.map_or_else(|| "an unknown cost".to_owned(), |cost| format!("${cost}"));
                said(within_cost && within_time, expected, format!("{cost} and {took} ms"))
            }
        }
    }

    /// As a failure, if it is one.
    #[must_use]
    pub fn failed(&self, finding: &Finding) -> Option<FailedCheck> {
        (!finding.passed).then(|| FailedCheck {
            check: self.check.id.clone(),
            name: self.check.name.clone(),
            expected: finding.expected.clone(),
            got: finding.got.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use vedette_model::Status;

    fn run(cost: Option<i64>, ms: i64) -> Seen {
        let mut seen = crate::seen::sample(1, "writer", 100, Status::Success);
        seen.cost = cost.map(NanoUsd);
        seen.finished_at = Some(Timestamp(seen.started_at.0 + ms * 1_000_000));
        seen
    }

    #[test]
    fn each_test_passes_and_fails_with_expected_and_got() {
        let schema = json!({ "type": "object", "required": ["city"], "properties": { "city": { "type": "string" } } });
        for (test, output, passed, expected, got) in [
            (
                json!({ "type": "json_schema", "schema": schema }),
                r#"{"city":"Rome"}"#,
                true,
                "JSON of the schema",
                "it",
            ),
            (json!({ "type": "json_schema", "schema": schema }), r#"{"city":1}"#, false, "/city: string", "1"),
            (json!({ "type": "json_schema", "schema": schema }), "Rome", false, "JSON of the schema", "Rome"),
            (json!({ "type": "regex", "pattern": "^R" }), "Rome", true, "a match of ^R", "a match: R"),
            (json!({ "type": "regex", "pattern": "^R" }), "Bonn", false, "a match of ^R", "no match"),
            (
                json!({ "type": "regex", "pattern": "sorry", "not": true }),
                "I am sorry",
                false,
                "no match of sorry",
                "a match: sorry",
            ),
            (json!({ "type": "length", "min": 1, "max": 4 }), "Rome", true, "1 to 4 characters", "4 characters"),
            (json!({ "type": "length", "min": 4 }), "Rome", true, "at least 4 characters", "4 characters"),
            (json!({ "type": "range", "min": 1.0 }), "1.0", true, "a number at least 1", "1"),
            (json!({ "type": "length", "max": 4 }), "Paris", false, "at most 4 characters", "5 characters"),
            (
                json!({ "type": "required_fields", "fields": ["a", "b.c"] }),
                r#"{"a":1,"b":{"c":2}}"#,
                true,
                "the fields a, b.c",
                "all",
            ),
            (
                json!({ "type": "required_fields", "fields": ["a", "b.c"] }),
                r#"{"a":null,"b":{"c":2}}"#,
                false,
                "the fields a, b.c",
                "without a",
            ),
            (json!({ "type": "tool_called", "tool": "search" }), "", true, "search called", "called: search"),
            (
                json!({ "type": "tool_called", "tool": "search", "not": true }),
                "",
                false,
                "search not called",
                "called: search",
            ),
            (json!({ "type": "tool_called", "tool": "book" }), "", false, "book called", "called: search"),
            (json!({ "type": "range", "min": 0.0, "max": 1.0 }), "1.0", true, "a number 0 to 1", "1"),
            (json!({ "type": "range", "field": "x", "max": 1.0 }), r#"{"x":1.5}"#, false, "x at most 1", "1.5"),
            (json!({ "type": "range", "field": "x", "max": 1.0 }), r#"{"y":1}"#, false, "x at most 1", r#"{"y":1}"#),
            (
                json!({ "type": "budget", "max_usd": "0.01", "max_ms": 2000.0 }),
                "",
                true,
                "at most $0.01 and at most 2000 ms",
                "$0.01 and 2000 ms",
            ),
            (json!({ "type": "budget", "max_usd": "0.009" }), "", false, "at most $0.009", "$0.01 and 2000 ms"),
            (json!({ "type": "budget", "max_ms": 1999.0 }), "", false, "at most 1999 ms", "$0.01 and 2000 ms"),
        ] {
            let check = json!({ "id": "chk_1", "name": "c", "test": test, "created_at": "2026-01-01T00:00:00Z" });
            let checker = Checker::new(serde_json::from_value(check).expect("a check")).expect("it makes sense");
            let outcome = Outcome { output: Some(output.to_owned()), tools: vec!["search".to_owned()] };
            let finding = checker.find(&run(Some(10_000_000), 2_000), &outcome);
            assert_eq!(
                (finding.passed, finding.expected.as_str(), finding.got.as_str()),
                (passed, expected, got),
                "{:?}",
                checker.check.test
            );
        }
    }

    #[test]
    fn only_what_ended_by_itself_and_is_meant_is_checked() {
        let wants = |change: fn(&mut Seen), more: Json| {
            let mut check = json!({
                "id": "chk_1", "name": "c", "test": { "type": "length", "max": 1 }, "on": { "agent": "writer" },
                "created_at": "2026-01-01T00:01:41Z",
            });
            check.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
            let mut run = run(None, 1_000);
            change(&mut run);
            Checker::new(serde_json::from_value(check).expect("a check")).expect("it makes sense").wants(&run)
        };
        assert!(wants(|_| {}, json!({})), "it ended when the check was made");
        assert!(!wants(|_| {}, json!({ "paused": true })));
        assert!(!wants(|_| {}, json!({ "on": { "agent": "reader" } })));
        assert!(!wants(|_| {}, json!({ "created_at": "2026-01-01T00:01:42Z" })));
        assert!(!wants(|run| run.status = Status::Failed, json!({})));
        assert!(!wants(|run| run.status = Status::Running, json!({})));
        assert!(!wants(|run| run.kind = vedette_model::RunKind::Heartbeat, json!({})));
    }

    #[test]
    fn no_output_passes_no_check_of_it_and_a_long_one_is_cut() {
        for (test, asks) in [
            (json!({ "type": "regex", "pattern": "x", "not": true }), true),
            (json!({ "type": "length", "max": 4 }), true),
            (json!({ "type": "tool_called", "tool": "x" }), false),
            (json!({ "type": "budget", "max_ms": 1.0 }), false),
        ] {
            let check = json!({ "id": "chk_1", "name": "c", "test": test, "created_at": "2026-01-01T00:00:00Z" });
            let checker = Checker::new(serde_json::from_value(check).expect("a check")).expect("it makes sense");
            assert!(!checker.find(&run(None, 2_000), &Outcome::default()).passed, "{test}");
            assert_eq!(checker.asks_output(), asks, "{test}");
        }
        assert_eq!(cut(&"x".repeat(121)), format!("{}…", "x".repeat(120)));
        assert_eq!(cut(&"x".repeat(120)), "x".repeat(120));
    }

    #[test]
    fn a_check_that_makes_no_sense_is_refused() {
        for test in [
            json!({ "type": "regex", "pattern": "(" }),
            json!({ "type": "regex", "pattern": "(a{1000}){1000}" }),
            json!({ "type": "length" }),
            json!({ "type": "range", "field": "x" }),
            json!({ "type": "budget" }),
            json!({ "type": "required_fields", "fields": [] }),
            json!({ "type": "json_schema", "schema": { "$ref": "#/x" } }),
        ] {
            let check = json!({ "id": "chk_1", "name": "c", "test": test, "created_at": "2026-01-01T00:00:00Z" });
            assert!(Checker::new(serde_json::from_value(check).expect("a check")).is_err(), "{test}");
        }
    }
}
