//! Crashes on purpose: a test names a step in the environment, and the process dies there without
//! unwinding, as after a kill. Exists only where tests are built.

/// Dies here if this step is the one named by `VEDETTE_CRASH_AT`.
#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "only where tests are built, and no configuration")]
pub(super) fn point(step: &str) {
    if std::env::var_os("VEDETTE_CRASH_AT").is_some_and(|named| named.as_os_str() == step) {
        std::process::abort();
    }
}

/// Nothing, and compiled away.
#[cfg(not(test))]
pub(super) fn point(_step: &str) {}

#[cfg(test)]
mod tests;
