//! The figures of a run as lists and statistics scan them: what is added up first, the labels that
//! filters and groups look at behind it, so that a scan need not read them. Rows of the database spell
//! texts out, [`super::recent`] numbers them; all else is the same.

use super::codec::{take, to_bytes};
use crate::Result;
use crate::figures::RunFigures;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;
use vedette_model::{
    CostSource, ModelFigures, NanoUsd, Run, RunKey, RunKind, Session, Status, Timestamp, ToolFigures, Usage,
};

#[derive(Serialize, Deserialize)]
struct Figures<T> {
    kind: RunKind,
    status: Status,
    success: Option<bool>,
    duration_ns: Option<i64>,
    cost: Option<NanoUsd>,
    usage: Usage,
    model_calls: u64,
    error_count: u64,
    agent: Option<T>,
    outcome: Option<T>,
}

/// What follows from the figures, or from another label, is not said again.
#[derive(Serialize, Deserialize)]
struct Labels<T> {
    /// `None`: only the agent.
    agents: Option<Vec<T>>,
    session: Option<(T, Option<T>, Option<T>, bool)>,
    /// `None`: only the session.
    sessions: Option<Vec<T>>,
    /// `None`: the session's.
    user_id: Option<Option<T>>,
    customer_id: Option<T>,
    feature: Option<T>,
    workflow: Option<T>,
    version: Option<T>,
    tags: Vec<T>,
    environment: Option<T>,
    unpriced_models: Vec<T>,
    /// A source without an amount has the whole cost.
    cost_by_source: Vec<(CostSource, Option<NanoUsd>)>,
    /// A model without figures has those of the run.
    by_model: Vec<(T, Option<ModelFigures>)>,
    by_tool: Vec<(T, ToolFigures)>,
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
        version: run.version.as_deref(),
        tags: texts(&run.tags),
        environment: run.environment.as_deref(),
        unpriced_models: texts(&run.unpriced_models),
        cost_by_source: run
            .cost_by_source
            .iter()
            .map(|(source, cost)| (*source, Some(*cost).filter(|cost| Some(*cost) != run.cost)))
            .collect(),
        by_model: run
            .by_model
            .iter()
            .map(|(model, figures)| (&**model, (*figures != all).then(|| figures.clone())))
            .collect(),
        by_tool: run.by_tool.iter().map(|(tool, figures)| (&**tool, *figures)).collect(),
    };
    to_bytes(&(figures, labels))
}

/// The same row with numbers for its texts.
pub(super) fn numbered(row: &[u8], mut number: impl FnMut(&str) -> u32) -> Result<Vec<u8>> {
    let mut rest = row;
    let figures: Figures<&str> = take(&mut rest, "figures")?;
    let labels: Labels<&str> = take(&mut rest, "labels")?;
    let figures = Figures {
        kind: figures.kind,
        status: figures.status,
        success: figures.success,
        duration_ns: figures.duration_ns,
        cost: figures.cost,
        usage: figures.usage,
        model_calls: figures.model_calls,
        error_count: figures.error_count,
        agent: figures.agent.map(&mut number),
        outcome: figures.outcome.map(&mut number),
    };
    let mut all = |texts: Vec<&str>| -> Vec<u32> { texts.into_iter().map(&mut number).collect() };
    let (agents, sessions) = (labels.agents.map(&mut all), labels.sessions.map(&mut all));
    let (tags, unpriced_models) = (all(labels.tags), all(labels.unpriced_models));
    let labels = Labels {
        agents,
        session: labels
            .session
            .map(|(id, name, user_id, weak)| (number(id), name.map(&mut number), user_id.map(&mut number), weak)),
        sessions,
        user_id: labels.user_id.map(|user_id| user_id.map(&mut number)),
        customer_id: labels.customer_id.map(&mut number),
        feature: labels.feature.map(&mut number),
        workflow: labels.workflow.map(&mut number),
        version: labels.version.map(&mut number),
        tags,
        environment: labels.environment.map(&mut number),
        unpriced_models,
        cost_by_source: labels.cost_by_source,
        by_model: labels.by_model.into_iter().map(|(model, figures)| (number(model), figures)).collect(),
        by_tool: labels.by_tool.into_iter().map(|(tool, figures)| (number(tool), figures)).collect(),
    };
    to_bytes(&(figures, labels))
}

/// Makes texts of what rows hold for them.
pub(super) trait Texts<T: Copy> {
    /// The text.
    fn text(&self, text: T) -> Arc<str>;
    /// Whether this is its text.
    fn is(&self, text: T, known: &Arc<str>) -> bool;
}

/// Texts as rows of the database have them.
pub(super) struct Spelled;

impl Texts<&str> for Spelled {
    fn text(&self, text: &str) -> Arc<str> {
        text.into()
    }

    fn is(&self, text: &str, known: &Arc<str>) -> bool {
        **known == *text
    }
}

/// How far a row is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Depth {
    /// What is added up, agent and outcome.
    Figures,
    /// And all that filters look at but models and tools.
    Labels,
    /// And sources of costs, models and tools.
    Shares,
}

/// Reads rows into the same figures again and again: runs next to each other are alike, so most stays.
pub(super) struct Decoder<N> {
    run: RunFigures,
    texts: N,
}

impl<N> Decoder<N> {
    pub(super) fn new(texts: N) -> Self {
        Decoder { run: RunFigures::blank(RunKey::default(), Timestamp::default()), texts }
    }

    /// The figures of a row, as deep as asked; what is deeper is another run's.
    pub(super) fn read<'a, T>(
        &mut self,
        key: RunKey,
        started_at: Timestamp,
        row: &'a [u8],
        depth: Depth,
    ) -> Result<&RunFigures>
    where
        T: Copy + Deserialize<'a>,
        N: Texts<T>,
    {
        let mut rest = row;
        let figures: Figures<T> = take(&mut rest, "figures")?;
        let (run, texts) = (&mut self.run, &self.texts);
        renew(&mut run.agent, figures.agent, texts);
        renew(&mut run.outcome, figures.outcome, texts);
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
        if depth > Depth::Figures {
            let mut rest = Fields(rest);
            rest.labels(run, texts)?;
            if depth > Depth::Labels {
                rest.shares(run, texts)?;
            }
        }
        Ok(&self.run)
    }
}

fn renew<T: Copy>(known: &mut Option<Arc<str>>, text: Option<T>, texts: &impl Texts<T>) {
    match (&known, text) {
        (Some(known), Some(text)) if texts.is(text, known) => (),
        (_, text) => *known = text.map(|text| texts.text(text)),
    }
}

/// The bytes of [`Labels`], field by field, so that their lists need not be made to be read.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn next<V: Deserialize<'a>>(&mut self) -> Result<V> {
        take(&mut self.0, "labels")
    }

    fn list<T: Copy + Deserialize<'a>>(&mut self, list: &mut Vec<Arc<str>>, texts: &impl Texts<T>) -> Result<()> {
        let count: usize = self.next()?;
        for at in 0..count {
            let text: T = self.next()?;
            match list.get_mut(at) {
                Some(known) if texts.is(text, known) => (),
                Some(known) => *known = texts.text(text),
                None => list.push(texts.text(text)),
            }
        }
        list.truncate(count);
        Ok(())
    }

    /// Texts with figures.
    fn table<T: Copy + Deserialize<'a>, V: Deserialize<'a>, W>(
        &mut self,
        table: &mut Vec<(Arc<str>, W)>,
        texts: &impl Texts<T>,
        figures: impl Fn(V) -> W,
    ) -> Result<()> {
        let count: usize = self.next()?;
        for at in 0..count {
            let (text, value): (T, V) = self.next()?;
            let value = figures(value);
            match table.get_mut(at) {
                Some((known, old)) if texts.is(text, known) => *old = value,
                Some(row) => *row = (texts.text(text), value),
                None => table.push((texts.text(text), value)),
            }
        }
        table.truncate(count);
        Ok(())
    }

    /// A list, or nothing where it follows from another label.
    fn list_beside<T: Copy + Deserialize<'a>>(
        &mut self,
        list: &mut Vec<Arc<str>>,
        one: Option<&Arc<str>>,
        texts: &impl Texts<T>,
    ) -> Result<()> {
        // An option is a flag before its value.
        if self.next()? {
            return self.list(list, texts);
        }
        match (list.as_mut_slice(), one) {
            ([known], Some(one)) if Arc::ptr_eq(known, one) => (),
            (_, one) => {
                list.clear();
                list.extend(one.cloned());
            }
        }
        Ok(())
    }

    fn labels<T: Copy + Deserialize<'a>>(&mut self, run: &mut RunFigures, texts: &impl Texts<T>) -> Result<()> {
        self.list_beside(&mut run.agents, run.agent.as_ref(), texts)?;
        let session: Option<(T, Option<T>, Option<T>, bool)> = self.next()?;
        run.session = session.map(|(id, name, user_id, weak)| Session {
            id: texts.text(id),
            name: name.map(|name| texts.text(name)),
            user_id: user_id.map(|user_id| texts.text(user_id)),
            weak,
        });
        self.list_beside(&mut run.sessions, run.session.as_ref().map(|session| &session.id), texts)?;
        match self.next::<Option<Option<T>>>()? {
            None => run.user_id = run.session.as_ref().and_then(|session| session.user_id.clone()),
            Some(user_id) => renew(&mut run.user_id, user_id, texts),
        }
        renew(&mut run.customer_id, self.next()?, texts);
        renew(&mut run.feature, self.next()?, texts);
        renew(&mut run.workflow, self.next()?, texts);
        renew(&mut run.version, self.next()?, texts);
        self.list(&mut run.tags, texts)?;
        renew(&mut run.environment, self.next()?, texts);
        self.list(&mut run.unpriced_models, texts)
    }

    fn shares<T: Copy + Deserialize<'a>>(&mut self, run: &mut RunFigures, texts: &impl Texts<T>) -> Result<()> {
        run.cost_by_source.clear();
        for _ in 0..self.next::<usize>()? {
            let (source, cost): (CostSource, Option<NanoUsd>) = self.next()?;
            run.cost_by_source.extend(cost.or(run.cost).map(|cost| (source, cost)));
        }
        let all = run.whole();
        let share = |figures: Option<ModelFigures>| figures.unwrap_or_else(|| all.clone());
        self.table(&mut run.by_model, texts, share)?;
        self.table(&mut run.by_tool, texts, |figures: ToolFigures| figures)
    }
}
