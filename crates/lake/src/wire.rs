//! What a query's process and the server say to each other, over the process's input and output: frames of a
//! length and as many bytes. A frame holds one message as JSON; where a message says so, one of bytes follows.

use crate::SqlError;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::io::{Error, ErrorKind, Read, Result, Write};
use vedette_model::limits;
use vedette_store::Table;

/// What a process is for: the first message, from the server.
#[derive(Serialize, Deserialize)]
pub struct Question {
    pub sql: String,
    /// How long it may take.
    pub seconds: u64,
}

/// The process to the server.
#[derive(Serialize, Deserialize)]
pub enum Ask {
    /// Read a table; answered by nothing.
    Open(Reading),
    /// The next batch of what was opened under this number; answered by a [`Reply`].
    Next(u32),
    /// No more of it; answered by nothing.
    Close(u32),
    /// All is done; the answer follows as bytes.
    Answered,
    /// All is done, without an answer.
    Ended(SqlError),
}

/// One reading of a table, bounded by time as in [`vedette_store::Range`].
#[derive(Serialize, Deserialize)]
pub struct Reading {
    pub id: u32,
    pub table: String,
    pub since: Option<i64>,
    pub until: Option<i64>,
    /// By their place in the table.
    pub columns: Vec<usize>,
}

/// The server to the process.
#[derive(Serialize, Deserialize)]
pub enum Reply {
    /// It follows as bytes, as an Arrow stream.
    Batch,
    /// There are no more rows.
    End,
    /// The store cannot read them.
    Failed(String),
}

/// The tables and what they are called.
pub const TABLES: [(&str, Table); 3] = [("runs", Table::Runs), ("spans", Table::Spans), ("scores", Table::Scores)];

pub fn send(to: &mut impl Write, message: &impl Serialize) -> Result<()> {
    send_bytes(to, &serde_json::to_vec(message)?)
}

pub fn send_bytes(to: &mut impl Write, bytes: &[u8]) -> Result<()> {
    let length = u32::try_from(bytes.len()).ok().filter(|length| *length <= limits::SQL_FRAME_BYTES);
    let length = length.ok_or_else(|| Error::new(ErrorKind::InvalidInput, "rows of more than 1 GiB at once"))?;
    to.write_all(&length.to_le_bytes())?;
    to.write_all(bytes)?;
    to.flush()
}

pub fn receive<M: DeserializeOwned>(from: &mut impl Read) -> Result<M> {
    Ok(serde_json::from_slice(&receive_bytes(from)?)?)
}

pub fn receive_bytes(from: &mut impl Read) -> Result<Vec<u8>> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length);
    if length > limits::SQL_FRAME_BYTES {
        return Err(Error::new(ErrorKind::InvalidData, "a frame of more than 1 GiB"));
    }
    let mut bytes = vec![0; length as usize];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}
