//! What a span is made of, seen in one walk over its keys, so that a dialect with nothing to say costs nothing.

use vedette_model::RawSpan;

macro_rules! families {
    ($($name:ident = $first:literal),+ $(,)?) => {
        /// The first part of an attribute key, up to its first `.` or `:`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Family { $(#[doc = concat!("`", $first, "`")] $name),+ }

        fn family(first: &[u8]) -> Option<Family> {
            match std::str::from_utf8(first).ok()? { $($first => Some(Family::$name),)+ _ => None }
        }
    };
}

families! {
    Ag2 = "ag2",
    AgentOps = "agentops",
    Ai = "ai",
    Anthropic = "anthropic",
    CrewAi = "crewai",
    Gcp = "gcp",
    GenAi = "gen_ai",
    Genkit = "genkit",
    Graph = "graph",
    Input = "input",
    LangSmith = "langsmith",
    Langfuse = "langfuse",
    LiveKit = "lk",
    Llm = "llm",
    Lmnr = "lmnr",
    Logfire = "logfire",
    Mcp = "mcp",
    MlFlow = "mlflow",
    OpenInference = "openinference",
    Output = "output",
    Pyagent = "pyagent",
    PydanticAi = "pydantic_ai",
    SpanType = "span",
    Traceloop = "traceloop",
    Vedette = "vedette",
}

/// Which families of keys a span has, and who made it.
#[derive(Clone, Copy, Debug)]
pub struct Signs<'a> {
    /// The scope's name.
    pub scope: &'a str,
    /// A log record made into a point event.
    pub is_log: bool,
    families: u32,
}

impl<'a> Signs<'a> {
    /// Walks the keys once.
    #[must_use]
    pub fn of(raw: &'a RawSpan) -> Self {
        let mut families = 0;
        let mut last: &[u8] = b"";
        for (key, _) in raw.attributes.iter() {
            let key = key.as_bytes();
            let first =
                key.iter().position(|byte| matches!(byte, b'.' | b':')).and_then(|at| key.get(..at)).unwrap_or(key);
            // Keys are sorted, so one family comes in a row.
            if first != last {
                families |= family(first).map_or(0, |family| 1 << family as u32);
                last = first;
            }
        }
        Signs { scope: &raw.scope.name, is_log: raw.is_log_record(), families }
    }

    /// Whether any key is of the family.
    #[must_use]
    pub fn has(&self, family: Family) -> bool {
        self.families & (1 << family as u32) != 0
    }
}
