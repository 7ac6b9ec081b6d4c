//! The server's side of a query: its process is started, told the query, given the rows it asks for, and ended.

use crate::wire::{self, Ask, Question, Reading, Reply};
use crate::{SqlError, WORKER, too_long, too_much_memory};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::ipc::writer::StreamWriter;
use rustix::process::Signal;
use std::collections::HashMap;
use std::io::{BufReader, BufWriter, ErrorKind, Result, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use vedette_model::{AccountId, Timestamp};
use vedette_store::{Range, Store, StoreError};

/// A process that waits for its query.
pub struct Process {
    child: Arc<Mutex<Child>>,
    to: BufWriter<ChildStdin>,
    from: BufReader<ChildStdout>,
}

impl Process {
    pub fn start() -> Result<Process> {
        let mut child = Command::new(this_program()?)
            .arg(WORKER)
            // One heap for all threads: each further one would set aside room that counts.
            .env("MALLOC_ARENA_MAX", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // What goes wrong is said in words, to who asked.
            .stderr(Stdio::null())
            .spawn()?;
        let (Some(to), Some(from)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(ErrorKind::BrokenPipe.into());
        };
        Ok(Process { child: Arc::new(Mutex::new(child)), to: BufWriter::new(to), from: BufReader::new(from) })
    }

    /// Kills it when dropped, whatever it is doing.
    pub fn end_on_drop(&self) -> EndOnDrop {
        EndOnDrop(Arc::clone(&self.child))
    }

    /// Serves it to its end. Blocks.
    pub fn run(
        mut self,
        store: &dyn Store,
        account: AccountId,
        question: &Question,
    ) -> std::result::Result<Vec<u8>, SqlError> {
        let outcome = self.serve(store, account, question);
        let status = self.end();
        outcome.unwrap_or_else(|_| Err(why(status, question)))
    }

    /// Fails when the process is gone.
    fn serve(
        &mut self,
        store: &dyn Store,
        account: AccountId,
        question: &Question,
    ) -> Result<std::result::Result<Vec<u8>, SqlError>> {
        wire::send(&mut self.to, question)?;
        let mut readings: HashMap<u32, Rows<'_>> = HashMap::new();
        loop {
            match wire::receive(&mut self.from)? {
                Ask::Open(reading) => {
                    readings.insert(reading.id, Rows { store, account, reading, batches: None, ahead: None });
                }
                Ask::Next(id) => {
                    let Some(rows) = readings.get_mut(&id) else { return Err(ErrorKind::InvalidData.into()) };
                    rows.answer(&mut self.to)?;
                }
                Ask::Close(id) => drop(readings.remove(&id)),
                Ask::Answered => return Ok(Ok(wire::receive_bytes(&mut self.from)?)),
                Ask::Ended(error) => return Ok(Err(error)),
            }
        }
    }

    /// How it ended, which it has if it does not answer; else it has nothing left to do.
    fn end(self) -> Result<ExitStatus> {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        child.kill()?;
        child.wait()
    }
}

/// See [`Process::end_on_drop`].
pub struct EndOnDrop(Arc<Mutex<Child>>);

impl Drop for EndOnDrop {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.0.lock().unwrap_or_else(PoisonError::into_inner).kill();
    }
}

type Batches = Box<dyn Iterator<Item = std::result::Result<RecordBatch, StoreError>> + Send>;

/// One reading of a table.
struct Rows<'a> {
    store: &'a dyn Store,
    account: AccountId,
    reading: Reading,
    /// Opened when the first is asked for.
    batches: Option<Batches>,
    /// Read while the process works on the one before.
    ahead: Option<Encoded>,
}

/// A batch for the process; `None` after the last.
type Encoded = std::result::Result<Option<Vec<u8>>, String>;

impl Rows<'_> {
    fn answer(&mut self, to: &mut impl Write) -> Result<()> {
        match self.ahead.take().unwrap_or_else(|| self.read()) {
            Ok(Some(batch)) => {
                wire::send(to, &Reply::Batch)?;
                wire::send_bytes(to, &batch)?;
                self.ahead = Some(self.read());
                Ok(())
            }
            Ok(None) => wire::send(to, &Reply::End),
            Err(message) => wire::send(to, &Reply::Failed(message)),
        }
    }

    fn read(&mut self) -> Encoded {
        let batches = match &mut self.batches {
            Some(batches) => batches,
            none => none.insert(open(self.store, self.account, &self.reading)?),
        };
        let Some(batch) = batches.next() else { return Ok(None) };
        encoded(&batch.map_err(|error| error.to_string())?).map(Some).map_err(|error| error.to_string())
    }
}

fn open(store: &dyn Store, account: AccountId, reading: &Reading) -> std::result::Result<Batches, String> {
    let (_, table) = wire::TABLES.iter().find(|(name, _)| *name == reading.table).ok_or("no such table")?;
    let range = Range { since: reading.since.map(Timestamp), until: reading.until.map(Timestamp) };
    store.scan(*table, account, range, Some(&reading.columns)).map_err(|error| error.to_string())
}

fn encoded(batch: &RecordBatch) -> std::result::Result<Vec<u8>, ArrowError> {
    let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema())?;
    writer.write(batch)?;
    writer.into_inner()
}

/// The program that runs, even if its file has been replaced.
fn this_program() -> Result<PathBuf> {
    if cfg!(target_os = "linux") { Ok("/proc/self/exe".into()) } else { std::env::current_exe() }
}

/// Why a process ended that has said nothing.
fn why(status: Result<ExitStatus>, question: &Question) -> SqlError {
    let ended_by = |signal: Signal| matches!(&status, Ok(status) if status.signal() == Some(signal.as_raw()));
    if ended_by(Signal::ABORT) {
        // The system gave it no more.
        too_much_memory()
    } else if ended_by(Signal::XCPU) {
        too_long(question.seconds)
    } else if ended_by(Signal::SEGV) {
        SqlError::Refused("the query is nested too deeply".into())
    } else {
        SqlError::Failed(match status {
            Ok(status) => format!("the query's process ended without an answer: {status}"),
            Err(error) => format!("the query's process cannot be heard of: {error}"),
        })
    }
}
