//! make bench: load, latency and the floor, measured in one run.
