//! The vedette binary: doors, API, dashboard, command line.
