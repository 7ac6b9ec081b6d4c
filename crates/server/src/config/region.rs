//! Regions, as ids and the configuration name them.

use serde::Deserialize;
use std::str::FromStr;

/// Where the client of a run or event lives: part of an id's spelling, not of its key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Region {
    /// Europe.
    #[default]
    Eu,
    /// The United States.
    Us,
}

impl Region {
    /// As in ids.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Region::Eu => "eu",
            Region::Us => "us",
        }
    }
}

impl FromStr for Region {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "eu" => Ok(Region::Eu),
            "us" => Ok(Region::Us),
            _ => Err(format!("unknown region {text}; use eu or us")),
        }
    }
}
