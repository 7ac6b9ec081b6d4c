//! Which addresses a notice may be sent to. Channels are made by users, and a server that posts wherever it
//! is told can be made to post to its own network: so every address that a name stands for is looked at, the
//! connection goes to an address that was looked at, and redirects are not followed ([`super::http`]).
//!
//! Public addresses may be reached by https. What else may be reached is configured, network by network
//! (`--notify-allow`), and may be reached by http too.

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use url::{Host, Url};

/// Why an address is not posted to; for people.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Refused {
    /// The text is no address of the web.
    #[error("no address of the form https://host/path")]
    NotAnAddress,
    /// A name and password in the address would be shown wherever the address is.
    #[error("an address must not hold a user name or password")]
    Credentials,
    /// Nobody may read along.
    #[error("https is needed; http is only for networks named by --notify-allow")]
    NotEncrypted,
    /// It is not on the internet.
    #[error("{0} is a private or special address; allow its network with --notify-allow")]
    Private(IpAddr),
    /// The name stands for nothing.
    #[error("{0} cannot be resolved")]
    Unresolved(String),
}

/// Special networks of IPv4 (IANA's registry): none of them is a receiver on the internet.
const SPECIAL_V4: [Ipv4Net; 16] = [
    net4(0, 0, 0, 0, 8),
    net4(10, 0, 0, 0, 8),
    net4(100, 64, 0, 0, 10),
    net4(127, 0, 0, 0, 8),
    net4(169, 254, 0, 0, 16),
    net4(172, 16, 0, 0, 12),
    net4(192, 0, 0, 0, 24),
    net4(192, 0, 2, 0, 24),
    net4(192, 31, 196, 0, 24),
    net4(192, 52, 193, 0, 24),
    net4(192, 88, 99, 0, 24),
    net4(192, 168, 0, 0, 16),
    net4(198, 18, 0, 0, 15),
    net4(198, 51, 100, 0, 24),
    net4(203, 0, 113, 0, 24),
    // Multicast, reserved, broadcast.
    net4(224, 0, 0, 0, 3),
];

/// The part of IPv6 that is given out, ...
const GLOBAL_V6: Ipv6Net = net6([0x2000, 0, 0, 0, 0, 0, 0, 0], 3);
/// ... and what is special in it: Teredo and its neighbours, documentation, 6to4.
const SPECIAL_V6: [Ipv6Net; 4] = [
    net6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23),
    net6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32),
    net6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16),
    net6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20),
];
/// Translated to IPv4 on the way (NAT64): the last 32 bits are the address that is reached.
const TRANSLATED: Ipv6Net = net6([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96);

const fn net4(a: u8, b: u8, c: u8, d: u8, length: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), length)
}

const fn net6(groups: [u16; 8], length: u8) -> Ipv6Net {
    let [a, b, c, d, e, f, g, h] = groups;
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, d, e, f, g, h), length)
}

/// The address that is reached in the end: one IPv4 address has several spellings in IPv6.
fn reached(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) if TRANSLATED.contains(&v6) => {
            let [.., a, b, c, d] = v6.octets();
            IpAddr::V4(Ipv4Addr::new(a, b, c, d))
        }
        canonical => canonical,
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => !SPECIAL_V4.iter().any(|net| net.contains(&v4)),
        IpAddr::V6(v6) => GLOBAL_V6.contains(&v6) && !SPECIAL_V6.iter().any(|net| net.contains(&v6)),
    }
}

/// Where notices may go besides the internet.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    /// Networks named by the operator.
    pub allowed: Vec<IpNet>,
}

impl Reach {
    fn is_allowed(&self, address: IpAddr) -> bool {
        self.allowed.iter().any(|net| net.contains(&address))
    }

    /// Whether this one address may be posted to, by https or by http.
    pub fn check(&self, address: IpAddr, encrypted: bool) -> Result<(), Refused> {
        let reached = reached(address);
        if self.is_allowed(reached) {
            Ok(())
        } else if !is_public(reached) {
            Err(Refused::Private(reached))
        } else if encrypted {
            Ok(())
        } else {
            Err(Refused::NotEncrypted)
        }
    }

    /// What can be said of an address without asking for its name: refused when a channel is made.
    pub fn parse(&self, text: &str) -> Result<Url, Refused> {
        let url = Url::parse(text.trim()).map_err(|_| Refused::NotAnAddress)?;
        let encrypted = match url.scheme() {
            "https" => true,
            "http" if !self.allowed.is_empty() => false,
            "http" => return Err(Refused::NotEncrypted),
            _ => return Err(Refused::NotAnAddress),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refused::Credentials);
        }
        match url.host() {
            Some(Host::Ipv4(v4)) => self.check(v4.into(), encrypted)?,
            Some(Host::Ipv6(v6)) => self.check(v6.into(), encrypted)?,
            Some(Host::Domain(_)) => {}
            None => return Err(Refused::NotAnAddress),
        }
        Ok(url)
    }

    /// Every address that the host stands for, each one looked at; one that is refused refuses all, since a
    /// name that stands for both kinds was not made in good faith.
    pub async fn resolve(&self, url: &Url) -> Result<Vec<SocketAddr>, Refused> {
        let port = url.port_or_known_default().ok_or(Refused::NotAnAddress)?;
        let addresses: Vec<SocketAddr> = match url.host().ok_or(Refused::NotAnAddress)? {
            Host::Ipv4(v4) => vec![(v4, port).into()],
            Host::Ipv6(v6) => vec![(v6, port).into()],
            Host::Domain(name) => {
                let unresolved = || Refused::Unresolved(name.to_owned());
                tokio::net::lookup_host((name, port)).await.map_err(|_| unresolved())?.collect()
            }
        };
        if addresses.is_empty() {
            return Err(Refused::Unresolved(url.host_str().unwrap_or_default().to_owned()));
        }
        let encrypted = url.scheme() == "https";
        addresses.iter().try_for_each(|address| self.check(address.ip(), encrypted))?;
        Ok(addresses)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach(allowed: &[&str]) -> Reach {
        Reach { allowed: allowed.iter().map(|net| net.parse().expect(net)).collect() }
    }

    #[test]
    fn only_the_internet_may_be_reached() {
        for (address, public) in [
            ("8.8.8.8", true),
            ("172.15.255.255", true),
            ("172.32.0.1", true),
            ("100.63.255.255", true),
            ("223.255.255.255", true),
            ("127.0.0.1", false),
            ("127.255.0.1", false),
            ("0.0.0.0", false),
            ("10.1.2.3", false),
            ("100.64.0.1", false),
            ("169.254.169.254", false),
            ("172.16.0.1", false),
            ("172.31.255.255", false),
            ("192.0.0.192", false),
            ("192.168.1.1", false),
            ("198.19.255.255", false),
            ("224.0.0.1", false),
            ("240.0.0.1", false),
            ("255.255.255.255", false),
            ("2606:4700::1111", true),
            ("2a00:1450:4001::1", true),
            ("::", false),
            ("::1", false),
            ("fe80::1", false),
            ("fec0::1", false),
            ("fc00::1", false),
            ("fd12:3456::1", false),
            ("ff02::1", false),
            ("100::1", false),
            ("2001:db8::1", false),
            ("2001::1", false),
            // IPv4 in the clothes of IPv6: mapped, compatible, NAT64, 6to4.
            ("::ffff:8.8.8.8", true),
            ("::ffff:127.0.0.1", false),
            ("::ffff:10.0.0.1", false),
            ("::ffff:169.254.169.254", false),
            ("::127.0.0.1", false),
            ("64:ff9b::8.8.8.8", true),
            ("64:ff9b::127.0.0.1", false),
            ("64:ff9b:1::1", false),
            ("2002:7f00:1::", false),
        ] {
            let checked = Reach::default().check(address.parse().expect(address), true);
            assert_eq!(checked.is_ok(), public, "{address}: {checked:?}");
        }
    }

    #[test]
    fn what_is_configured_is_reached_and_nothing_beside_it() {
        let reach = reach(&["10.1.0.0/16", "127.0.0.1/32", "fd00::/8"]);
        for (address, allowed) in [
            ("10.1.2.3", true),
            ("::ffff:10.1.2.3", true),
            ("10.2.0.1", false),
            ("127.0.0.1", true),
            ("127.0.0.2", false),
            ("::1", false),
            ("fd00::7", true),
        ] {
            assert_eq!(reach.check(address.parse().expect(address), false).is_ok(), allowed, "{address}");
        }
        let public = "8.8.8.8".parse().expect("an address");
        assert_eq!(reach.check(public, false), Err(Refused::NotEncrypted));
    }

    #[test]
    fn addresses_are_read_as_a_browser_reads_them() {
        let private = |text: &str| Err(Refused::Private(text.parse().expect(text)));
        let loopback = || private("127.0.0.1");
        for (text, expected) in [
            ("https://hooks.example.com/a?b=c", Ok(())),
            ("https://8.8.8.8:8443/", Ok(())),
            ("http://hooks.example.com/", Err(Refused::NotEncrypted)),
            ("https://127.0.0.1/", loopback()),
            ("https://127.1/", loopback()),
            ("https://2130706433/", loopback()),
            ("https://0x7f.0.0.1/", loopback()),
            ("https://0177.0.0.1/", loopback()),
            ("https://１２７.0.0.1/", loopback()),
            ("https://[::1]/", private("::1")),
            ("https://[::ffff:127.0.0.1]/", loopback()),
            ("https://[::ffff:7f00:1]/", loopback()),
            ("https://169.254.169.254/latest/meta-data/", private("169.254.169.254")),
            ("https://user@example.com/", Err(Refused::Credentials)),
            ("https://:pass@example.com/", Err(Refused::Credentials)),
            ("file:///etc/passwd", Err(Refused::NotAnAddress)),
            ("gopher://example.com/", Err(Refused::NotAnAddress)),
            ("ftp://example.com/", Err(Refused::NotAnAddress)),
            ("//example.com/", Err(Refused::NotAnAddress)),
            ("https://", Err(Refused::NotAnAddress)),
            ("", Err(Refused::NotAnAddress)),
        ] {
            assert_eq!(Reach::default().parse(text).map(drop), expected, "{text}");
        }
        assert!(reach(&["127.0.0.1/32"]).parse("http://127.0.0.1:9/").is_ok());
    }

    #[tokio::test]
    async fn a_name_is_judged_by_what_it_stands_for() {
        let url = Url::parse("https://localhost:9/").expect("an address");
        let refused = Reach::default().resolve(&url).await.expect_err("loopback");
        assert!(matches!(refused, Refused::Private(address) if address.is_loopback()), "{refused}");
        let resolved = reach(&["127.0.0.0/8", "::1/128"]).resolve(&url).await.expect("allowed");
        assert!(resolved.iter().all(|address| address.ip().is_loopback() && address.port() == 9));
        let nowhere = Url::parse("https://nowhere.invalid/").expect("an address");
        assert_eq!(Reach::default().resolve(&nowhere).await, Err(Refused::Unresolved("nowhere.invalid".into())));
    }
}
