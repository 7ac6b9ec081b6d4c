//! From a filled draft to a [`Span`].

use crate::draft::{Count, Draft, Slot, Source, Text};
use crate::prices::{Call, Prices};
use crate::{failure, messages, preview, provider, usage};
use std::borrow::Cow;
use std::sync::Arc;
use vedette_model::{
    Cost, CostSource, Direction, Failure, FilledBy, Kind, NanoUsd, RunFacts, Session, Span, Status, Usage, cut, limits,
};

impl Draft<'_> {
    /// The span. `explain` adds where each field came from.
    pub(crate) fn finish(mut self, prices: &Prices, explain: bool) -> Span {
        self.dialect = "otel";
        failure::fill(&mut self);
        let raw = self.raw;
        let kind = self.kind();
        let usage = usage::usage(&self);
        let status = self.status_of();
        let model = self.arc(Text::Model).or_else(|| self.arc(Text::RequestModel));
        let sent_provider = self.get_text(Text::Provider).and_then(provider::provider);
        let inferred =
            || [Text::Model, Text::RequestModel].iter().find_map(|field| provider::of_model(self.get_text(*field)?));
        let provider = match &sent_provider {
            Some(sent) => Some(named(sent)),
            None if kind.is_model_call() => inferred().map(Arc::from),
            None => None,
        };
        // A note of a call's end is priced with it: where the call lacks its tokens, they come from the note.
        let is_note = kind.is_point() && self.usage_is_copy.is_some();
        let has_price = is_note || (kind.is_model_call() && self.usage_is_copy.is_none());
        let has_tokens = usage.is_some_and(|usage| usage.total().unwrap_or(0) > 0);
        let reported = self.reported_cost(has_tokens);
        let cost = match reported {
            Some(amount) => Some(Cost { amount, source: CostSource::Reported, price: None }),
            None if has_price => self.priced(prices, provider.as_deref(), usage.as_ref()),
            None => None,
        };
        let unpriced = has_price && cost.is_none() && has_tokens;
        let (input_preview, output_preview) = self.previews();
        // What speaks for its span is no line of a log, and its severity means nothing.
        let speaks = self.speaks() && (input_preview.is_some() || output_preview.is_some());
        let filled_by = if explain { self.filled_by(sent_provider.is_none()) } else { Vec::new() };
        Span {
            run: raw.run,
            id: raw.id,
            parent: raw.parent,
            kind: if speaks { Kind::Event } else { kind },
            name: named(self.get_text(Text::Name).unwrap_or(&raw.name)),
            agent: self.arc(Text::Agent).or_else(|| (kind == Kind::Agent).then(|| raw.name.as_str().into())),
            status,
            start: raw.start,
            end: if self.is_open() { None } else { Some(raw.end.unwrap_or(raw.start).max(raw.start)) },
            scope: raw.scope.name.as_str().into(),
            service: self.service(),
            provider,
            model,
            request_model: self.arc(Text::RequestModel).or_else(|| self.arc(Text::AskedModel)),
            tool: if kind == Kind::Tool { self.arc(Text::Tool) } else { None },
            tool_call_id: if kind == Kind::Tool { self.arc(Text::ToolCallId) } else { None },
            response_id: self.arc(Text::ResponseId),
            finish_reason: self.get_text(Text::FinishReason).map(|sent| named(&messages::finish_reason(sent))),
            usage,
            usage_estimated: self.estimated.is_some(),
            cost,
            unpriced,
            failure: self.failure_of(status),
            first_token_ns: self.first_token_ns.as_ref().map(|(nanos, _)| *nanos),
            input_preview,
            output_preview,
            log_record: raw.is_log_record(),
            usage_is_copy: self.usage_is_copy.is_some(),
            noise: self.noise.is_some(),
            child_run: self.child_run.as_ref().map(|(run, _)| *run),
            facts: self.facts(),
            level: self.get_text(Text::Level).filter(|_| !speaks).map(level),
            filled_by,
            warnings: self.warnings,
            content_hash: 0,
        }
    }

    fn arc(&self, field: Text) -> Option<Arc<str>> {
        self.get_text(field).map(|text| named(text.trim()))
    }

    fn is_open(&self) -> bool {
        self.raw.end.is_none()
    }

    fn status_of(&self) -> Status {
        match &self.status {
            _ if self.is_open() => Status::Running,
            Some((status, _)) => *status,
            None => Status::Success,
        }
    }

    fn failure_of(&self, status: Status) -> Option<Failure> {
        let kind = self.arc(Text::ErrorKind);
        let message = self.get_text(Text::ErrorMessage).and_then(|sent| preview::one_line(&failure::message(sent)));
        let failed = matches!(status, Status::Failed | Status::Timeout | Status::Cancelled);
        (failed && (kind.is_some() || message.is_some())).then_some(Failure { kind, message })
    }

    /// `service.name`, unless the SDK made it up.
    fn service(&self) -> Option<Arc<str>> {
        let name = self.raw.resource.attributes.str("service.name")?;
        (!name.starts_with("unknown_service")).then(|| named(name))
    }

    /// Zero beside tokens is a price list that could not be read, not a free call.
    fn reported_cost(&self, has_tokens: bool) -> Option<NanoUsd> {
        let (amount, _) = self.cost.as_ref()?;
        (self.cost_is_final || *amount != NanoUsd::ZERO || !has_tokens).then_some(*amount)
    }

    fn priced(&self, prices: &Prices, provider: Option<&str>, usage: Option<&Usage>) -> Option<Cost> {
        let part = |count| self.get_count(count).unwrap_or(0);
        let call = Call {
            provider,
            model: "",
            at: self.raw.start,
            usage: *usage?,
            tier: self.tier,
            cache_write_1h: part(Count::CacheWrite1h),
            audio_input: part(Count::AudioInput),
            audio_output: part(Count::AudioOutput),
        };
        let models = [Text::Model, Text::RequestModel, Text::AskedModel];
        models.into_iter().find_map(|field| prices.price(&Call { model: self.get_text(field)?, ..call }))
    }

    pub(crate) fn slot(&self, slot: Slot) -> Option<&messages::Place<'_>> {
        self.places.get(slot as usize)?.as_ref().map(|(place, _)| place)
    }

    /// Whether it is a log record of what the user asked or the model answered, not of what went before.
    fn speaks(&self) -> bool {
        let asks = |place: &messages::Place<'_>| match place {
            messages::Place::Message(role, value) => *role == "user" && !preview::answers_a_tool(value),
            _ => true,
        };
        self.raw.is_log_record() && (self.slot(Slot::Received).is_some() || self.slot(Slot::Sent).is_some_and(asks))
    }

    fn previews(&self) -> (Option<Arc<str>>, Option<Arc<str>>) {
        let message = |slot, direction| self.slot(slot).and_then(|place| preview::message(place, direction));
        let plain = |slot, direction| self.slot(slot).and_then(|place| preview::plain(place, direction));
        if self.kind() == Kind::Embedding {
            (plain(Slot::Input, Direction::Input).or_else(|| message(Slot::Sent, Direction::Input)), None)
        } else if self.kind() == Kind::Llm {
            (
                message(Slot::Sent, Direction::Input).or_else(|| message(Slot::Input, Direction::Input)),
                message(Slot::Received, Direction::Output).or_else(|| message(Slot::Output, Direction::Output)),
            )
        } else {
            (
                plain(Slot::Input, Direction::Input).or_else(|| message(Slot::Sent, Direction::Input)),
                plain(Slot::Output, Direction::Output).or_else(|| message(Slot::Received, Direction::Output)),
            )
        }
    }

    fn facts(&mut self) -> Option<Box<RunFacts>> {
        let weak = !self.has_text(Text::Session);
        let session = self.arc(Text::Session).or_else(|| self.arc(Text::WeakSession)).map(|id| Session {
            id,
            name: self.arc(Text::SessionName),
            user_id: self.arc(Text::User),
            weak,
        });
        let facts = RunFacts {
            session,
            user_id: self.arc(Text::User),
            customer_id: self.arc(Text::Customer),
            feature: self.arc(Text::Feature),
            workflow: self.arc(Text::Workflow),
            pattern: self.arc(Text::Pattern),
            version: self.arc(Text::Version),
            environment: self.arc(Text::Environment),
            tags: std::mem::take(&mut self.tags),
            metadata: std::mem::take(&mut self.metadata),
            success: self.success.as_ref().map(|(success, _)| *success),
            outcome: self.arc(Text::Outcome),
            parent_run: self.parent_run.as_ref().map(|(run, _)| *run),
            external_id: self.arc(Text::ExternalId),
            run_kind: self.run_kind.as_ref().map(|(kind, _)| *kind),
            process_id: self.process_id(),
        };
        (facts != RunFacts::default()).then(|| Box::new(facts))
    }

    /// Only of announced open spans, whose silence is a sign.
    fn process_id(&self) -> Option<Arc<str>> {
        let resource = &self.raw.resource.attributes;
        self.raw.attributes.get(vedette_model::RawSpan::OPEN)?.as_bool()?.then_some(())?;
        let id = resource.get("process.pid")?.as_i64()?;
        Some(format!("{}:{id}", named(resource.str("host.name").unwrap_or_default())).into())
    }

    /// Every filled field with its source, in the order of the fields.
    pub(crate) fn filled_by(&self, provider_is_inferred: bool) -> Vec<FilledBy> {
        let mut by = Vec::new();
        let mut add = |field: &'static str, source: &Source| {
            by.push(FilledBy { field, dialect: source.dialect, key: source.key.clone() });
        };
        add("kind", &self.kind.1);
        for (field, slot) in Text::FIELDS.iter().zip(&self.texts) {
            if let Some((_, source)) = slot
                && !(*field == "provider" && provider_is_inferred)
            {
                add(field, source);
            }
        }
        for (field, slot) in Count::FIELDS.iter().zip(&self.counts) {
            slot.iter().for_each(|(_, source)| add(field, source));
        }
        for (field, slot) in Slot::FIELDS.iter().zip(&self.places) {
            slot.iter().for_each(|(_, source)| add(field, source));
        }
        self.cost.iter().for_each(|(_, source)| add("cost", source));
        self.estimated.iter().for_each(|((), source)| add("usage_estimated", source));
        self.status.iter().for_each(|(_, source)| add("status", source));
        self.success.iter().for_each(|(_, source)| add("success", source));
        self.first_token_ns.iter().for_each(|(_, source)| add("first_token_ns", source));
        self.child_run.iter().for_each(|(_, source)| add("child_run", source));
        self.parent_run.iter().for_each(|(_, source)| add("parent_run", source));
        self.run_kind.iter().for_each(|(_, source)| add("run_kind", source));
        self.usage_is_copy.iter().for_each(|((), source)| add("usage_is_copy", source));
        self.noise.iter().for_each(|((), source)| add("noise", source));
        by.extend(self.gathered.iter().cloned());
        if provider_is_inferred && self.kind().is_model_call() {
            let key = Cow::Borrowed("(inferred from the model)");
            by.push(FilledBy { field: "provider", dialect: "fallback", key });
        }
        by
    }
}

/// A name or id as it is kept.
fn named(sent: &str) -> Arc<str> {
    cut(sent, limits::NAME_BYTES).into()
}

/// `debug info warn error` for any logger's word; an event's type as it is.
fn level(sent: &str) -> Arc<str> {
    let word = sent.trim().to_ascii_lowercase();
    match word.trim_end_matches(|c: char| c.is_ascii_digit()) {
        "trace" => "debug".into(),
        "information" | "notice" => "info".into(),
        "warning" => "warn".into(),
        "err" | "fatal" | "critical" | "emergency" | "alert" => "error".into(),
        "debug" | "info" | "warn" | "error" => word.trim_end_matches(|c: char| c.is_ascii_digit()).into(),
        _ => sent.trim().into(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use crate::sample::span_of;
    use crate::{PriceRule, Prices, explain, normalize};
    use serde_json::{Value as Json, json};
    use vedette_model::{CostSource, NanoUsd, Timestamp, limits};

    fn with(base: &Json, more: Json) -> Json {
        let mut whole = base.clone();
        whole.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        whole
    }

    #[test]
    fn a_call_costs_what_it_cost_and_unknown_is_not_nothing() {
        use CostSource::{Computed, Override, Reported};
        let chat = json!({"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o-mini",
            "gen_ai.usage.input_tokens": 1_000_000, "gen_ai.usage.output_tokens": 0});
        let oi = json!({"openinference.span.kind": "LLM", "llm.provider": "openai", "llm.model_name": "gpt-4o-mini",
            "llm.token_count.prompt": 1_000_000, "llm.token_count.total": 1_000_000});
        let own = PriceRule {
            id: "ours".into(),
            provider: "".into(),
            model: "own-model".into(),
            valid_from: Timestamp(0),
            input_per_million: NanoUsd(7_000_000_000),
            output_per_million: NanoUsd::ZERO,
            cache_read_per_million: None,
            cache_write_per_million: None,
        };
        let prices = Prices::bundled().with_overrides(vec![own.clone(), PriceRule { model: "o3".into(), ..own }]);
        for (why, attributes, cost, unpriced) in [
            ("from the table", chat.clone(), Some(("0.15", Computed)), false),
            (
                "the table knows only the model asked for",
                with(&chat, json!({"gen_ai.response.model": "gpt-4o-mini-of-tomorrow"})),
                Some(("0.15", Computed)),
                false,
            ),
            ("an unknown model", with(&chat, json!({"gen_ai.request.model": "nobody-knows"})), None, true),
            (
                "the account's own price",
                with(&chat, json!({"gen_ai.request.model": "own-model"})),
                Some(("7", Override)),
                false,
            ),
            (
                "the account's own price before the table's",
                with(&chat, json!({"gen_ai.request.model": "o3"})),
                Some(("7", Override)),
                false,
            ),
            (
                "reported before all",
                with(&oi, json!({"llm.model_name": "o3", "llm.cost.total": 0.25})),
                Some(("0.25", Reported)),
                false,
            ),
            (
                "reported nothing for tokens: a price list that failed",
                with(&oi, json!({"llm.cost.total": 0.0})),
                Some(("0.15", Computed)),
                false,
            ),
            ("reported less than nothing", with(&oi, json!({"llm.cost.total": -1.0})), Some(("0.15", Computed)), false),
            (
                "the same tokens under two names count once",
                with(&chat, json!({"gen_ai.usage.prompt_tokens": 1_000_000, "llm.token_count.prompt": 1_000_000})),
                Some(("0.15", Computed)),
                false,
            ),
            (
                "cached tokens are a part",
                with(&chat, json!({"gen_ai.usage.cache_read.input_tokens": 1_000_000})),
                Some(("0.075", Computed)),
                false,
            ),
            (
                "cached tokens apart show by their size",
                with(&chat, json!({"gen_ai.usage.input_tokens": 0, "gen_ai.usage.cache_read.input_tokens": 1_000_000})),
                Some(("0.075", Computed)),
                false,
            ),
            (
                "reasoning is inside output",
                with(
                    &chat,
                    json!({"gen_ai.usage.output_tokens": 1_000_000, "gen_ai.usage.reasoning.output_tokens": 900_000}),
                ),
                Some(("0.75", Computed)),
                false,
            ),
            (
                "the tier that served it, not the one asked for",
                with(
                    &chat,
                    json!({"gen_ai.request.model": "gpt-4o", "openai.response.service_tier": "default", "openai.request.service_tier": "flex"}),
                ),
                Some(("2.5", Computed)),
                false,
            ),
            ("no tokens", json!({"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o-mini"}), None, false),
            (
                "an agent's sum is not priced again",
                with(&chat, json!({"gen_ai.operation.name": "invoke_agent"})),
                None,
                false,
            ),
        ] {
            let mut raw = span_of("any", "a call", attributes);
            raw.start = Timestamp::parse("2026-11-01").unwrap();
            let span = normalize(&raw, &prices);
            let found = span.cost.as_ref().map(|cost| (cost.amount.to_string(), cost.source));
            assert_eq!(found, cost.map(|(usd, source)| (usd.to_owned(), source)), "{why}");
            assert_eq!(span.unpriced, unpriced, "{why}");
        }
    }

    #[test]
    fn every_filled_field_names_its_dialect_and_key() {
        let raw = span_of(
            "any",
            "a call",
            json!({
                "gen_ai.operation.name": "chat", "gen_ai.system": "openai", "gen_ai.response.model": "gpt-4o-mini",
                "llm.token_count.prompt": 5, "traceloop.workflow.name": "w", "session.id": "s", "tag.tags": ["t"],
                "gen_ai.input.messages": "[]", "gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": "hi", "error.type": "E",
            }),
        );
        let (span, _) = explain(&raw, &Prices::bundled());
        let by: Vec<String> =
            span.filled_by.iter().map(|by| format!("{} {} {}", by.field, by.dialect, by.key)).collect();
        assert_eq!(
            by,
            [
                "kind otel_genai gen_ai.operation.name",
                "provider otel_genai gen_ai.system",
                "model otel_genai gen_ai.response.model",
                "session semconv session.id",
                "workflow openllmetry traceloop.workflow.name",
                "failure.type otel error.type",
                "usage.input openinference llm.token_count.prompt",
                "messages.input openllmetry gen_ai.prompt.",
                "status otel error.type",
                "tags openinference tag.tags",
            ]
        );
        assert!(normalize(&raw, &Prices::bundled()).filled_by.is_empty());
    }

    #[test]
    fn what_is_kept_of_a_span_beside_its_attributes_is_small() {
        let long = "é".repeat(1 << 20);
        let keys = "vedette.agent vedette.outcome vedette.customer_id vedette.feature vedette.workflow vedette.pattern \
            vedette.version vedette.session.name vedette.external_id vedette.metadata.plan vedette.input session.id \
            user.id gen_ai.agent.name gen_ai.provider.name gen_ai.request.model gen_ai.response.model \
            gen_ai.response.id gen_ai.tool.name gen_ai.tool.call.id error.type deployment.environment.name";
        for kind in ["agent", "llm", "tool", "log"] {
            let mut attributes =
                json!({"vedette.kind": kind, "vedette.tags": [long, "t"], "gen_ai.response.finish_reasons": [long]});
            for key in keys.split_whitespace() {
                attributes[key] = json!(long);
            }
            let span = normalize(&span_of("", "n", attributes), &Prices::bundled());
            let facts = span.facts.as_ref().expect("facts");
            assert_eq!(facts.tags.len(), 2);
            for text in [&facts.session.as_ref().expect("a session").id, &facts.metadata["plan"], &facts.tags[0]] {
                assert!(text.ends_with('…') && text.len() <= limits::METADATA_BYTES, "{}", text.len());
            }
            assert!(format!("{span:?}").len() < 64 << 10, "{kind}: {span:?}");
        }
    }

    #[test]
    fn levels_have_one_spelling() {
        for (sent, is) in [
            ("INFO", "info"),
            ("WARNING", "warn"),
            ("ERROR4", "error"),
            ("Trace", "debug"),
            ("fatal", "error"),
            ("tool_use", "tool_use"),
        ] {
            assert_eq!(&*super::level(sent), is);
        }
    }
}
