//! Stored calls priced anew. What is at rest stays as it is: the new price is kept beside the run, as its
//! marks are, and put on its spans wherever they are read.

use super::active::Key;
use super::commit::Commit;
use super::{rows, spans};
use crate::{Pricing, Result};
use std::collections::BTreeSet;
use vedette_model::{AccountId, RunKey, Skeleton};

impl Commit<'_> {
    /// See [`crate::Store::reprice`].
    pub(super) fn reprice(&mut self, account: AccountId, runs: &BTreeSet<RunKey>, pricing: &Pricing) -> Result<u64> {
        // What else this commit brought counts before.
        self.recompute()?;
        let mut changed = 0;
        for run in runs {
            changed += self.reprice_one((account, *run), pricing)?;
        }
        Ok(changed)
    }

    fn reprice_one(&mut self, key: Key, pricing: &Pricing) -> Result<u64> {
        if !self.load(key)? {
            return Ok(0);
        }
        let Some((_, state)) = rows::state(self.db, key.0, key.1)? else { return Ok(0) };
        let lines = spans::lines(self.db, &self.shared.segments, key.1, &self.logged(key), &state, false)?;
        let mut changed = 0;
        for line in lines {
            let Some(cost) = pricing(&line.span).filter(|cost| line.span.cost.as_ref() != Some(cost)) else { continue };
            let id = line.span.id;
            let Some(active) = self.active.get_mut(key) else { return Ok(changed) };
            // A copy that this commit brought has its own price.
            let stands = active.skeleton(id).filter(|skeleton| skeleton.content_hash == line.span.content_hash);
            let Some(skeleton) = stands.cloned() else { continue };
            let said = active.was_said(id);
            active.put(Skeleton { cost: Some(cost.clone()), unpriced: false, ..skeleton });
            active.costs.insert(id, cost);
            self.touched.entry(key).or_default().entry(id).or_insert(said);
            changed += 1;
        }
        Ok(changed)
    }
}
