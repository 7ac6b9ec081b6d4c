//! Segments: immutable Parquet files of one account's spans. A run's spans lie together in order of time, so
//! that their text compresses against itself, and a run is read from the pages that hold it.

mod columns;
mod file;

use super::codec::internal;
use super::spans::{Line, Stretch};
use crate::{Result, StoreError, StoreErrorKind};
pub(super) use columns::Row;
use columns::{COLUMNS, OPENING, RAW, Sort};
use file::Source;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection, RowSelector,
};
use parquet::arrow::{ArrowWriter, ProjectionMask};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::metadata::PageIndexPolicy;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use vedette_model::{RunKey, limits};
use xxhash_rust::xxh3::Xxh3Default;

/// Pays off: spans at rest are read rarely and kept long.
const LEVEL: i32 = 3;
/// A page of raw bytes holds many runs that say alike things: large pages find them.
const RAW_PAGE_BYTES: usize = 8 << 20;
const TEXT_PAGE_BYTES: usize = 1 << 20;
/// What one run makes a reader decode of every other column.
const PAGE_ROWS: usize = 4_096;
/// Rows and bytes handed to the writer at once.
const BATCH_ROWS: usize = 1_024;
const BATCH_BYTES: usize = 8 << 20;

/// A segment that was written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Written {
    pub(super) id: i64,
    pub(super) rows: usize,
    pub(super) bytes: u64,
    pub(super) raw_bytes: usize,
    pub(super) checksum: u64,
}

/// The folder of segments.
pub(super) struct Segments {
    dir: PathBuf,
    footers: Cache<i64, ArrowReaderMetadata, FooterWeight>,
    /// Could not be read; named in the status.
    damaged: Mutex<BTreeSet<i64>>,
}

#[derive(Clone)]
struct FooterWeight;

impl Weighter<i64, ArrowReaderMetadata> for FooterWeight {
    fn weight(&self, _: &i64, footer: &ArrowReaderMetadata) -> u64 {
        footer.metadata().memory_size() as u64
    }
}

fn failed(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StoreError {
    let error = error.into();
    StoreError::caused(StoreErrorKind::ReadOnly, format!("a segment cannot be written, reason={error}"), error)
}

/// What of the spans is read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Want<'a> {
    /// All but the raw bytes.
    Facts,
    /// Everything.
    Raw,
    /// Some columns, and run and id.
    Only(&'a [&'static str]),
}

impl Want<'_> {
    fn takes(&self, column: &str) -> bool {
        match self {
            Want::Facts => !OPENING.contains(&column),
            Want::Raw => true,
            Want::Only(columns) => columns.contains(&column) || column == "run_id" || column == "id",
        }
    }
}

impl Segments {
    /// Makes the folder where it is not there.
    pub(super) fn open(dir: PathBuf) -> Result<Self> {
        fs::create_dir_all(&dir).map_err(failed)?;
        let footers = Cache::with_weighter(1_000, limits::FOOTER_BYTES, FooterWeight);
        Ok(Segments { dir, footers, damaged: Mutex::new(BTreeSet::new()) })
    }

    pub(super) fn path(&self, id: i64) -> PathBuf {
        self.dir.join(format!("{id}.parquet"))
    }

    /// Files in the folder that are segments by name, with their ids; unfinished ones have none.
    pub(super) fn files(&self) -> Result<Vec<(PathBuf, Option<i64>)>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.dir).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let id = path.extension().filter(|extension| *extension == "parquet");
            let id = id.and_then(|_| path.file_stem()?.to_str()?.parse().ok());
            files.push((path, id));
        }
        Ok(files)
    }

    pub(super) fn damaged(&self) -> BTreeSet<i64> {
        self.damaged.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn forget(&self, id: i64) {
        self.footers.remove(&id);
        self.damaged.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }

    /// Removes a file that no row names any more.
    pub(super) fn remove(&self, id: i64) -> Result<()> {
        self.forget(id);
        match fs::remove_file(self.path(id)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(error)),
            _ => Ok(()),
        }
    }

    /// Writes rows, each run's together, as a segment that survives a power cut once this returns; what is written
    /// makes room in memory. Nobody knows of the segment before its row is committed.
    pub(super) fn write(&self, id: i64, rows: Vec<Row>) -> Result<Written> {
        let unfinished = self.dir.join(format!("{id}.tmp"));
        let file = File::create(&unfinished).map_err(failed)?;
        let schema = columns::schema();
        let mut hashed = Hashed { file, hash: Xxh3Default::new(), bytes: 0 };
        let mut writer = ArrowWriter::try_new(&mut hashed, schema.clone(), Some(properties()?)).map_err(failed)?;
        let (count, mut raw_bytes) = (rows.len(), 0);
        let bytes_of = |(line, _): &Row| line.raw.as_ref().map_or(0, |raw| raw.bytes.len());
        let mut rest = rows.into_iter();
        while !rest.as_slice().is_empty() {
            let mut bytes = 0;
            let fits = |row: &&Row| {
                let fits = bytes < BATCH_BYTES;
                bytes += bytes_of(row);
                fits
            };
            let length = rest.as_slice().iter().take(BATCH_ROWS).take_while(fits).count();
            let some: Vec<Row> = rest.by_ref().take(length).collect();
            raw_bytes += some.iter().map(bytes_of).sum::<usize>();
            writer.write(&columns::batch(&some, &schema)?).map_err(failed)?;
        }
        writer.close().map_err(failed)?;
        let Hashed { file, hash, bytes } = hashed;
        super::crash::point("segment written");
        // DURABILITY: the bytes, then the name, then the folder that holds the name; only then the row.
        file.sync_all().map_err(failed)?;
        super::crash::point("segment synced");
        fs::rename(&unfinished, self.path(id)).map_err(failed)?;
        File::open(&self.dir).and_then(|dir| dir.sync_all()).map_err(failed)?;
        super::crash::point("segment named");
        Ok(Written { id, rows: count, bytes, raw_bytes, checksum: hash.digest() })
    }

    /// The lines of a run in a stretch of rows.
    pub(super) fn read(&self, stretch: Stretch, run: RunKey, with_raw: bool) -> Result<Vec<Line>> {
        let rows = [(stretch.first as usize, stretch.rows as usize)];
        let want = if with_raw { Want::Raw } else { Want::Facts };
        let mut lines = Vec::with_capacity(stretch.rows as usize);
        self.read_rows(stretch.segment, Some(&rows), want, |line| {
            if line.span.run == run {
                lines.push(line);
            }
            Ok(())
        })?;
        Ok(lines)
    }

    /// Calls `see` with the lines of some stretches (first, count) of rows, ascending, or of all.
    pub(super) fn read_rows(
        &self,
        id: i64,
        rows: Option<&[(usize, usize)]>,
        want: Want<'_>,
        mut see: impl FnMut(Line) -> Result<()>,
    ) -> Result<()> {
        let batches = self.batches(id, rows, want)?;
        for batch in batches {
            let batch = batch.map_err(|error| self.damage(id, &error))?;
            columns::read(&batch, &mut see).inspect_err(|error| {
                if error.kind == StoreErrorKind::Corrupt {
                    self.note_damage(id);
                }
            })?;
        }
        Ok(())
    }

    /// Reads lazily.
    pub(super) fn batches(
        &self,
        id: i64,
        rows: Option<&[(usize, usize)]>,
        want: Want<'_>,
    ) -> Result<parquet::arrow::arrow_reader::ParquetRecordBatchReader> {
        let source = Source::open(&self.path(id)).map_err(|error| self.damage(id, &error))?;
        let footer = match self.footers.get(&id) {
            Some(footer) => footer,
            None => {
                let options = ArrowReaderOptions::new()
                    .with_column_index_policy(PageIndexPolicy::Skip)
                    .with_offset_index_policy(PageIndexPolicy::Required);
                let footer = ArrowReaderMetadata::load(&source, options).map_err(|error| self.damage(id, &error))?;
                self.footers.insert(id, footer.clone());
                footer
            }
        };
        let takes = COLUMNS.iter().enumerate().filter(|(_, (name, _))| want.takes(name)).map(|(at, _)| at);
        let mask = ProjectionMask::leaves(footer.parquet_schema(), takes);
        let mut builder = ParquetRecordBatchReaderBuilder::new_with_metadata(source, footer)
            .with_projection(mask)
            .with_batch_size(BATCH_ROWS);
        if let Some(rows) = rows {
            builder = builder.with_row_selection(selection(rows));
        }
        builder.build().map_err(|error| self.damage(id, &error))
    }

    /// A batch's lines.
    pub(super) fn lines(
        &self,
        id: i64,
        batch: &arrow::record_batch::RecordBatch,
        see: impl FnMut(Line) -> Result<()>,
    ) -> Result<()> {
        columns::read(batch, see).inspect_err(|error| {
            if error.kind == StoreErrorKind::Corrupt {
                self.note_damage(id);
            }
        })
    }

    fn note_damage(&self, id: i64) {
        self.damaged.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
    }

    pub(super) fn damage(&self, id: i64, reason: &dyn std::fmt::Display) -> StoreError {
        self.note_damage(id);
        tracing::error!(segment = id, %reason, "a segment is damaged; run `vedette doctor`");
        let path = self.path(id);
        let message = format!("a segment is damaged; run `vedette doctor`, file={} reason={reason}", path.display());
        StoreError::new(StoreErrorKind::Corrupt, message)
    }
}

fn selection(rows: &[(usize, usize)]) -> RowSelection {
    let mut selectors = Vec::with_capacity(rows.len() * 2);
    let mut at = 0;
    for (first, count) in rows {
        if *first > at {
            selectors.push(RowSelector::skip(first - at));
        }
        selectors.push(RowSelector::select(*count));
        at = first + count;
    }
    RowSelection::from(selectors)
}

fn properties() -> Result<WriterProperties> {
    let level = ZstdLevel::try_new(LEVEL).map_err(|_| internal("the compression level is unknown"))?;
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .set_statistics_enabled(EnabledStatistics::None)
        .set_dictionary_enabled(false)
        .set_data_page_row_count_limit(PAGE_ROWS)
        .set_data_page_size_limit(TEXT_PAGE_BYTES)
        // A segment is bounded by what a flush or a merge takes.
        .set_max_row_group_row_count(None)
        .set_created_by("vedette".to_owned());
    for (name, sort) in COLUMNS {
        let column = ColumnPath::from(*name);
        properties = match sort {
            Sort::Word | Sort::Shared => properties.set_column_dictionary_enabled(column, true),
            Sort::Text | Sort::Bytes => properties.set_column_encoding(column, Encoding::DELTA_LENGTH_BYTE_ARRAY),
            Sort::Time => properties.set_column_encoding(column, Encoding::DELTA_BINARY_PACKED),
            Sort::Number | Sort::Hash | Sort::Flags => properties,
        };
    }
    Ok(properties
        .set_column_data_page_size_limit(ColumnPath::from(RAW), RAW_PAGE_BYTES)
        .set_column_statistics_enabled(ColumnPath::from("run_id"), EnabledStatistics::Page)
        .set_column_statistics_enabled(ColumnPath::from("started_at"), EnabledStatistics::Chunk)
        .build())
}

/// A file that is hashed as it is written.
struct Hashed {
    file: File,
    hash: Xxh3Default,
    bytes: u64,
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.update(bytes.get(..written).unwrap_or_default());
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// The checksum of a file as it is now.
pub(super) fn checksum(path: &Path) -> io::Result<u64> {
    let mut file = File::open(path)?;
    let mut hash = Xxh3Default::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(hash.digest());
        }
        hash.update(buffer.get(..read).unwrap_or_default());
    }
}
