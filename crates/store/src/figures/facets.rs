//! What a list of runs can be narrowed by.

use super::{Counts, RunFigures};
use crate::filter::Part;
use crate::{Facets, RunFilter};
use vedette_model::Run;

const PARTS: [(&str, Part); 15] = [
    ("agent", Part::Agent),
    ("status", Part::Status),
    ("success", Part::Success),
    ("outcome", Part::Outcome),
    ("kind", Part::Kind),
    ("model", Part::Model),
    ("tool", Part::Tool),
    ("session", Part::Session),
    ("user", Part::User),
    ("customer", Part::Customer),
    ("feature", Part::Feature),
    ("workflow", Part::Workflow),
    ("version", Part::Version),
    ("tag", Part::Tag),
    ("environment", Part::Environment),
];

/// Counts the values of every facet, run by run; see [`crate::Store::facets`]. The names are those of the
/// filter's parts; `success` has `true`, `false` and `null`. Plain traces are counted under `kind`, so that
/// they can be found.
pub struct FacetsSum<'f> {
    filter: &'f RunFilter,
    counts: [(&'static str, Part, Counts); PARTS.len()],
}

impl<'f> FacetsSum<'f> {
    /// Under a filter, its `root` and `q` excepted: those are the caller's business.
    #[must_use]
    pub fn new(filter: &'f RunFilter) -> Self {
        FacetsSum { filter, counts: PARTS.map(|(name, part)| (name, part, Counts::default())) }
    }

    /// Looks at one more run.
    pub fn add(&mut self, run: &RunFigures) {
        let shown = self.filter.shows(run);
        let all = self.filter.matches_but(run, None);
        for (_, part, counts) in &mut self.counts {
            if (shown || *part == Part::Kind) && (all || self.filter.matches_but(run, Some(*part))) {
                count(counts, *part, run);
            }
        }
    }

    /// The facets.
    #[must_use]
    pub fn finish(self) -> Facets {
        Facets(self.counts.into_iter().map(|(name, _, counts)| (name, counts.most())).collect())
    }
}

/// Values of every facet over the runs given (those under `root`, where the filter has one); see [`FacetsSum`].
pub fn facets<'a>(runs: impl Iterator<Item = &'a Run>, filter: &RunFilter) -> Facets {
    let mut sum = FacetsSum::new(filter);
    let runs = runs.filter(|run| filter.mentioned(run));
    runs.filter_map(RunFigures::of).for_each(|run| sum.add(&run));
    sum.finish()
}

fn count(counts: &mut Counts, part: Part, run: &RunFigures) {
    match part {
        Part::Agent => counts.add_all(&run.agents),
        Part::Status => counts.add(run.status.as_str()),
        Part::Success => counts.add(match run.success {
            Some(true) => "true",
            Some(false) => "false",
            None => "null",
        }),
        Part::Outcome => counts.add_all(&run.outcome),
        Part::Kind => counts.add(run.kind.as_str()),
        Part::Model => counts.add_all(run.by_model.iter().map(|(model, _)| model)),
        Part::Tool => counts.add_all(run.by_tool.iter().map(|(tool, _)| tool)),
        Part::Session => counts.add_all(&run.sessions),
        Part::User => counts.add_all(&run.user_id),
        Part::Customer => counts.add_all(&run.customer_id),
        Part::Feature => counts.add_all(&run.feature),
        Part::Workflow => counts.add_all(&run.workflow),
        Part::Version => counts.add_all(&run.version),
        Part::Tag => counts.add_all(&run.tags),
        Part::Environment => counts.add_all(&run.environment),
    }
}
