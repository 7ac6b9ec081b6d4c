//! The figures of a run as lists and statistics scan them: what is added up first, the labels that
//! filters and groups look at behind it, so that a scan need not read them.

use super::codec::{take, to_bytes};
use crate::Result;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use vedette_model::{ModelFigures, NanoUsd, Run, RunKey, RunKind, Session, Status, Timestamp, ToolFigures, Usage};
use vedette_summary::summarize;

#[derive(Serialize, Deserialize)]
struct Figures<'a> {
    kind: RunKind,
    status: Status,
    success: Option<bool>,
    duration_ns: Option<i64>,
    cost: Option<NanoUsd>,
    usage: Usage,
    model_calls: u64,
    error_count: u64,
    agent: Option<&'a str>,
    outcome: Option<&'a str>,
}

/// What follows from the figures, or from another label, is not said again.
#[derive(Serialize, Deserialize)]
struct Labels<'a> {
    /// `None`: only the agent.
    #[serde(borrow)]
    agents: Option<Vec<&'a str>>,
    session: Option<(&'a str, Option<&'a str>, Option<&'a str>, bool)>,
    /// `None`: only the session.
    sessions: Option<Vec<&'a str>>,
    /// `None`: the session's.
    user_id: Option<Option<&'a str>>,
    customer_id: Option<&'a str>,
    feature: Option<&'a str>,
    workflow: Option<&'a str>,
    tags: Vec<&'a str>,
    environment: Option<&'a str>,
    unpriced_models: Vec<&'a str>,
    /// A model without figures has those of the run.
    by_model: Vec<(&'a str, Option<ModelFigures>)>,
    by_tool: Vec<(&'a str, ToolFigures)>,
}

fn texts<'a>(set: impl IntoIterator<Item = &'a Arc<str>>) -> Vec<&'a str> {
    set.into_iter().map(AsRef::as_ref).collect()
}

/// The texts of a set, unless it holds nothing but one.
fn beside<'a>(set: &'a BTreeSet<Arc<str>>, one: Option<&Arc<str>>) -> Option<Vec<&'a str>> {
    let same = set.len() == usize::from(one.is_some()) && one.is_none_or(|one| set.contains(one));
    (!same).then(|| texts(set))
}

fn whole(run: &Run) -> ModelFigures {
    ModelFigures { calls: run.model_calls, usage: run.usage, cost: run.cost }
}

pub(super) fn encode(run: &Run) -> Result<Vec<u8>> {
    let figures = Figures {
        kind: run.kind,
        status: run.status,
        success: run.success,
        duration_ns: run.finished_at.map(|end| end.0 - run.started_at.0),
        cost: run.cost,
        usage: run.usage,
        model_calls: run.model_calls,
        error_count: run.error_count,
        agent: run.agent.as_deref(),
        outcome: run.outcome.as_deref(),
    };
    let session = run.session.as_ref();
    let session_user = session.and_then(|session| session.user_id.as_ref());
    let all = whole(run);
    let labels = Labels {
        agents: beside(&run.agents, run.agent.as_ref()),
        session: session.map(|it| (&*it.id, it.name.as_deref(), it.user_id.as_deref(), it.weak)),
        sessions: beside(&run.sessions, session.map(|session| &session.id)),
        user_id: (run.user_id.as_ref() != session_user).then_some(run.user_id.as_deref()),
        customer_id: run.customer_id.as_deref(),
        feature: run.feature.as_deref(),
        workflow: run.workflow.as_deref(),
        tags: texts(&run.tags),
        environment: run.environment.as_deref(),
        unpriced_models: texts(&run.unpriced_models),
        by_model: run
            .by_model
            .iter()
            .map(|(model, figures)| (&**model, (*figures != all).then(|| figures.clone())))
            .collect(),
        by_tool: run.by_tool.iter().map(|(tool, figures)| (&**tool, *figures)).collect(),
    };
    to_bytes(&(figures, labels))
}

/// Reads rows into one run again and again: a run as far as its hot row knows it, no texts but its labels.
pub(super) struct Decoder {
    run: Run,
    names: HashMap<Box<str>, Arc<str>>,
}

/// Texts that are shared between the rows of one scan.
const NAMES: usize = 4_096;

impl Decoder {
    pub(super) fn new() -> Self {
        let run = summarize(RunKey::default(), &[], &Default::default(), &Default::default()).run;
        Decoder { run: Run { only_logs: false, ..run }, names: HashMap::new() }
    }

    fn name(&mut self, text: &str) -> Arc<str> {
        if let Some(name) = self.names.get(text) {
            return name.clone();
        }
        let name: Arc<str> = text.into();
        if self.names.len() < NAMES {
            self.names.insert(text.into(), name.clone());
        }
        name
    }

    /// The run of a row; `with_labels` fills more than its figures, agent and outcome.
    pub(super) fn read(&mut self, key: RunKey, started_at: Timestamp, bytes: &[u8], with_labels: bool) -> Result<&Run> {
        let mut rest = bytes;
        let figures: Figures<'_> = take(&mut rest, "figures")?;
        if self.run.agent.as_deref() != figures.agent {
            self.run.agent = figures.agent.map(|agent| self.name(agent));
        }
        if self.run.outcome.as_deref() != figures.outcome {
            self.run.outcome = figures.outcome.map(|outcome| self.name(outcome));
        }
        let run = &mut self.run;
        run.key = key;
        run.started_at = started_at;
        run.kind = figures.kind;
        run.status = figures.status;
        run.success = figures.success;
        run.finished_at = figures.duration_ns.map(|ns| Timestamp(started_at.0 + ns));
        run.cost = figures.cost;
        run.usage = figures.usage;
        run.model_calls = figures.model_calls;
        run.error_count = figures.error_count;
        if with_labels {
            let labels: Labels<'_> = take(&mut rest, "labels")?;
            self.label(labels);
        }
        Ok(&self.run)
    }

    fn label(&mut self, labels: Labels<'_>) {
        let agents = match labels.agents {
            None => self.run.agent.iter().cloned().collect(),
            Some(agents) => agents.into_iter().map(|agent| self.name(agent)).collect(),
        };
        let mut text = |text: Option<&str>| text.map(|text| self.name(text));
        let (customer_id, feature) = (text(labels.customer_id), text(labels.feature));
        let (workflow, environment) = (text(labels.workflow), text(labels.environment));
        let session = labels.session.map(|(id, name, user_id, weak)| Session {
            id: id.into(),
            name: name.map(Arc::from),
            user_id: user_id.map(Arc::from),
            weak,
        });
        let unpriced_models = labels.unpriced_models.into_iter().map(|model| self.name(model)).collect();
        let run = &mut self.run;
        run.agents = agents;
        run.customer_id = customer_id;
        run.feature = feature;
        run.workflow = workflow;
        run.environment = environment;
        run.sessions = match labels.sessions {
            None => session.iter().map(|session| session.id.clone()).collect(),
            Some(sessions) => sessions.into_iter().map(Arc::from).collect(),
        };
        run.user_id = match labels.user_id {
            None => session.as_ref().and_then(|session| session.user_id.clone()),
            Some(user_id) => user_id.map(Arc::from),
        };
        run.session = session;
        run.tags = labels.tags.into_iter().map(Arc::from).collect();
        run.unpriced_models = unpriced_models;
        let all = whole(run);
        let by_model =
            labels.by_model.into_iter().map(|(model, figures)| (model, figures.unwrap_or_else(|| all.clone())));
        let mut models = std::mem::take(&mut self.run.by_model);
        self.refill(&mut models, by_model.collect());
        self.run.by_model = models;
        let mut tools = std::mem::take(&mut self.run.by_tool);
        self.refill(&mut tools, labels.by_tool);
        self.run.by_tool = tools;
    }

    /// Runs next to each other mostly use the same models and tools.
    fn refill<T>(&mut self, map: &mut BTreeMap<Arc<str>, T>, rows: Vec<(&str, T)>) {
        let same = map.len() == rows.len() && map.keys().zip(&rows).all(|(known, (name, _))| **known == **name);
        if same {
            map.values_mut().zip(rows).for_each(|(value, (_, new))| *value = new);
        } else {
            map.clear();
            map.extend(rows.into_iter().map(|(name, value)| (self.name(name), value)));
        }
    }
}
