//! One run while its lines are read: what is open, and what waits for its other half.

use super::entry::Entry;
use super::spans::{call_facts, event, made, model_call};
use crate::native::{Native, root_key};
use vedette_model::{Kind, RawSpan, RunKey, SpanKey, Timestamp, limits};

/// See the module.
pub struct RunState {
    run: RunKey,
    /// What has nothing else above it hangs from this.
    root: SpanKey,
    /// The sender's spelling of the run's id.
    pub external_id: Option<String>,
    /// Open ones, the outermost first.
    patterns: Vec<Waiting>,
    /// Open ones, the innermost last.
    agents: Vec<Waiting>,
    /// Begun or told without all of their parts.
    calls: Vec<Waiting>,
    /// Calls whose end came without a start: the start may still come.
    ended_early: Vec<(Caller, Timestamp)>,
    /// Calls that told their cost: a record of it that follows tells it again.
    costed: Vec<Caller>,
    root_done: bool,
    /// Of all that is held here.
    bytes: usize,
}

/// Who calls what; a part that is not said fits any.
#[derive(Clone, Debug)]
struct Caller {
    agent: String,
    model: String,
}

impl Caller {
    fn of(entry: &Entry<'_>) -> Self {
        Caller { agent: entry.agent().to_owned(), model: entry.model().to_owned() }
    }

    fn bytes(&self) -> usize {
        size_of::<Self>() + self.agent.len() + self.model.len()
    }

    fn fits(&self, other: &Caller) -> bool {
        let fit = |a: &str, b: &str| a == b || a.is_empty() || b.is_empty();
        self.agent == other.agent && fit(&self.model, &other.model)
    }
}

struct Waiting {
    caller: Caller,
    raw: RawSpan,
    bytes: usize,
    /// Only its start was told.
    begun: bool,
}

/// What a line did.
pub struct Joined {
    /// False for the end of a pattern that was not the innermost open one.
    pub in_order: bool,
}

impl RunState {
    pub fn new(run: RunKey) -> Self {
        RunState {
            run,
            root: root_key(run),
            external_id: None,
            patterns: Vec::new(),
            agents: Vec::new(),
            calls: Vec::new(),
            ended_early: Vec::new(),
            costed: Vec::new(),
            root_done: false,
            bytes: 0,
        }
    }

    /// A pattern has started and not ended.
    pub fn in_pattern(&self) -> bool {
        !self.patterns.is_empty()
    }

    /// Bytes of the lines that wait, and of what is remembered of calls.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Takes one line.
    pub fn take(&mut self, entry: &Entry<'_>, id: SpanKey, bytes: usize, out: &mut Vec<RawSpan>) -> Joined {
        let mut in_order = true;
        match entry.event {
            "pattern_start" => self.start_pattern(entry, id, bytes, out),
            "pattern_end" => in_order = self.end_pattern(entry, id, out),
            "agent_start" => {
                let raw = self.agent_span(entry, id);
                let waiting = Waiting { caller: Caller::of(entry), raw, bytes, begun: true };
                self.wait(Which::Agents, waiting, out);
            }
            "agent_end" => self.end_agent(entry, id, out),
            "llm_call_start" | "provider_call_start" => self.begin_call(entry, id, bytes, out),
            "llm_call_end" | "llm_call_error" | "provider_call_end" | "provider_call_error" => {
                self.end_call(entry, id, out)
            }
            "llm_call" => self.whole_call(entry, id, bytes, out),
            "llm_response" => self.respond(entry, id, bytes, out),
            "cost_record" => self.record_cost(entry, id, out),
            _ => {
                let mut raw = event(entry, self.run, id);
                self.place(&mut raw, entry, entry.agent());
                self.emit(raw, out);
            }
        }
        Joined { in_order }
    }

    /// What still waits goes out; what was never ended stays open.
    pub fn finish(mut self, out: &mut Vec<RawSpan>) {
        for waiting in std::mem::take(&mut self.calls) {
            self.give_up(waiting, out);
        }
        for waiting in std::mem::take(&mut self.agents).into_iter().chain(std::mem::take(&mut self.patterns)) {
            self.give_up(waiting, out);
        }
    }

    fn give_up(&self, waiting: Waiting, out: &mut Vec<RawSpan>) {
        let Waiting { mut raw, begun, .. } = waiting;
        if begun {
            raw.end = None;
            raw.attributes.set(RawSpan::OPEN, true);
        }
        self.emit(raw, out);
    }

    fn emit(&self, mut raw: RawSpan, out: &mut Vec<RawSpan>) {
        raw.text(RawSpan::EXTERNAL_ID, self.external_id.as_deref());
        out.push(raw);
    }

    fn wait(&mut self, which: Which, waiting: Waiting, out: &mut Vec<RawSpan>) {
        let list = match which {
            Which::Patterns => &mut self.patterns,
            Which::Agents => &mut self.agents,
            Which::Calls => &mut self.calls,
        };
        self.bytes += waiting.bytes;
        list.push(waiting);
        if list.len() > limits::STUDIO_SPANS_WAITING {
            let oldest = list.remove(0);
            self.bytes -= oldest.bytes;
            self.give_up(oldest, out);
        }
    }

    /// Below the span that its line names, else the agent, else the innermost pattern. A span that was seen live
    /// with nothing above it is the top of its run.
    fn place(&mut self, raw: &mut RawSpan, entry: &Entry<'_>, agent: &str) {
        let agent = self.agents.iter().rev().find(|open| !agent.is_empty() && open.caller.agent == agent);
        let above = agent.or(self.patterns.last()).map(|open| open.raw.id);
        raw.parent = entry.parent_span_id().or(above);
        if raw.parent.is_some() {
            return;
        }
        if entry.span_id().is_some() && !self.root_done {
            self.root = raw.id;
            self.root_done = true;
        } else {
            raw.parent = Some(self.root);
        }
    }

    /// The first pattern of a run is its root, and its name the run's agent where no workflow is named.
    fn pattern_span(&mut self, entry: &Entry<'_>, id: SpanKey) -> RawSpan {
        let name = entry.pattern().unwrap_or("pattern");
        if self.root_done || self.in_pattern() || entry.parent_span_id().is_some() {
            let mut raw = made(entry, self.run, id, Kind::Workflow, name);
            self.place(&mut raw, entry, "");
            return raw;
        }
        self.root = entry.span_id().unwrap_or(self.root);
        let mut raw = made(entry, self.run, self.root, Kind::Agent, name);
        raw.parent = None;
        raw.text("vedette.agent", entry.text(&["workflow"]).or(Some(name)));
        raw
    }

    fn start_pattern(&mut self, entry: &Entry<'_>, id: SpanKey, bytes: usize, out: &mut Vec<RawSpan>) {
        let mut raw = self.pattern_span(entry, id);
        raw.json("vedette.input", entry.input());
        let caller = Caller { agent: entry.pattern().unwrap_or_default().to_owned(), model: String::new() };
        self.wait(Which::Patterns, Waiting { caller, raw, bytes, begun: true }, out);
    }

    fn end_pattern(&mut self, entry: &Entry<'_>, id: SpanKey, out: &mut Vec<RawSpan>) -> bool {
        let name = entry.pattern().unwrap_or_default();
        let named = self.patterns.iter().rposition(|open| open.caller.agent == name);
        let at = named.or_else(|| self.patterns.len().checked_sub(1).filter(|_| name.is_empty()));
        let Some(at) = at else {
            let raw = self.pattern_span(entry, id);
            self.root_done |= raw.parent.is_none();
            self.emit(ended(raw, entry), out);
            return true;
        };
        let in_order = at + 1 == self.patterns.len();
        let open = self.patterns.remove(at);
        self.bytes -= open.bytes;
        self.root_done |= open.raw.parent.is_none();
        self.emit(ended(open.raw, entry), out);
        in_order
    }

    fn agent_span(&mut self, entry: &Entry<'_>, id: SpanKey) -> RawSpan {
        let mut raw = made(entry, self.run, id, Kind::Agent, entry.agent());
        raw.text("vedette.agent", Some(entry.agent()));
        raw.json("vedette.input", entry.input());
        self.place(&mut raw, entry, "");
        raw
    }

    fn end_agent(&mut self, entry: &Entry<'_>, id: SpanKey, out: &mut Vec<RawSpan>) {
        let at = self.agents.iter().rposition(|open| open.caller.agent == entry.agent());
        let raw = match at.map(|at| self.agents.remove(at)) {
            Some(open) => {
                self.bytes -= open.bytes;
                open.raw
            }
            None => self.agent_span(entry, id),
        };
        self.emit(ended(raw, entry), out);
    }

    fn begin_call(&mut self, entry: &Entry<'_>, id: SpanKey, bytes: usize, out: &mut Vec<RawSpan>) {
        let caller = Caller::of(entry);
        let early = self.ended_early.iter().position(|(other, end)| caller.fits(other) && *end >= entry.time);
        if let Some(at) = early {
            self.bytes -= self.ended_early.remove(at).0.bytes();
            return;
        }
        let mut raw = model_call(entry, self.run, id);
        raw.start = entry.time;
        self.place(&mut raw, entry, entry.agent());
        self.wait(Which::Calls, Waiting { caller, raw, bytes, begun: true }, out);
    }

    fn end_call(&mut self, entry: &Entry<'_>, id: SpanKey, out: &mut Vec<RawSpan>) {
        let caller = Caller::of(entry);
        let mut raw = match self.remove_call(|call| call.begun && call.caller.fits(&caller)) {
            Some(call) => call.raw,
            None => {
                if self.ended_early.len() < limits::STUDIO_SPANS_WAITING {
                    self.bytes += caller.bytes();
                    self.ended_early.push((caller.clone(), entry.time));
                }
                let mut raw = model_call(entry, self.run, id);
                self.place(&mut raw, entry, entry.agent());
                raw
            }
        };
        call_facts(&mut raw, entry);
        if entry.event.ends_with("_error") {
            raw.fail(entry.error());
        }
        self.done(ended(raw, entry), caller, out);
    }

    /// A call told in one line. Its response or its cost may be told by the next ones.
    fn whole_call(&mut self, entry: &Entry<'_>, id: SpanKey, bytes: usize, out: &mut Vec<RawSpan>) {
        let mut raw = model_call(entry, self.run, id);
        raw.end = Some(entry.time);
        self.place(&mut raw, entry, entry.agent());
        let waiting = Waiting { caller: Caller::of(entry), raw, bytes, begun: false };
        if entry.output().is_some() && entry.cost().is_some() {
            self.done(waiting.raw, waiting.caller, out);
        } else {
            self.wait(Which::Calls, waiting, out);
        }
    }

    fn respond(&mut self, entry: &Entry<'_>, id: SpanKey, bytes: usize, out: &mut Vec<RawSpan>) {
        let caller = Caller::of(entry);
        let silent = |call: &Waiting| call.raw.attributes.get("vedette.output").is_none();
        let Some(call) = self.calls.iter_mut().find(|call| !call.begun && silent(call) && call.caller.fits(&caller))
        else {
            let mut raw = event(entry, self.run, id);
            self.place(&mut raw, entry, entry.agent());
            return self.emit(raw, out);
        };
        call_facts(&mut call.raw, entry);
        call.bytes += bytes;
        self.bytes += bytes;
        call.raw.end = call.raw.end.max(Some(entry.time));
    }

    /// The cost of a call that was told without one. A cost that its call told already is an event; one
    /// without any call is a call of which nothing else is known.
    fn record_cost(&mut self, entry: &Entry<'_>, id: SpanKey, out: &mut Vec<RawSpan>) {
        let caller = Caller::of(entry);
        let unpriced = |call: &Waiting| call.raw.attributes.get("vedette.cost_usd").is_none();
        if let Some(call) = self.remove_call(|call| !call.begun && unpriced(call) && call.caller.fits(&caller)) {
            let mut raw = call.raw;
            call_facts(&mut raw, entry);
            return self.emit(raw, out);
        }
        if let Some(at) = self.costed.iter().position(|told| told.fits(&caller)) {
            self.bytes -= self.costed.remove(at).bytes();
            let mut raw = event(entry, self.run, id);
            self.place(&mut raw, entry, entry.agent());
            return self.emit(raw, out);
        }
        let mut raw = model_call(entry, self.run, id);
        self.place(&mut raw, entry, entry.agent());
        self.emit(raw, out);
    }

    fn remove_call(&mut self, wanted: impl Fn(&Waiting) -> bool) -> Option<Waiting> {
        let at = self.calls.iter().position(wanted)?;
        let call = self.calls.remove(at);
        self.bytes -= call.bytes;
        Some(call)
    }

    fn done(&mut self, raw: RawSpan, caller: Caller, out: &mut Vec<RawSpan>) {
        if raw.attributes.get("vedette.cost_usd").is_some() && self.costed.len() < limits::STUDIO_SPANS_WAITING {
            self.bytes += caller.bytes();
            self.costed.push(caller);
        }
        self.emit(raw, out);
    }
}

#[derive(Clone, Copy)]
enum Which {
    Patterns,
    Agents,
    Calls,
}

/// Ended at the line's time; if it tells how long it took, begun that long before.
fn ended(mut raw: RawSpan, entry: &Entry<'_>) -> RawSpan {
    raw.end = Some(entry.time);
    if let Some(duration) = entry.duration() {
        raw.start = entry.time.minus(duration);
    }
    raw.start = raw.start.min(entry.time);
    raw.json("vedette.output", entry.output());
    raw
}
