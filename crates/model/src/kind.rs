//! The closed vocabularies: kinds of spans, kinds of runs, statuses.

use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// Every word, in order.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The word used in URLs, JSON, SQL and pages.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }

            /// The reverse of [`Self::as_str`]; exact.
            #[must_use]
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some($name::$variant),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words! {
    /// What a span is. The first group has a duration; `log`, `decision` and `event` are points in time.
    Kind {
        /// One agent's work; may hold everything else.
        Agent = "agent",
        /// One call of a generative model.
        Llm = "llm",
        /// One call of an embedding model.
        Embedding = "embedding",
        /// One execution of a tool.
        Tool = "tool",
        /// A search that returns documents.
        Retriever = "retriever",
        /// A re-ordering of documents.
        Reranker = "reranker",
        /// A check of input or output in line.
        Guardrail = "guardrail",
        /// A judgement of a result.
        Evaluator = "evaluator",
        /// A chain, crew, graph, pattern or task.
        Workflow = "workflow",
        /// A database call.
        Db = "db",
        /// An HTTP call.
        Http = "http",
        /// Anything else with a duration.
        Custom = "custom",
        /// A log line.
        Log = "log",
        /// A choice that was made: routing, hand-off.
        Decision = "decision",
        /// Any other point event; a log record that brings what a user asked or a model answered.
        Event = "event",
    }
}

impl Kind {
    /// A point in time without a duration.
    #[must_use]
    pub const fn is_point(self) -> bool {
        matches!(self, Kind::Log | Kind::Decision | Kind::Event)
    }

    /// A model call: what tokens and cost are counted on.
    #[must_use]
    pub const fn is_model_call(self) -> bool {
        matches!(self, Kind::Llm | Kind::Embedding)
    }

    /// Work of an agent system, as opposed to plain tracing: makes a trace a run of kind `run`.
    #[must_use]
    pub const fn is_ai(self) -> bool {
        !matches!(self, Kind::Db | Kind::Http | Kind::Custom | Kind::Log | Kind::Event)
    }
}

words! {
    /// How a run came to be known.
    RunKind {
        /// Work of an agent.
        Run = "run",
        /// One call of `record`.
        Record = "record",
        /// A sign of life without content.
        Heartbeat = "heartbeat",
        /// A trace without any AI span: outside agent statistics, hidden by default.
        Trace = "trace",
    }
}

words! {
    /// How execution ended. Says nothing about whether the job was done (`success`).
    Status {
        /// Not ended yet.
        Running = "running",
        /// Ended by itself.
        Success = "success",
        /// Ended by an error.
        Failed = "failed",
        /// Given up on after a set time.
        Timeout = "timeout",
        /// Stopped from outside.
        Cancelled = "cancelled",
    }
}

impl Status {
    /// Ended, in whatever way.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        !matches!(self, Status::Running)
    }
}
