//! Who owns a data folder: one process, by an advisory lock that ends with it. What the owner announces in
//! the file (its address) is what others read to talk to it instead.

use crate::{Result, StoreError, StoreErrorKind};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use vedette_model::limits;

const FILE: &str = "lock";

/// Held as long as it lives.
pub(super) struct Lock(File);

impl Lock {
    /// Takes the folder, or says who has it.
    pub(super) fn take(dir: &Path) -> Result<Self> {
        let path = dir.join(FILE);
        let cannot = |error| {
            let message = format!("the data folder cannot be locked, path={} reason={error}", path.display());
            StoreError::caused(StoreErrorKind::ReadOnly, message, error)
        };
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(cannot)?;
        match file.try_lock() {
            Ok(()) => {
                // The last owner's words are not ours.
                file.set_len(0).map_err(cannot)?;
                Ok(Lock(file))
            }
            Err(TryLockError::WouldBlock) => {
                let owner = read_announcement(dir).unwrap_or_else(|| "another process".to_owned());
                let owner = owner.lines().next().unwrap_or_default().to_owned();
                Err(StoreError::new(
                    StoreErrorKind::Unavailable,
                    format!("the data folder is in use, path={} owner={owner}", dir.display()),
                ))
            }
            Err(TryLockError::Error(error)) => Err(cannot(error)),
        }
    }

    pub(super) fn announce(&self, text: &str) -> Result<()> {
        let write = || {
            let mut file = &self.0;
            file.set_len(0)?;
            file.seek(SeekFrom::Start(0))?;
            file.write_all(text.as_bytes())?;
            file.sync_data()
        };
        write().map_err(|error: std::io::Error| {
            StoreError::caused(
                StoreErrorKind::ReadOnly,
                format!("the lock file cannot be written, reason={error}"),
                error,
            )
        })
    }
}

/// What the process that owns a folder announced last; `None` if nobody did. It may be gone since.
#[must_use]
pub fn read_announcement(dir: &Path) -> Option<String> {
    let mut text = String::new();
    File::open(dir.join(FILE)).ok()?.take(limits::ANNOUNCEMENT_BYTES).read_to_string(&mut text).ok()?;
    Some(text).filter(|text| !text.is_empty())
}
