//! One file a dialect: what one family of SDKs means by its attributes. A dialect knows only itself;
//! [`crate::DIALECTS`] says who goes before whom, [`crate::kind`] whose word on the kind counts.

pub mod fallback;
pub mod native;
pub mod openinference;
pub mod openllmetry;
pub mod otel_genai;
pub mod semconv;
