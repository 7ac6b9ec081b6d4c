//! `DATA/owner.json`: where the process that owns a data folder listens, and the token by which the
//! commands of this machine speak to it. Readable by its user only. The lock itself is the store's; a
//! file left behind by a crash is noticed because nobody answers with its token.

use crate::auth::LocalToken;
use anyhow::Context;
use serde::{Deserialize, Serialize};
use std::fs::OpenOptions;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// See the module.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Owner {
    /// Such as `http://127.0.0.1:4318`.
    pub url: String,
    /// See [`LocalToken`].
    pub token: String,
}

/// The file, removed when the server ends.
pub struct OwnerFile(PathBuf);

fn path_in(folder: &Path) -> PathBuf {
    folder.join("owner.json")
}

impl Owner {
    /// The owner of a folder, if it says that it has one.
    #[must_use]
    pub fn read(folder: &Path) -> Option<Owner> {
        serde_json::from_slice(&std::fs::read(path_in(folder)).ok()?).ok()
    }

    /// Says where this process listens.
    pub fn write(folder: &Path, address: SocketAddr, token: &LocalToken) -> anyhow::Result<OwnerFile> {
        let owner = Owner { url: local_url(address), token: token.0.clone() };
        let path = path_in(folder);
        let fresh = path.with_extension("json.new");
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&fresh)
            .with_context(|| format!("cannot write {}", fresh.display()))?;
        file.write_all(serde_json::to_string(&owner)?.as_bytes())?;
        std::fs::rename(&fresh, &path).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(OwnerFile(path))
    }
}

impl Drop for OwnerFile {
    fn drop(&mut self) {
        // Left behind, it only costs the next command one refused connection.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// How to reach a listener from this machine.
#[must_use]
pub fn local_url(address: SocketAddr) -> String {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    format!("http://{}", SocketAddr::new(ip, address.port()))
}
