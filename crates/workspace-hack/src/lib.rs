//! Only unifies dependency features; holds no code.
