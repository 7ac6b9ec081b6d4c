//! Query parameters: read by name, repeated where a filter takes several values, refused by name where
//! they make no sense. Ranges, filters and pages are spelled the same on every resource.

use crate::app::App;
use crate::clock;
use crate::error::ApiError;
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use std::sync::Arc;
use utoipa::IntoParams;
use vedette_model::{NanoUsd, RunKey, RunKind, Status, Timestamp, limits};
use vedette_store::{Range, RunFilter, RunSort};

/// The parameters of one request. Take what you know, then [`Params::finish`].
pub struct Params(Vec<(String, String)>);

/// The filter of runs as the API document shows it; read by [`Params::filter`].
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the parameters; they are read by name")]
pub struct RunFilterParams {
    /// Any agent seen in the run; may be repeated, as all exact filters.
    agent: Option<Vec<String>>,
    /// `running`, `success`, `failed`, `timeout`, `cancelled`.
    status: Option<Vec<String>>,
    /// `true`, `false`, or `null` for runs without a signal.
    success: Option<String>,
    /// Exact.
    outcome: Option<Vec<String>>,
    /// `run`, `record`, `heartbeat`, `trace`.
    kind: Option<Vec<String>>,
    /// A model the run called.
    model: Option<Vec<String>>,
    /// A tool the run used.
    tool: Option<Vec<String>>,
    /// A session named in the run.
    session: Option<Vec<String>>,
    /// Exact.
    user: Option<Vec<String>>,
    /// Exact.
    customer: Option<Vec<String>>,
    /// Exact.
    feature: Option<Vec<String>>,
    /// Exact.
    workflow: Option<Vec<String>>,
    /// The agent's version.
    version: Option<Vec<String>>,
    /// A tag the run carries.
    tag: Option<Vec<String>>,
    /// Exact.
    environment: Option<Vec<String>>,
    /// Started at or after: ISO 8601, Unix seconds, or how long ago (`7d`, `12h`).
    since: Option<String>,
    /// Started before; as `since`.
    until: Option<String>,
    /// Inclusive.
    min_duration_ms: Option<f64>,
    /// Inclusive.
    max_duration_ms: Option<f64>,
    /// Inclusive.
    min_cost_usd: Option<String>,
    /// Inclusive.
    max_cost_usd: Option<String>,
    /// Case-insensitive substring of run id, name, agent, error and previews.
    q: Option<String>,
    /// The run of this id and its descendants.
    root: Option<String>,
}

/// A range as the API document shows it; read by [`Params::range`].
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the parameters; they are read by name")]
pub struct RangeParams {
    /// At or after: ISO 8601, Unix seconds, or how long ago (`7d`, `12h`).
    since: Option<String>,
    /// Before; as `since`.
    until: Option<String>,
}

/// A page as the API document shows it; read by [`Params::limit`] and [`Params::one`].
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the parameters; they are read by name")]
pub struct PageParams {
    /// Rows, at most 1,000; 50 if not given.
    #[param(minimum = 1)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

impl FromRequestParts<Arc<App>> for Params {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, _app: &Arc<App>) -> Result<Self, ApiError> {
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri)
            .map_err(|error| ApiError::invalid("query", error.to_string()))?;
        Ok(Params(pairs.into_iter().filter(|(_, value)| !value.is_empty()).collect()))
    }
}

impl Params {
    /// Every value of a name.
    pub fn all(&mut self, name: &str) -> Vec<String> {
        let (taken, left) = std::mem::take(&mut self.0).into_iter().partition(|(key, _)| key == name);
        self.0 = left;
        let taken: Vec<(String, String)> = taken;
        taken.into_iter().map(|(_, value)| value).collect()
    }

    /// The one value of a name.
    pub fn one(&mut self, name: &str) -> Result<Option<String>, ApiError> {
        let mut values = self.all(name);
        if values.len() > 1 {
            return Err(ApiError::invalid(name, format!("{name} may be given once")));
        }
        Ok(values.pop())
    }

    fn parsed<T>(
        &mut self,
        name: &str,
        expected: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, ApiError> {
        self.one(name)?.map(|text| parse(&text).ok_or_else(|| wrong(name, &text, expected))).transpose()
    }

    fn words<T>(&mut self, name: &str, expected: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, ApiError> {
        self.all(name).iter().map(|text| parse(text).ok_or_else(|| wrong(name, text, expected))).collect()
    }

    fn number(&mut self, name: &str) -> Result<Option<f64>, ApiError> {
        self.parsed(name, "a number", |text| text.parse().ok().filter(|number: &f64| number.is_finite()))
    }

    /// `since` and `until`, or the same with a prefix such as `b_`.
    pub fn range(&mut self, prefix: &str) -> Result<Range, ApiError> {
        let now = clock::now();
        let expected = "a time such as 2026-01-31T12:00:00Z, Unix seconds, or how long ago such as 7d";
        let mut time = |name: &str| self.parsed(&format!("{prefix}{name}"), expected, |text| time_or_ago(text, now));
        Ok(Range { since: time("since")?, until: time("until")? })
    }

    /// Rows of a page.
    pub fn limit(&mut self) -> Result<usize, ApiError> {
        let limit = self.parsed("limit", "a whole number from 1", |text| text.parse().ok().filter(|rows| *rows > 0))?;
        Ok(limit.unwrap_or(limits::PAGE_ROWS).min(limits::PAGE_ROWS_MAX))
    }

    /// A place in the order of changes.
    pub fn sequence(&mut self, name: &str) -> Result<Option<u64>, ApiError> {
        self.parsed(name, "a whole number from 0", |text| text.parse().ok())
    }

    /// A length of time in nanoseconds, such as `1h` or `1d`.
    pub fn duration_ns(&mut self, name: &str) -> Result<Option<i64>, ApiError> {
        self.parsed(name, "a length of time such as 15m, 1h or 1d", |text| {
            duration(text).and_then(|duration| i64::try_from(duration.as_nanos()).ok()).filter(|nanos| *nanos > 0)
        })
    }

    /// The order of runs.
    pub fn sort(&mut self) -> Result<RunSort, ApiError> {
        let sort = self.parsed("sort", "newest, oldest, slowest or dearest", |text| match text {
            "newest" => Some(RunSort::Newest),
            "oldest" => Some(RunSort::Oldest),
            "slowest" => Some(RunSort::Slowest),
            "dearest" => Some(RunSort::Dearest),
            _ => None,
        })?;
        Ok(sort.unwrap_or_default())
    }

    /// Which runs; the names of [`RunFilterParams`].
    pub fn filter(&mut self) -> Result<RunFilter, ApiError> {
        Ok(RunFilter {
            range: self.range("")?,
            agent: self.all("agent"),
            main_agent: None,
            status: self.words("status", "running, success, failed, timeout or cancelled", Status::parse)?,
            success: self.parsed("success", "true, false or null", |text| match text {
                "true" => Some(Some(true)),
                "false" => Some(Some(false)),
                "null" => Some(None),
                _ => None,
            })?,
            outcome: self.all("outcome"),
            kind: self.words("kind", "run, record, heartbeat or trace", RunKind::parse)?,
            model: self.all("model"),
            tool: self.all("tool"),
            session: self.all("session"),
            user: self.all("user"),
            customer: self.all("customer"),
            feature: self.all("feature"),
            workflow: self.all("workflow"),
            version: self.all("version"),
            tag: self.all("tag"),
            environment: self.all("environment"),
            min_duration_ms: self.number("min_duration_ms")?,
            max_duration_ms: self.number("max_duration_ms")?,
            min_cost: self.parsed("min_cost_usd", "an amount such as 0.05", NanoUsd::parse)?,
            max_cost: self.parsed("max_cost_usd", "an amount such as 0.05", NanoUsd::parse)?,
            q: self.one("q")?,
            root: self.parsed("root", "a run id", |text| RunKey::parse(text).map(|(key, _)| key))?,
        })
    }

    /// Refuses what nobody took: a misspelled filter must not select everything.
    pub fn finish(self) -> Result<(), ApiError> {
        match self.0.first() {
            None => Ok(()),
            Some((name, _)) => Err(ApiError::invalid(name.clone(), format!("unknown parameter: {name}"))),
        }
    }
}

fn wrong(name: &str, text: &str, expected: &str) -> ApiError {
    ApiError::invalid(name, format!("{name} must be {expected}, not {text:?}"))
}

/// A point in time, or how long before `now`.
#[must_use]
pub fn time_or_ago(text: &str, now: Timestamp) -> Option<Timestamp> {
    Timestamp::parse(text).or_else(|| duration(text).map(|ago| now.minus(ago)))
}

/// A length of time such as `90s`, `12h` or `30d`; a day has 24 hours.
#[must_use]
pub fn duration(text: &str) -> Option<std::time::Duration> {
    let span: jiff::Span = text.trim().parse().ok()?;
    let duration = span.to_duration(jiff::SpanRelativeTo::days_are_24_hours()).ok()?;
    std::time::Duration::try_from(duration).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use utoipa::openapi::path::ParameterIn;

    fn params(pairs: &[(&str, &str)]) -> Params {
        Params(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn every_documented_filter_is_read_and_no_other() {
        let documented = RunFilterParams::into_params(|| Some(ParameterIn::Query));
        let names: BTreeSet<String> = documented.into_iter().map(|parameter| parameter.name).collect();
        assert_eq!(names.len(), 23);
        for name in names {
            let value = match name.as_str() {
                "status" => "failed",
                "success" => "null",
                "kind" => "run",
                "since" | "until" => "2026-01-01",
                "min_duration_ms" | "max_duration_ms" | "min_cost_usd" | "max_cost_usd" => "1",
                _ => "x",
            };
            let mut given = params(&[(&name, value)]);
            let filter = given.filter().unwrap_or_else(|error| panic!("{name}: {}", error.message));
            assert_ne!(filter, RunFilter::default(), "{name} selects nothing");
            assert!(given.finish().is_ok(), "{name} is not taken");
        }
        let mut misspelled = params(&[("modle", "gpt-4o")]);
        let _ = misspelled.filter();
        assert_eq!(misspelled.finish().err().and_then(|error| error.field).as_deref(), Some("modle"));
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_name() {
        for (name, value) in [
            ("status", "broken"),
            ("success", "maybe"),
            ("since", "tomorrow-ish"),
            ("min_duration_ms", "NaN"),
            ("min_cost_usd", "-1"),
            ("max_cost_usd", "much"),
        ] {
            let error = params(&[(name, value)]).filter().expect_err(value);
            assert_eq!(error.field.as_deref(), Some(name), "{value}");
        }
    }

    #[test]
    fn a_page_has_a_bound() {
        let limit = |text: &str| params(&[("limit", text)]).limit().map_err(|error| error.field);
        assert_eq!(limit("7"), Ok(7));
        assert_eq!(limit("1000000"), Ok(limits::PAGE_ROWS_MAX));
        assert_eq!(limit("0"), Err(Some("limit".to_owned())));
        assert_eq!(params(&[]).limit().map_err(|error| error.field), Ok(limits::PAGE_ROWS));
    }

    #[test]
    fn times_may_be_told_as_how_long_ago() {
        let now = Timestamp(1_000_000_000_000_000_000);
        assert_eq!(time_or_ago("7d", now), Some(now.minus(std::time::Duration::from_secs(7 * 86_400))));
        assert_eq!(time_or_ago("2001-09-09T01:46:40Z", now), Some(now));
        assert_eq!(time_or_ago("soon", now), None);
    }
}
