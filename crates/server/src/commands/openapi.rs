//! `vedette openapi`: the API's document.

use super::print_json;

/// Prints it.
pub fn run() -> anyhow::Result<()> {
    print_json(&serde_json::to_value(crate::openapi::document())?)
}
