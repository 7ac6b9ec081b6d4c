//! From a filled draft to a [`Span`].

use crate::draft::{Count, Draft, Slot, Source, Text};
use crate::prices::{Call, Prices};
use crate::{failure, messages, preview, provider, usage};
use std::borrow::Cow;
use std::sync::Arc;
use vedette_model::{
    Cost, CostSource, Direction, Failure, FilledBy, Kind, NanoUsd, RunFacts, Session, Span, Status, Usage,
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
            Some(sent) => Some(Arc::from(&**sent)),
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
        let filled_by = if explain { self.filled_by(sent_provider.is_none()) } else { Vec::new() };
        Span {
            run: raw.run,
            id: raw.id,
            parent: raw.parent,
            kind,
            name: self.get_text(Text::Name).unwrap_or(&raw.name).into(),
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
            finish_reason: self.get_text(Text::FinishReason).map(|sent| Arc::from(&*messages::finish_reason(sent))),
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
            level: self.get_text(Text::Level).map(level),
            filled_by,
            warnings: self.warnings,
            content_hash: 0,
        }
    }

    fn arc(&self, field: Text) -> Option<Arc<str>> {
        self.get_text(field).map(|text| Arc::from(text.trim()))
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
        (!name.starts_with("unknown_service")).then(|| name.into())
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
        Some(format!("{}:{id}", resource.str("host.name").unwrap_or_default()).into())
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
