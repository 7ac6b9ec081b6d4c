//! How a receiver knows that a webhook is from this server: HMAC-SHA256 with the channel's secret over the
//! timestamp, a full stop and the body, in hex: `X-Webhook-Signature: sha256=...`. The timestamp is the
//! attempt's, so that a receiver may refuse what is old.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt::Write;

/// The notice's id: the same for every attempt.
pub const ID: &str = "x-webhook-id";
/// Unix seconds of the attempt.
pub const TIMESTAMP: &str = "x-webhook-timestamp";
/// See the module.
pub const SIGNATURE: &str = "x-webhook-signature";

/// The value of [`SIGNATURE`].
#[must_use]
pub fn sign(secret: &str, timestamp: i64, body: &str) -> String {
    let mut text = "sha256=".to_owned();
    // A key of any length is fine for HMAC; the type only cannot say so.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return text };
    mac.update(format!("{timestamp}.{body}").as_bytes());
    for byte in mac.finalize().into_bytes() {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_hmac_sha256() {
        // printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac whsec_test
        assert_eq!(
            sign("whsec_test", 1_700_000_000, "{\"a\":1}"),
            "sha256=38877139021993b830af32feea6e18a8da83eb2f6e49ee50bd9e4cf4ca4d3789"
        );
    }
}
