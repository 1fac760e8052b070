//! What crosses crates: interoperability, attacks, crashes, benchmarks with peers, and the house
//! rules, as tests. This library holds what they share; it is no part of the product, and nothing
//! but the files in `tests/tests/` calls it.

#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used)] // all of it runs inside tests

mod document;
pub mod judges;
pub mod office;
pub mod program;
pub mod service;
pub mod works;
pub mod workspace;
