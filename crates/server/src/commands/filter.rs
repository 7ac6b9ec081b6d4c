//! The filter of runs as flags: the same names and words as the API's parameters.

use crate::client::path_part;
use clap::Args;

/// Which runs. Flags that take a word may be given several times.
#[derive(Args, Clone, Debug, Default)]
pub struct Filter {
    /// Any agent seen in the run
    #[arg(long, value_name = "NAME")]
    agent: Vec<String>,
    /// running, success, failed, timeout or cancelled
    #[arg(long, value_name = "STATUS")]
    status: Vec<String>,
    /// true, false, or null for runs without a signal
    #[arg(long, value_name = "WORD")]
    success: Option<String>,
    /// How it went, in the sender's word
    #[arg(long, value_name = "WORD")]
    outcome: Vec<String>,
    /// run, record, heartbeat or trace (a trace has no AI in it and is hidden unless asked for)
    #[arg(long, value_name = "KIND")]
    kind: Vec<String>,
    /// A model the run called
    #[arg(long, value_name = "MODEL")]
    model: Vec<String>,
    /// A tool the run used
    #[arg(long, value_name = "TOOL")]
    tool: Vec<String>,
    /// A session named in the run
    #[arg(long, value_name = "ID")]
    session: Vec<String>,
    /// The end user
    #[arg(long, value_name = "ID")]
    user: Vec<String>,
    /// The customer it was for
    #[arg(long, value_name = "ID")]
    customer: Vec<String>,
    /// The feature it was for
    #[arg(long, value_name = "NAME")]
    feature: Vec<String>,
    /// The workflow
    #[arg(long, value_name = "NAME")]
    workflow: Vec<String>,
    /// The agent's version
    #[arg(long, value_name = "NAME")]
    version: Vec<String>,
    /// A tag the run carries
    #[arg(long, value_name = "TAG")]
    tag: Vec<String>,
    /// production, staging, ...
    #[arg(long, value_name = "NAME")]
    environment: Vec<String>,
    #[command(flatten)]
    range: Range,
    /// At least so long
    #[arg(long, value_name = "MS")]
    min_duration_ms: Option<f64>,
    /// At most so long
    #[arg(long, value_name = "MS")]
    max_duration_ms: Option<f64>,
    /// At least so dear
    #[arg(long, value_name = "USD")]
    min_cost_usd: Option<String>,
    /// At most so dear
    #[arg(long, value_name = "USD")]
    max_cost_usd: Option<String>,
    /// Text in the run's id, name, agent, error or previews, in upper or lower case
    #[arg(long, short, value_name = "TEXT")]
    q: Option<String>,
    /// This run and those below it
    #[arg(long, value_name = "RUN")]
    root: Option<String>,
}

/// A range of time.
#[derive(Args, Clone, Debug, Default)]
pub struct Range {
    /// Started at or after: ISO 8601, Unix seconds, or how long ago such as 7d
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Started before; as --since
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
}

impl Range {
    /// As parameters.
    #[must_use]
    pub fn query(&self) -> Query {
        Query::default().with("since", self.since.as_ref()).with("until", self.until.as_ref())
    }
}

impl Filter {
    /// As parameters.
    #[must_use]
    pub fn query(&self) -> Query {
        let mut query = self.range.query();
        let many = [
            ("agent", &self.agent),
            ("status", &self.status),
            ("outcome", &self.outcome),
            ("kind", &self.kind),
            ("model", &self.model),
            ("tool", &self.tool),
            ("session", &self.session),
            ("user", &self.user),
            ("customer", &self.customer),
            ("feature", &self.feature),
            ("workflow", &self.workflow),
            ("version", &self.version),
            ("tag", &self.tag),
            ("environment", &self.environment),
        ];
        for (name, values) in many {
            query = values.iter().fold(query, |query, value| query.with(name, Some(value)));
        }
        query
            .with("success", self.success.as_ref())
            .with("min_duration_ms", self.min_duration_ms.as_ref())
            .with("max_duration_ms", self.max_duration_ms.as_ref())
            .with("min_cost_usd", self.min_cost_usd.as_ref())
            .with("max_cost_usd", self.max_cost_usd.as_ref())
            .with("q", self.q.as_ref())
            .with("root", self.root.as_ref())
    }
}

/// Parameters of a request, in the order given.
#[derive(Clone, Debug, Default)]
pub struct Query(String);

impl Query {
    /// One more, if there is a value.
    #[must_use]
    pub fn with(mut self, name: &str, value: Option<&impl ToString>) -> Query {
        if let Some(value) = value {
            let joint = if self.0.is_empty() { '?' } else { '&' };
            self.0 = format!("{}{joint}{name}={}", self.0, path_part(&value.to_string()));
        }
        self
    }

    /// A path with these parameters.
    #[must_use]
    pub fn of(&self, path: &str) -> String {
        format!("{path}{}", self.0)
    }

    /// Nothing is asked for in particular.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        filter: Filter,
    }

    #[test]
    fn every_flag_is_a_parameter_of_the_api() {
        use utoipa::IntoParams;
        let documented = crate::api::params::RunFilterParams::into_params(|| None);
        for name in documented.into_iter().map(|parameter| parameter.name) {
            let flag = format!("--{}", name.replace('_', "-"));
            let line = Line::try_parse_from(["runs", &flag, "1"]).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(line.filter.query().of(""), format!("?{name}=1"));
        }
    }

    #[test]
    fn values_are_escaped() {
        let line = Line::parse_from(["runs", "--agent", "a b&c", "--agent", "d", "-q", "ö"]);
        assert_eq!(line.filter.query().of("/x"), "/x?agent=a%20b%26c&agent=d&q=%C3%B6");
    }
}
