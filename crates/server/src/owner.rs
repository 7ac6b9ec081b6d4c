//! The owner of a data folder as it announces itself in the folder's lock file: where it listens, and the
//! token by which the commands of this machine speak to it. What a dead owner left behind is noticed
//! because nobody answers with its token.

use crate::auth::LocalToken;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use vedette_store::read_announcement;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Such as `http://127.0.0.1:4318`.
    pub url: String,
    /// See [`LocalToken`].
    pub token: LocalToken,
}

impl Owner {
    /// The owner of a folder, if one announced itself.
    #[must_use]
    pub fn read(folder: &Path) -> Option<Owner> {
        Owner::parse(&read_announcement(folder)?)
    }

    fn parse(text: &str) -> Option<Owner> {
        let (url, token) = text.trim_end().split_once('\n')?;
        Some(Owner { url: url.to_owned(), token: LocalToken(token.to_owned()) })
    }

    /// What it announces.
    #[must_use]
    pub fn print(&self) -> String {
        format!("{}\n{}\n", self.url, self.token.0)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_is_read_as_it_was_printed() {
        let owner = Owner { url: "http://127.0.0.1:4318".into(), token: LocalToken("local_1".into()) };
        assert_eq!(Owner::parse(&owner.print()), Some(owner));
        assert_eq!(Owner::parse("http://127.0.0.1:4318"), None);
    }

    #[test]
    fn a_listener_on_every_address_is_reached_on_loopback() {
        for (address, url) in [
            ("127.0.0.1:4318", "http://127.0.0.1:4318"),
            ("0.0.0.0:1", "http://127.0.0.1:1"),
            ("[::]:1", "http://[::1]:1"),
            ("10.0.0.7:1", "http://10.0.0.7:1"),
        ] {
            assert_eq!(local_url(address.parse().expect(address)), url, "{address}");
        }
    }
}
