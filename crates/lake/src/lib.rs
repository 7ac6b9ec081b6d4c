//! Read-only SQL over runs, spans and scores; the only user of DataFusion.
