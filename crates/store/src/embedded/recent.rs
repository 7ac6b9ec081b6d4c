//! The figures of the newest runs in memory, so that lists and statistics need not read them out of the
//! database row by row. Of each account its runs from `floor` on are here, as of the last commit; older
//! ones are read from the database, which holds them all.
//!
//! Rows stand in blocks in order of time. A reader takes the blocks as they are; a commit that changes a
//! block which is being read changes a copy. `maintain` brings older runs in, between commits, so that
//! none is missed. Bounded by [`limits::FIGURES_BYTES`]: the oldest leave.

mod block;
#[cfg(test)]
mod tests;

use super::hot::{self, Decoder, Depth, Texts};
use crate::figures::{CostShare, CostsSum, RunFigures};
use crate::{Range, Result, RunFilter};
use block::{Block, Place};
use foldhash::fast::RandomState;
use rusqlite::{Connection, params};
use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use vedette_model::{AccountId, RunKey, Timestamp, limits};

/// Runs of a block: few enough to change, enough to scan.
const BLOCK_RUNS: usize = 512;
/// Runs that are brought in at once, while appends wait; those that start together come together, ...
const LOADED_AT_ONCE: usize = 4_096;
/// ... but of so many none.
const LOADED_AT_ONCE_MAX: usize = 65_536;
/// Of the bound, so much is filled from the database; the rest is for what comes.
const FILLED: usize = limits::FIGURES_BYTES / 4 * 3;
/// Texts in a page of the dictionary.
const PAGE_TEXTS: usize = 1_024;
/// What one text costs beside its bytes: in the dictionary, and to be found.
const TEXT_BYTES: usize = 72;

/// What a commit changed of a run's figures.
pub(super) struct Moved {
    pub(super) account: AccountId,
    pub(super) key: RunKey,
    pub(super) row: i64,
    /// Where it was.
    pub(super) from: Option<Timestamp>,
    /// Where it is, with its hot row; `None` if it is not listed any more.
    pub(super) to: Option<(Timestamp, Vec<u8>)>,
}

/// Texts by number.
#[derive(Clone, Default)]
pub(super) struct Dictionary(Vec<Arc<Vec<Arc<str>>>>);

impl Dictionary {
    fn get(&self, number: u32) -> Option<&Arc<str>> {
        self.0.get(number as usize / PAGE_TEXTS)?.get(number as usize % PAGE_TEXTS)
    }

    fn push(&mut self, text: Arc<str>) {
        match self.0.last_mut() {
            Some(page) if page.len() < PAGE_TEXTS => Arc::make_mut(page).push(text),
            _ => self.0.push(Arc::new(vec![text])),
        }
    }
}

impl Texts<u32> for Dictionary {
    fn text(&self, number: u32) -> Arc<str> {
        self.get(number).cloned().unwrap_or_default()
    }

    fn is(&self, number: u32, known: &Arc<str>) -> bool {
        self.get(number).is_some_and(|text| Arc::ptr_eq(text, known))
    }
}

/// An account's.
struct Runs {
    /// All that start then or later are here.
    floor: Timestamp,
    /// Those that start next before are too many to be brought in at once.
    crowded: bool,
    /// Oldest first.
    blocks: VecDeque<Arc<Block>>,
}

impl Default for Runs {
    fn default() -> Self {
        Runs { floor: Timestamp(i64::MAX), crowded: false, blocks: VecDeque::new() }
    }
}

impl Runs {
    /// The block where a place is, or would be.
    fn block(&self, place: Place) -> usize {
        let at = self.blocks.partition_point(|block| block.last() < Some(place));
        at.min(self.blocks.len().saturating_sub(1))
    }

    /// Changes a block; answers how many bytes it has more.
    fn edit(&mut self, at: usize, edit: impl FnOnce(&mut Block)) -> isize {
        let Some(block) = self.blocks.get_mut(at) else { return 0 };
        let before = block.size();
        let changed = Arc::make_mut(block);
        changed.costs = OnceLock::new();
        edit(changed);
        let mut bytes = block.size() as isize - before as isize;
        let (length, last) = (block.entries.len(), at + 1 == self.blocks.len());
        if length == 0 {
            bytes -= self.blocks.remove(at).map_or(0, |block| block.size()) as isize;
        } else if length > BLOCK_RUNS
            && let Some(block) = self.blocks.get_mut(at)
        {
            let before = block.size();
            let right = Arc::make_mut(block).split(last);
            bytes += (block.size() + right.size()) as isize - before as isize;
            self.blocks.insert(at + 1, Arc::new(right));
        }
        bytes
    }

    fn put(&mut self, place: Place, row: i64, hot: &[u8]) -> isize {
        let mut bytes = 0;
        if self.blocks.is_empty() {
            self.blocks.push_back(Arc::default());
            bytes += size_of::<Block>() as isize;
        }
        bytes + self.edit(self.block(place), |block| block.put(place, row, hot))
    }

    fn remove(&mut self, place: Place) -> isize {
        self.edit(self.block(place), |block| {
            if let Ok(at) = block.entries.binary_search_by_key(&place, |entry| entry.place) {
                block.entries.remove(at);
            }
        })
    }

    /// Lets the oldest block go, and all that start with its last; answers their bytes.
    fn shed(&mut self) -> isize {
        let Some(last) = self.blocks.pop_front().map(|block| (block.size(), block.last())) else { return 0 };
        let mut bytes = -(last.0 as isize);
        let Some((Timestamp(start), _)) = last.1 else { return bytes };
        self.floor = Timestamp(start.saturating_add(1));
        let floor = self.floor;
        while self.blocks.front().is_some_and(|block| block.first().is_some_and(|(start, _)| start < floor)) {
            bytes += self.edit(0, |block| block.entries.retain(|entry| entry.place.0 >= floor));
        }
        bytes
    }
}

/// See the module.
#[derive(Default)]
pub(super) struct Recent {
    accounts: HashMap<AccountId, Runs>,
    dictionary: Dictionary,
    numbers: HashMap<Arc<str>, u32, RandomState>,
    text_bytes: usize,
    bytes: usize,
}

/// What a reader sees of one account.
pub(super) struct View {
    pub(super) floor: Timestamp,
    blocks: Vec<Arc<Block>>,
    dictionary: Dictionary,
}

impl Recent {
    /// An account's blocks that may hold runs of a range.
    pub(super) fn view(&self, account: AccountId, range: Range) -> View {
        let Some(runs) = self.accounts.get(&account) else {
            return View { floor: Timestamp(i64::MAX), blocks: Vec::new(), dictionary: Dictionary::default() };
        };
        let overlaps = |block: &&Arc<Block>| {
            let (first, last) = (block.first().map(|place| place.0), block.last().map(|place| place.0));
            range.since.is_none_or(|since| last >= Some(since)) && range.until.is_none_or(|until| first < Some(until))
        };
        View {
            floor: runs.floor,
            blocks: runs.blocks.iter().filter(overlaps).cloned().collect(),
            dictionary: self.dictionary.clone(),
        }
    }

    /// Follows a commit.
    pub(super) fn follow(&mut self, moved: Vec<Moved>) -> Result<()> {
        for Moved { account, key, row, from, to } in moved {
            let Some(floor) = self.accounts.get(&account).map(|runs| runs.floor) else { continue };
            let to = to.filter(|(start, _)| *start >= floor);
            let to = match to {
                Some((start, hot)) => Some((start, self.numbered(&hot)?)),
                None => None,
            };
            let Some(runs) = self.accounts.get_mut(&account) else { continue };
            let mut bytes = 0;
            if let Some(start) = from.filter(|from| to.as_ref().is_none_or(|(start, _)| start != from)) {
                bytes += runs.remove((start, Reverse(key)));
            }
            if let Some((start, hot)) = to {
                bytes += runs.put((start, Reverse(key)), row, &hot);
            }
            self.bytes = self.bytes.saturating_add_signed(bytes);
        }
        while self.bytes + self.text_bytes > limits::FIGURES_BYTES
            && let Some(runs) = self.accounts.values_mut().max_by_key(|runs| runs.blocks.len())
            && !runs.blocks.is_empty()
        {
            self.bytes = self.bytes.saturating_add_signed(runs.shed());
        }
        if self.text_bytes > limits::FIGURES_BYTES / 2 {
            // Most are of runs long gone: `maintain` begins anew.
            *self = Recent::default();
        }
        Ok(())
    }

    fn numbered(&mut self, hot: &[u8]) -> Result<Vec<u8>> {
        let Recent { dictionary, numbers, text_bytes, .. } = self;
        hot::numbered(hot, |text| {
            if let Some(number) = numbers.get(text) {
                return *number;
            }
            let (number, text): (u32, Arc<str>) = (numbers.len() as u32, text.into());
            *text_bytes += text.len() + TEXT_BYTES;
            numbers.insert(text.clone(), number);
            dictionary.push(text);
            number
        })
    }

    /// Whether older runs of an account are wanted.
    pub(super) fn has_room(&self, account: AccountId) -> bool {
        let wants = |runs: &Runs| !runs.crowded && runs.floor > Timestamp(i64::MIN);
        self.bytes + self.text_bytes < FILLED && self.accounts.get(&account).is_none_or(wants)
    }

    fn floor(&self, account: AccountId) -> Timestamp {
        self.accounts.get(&account).map_or(Timestamp(i64::MAX), |runs| runs.floor)
    }

    /// Takes in all runs of an account from a time on that it did not know, oldest first.
    fn extend(&mut self, account: AccountId, floor: Timestamp, rows: &[Loaded]) -> Result<()> {
        let mut blocks = Vec::new();
        for rows in rows.chunks(BLOCK_RUNS) {
            let mut block = Block::default();
            for (place, row, hot) in rows {
                block.put(*place, *row, &self.numbered(hot)?);
            }
            block = block.part(&block.entries);
            self.bytes += block.size();
            blocks.push(Arc::new(block));
        }
        let runs = self.accounts.entry(account).or_default();
        blocks.into_iter().rev().for_each(|block| runs.blocks.push_front(block));
        runs.floor = floor;
        Ok(())
    }

    /// Forgets accounts that are no more.
    pub(super) fn keep(&mut self, accounts: &BTreeSet<AccountId>) {
        self.accounts.retain(|account, runs| {
            let stays = accounts.contains(account);
            if !stays {
                self.bytes -= runs.blocks.iter().map(|block| block.size()).sum::<usize>();
            }
            stays
        });
    }
}

/// A run's place, row and hot row.
type Loaded = (Place, i64, Vec<u8>);

/// Brings some older runs of an account in, between commits; false when no more are wanted.
pub(super) fn load(recent: &RwLock<Recent>, db: &Connection, account: AccountId) -> Result<bool> {
    let floor = recent.read().unwrap_or_else(PoisonError::into_inner).floor(account);
    let sql = "SELECT started_at, key, run, hot FROM figures
               WHERE account = ?1 AND started_at < ?2 ORDER BY started_at DESC, key";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params![account.0, floor.0])?;
    let mut loaded: Vec<Loaded> = Vec::new();
    let mut all = true;
    while let Some(row) = rows.next()? {
        let start = Timestamp(row.get(0)?);
        if loaded.len() >= LOADED_AT_ONCE && loaded.last().is_some_and(|((last, _), ..)| *last != start) {
            all = false;
            break;
        }
        if loaded.len() >= LOADED_AT_ONCE_MAX {
            let mut recent = recent.write().unwrap_or_else(PoisonError::into_inner);
            recent.accounts.entry(account).or_default().crowded = true;
            return Ok(false);
        }
        loaded.push(((start, Reverse(RunKey(row.get(1)?))), row.get(2)?, row.get(3)?));
    }
    loaded.reverse();
    let first = loaded.first().map(|((start, _), ..)| *start);
    let floor = if all { Timestamp(i64::MIN) } else { first.unwrap_or(floor) };
    recent.write().unwrap_or_else(PoisonError::into_inner).extend(account, floor, &loaded)?;
    Ok(!all)
}

impl View {
    /// The part of a range whose runs are not here.
    pub(super) fn before(&self, range: Range) -> Option<Range> {
        let floor = self.floor;
        let older = floor > Timestamp(i64::MIN) && range.since.is_none_or(|since| since < floor);
        older.then(|| Range { until: Some(range.until.map_or(floor, |until| until.min(floor))), ..range })
    }

    /// Calls `see` with the row and figures of every run in range that is here, newest first, those that
    /// start together by key, until it says stop; answers whether it did not.
    pub(super) fn scan(
        self,
        range: Range,
        depth: Depth,
        mut see: impl FnMut(i64, &RunFigures) -> Result<bool>,
    ) -> Result<bool> {
        let mut decoder = Decoder::new(self.dictionary);
        for block in self.blocks.iter().rev() {
            for entry in block.entries.iter().rev().filter(|entry| range.holds(entry.place.0)) {
                let (start, Reverse(key)) = entry.place;
                if !see(entry.row, decoder.read::<u32>(key, start, block.hot(entry), depth)?)? {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// Adds up the costs of every run in range that is here and listed. Blocks that lie in it whole are added up
    /// once, until they change.
    pub(super) fn costs(self, range: Range, sum: &mut CostsSum) -> Result<()> {
        let mut decoder = Decoder::new(self.dictionary);
        let holds = |place: Option<Place>| place.is_some_and(|(start, _)| range.holds(start));
        for block in &self.blocks {
            if holds(block.first()) && holds(block.last()) {
                let share = match block.costs.get() {
                    Some(known) => known.clone(),
                    None => {
                        let mut share = CostShare::default();
                        listed(block, Range::default(), &mut decoder, |run| share.add(run))?;
                        let share = (share.models() <= limits::SHARE_MODELS).then(|| Arc::new(share));
                        block.costs.get_or_init(|| share).clone()
                    }
                };
                if share.is_some_and(|share| sum.add_share(&share)) {
                    continue;
                }
            }
            listed(block, range, &mut decoder, |run| sum.add(run))?;
        }
        Ok(())
    }
}

/// Calls `see` with the runs of a block that are in range and listed where nothing else is asked.
fn listed(
    block: &Block,
    range: Range,
    decoder: &mut Decoder<Dictionary>,
    mut see: impl FnMut(&RunFigures),
) -> Result<()> {
    let filter = RunFilter::default();
    for entry in block.entries.iter().filter(|entry| range.holds(entry.place.0)) {
        let (start, Reverse(key)) = entry.place;
        let run = decoder.read::<u32>(key, start, block.hot(entry), Depth::Shares)?;
        if filter.shows(run) {
            see(run);
        }
    }
    Ok(())
}
