//! What the dialects fill in. A field is filled once: who comes later with another value is not heard,
//! and the field remembers the dialect and the key it came from.
//!
//! Nothing is copied or parsed while dialects run: a draft holds borrowed text and the *places* where
//! content is. [`Draft::finish`] reads the places that won, as previews; [`Draft::content`] reads them whole.

pub use crate::fields::{Count, Slot, Text};

use crate::dialects::fallback;
use crate::messages::Place;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use vedette_model::{
    Attributes, FilledBy, Kind, NanoUsd, RawSpan, RunKey, RunKind, Status, Timestamp, Value, cut, limits,
};

/// A dialect and the key (attribute, event, or rule) that it read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The dialect's name.
    pub dialect: &'static str,
    /// Attribute, event or rule.
    pub key: Cow<'static, str>,
}

type Filled<T> = Option<(T, Source)>;

/// See the module. Dialects read [`Draft::raw`] and call the methods that fill.
///
/// * `text(field, keys)`, `count(field, keys)`, `place(slot, keys)`: the first of some attribute keys that has a
///   value fills. `*_from` do the same on other attributes (a resource, an event, a map).
/// * `put_*(field, key, value)`: a value the dialect computed, with the key it came from.
/// * Empty text, `"None"`, `[Scrubbed due to '...']` are no values and never fill.
#[derive(Debug)]
pub struct Draft<'a> {
    /// The span being read.
    pub raw: &'a RawSpan,
    pub(crate) dialect: &'static str,
    pub(crate) kind: (Kind, Source),
    pub(crate) texts: [Filled<Cow<'a, str>>; Text::LEN],
    pub(crate) counts: [Filled<u64>; Count::LEN],
    pub(crate) places: [Filled<Place<'a>>; Slot::LEN],
    pub(crate) cost: Filled<NanoUsd>,
    pub(crate) cost_is_final: bool,
    pub(crate) exclusive_input: bool,
    pub(crate) estimated: Filled<()>,
    pub(crate) status: Filled<Status>,
    pub(crate) success: Filled<bool>,
    pub(crate) first_token_ns: Filled<i64>,
    pub(crate) child_run: Filled<RunKey>,
    pub(crate) parent_run: Filled<RunKey>,
    pub(crate) run_kind: Filled<RunKind>,
    pub(crate) usage_is_copy: Filled<()>,
    pub(crate) noise: Filled<()>,
    pub(crate) tags: Vec<Arc<str>>,
    pub(crate) metadata: BTreeMap<Arc<str>, Arc<str>>,
    pub(crate) warnings: Vec<Cow<'static, str>>,
    pub(crate) tier: Option<&'a str>,
    /// Fields that are lists or maps: their sources, in the order filled.
    pub(crate) gathered: Vec<FilledBy>,
}

fn fill<T>(slot: &mut Filled<T>, dialect: &'static str, key: impl Into<Cow<'static, str>>, value: T) {
    if slot.is_none() {
        *slot = Some((value, Source { dialect, key: key.into() }));
    }
}

/// Text that stands for no value (`conventions.md` §4.2).
pub(crate) fn is_placeholder(text: &str) -> bool {
    let text = text.trim();
    matches!(text, "" | "None" | "null" | "undefined" | "<not specified>") || text.starts_with("[Scrubbed due to ")
}

impl<'a> Draft<'a> {
    pub(crate) fn new(raw: &'a RawSpan, kind: (Kind, Source)) -> Self {
        Draft {
            raw,
            dialect: "",
            kind,
            texts: [const { None }; Text::LEN],
            counts: [const { None }; Count::LEN],
            places: [const { None }; Slot::LEN],
            cost: None,
            cost_is_final: false,
            exclusive_input: false,
            estimated: None,
            status: None,
            success: None,
            first_token_ns: None,
            child_run: None,
            parent_run: None,
            run_kind: None,
            usage_is_copy: None,
            noise: None,
            tags: Vec::new(),
            metadata: BTreeMap::new(),
            warnings: Vec::new(),
            tier: None,
            gathered: Vec::new(),
        }
    }

    /// What the span is, decided before any dialect fills.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind.0
    }

    /// Fills a text field from the first key that has a value. Numbers and booleans are spelled out.
    pub fn text(&mut self, field: Text, keys: &[&'static str]) {
        let raw = self.raw;
        self.text_from(field, &raw.attributes, keys);
    }

    /// As [`Draft::text`], from other attributes than the span's.
    pub fn text_from(&mut self, field: Text, attributes: &'a Attributes, keys: &[&'static str]) {
        if self.has_text(field) {
            return;
        }
        for key in keys {
            if let Some(text) = attributes.get(key).and_then(spelled) {
                return self.put_text(field, *key, text);
            }
        }
    }

    /// Fills a text field with a value the dialect made.
    pub fn put_text(&mut self, field: Text, key: impl Into<Cow<'static, str>>, value: impl Into<Cow<'a, str>>) {
        let value = value.into();
        if let Some(slot) = self.texts.get_mut(field as usize)
            && slot.is_none()
            && !is_placeholder(&value)
        {
            fill(slot, self.dialect, key, value);
        }
    }

    /// Whether a text field is filled.
    #[must_use]
    pub fn has_text(&self, field: Text) -> bool {
        self.get_text(field).is_some()
    }

    /// What a text field holds so far.
    #[must_use]
    pub fn get_text(&self, field: Text) -> Option<&str> {
        self.texts.get(field as usize)?.as_ref().map(|(text, _)| &**text)
    }

    /// Fills a token count from the first key that holds a whole number of at least 0.
    pub fn count(&mut self, field: Count, keys: &[&'static str]) {
        let raw = self.raw;
        self.count_from(field, &raw.attributes, keys);
    }

    /// As [`Draft::count`], from other attributes than the span's.
    pub fn count_from(&mut self, field: Count, attributes: &'a Attributes, keys: &[&'static str]) {
        if self.get_count(field).is_some() {
            return;
        }
        for key in keys {
            if let Some(number) = attributes.get(key).and_then(Value::as_i64).and_then(|n| u64::try_from(n).ok()) {
                return self.put_count(field, *key, number);
            }
        }
    }

    /// Fills a token count with a number the dialect found.
    pub fn put_count(&mut self, field: Count, key: impl Into<Cow<'static, str>>, tokens: u64) {
        if let Some(slot) = self.counts.get_mut(field as usize) {
            fill(slot, self.dialect, key, tokens);
        }
    }

    /// What a count holds so far.
    #[must_use]
    pub fn get_count(&self, field: Count) -> Option<u64> {
        self.counts.get(field as usize)?.as_ref().map(|(tokens, _)| *tokens)
    }

    /// Says that [`Count::Input`], if this dialect filled it, leaves out cached tokens.
    pub fn exclusive_input(&mut self) {
        let filled = self.counts.get(Count::Input as usize).and_then(Option::as_ref);
        self.exclusive_input |= filled.is_some_and(|(_, source)| source.dialect == self.dialect);
    }

    /// Says where content is: the first key that has a value that is not empty.
    pub fn place(&mut self, slot: Slot, keys: &[&'static str]) {
        let raw = self.raw;
        self.place_from(slot, &raw.attributes, keys);
    }

    /// As [`Draft::place`], from other attributes than the span's.
    pub fn place_from(&mut self, slot: Slot, attributes: &'a Attributes, keys: &[&'static str]) {
        if self.has_place(slot) {
            return;
        }
        for key in keys {
            if let Some(value) = attributes.get(key).filter(|value| !is_nothing(value)) {
                return self.put_place(slot, *key, Place::Value(value));
            }
        }
    }

    /// Says where content is, in any of the shapes of [`Place`].
    pub fn put_place(&mut self, slot: Slot, key: impl Into<Cow<'static, str>>, place: Place<'a>) {
        if !self.has_place(slot)
            && let Some(filled) = self.places.get_mut(slot as usize)
        {
            *filled = Some((place, Source { dialect: self.dialect, key: key.into() }));
        }
    }

    /// Says where flattened messages are (`<prefix>N.role`), if there are any.
    pub fn indexed(&mut self, slot: Slot, prefix: &'static str) {
        if !self.has_place(slot) && self.raw.attributes.has_prefix(prefix) {
            self.put_place(slot, prefix, Place::Indexed(&self.raw.attributes, prefix));
        }
    }

    /// Whether content has been found for a slot. An empty list or map is content only until a fuller
    /// place is found.
    #[must_use]
    pub fn has_place(&self, slot: Slot) -> bool {
        let filled = self.places.get(slot as usize).and_then(Option::as_ref);
        filled.is_some_and(|(place, _)| !matches!(place, Place::Value(value) if is_hollow(value)))
    }

    /// Takes back what only the fallback found: the line of a log is no part of what its span said.
    pub(crate) fn forget_log_line(&mut self) {
        for place in &mut self.places {
            place.take_if(|(_, source)| source.dialect == fallback::DIALECT.name);
        }
    }

    /// Fills the reported cost in US dollars from the first key that has one. Zero beside tokens is no
    /// value (a price list that could not be read), unless [`Draft::cost_is_final`] is said.
    pub fn cost(&mut self, keys: &[&'static str]) {
        for key in keys {
            if self.cost.is_none()
                && let Some(usd) = self.raw.attributes.get(key).and_then(usd)
            {
                self.put_cost(*key, usd);
            }
        }
    }

    /// Fills the reported cost.
    pub fn put_cost(&mut self, key: impl Into<Cow<'static, str>>, usd: NanoUsd) {
        fill(&mut self.cost, self.dialect, key, usd);
    }

    /// A cost of zero is meant so: the answer came from a cache on the client's side.
    pub fn cost_is_final(&mut self) {
        self.cost_is_final = true;
    }

    /// The token counts are an estimate of the client.
    pub fn estimated(&mut self, key: impl Into<Cow<'static, str>>) {
        fill(&mut self.estimated, self.dialect, key, ());
    }

    /// Sets how the span ended, against its OTLP status.
    pub fn status(&mut self, key: impl Into<Cow<'static, str>>, status: Status) {
        fill(&mut self.status, self.dialect, key, status);
    }

    /// Sets whether the run did its job.
    pub fn success(&mut self, key: impl Into<Cow<'static, str>>, success: bool) {
        fill(&mut self.success, self.dialect, key, success);
    }

    /// Sets when the first token came.
    pub fn first_token_at(&mut self, key: impl Into<Cow<'static, str>>, at: Timestamp) {
        self.first_token_ns(key, at.0.saturating_sub(self.raw.start.0));
    }

    /// Sets the time from start to first token.
    pub fn first_token_ns(&mut self, key: impl Into<Cow<'static, str>>, nanos: i64) {
        if nanos >= 0 {
            fill(&mut self.first_token_ns, self.dialect, key, nanos);
        }
    }

    /// The run that this span stands for.
    pub fn child_run(&mut self, key: impl Into<Cow<'static, str>>, run: RunKey) {
        fill(&mut self.child_run, self.dialect, key, run);
    }

    /// The run above this span's.
    pub fn parent_run(&mut self, key: impl Into<Cow<'static, str>>, run: RunKey) {
        fill(&mut self.parent_run, self.dialect, key, run);
    }

    /// The kind of the run.
    pub fn run_kind(&mut self, key: impl Into<Cow<'static, str>>, kind: RunKind) {
        fill(&mut self.run_kind, self.dialect, key, kind);
    }

    /// The usage on this span is a copy of others' and never a call of its own; the rule says why.
    pub fn usage_is_copy(&mut self, rule: &'static str) {
        fill(&mut self.usage_is_copy, self.dialect, rule, ());
    }

    /// Plumbing that pages fold away; the rule says why.
    pub fn noise(&mut self, rule: &'static str) {
        fill(&mut self.noise, self.dialect, rule, ());
    }

    /// Adds a tag, once.
    pub fn tag(&mut self, key: impl Into<Cow<'static, str>>, tag: &str) {
        let tag = cut(tag, limits::NAME_BYTES);
        if !is_placeholder(&tag)
            && self.tags.len() < limits::NAMES_PER_RUN
            && !self.tags.iter().any(|known| **known == *tag)
        {
            self.gather("tags", key);
            self.tags.push(tag.into());
        }
    }

    /// Adds all tags of a list, or of text that spells one: a JSON list, else `a, b`.
    pub fn tags(&mut self, key: &'static str) {
        let raw = self.raw;
        match raw.attributes.get(key) {
            Some(Value::Array(items)) => {
                items.iter().filter_map(Value::as_str).for_each(|tag| self.tag(key, tag));
            }
            Some(Value::Str(text)) => match serde_json::from_str::<Vec<String>>(text) {
                Ok(items) => items.iter().for_each(|tag| self.tag(key, tag)),
                Err(_) => text.split(',').for_each(|tag| self.tag(key, tag.trim())),
            },
            _ => {}
        }
    }

    /// Adds a pair of metadata; the first value of a name stands. A framework's own plumbing is left out.
    pub fn metadata(&mut self, key: impl Into<Cow<'static, str>>, name: &str, value: &Value) {
        if !name.is_empty()
            && !PLUMBING.iter().any(|prefix| name.starts_with(prefix))
            && self.metadata.len() < limits::METADATA_PER_RUN
            && !self.metadata.contains_key(name)
            && let Some(text) = spelled(value)
        {
            self.gather("metadata", key);
            self.metadata.insert(name.into(), cut(&text, limits::METADATA_BYTES).into());
        }
    }

    /// Adds all attributes that start with a prefix as metadata, named by what follows it.
    pub fn metadata_prefixed(&mut self, prefix: &'static str) {
        let raw = self.raw;
        for (key, value) in raw.attributes.prefixed(prefix) {
            self.metadata(prefix, key.get(prefix.len()..).unwrap_or_default(), value);
        }
    }

    /// How the provider says that it served the call: what the price may depend on.
    pub fn service_tier(&mut self, keys: &[&'static str]) {
        let raw = self.raw;
        if self.tier.is_none() {
            let sent = keys.iter().find_map(|key| raw.attributes.str(key));
            self.tier = sent.filter(|tier| !matches!(*tier, "default" | "standard" | "auto" | "on_demand"));
        }
    }

    /// An oddity, for people.
    pub fn warn(&mut self, warning: impl Into<Cow<'static, str>>) {
        self.warnings.push(warning.into());
    }

    fn gather(&mut self, field: &'static str, key: impl Into<Cow<'static, str>>) {
        let key = key.into();
        if !self.gathered.iter().any(|by| by.field == field && by.dialect == self.dialect && by.key == key) {
            self.gathered.push(FilledBy { field, dialect: self.dialect, key });
        }
    }
}

/// Names that LangChain and LangGraph put among their users' metadata, and those that have fields of their own.
const PLUMBING: &[&str] =
    &["ls_", "lc_", "langgraph_", "__pregel", "checkpoint_", "session_id", "thread_id", "conversation_id", "user_id"];

/// A scalar as text, of a list the first; maps and placeholders are none.
pub(crate) fn spelled(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::Str(text) if !is_placeholder(text) => Some(Cow::Borrowed(text)),
        Value::Int(number) => Some(Cow::Owned(number.to_string())),
        Value::Double(number) => Some(Cow::Owned(number.to_string())),
        Value::Bool(flag) => Some(Cow::Borrowed(if *flag { "true" } else { "false" })),
        Value::Array(items) => match items.as_slice() {
            [first, ..] => spelled(first),
            [] => None,
        },
        _ => None,
    }
}

/// Dollars, as a number or as text.
fn usd(value: &Value) -> Option<NanoUsd> {
    match value {
        Value::Str(text) => NanoUsd::parse(text),
        other => other.as_f64().and_then(NanoUsd::from_usd),
    }
}

/// No value.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Str(text) => is_placeholder(text) || text == "\"\"",
        _ => false,
    }
}

/// An empty list or map: the sender says that there is nothing.
fn is_hollow(value: &Value) -> bool {
    match value {
        Value::Str(text) => matches!(text.as_str(), "[]" | "{}"),
        Value::Array(items) => items.is_empty(),
        Value::Map(pairs) => pairs.is_empty(),
        _ => false,
    }
}
