//! The demo: a data folder with a whole city in it, made by the same paths as any other.
//!
//! Owns the story and the samples; every step calls what the commands call. Called by the command line.

pub mod city;
mod forger;
mod samples;
mod story;

pub(crate) use story::run;
