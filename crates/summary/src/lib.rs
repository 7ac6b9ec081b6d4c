//! From the skeletons of a run's spans to its summary. One pure function; see `summarize`.
