//! The fields of a draft, by the name that `filled_by` gives them.

macro_rules! slots {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $field:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// The field's name in `filled_by`.
            pub(crate) const FIELDS: &'static [&'static str] = &[$($field),+];
            pub(crate) const LEN: usize = Self::FIELDS.len();
        }
    };
}

slots! {
    /// Fields that are text.
    Text {
        /// The agent the span is or belongs to.
        Agent = "agent",
        /// As sent; normalized at the end.
        Provider = "provider",
        /// The response's model.
        Model = "model",
        /// The model asked for.
        RequestModel = "request_model",
        /// The model that a request's body asks for, where no attribute names one: kept as the model asked
        /// for, but not as the call's own, since nothing says that it was reached.
        AskedModel = "request_model",
        /// The tool executed; ignored unless the span is of kind `tool`.
        Tool = "tool",
        /// Joins a tool span to the model's request.
        ToolCallId = "tool_call_id",
        /// The provider's id of the answer.
        ResponseId = "response_id",
        /// As sent, also as a JSON list; normalized at the end.
        FinishReason = "finish_reason",
        /// An explicit session.
        Session = "session",
        /// A session id that is made anew for each run: used where no [`Text::Session`] is.
        WeakSession = "session.weak",
        /// The session's name, for people.
        SessionName = "session.name",
        /// The end user.
        User = "user",
        /// The customer.
        Customer = "customer_id",
        /// The feature.
        Feature = "feature",
        /// The workflow.
        Workflow = "workflow",
        /// The pattern.
        Pattern = "pattern",
        /// The agent's version.
        Version = "version",
        /// `production` and its like.
        Environment = "environment",
        /// How it went, in a word.
        Outcome = "outcome",
        /// The error's type.
        ErrorKind = "failure.type",
        /// The error's message; a trace-back is cut at the end.
        ErrorMessage = "failure.message",
        /// A log's level, an event's type.
        Level = "level",
        /// A better name for people than the span's own.
        Name = "name",
        /// The sender's spelling of the run's id.
        ExternalId = "external_id",
    }
}

slots! {
    /// Numbers of tokens.
    Count {
        /// The prompt; inclusive of cache unless [`Draft::exclusive_input`] is said.
        Input = "usage.input",
        /// The answer; inclusive of reasoning unless the total shows otherwise.
        Output = "usage.output",
        /// Both.
        Total = "usage.total",
        /// Read from cache.
        CacheRead = "usage.cache_read",
        /// Written to cache.
        CacheWrite = "usage.cache_write",
        /// Reasoning.
        Reasoning = "usage.reasoning",
        /// The part of what was written to cache that is kept for an hour: priced apart.
        CacheWrite1h = "usage.cache_write_1h",
        /// The part of the prompt that is audio: priced apart.
        AudioInput = "usage.audio_input",
        /// The part of the answer that is audio: priced apart.
        AudioOutput = "usage.audio_output",
    }
}

slots! {
    /// Where content is.
    Slot {
        /// Messages to the model, system messages among them or not.
        Sent = "messages.input",
        /// The system prompt, where it is apart from the messages.
        System = "messages.system",
        /// Messages from the model.
        Received = "messages.output",
        /// What went in and is no message: tool arguments, a query, a task.
        Input = "input",
        /// What came out and is no message.
        Output = "output",
        /// Tools offered.
        Tools = "tools",
        /// Documents found.
        Documents = "documents",
        /// Request parameters.
        Parameters = "parameters",
    }
}
