//! OTLP bytes to raw spans and back.
