//! The demo: a data folder with a whole city in it, made by the same paths as any other.
//!
//! Owns the story and the samples; every step calls what the commands call. Called by the command line.

mod anew;
pub mod city;
mod forger;
mod online;
mod people;
mod samples;
mod story;
mod subject;

pub(crate) use anew::clear;
pub(crate) use story::{found, register_agencies, run};
pub(crate) use subject::{Subject, accept, package, publish};
