//! Some hundred runs next to each other in time, their hot rows in one piece of memory.

use crate::figures::CostShare;
use std::cmp::Reverse;
use std::sync::{Arc, OnceLock};
use vedette_model::{RunKey, Timestamp};

/// Newer runs have greater places; of those that start together, the smaller key: newest first is backwards.
pub(super) type Place = (Timestamp, Reverse<RunKey>);

#[derive(Clone, Copy)]
pub(super) struct Entry {
    pub(super) place: Place,
    pub(super) row: i64,
    /// Its hot row's, among the block's bytes.
    at: u32,
    length: u32,
}

/// Never empty.
#[derive(Clone, Default)]
pub(super) struct Block {
    pub(super) entries: Vec<Entry>,
    bytes: Vec<u8>,
    /// What its runs cost together, once somebody asked; nothing if there is too much to be kept.
    pub(super) costs: OnceLock<Option<Arc<CostShare>>>,
}

impl Block {
    pub(super) fn size(&self) -> usize {
        size_of::<Block>() + self.entries.capacity() * size_of::<Entry>() + self.bytes.capacity()
    }

    pub(super) fn first(&self) -> Option<Place> {
        self.entries.first().map(|entry| entry.place)
    }

    pub(super) fn last(&self) -> Option<Place> {
        self.entries.last().map(|entry| entry.place)
    }

    pub(super) fn hot(&self, entry: &Entry) -> &[u8] {
        self.bytes.get(entry.at as usize..(entry.at + entry.length) as usize).unwrap_or_default()
    }

    pub(super) fn put(&mut self, place: Place, row: i64, hot: &[u8]) {
        let new = Entry { place, row, at: self.bytes.len() as u32, length: hot.len() as u32 };
        self.bytes.extend_from_slice(hot);
        match self.entries.binary_search_by_key(&place, |entry| entry.place) {
            Ok(at) => {
                if let Some(entry) = self.entries.get_mut(at) {
                    *entry = new;
                }
                self.tidy();
            }
            Err(at) => self.entries.insert(at, new),
        }
    }

    /// Rows that were replaced leave once they are the greater part.
    fn tidy(&mut self) {
        let used: usize = self.entries.iter().map(|entry| entry.length as usize).sum();
        if self.bytes.len() > 2 * used + 4_096 {
            *self = self.part(&self.entries);
        }
    }

    /// Some of its rows by themselves.
    pub(super) fn part(&self, entries: &[Entry]) -> Block {
        let length = entries.iter().map(|entry| entry.length as usize).sum();
        let mut part = Block {
            entries: Vec::with_capacity(entries.len()),
            bytes: Vec::with_capacity(length),
            costs: OnceLock::new(),
        };
        for entry in entries {
            let at = part.bytes.len() as u32;
            part.bytes.extend_from_slice(self.hot(entry));
            part.entries.push(Entry { at, ..*entry });
        }
        part
    }

    /// What is too much for one block; the last alone, where rows come in order of time.
    pub(super) fn split(&mut self, at_end: bool) -> Block {
        let at = if at_end { self.entries.len() - 1 } else { self.entries.len() / 2 };
        let (left, right) = self.entries.split_at(at);
        let (left, right) = (self.part(left), self.part(right));
        *self = left;
        right
    }
}
