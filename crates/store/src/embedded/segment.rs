//! Segments.
use super::spans::{Line, Stretch};
use crate::Result;
use vedette_model::RunKey;
pub(super) struct Segments;
impl Segments {
    pub(super) fn read(&self, _stretch: Stretch, _run: RunKey, _with_raw: bool) -> Result<Vec<Line>> {
        Err(super::codec::internal("there are no segments yet"))
    }
}
