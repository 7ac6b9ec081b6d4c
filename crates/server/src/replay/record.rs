//! The calls of a run in the order they were made, each answered once.

use super::said::{Said, differences};
use crate::client::{Client, path_part};
use crate::commands::runs::agents;
use crate::layout::{RunLine, SpanLine, failure_text};
use anyhow::{Context, bail};
use serde::Deserialize;
use serde_json::Value as Json;
use std::collections::{BTreeSet, VecDeque};
use std::sync::{Mutex, PoisonError};
use vedette_model::limits::{REPLAY_CALLS, REPLAY_RUNS};
use vedette_model::{Direction, Message, Part, Timestamp};

/// A recorded model call.
#[derive(Clone, Debug, Default)]
pub struct Call {
    /// Who asked.
    pub agent: Option<String>,
    /// The model that answered.
    pub model: String,
    /// What was asked.
    pub sent: Vec<Said>,
    /// What was answered: text and tool calls, in order.
    pub received: Vec<Part>,
    /// Normalized, such as `tool_calls`.
    pub finish_reason: Option<String>,
    /// As reported.
    pub input_tokens: u64,
    /// As reported.
    pub output_tokens: u64,
    /// It failed so.
    pub error: Option<String>,
}

impl Call {
    /// The answer's text.
    #[must_use]
    pub fn text(&self) -> String {
        self.received
            .iter()
            .filter_map(|part| if let Part::Text { text } = part { Some(&**text) } else { None })
            .collect()
    }

    /// The tools it asks for: id, name, arguments as JSON text.
    #[must_use]
    pub fn tool_calls(&self, number: usize) -> Vec<(String, &str, &Json)> {
        let mut calls = Vec::new();
        for part in &self.received {
            if let Part::ToolCall { id, name, arguments } = part {
                let id = id.clone().unwrap_or_else(|| format!("call_replay_{number}_{}", calls.len()));
                calls.push((id, &**name, arguments));
            }
        }
        calls
    }
}

/// See the module.
pub struct Record {
    /// For people.
    source: String,
    calls: Vec<Call>,
    answered: Mutex<Vec<bool>>,
}

/// A call to answer with.
pub struct Picked<'a> {
    /// From 1, in the order of the record.
    pub number: usize,
    /// It.
    pub call: &'a Call,
    /// How it differs from what is asked, for people.
    pub differences: Vec<String>,
}

impl Record {
    /// A record without calls cannot answer, so there is none.
    pub fn new(source: String, calls: Vec<Call>) -> anyhow::Result<Record> {
        if calls.is_empty() {
            bail!("{source} has no model call to answer with");
        }
        let answered = Mutex::new(vec![false; calls.len()]);
        Ok(Record { source, calls, answered })
    }

    /// How many calls there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.calls.len()
    }

    /// Never: see [`Record::new`].
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// The agents that asked, sorted.
    #[must_use]
    pub fn agents(&self) -> Vec<String> {
        self.calls.iter().filter_map(|call| call.agent.clone()).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// The models that answered, sorted.
    #[must_use]
    pub fn models(&self) -> Vec<String> {
        self.calls.iter().map(|call| call.model.clone()).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// The call to answer with, and takes it out; one that differs only if `even_if_it_differs`. Why there is
    /// none, for people.
    pub fn pick(
        &self,
        agent: Option<&str>,
        model: &str,
        asked: &[Said],
        even_if_it_differs: bool,
    ) -> Result<Picked<'_>, String> {
        let mut answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        let of_agent = |call: &Call| agent.is_none_or(|agent| call.agent.as_deref().unwrap_or_default() == agent);
        if !self.calls.iter().any(of_agent) {
            let agents = self.agents().join(", ");
            return Err(format!(
                "{} has no model call of agent {}; its agents are: {agents}",
                self.source,
                agent.unwrap_or_default()
            ));
        }
        let left: Vec<(usize, &Call, Vec<String>)> = self
            .calls
            .iter()
            .enumerate()
            .filter(|(at, call)| answered.get(*at) == Some(&false) && of_agent(call))
            .map(|(at, call)| (at, call, differences(&call.model, &call.sent, model, asked)))
            .collect();
        let same = left.iter().find(|(_, _, differences)| differences.is_empty());
        let Some((at, call, differences)) = same.or(left.first()).cloned() else {
            let whose = agent.map(|agent| format!(" of agent {agent}")).unwrap_or_default();
            let count = self.calls.iter().filter(|call| of_agent(call)).count();
            return Err(format!("all {count} recorded model calls{whose} of {} were answered", self.source));
        };
        if let Some(answered) = answered.get_mut(at).filter(|_| differences.is_empty() || even_if_it_differs) {
            *answered = true;
        }
        Ok(Picked { number: at + 1, call, differences })
    }
}

#[derive(Deserialize)]
struct Whole {
    messages: Vec<Message>,
    output: Option<Json>,
}

#[derive(Deserialize)]
struct Below {
    child_run_ids: Vec<String>,
}

/// The model calls of a run and of the runs below it, by start; copies of one call once.
pub fn calls(client: &Client, run: &str) -> anyhow::Result<Vec<Call>> {
    let mut runs = VecDeque::from([run.to_owned()]);
    let mut seen = BTreeSet::new();
    let mut calls: Vec<(Timestamp, Call)> = Vec::new();
    while let Some(run) = runs.pop_front() {
        if seen.len() >= REPLAY_RUNS || !seen.insert(run.clone()) {
            continue;
        }
        let answer = client.get(&format!("/api/v1/runs/{}", path_part(&run)))?;
        let line = RunLine::deserialize(&answer).context("the server's answer is not as expected")?;
        runs.extend(Below::deserialize(&answer).context("the server's answer is not as expected")?.child_run_ids);
        let spans = crate::commands::runs::spans(client, &run)?;
        let of = agents(&spans);
        for span in spans.iter().filter(|span| span.kind == "llm" && span.duplicate_of.is_none()) {
            if calls.len() >= REPLAY_CALLS {
                bail!("run {run} has more than {REPLAY_CALLS} model calls");
            }
            let path = format!("/api/v1/runs/{}/spans/{}", path_part(&run), path_part(&span.id));
            let whole: Whole =
                serde_json::from_value(client.get(&path)?).context("the server's answer is not as expected")?;
            let agent = of.get(&*span.id).map_or_else(|| line.agent.clone(), |agent| Some((*agent).to_owned()));
            calls.push((span.started_at, call(span, agent, whole)));
        }
    }
    calls.sort_by_key(|(started_at, _)| *started_at);
    Ok(calls.into_iter().map(|(_, call)| call).collect())
}

fn call(span: &SpanLine, agent: Option<String>, whole: Whole) -> Call {
    let (sent, received): (Vec<Message>, Vec<Message>) =
        whole.messages.into_iter().partition(|message| message.direction == Direction::Input);
    let finish_reason = received.iter().rev().find_map(|message| message.finish_reason.clone());
    // Of several choices the first: that is the one a client reads.
    let mut received = received.into_iter().next().map(|message| message.parts).unwrap_or_default();
    if received.is_empty()
        && let Some(output) = whole.output
    {
        let text = output.as_str().map_or_else(|| output.to_string(), str::to_owned);
        received.push(Part::Text { text });
    }
    Call {
        agent,
        model: span.model.clone().unwrap_or_default(),
        sent: sent.iter().map(Said::of).collect(),
        received,
        finish_reason,
        input_tokens: span.tokens.as_ref().and_then(|tokens| tokens.input).unwrap_or_default(),
        output_tokens: span.tokens.as_ref().and_then(|tokens| tokens.output).unwrap_or_default(),
        error: (span.status == "failed")
            .then(|| span.error.as_ref().map_or_else(|| "the recorded call failed".to_owned(), failure_text)),
    }
}
