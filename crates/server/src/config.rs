//! Every setting, read once: flags, then `VEDETTE_*` in the environment, then one TOML file, then
//! defaults. Nothing is bound or opened here. [`Settings`] and [`ServeSettings`] are what was said,
//! [`Config`] is what it means.

mod region;

use anyhow::{Context, bail};
use clap::Args;
use ipnet::IpNet;
use lettre::message::Mailbox;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;
use vedette_model::limits;

pub use region::Region;

/// Settings of every command.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Read settings from this TOML file; its keys are the names of the flags
    #[arg(long, global = true, env = "VEDETTE_CONFIG", value_name = "FILE")]
    #[serde(skip)]
    pub config: Option<PathBuf>,
    /// Folder that holds the data [default: the user's data folder]
    #[arg(long, global = true, env = "VEDETTE_DATA", value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Ask this server instead of the local data
    #[arg(long, global = true, env = "VEDETTE_SERVER", value_name = "URL")]
    pub server: Option<String>,
    /// Key for --server
    #[arg(long, global = true, env = "VEDETTE_KEY", value_name = "KEY", hide_env_values = true)]
    pub key: Option<String>,
    /// Account to act for, where no key says it [default: default]
    #[arg(long, global = true, env = "VEDETTE_ACCOUNT", value_name = "NAME")]
    pub account: Option<String>,
    /// What to log to standard error, such as `info` or `vedette_server=debug` [default: warn]
    #[arg(long, global = true, env = "VEDETTE_LOG", value_name = "FILTER")]
    pub log: Option<String>,
}

/// Settings of the commands that serve.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ServeSettings {
    /// Keep everything in memory, nothing on disk
    #[arg(long, env = "VEDETTE_MEMORY", value_parser = clap::builder::FalseyValueParser::new())]
    pub memory: bool,
    /// Address to listen on, several times if wanted; port 0 takes any free one [default: 127.0.0.1:4318 and
    /// 127.0.0.1:4317]
    #[arg(long, env = "VEDETTE_LISTEN", value_name = "ADDR:PORT", value_delimiter = ',')]
    pub listen: Vec<String>,
    /// The one region of this server; run ids of another are refused
    #[arg(long, env = "VEDETTE_REGION", value_name = "eu|us")]
    pub region: Option<Region>,
    /// Silence after which a run that nobody closed is presumed closed [default: 5m]
    #[arg(long, env = "VEDETTE_SETTLE", value_name = "PERIOD")]
    pub settle: Option<Period>,
    /// Folder where SDKs on this machine leave what they could not send [default: the user's]
    #[arg(long, env = "VEDETTE_SPOOL", value_name = "DIR")]
    pub spool: Option<PathBuf>,
    /// How long runs are kept, such as 30d [default: for ever]
    #[arg(long, env = "VEDETTE_RETAIN", value_name = "PERIOD")]
    pub retain: Option<Period>,
    /// Events a month that an account may send, as ACCOUNT=NUMBER [default: no bound]
    #[arg(long, env = "VEDETTE_EVENTS_PER_MONTH", value_name = "ACCOUNT=NUMBER", value_delimiter = ',')]
    #[serde(deserialize_with = "quotas")]
    pub events_per_month: Vec<Quota>,
    /// Address by which people reach the dashboard, for links in notices [default: the first address listened on]
    #[arg(long, env = "VEDETTE_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,
    /// Network besides the internet that notices may be sent to, such as 10.1.0.0/16, also by http; several
    /// times if wanted [default: none]
    #[arg(long, env = "VEDETTE_NOTIFY_ALLOW", value_name = "NETWORK", value_delimiter = ',')]
    pub notify_allow: Vec<String>,
    /// Pause before a notice that was not taken is sent again; each further pause is 5 times as long [default: 10s]
    #[arg(long, env = "VEDETTE_NOTIFY_PAUSE", value_name = "PERIOD")]
    pub notify_pause: Option<Period>,
    /// How long a query in SQL may take [default: 30s]
    #[arg(long, env = "VEDETTE_SQL_TIME", value_name = "PERIOD")]
    pub sql_time: Option<Period>,
    /// Mail server for notices, as smtps://user:password@host:465 or smtp://host:587?tls=required
    #[arg(long, env = "VEDETTE_SMTP_URL", value_name = "URL", hide_env_values = true)]
    pub smtp_url: Option<String>,
    /// Whom mail is from, such as `Vedette <vedette@example.com>`
    #[arg(long, env = "VEDETTE_MAIL_FROM", value_name = "ADDRESS")]
    pub mail_from: Option<String>,
}

/// A length of time as people write it: `90s`, `5m`, `12h`, `30d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Period(pub Duration);

impl FromStr for Period {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text} is no period; write a number and s, m, h or d, such as 30d");
        let text = text.trim();
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let number: u64 = digits.parse().map_err(|_| wrong())?;
        let unit = match text.get(digits.len()..) {
            Some("s") => 1,
            Some("m") => 60,
            Some("h") => 3_600,
            Some("d") => 86_400,
            _ => return Err(wrong()),
        };
        number.checked_mul(unit).map(Duration::from_secs).map(Period).ok_or_else(wrong)
    }
}

impl TryFrom<String> for Period {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// How many events an account may send in one UTC month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Its name.
    pub account: String,
    /// The plan; half as much again is still taken.
    pub events_per_month: u64,
}

impl FromStr for Quota {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (account, number) = text.split_once('=').ok_or_else(|| format!("{text} is not ACCOUNT=NUMBER"))?;
        let events_per_month = number.parse().map_err(|_| format!("{number} is no number of events"))?;
        Ok(Quota { account: account.to_owned(), events_per_month })
    }
}

fn quotas<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<Quota>, D::Error> {
    let table = BTreeMap::<String, u64>::deserialize(deserializer)?;
    Ok(table.into_iter().map(|(account, events_per_month)| Quota { account, events_per_month }).collect())
}

/// Where the data lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Nowhere: gone with the process.
    Memory,
    /// In this folder.
    Folder(PathBuf),
}

/// What was meant, complete.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the data lives.
    pub place: Place,
    /// Whether the folder was named, rather than the user's data folder taken.
    pub place_is_explicit: bool,
    /// Ask this server instead.
    pub server: Option<String>,
    /// With this key.
    pub key: Option<String>,
    /// The account to act for.
    pub account: String,
    /// A filter for `tracing`.
    pub log: String,
    /// Addresses, at least one.
    pub listen: Vec<String>,
    /// The one region, if there is one.
    pub region: Option<Region>,
    /// See [`limits::SETTLE`].
    pub settle: Duration,
    /// Where SDKs on this machine leave what they could not send.
    pub spool: Option<PathBuf>,
    /// `None` is for ever.
    pub retain: Option<Duration>,
    /// Accounts that have a bound.
    pub quotas: Vec<Quota>,
    /// Where people reach the pages, without a slash at the end, if that is known.
    pub public_url: Option<String>,
    /// Networks besides the internet that notices may be sent to.
    pub notify_allow: Vec<IpNet>,
    /// See [`limits::DELIVERY_PAUSE`].
    pub notify_pause: Duration,
    /// See [`limits::SQL_TIME`].
    pub sql_time: Duration,
    /// The mail server, with its password.
    pub smtp_url: Option<String>,
    /// Whom mail is from.
    pub mail_from: Option<Mailbox>,
}

impl Config {
    /// Joins what was typed with the file. Fails on a file that is named but cannot be read, and on
    /// a key that is no setting.
    pub fn load(flags: Settings, serve_flags: ServeSettings) -> anyhow::Result<Config> {
        let file = match &flags.config {
            Some(path) => Some(path.clone()),
            None => user_folder("config").map(|folder| folder.join("config.toml")).filter(|path| path.exists()),
        };
        let (file_settings, file_serve) = match file {
            Some(path) => read_file(&path)?,
            None => Default::default(),
        };
        let data = flags.data.or(file_settings.data);
        let place_is_explicit = data.is_some();
        let memory = serve_flags.memory || (file_serve.memory && data.is_none());
        if serve_flags.memory && place_is_explicit {
            bail!("--memory keeps nothing on disk, so --data has no meaning with it");
        }
        let place = match data {
            _ if memory => Place::Memory,
            Some(folder) => Place::Folder(folder),
            None => Place::Folder(user_folder("data").context("no home folder found; say --data DIR")?),
        };
        let some = |flag: Vec<String>, file: Vec<String>| if flag.is_empty() { file } else { flag };
        let mut listen = some(serve_flags.listen, file_serve.listen);
        if listen.is_empty() {
            listen = vec!["127.0.0.1:4318".to_owned(), "127.0.0.1:4317".to_owned()];
        }
        let notify_allow = some(serve_flags.notify_allow, file_serve.notify_allow);
        let mail_from = serve_flags.mail_from.or(file_serve.mail_from);
        let mail_from = mail_from
            .map(|text| text.parse::<Mailbox>().with_context(|| format!("{text} is no address to send mail from")));
        let quotas = match serve_flags.events_per_month {
            flags if flags.is_empty() => file_serve.events_per_month,
            flags => flags,
        };
        Ok(Config {
            place,
            place_is_explicit,
            server: flags.server.or(file_settings.server),
            key: flags.key.or(file_settings.key),
            account: flags.account.or(file_settings.account).unwrap_or_else(|| "default".to_owned()),
            log: flags.log.or(file_settings.log).unwrap_or_else(|| "warn".to_owned()),
            listen,
            region: serve_flags.region.or(file_serve.region),
            settle: serve_flags.settle.or(file_serve.settle).map_or(limits::SETTLE, |period| period.0),
            spool: serve_flags.spool.or(file_serve.spool).or_else(vedette_sdk::spool::user_folder),
            retain: serve_flags.retain.or(file_serve.retain).map(|period| period.0),
            quotas,
            public_url: serve_flags.public_url.or(file_serve.public_url).map(page_address).transpose()?,
            notify_allow: notify_allow.iter().map(|text| network(text)).collect::<anyhow::Result<_>>()?,
            notify_pause: serve_flags
                .notify_pause
                .or(file_serve.notify_pause)
                .map_or(limits::DELIVERY_PAUSE, |period| period.0),
            sql_time: serve_flags.sql_time.or(file_serve.sql_time).map_or(limits::SQL_TIME, |period| period.0),
            smtp_url: serve_flags.smtp_url.or(file_serve.smtp_url),
            mail_from: mail_from.transpose()?,
        })
    }

    /// The region in ids that the server makes.
    #[must_use]
    pub fn own_region(&self) -> Region {
        self.region.unwrap_or_default()
    }
}

fn page_address(text: String) -> anyhow::Result<String> {
    let address = url::Url::parse(&text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let address = address.with_context(|| format!("{text} is no address such as https://vedette.example.com"))?;
    Ok(address.as_str().trim_end_matches('/').to_owned())
}

/// A network, or one address.
fn network(text: &str) -> anyhow::Result<IpNet> {
    let network = text.parse().or_else(|_| text.parse::<std::net::IpAddr>().map(IpNet::from));
    network.with_context(|| format!("{text} is no network such as 10.1.0.0/16"))
}

/// `~/.local/share/vedette` and `~/.config/vedette`, or where the XDG variables point.
fn user_folder(what: &str) -> Option<PathBuf> {
    use etcetera::BaseStrategy;
    let folders = etcetera::choose_base_strategy().ok()?;
    let base = if what == "config" { folders.config_dir() } else { folders.data_dir() };
    Some(base.join("vedette"))
}

fn read_file(path: &Path) -> anyhow::Result<(Settings, ServeSettings)> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    parse_file(&text).with_context(|| format!("in {}", path.display()))
}

fn parse_file(text: &str) -> anyhow::Result<(Settings, ServeSettings)> {
    let table: toml::Table = text.parse()?;
    let known = setting_names();
    if let Some(key) = table.keys().find(|key| !known.contains(key)) {
        bail!("{key} is no setting; there are {}", known.join(", "));
    }
    Ok((table.clone().try_into()?, table.try_into()?))
}

/// The keys of the file: the flags, but for `config` itself.
fn setting_names() -> Vec<String> {
    let command = Settings::augment_args(ServeSettings::augment_args(clap::Command::new("vedette")));
    command.get_arguments().map(|flag| flag.get_id().to_string()).filter(|name| name != "config").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_fills_what_no_flag_says() {
        let text = r#"
            data = "/var/lib/vedette"
            listen = ["127.0.0.1:1", "127.0.0.1:2"]
            retain = "30d"
            region = "us"
            events_per_month = { acme = 1000 }
        "#;
        let (settings, serve) = parse_file(text).expect("valid");
        assert_eq!(settings.data.as_deref(), Some(Path::new("/var/lib/vedette")));
        assert_eq!(serve.listen, ["127.0.0.1:1", "127.0.0.1:2"]);
        assert_eq!(serve.retain, Some(Period(Duration::from_secs(30 * 86_400))));
        assert_eq!(serve.region, Some(Region::Us));
        assert_eq!(serve.events_per_month, [Quota { account: "acme".into(), events_per_month: 1000 }]);
    }

    #[test]
    fn a_wrong_file_is_refused_by_name() {
        for (text, said) in [
            ("prot = 1", "prot is no setting"),
            ("retain = \"30\"", "30 is no period"),
            ("region = \"de\"", "unknown variant `de`"),
            ("config = \"x\"", "config is no setting"),
        ] {
            let error = format!("{:#}", parse_file(text).expect_err(text));
            assert!(error.contains(said), "{text}: {error}");
        }
    }

    #[test]
    fn periods_are_a_number_and_a_unit() {
        for (text, seconds) in [("90s", 90), ("5m", 300), ("12h", 43_200), ("30d", 2_592_000), (" 1s ", 1)] {
            assert_eq!(text.parse(), Ok(Period(Duration::from_secs(seconds))), "{text}");
        }
        for text in ["", "5", "m", "-5m", "5w", "5mm", "99999999999999999999d"] {
            assert!(text.parse::<Period>().is_err(), "{text}");
        }
    }
}
