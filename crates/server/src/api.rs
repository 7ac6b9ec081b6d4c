//! The REST API, a file per resource.

pub mod params;
pub mod statistics;
pub mod view;

pub mod accounts;
pub mod agents;
pub mod alerts;
pub mod apply;
pub mod bundled_prices;
pub mod channels;
pub mod checks;
pub mod costs;
pub mod deliveries;
pub mod heartbeats;
pub mod incidents;
pub mod keys;
pub mod notices;
pub mod prices;
pub mod runs;
pub mod scores;
pub mod sessions;
pub mod spans;
pub mod sql;
pub mod status;
pub mod tools;
