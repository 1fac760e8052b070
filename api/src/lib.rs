//! The edge: command line, configuration, wiring, and the wall clock.
//!
//! Joins the rooms and decides nothing of the field. `main.rs` and the tests call it.

mod authorities;
mod batch;
mod bench;
pub mod cli;
mod clock;
pub mod demo;
mod facts;
mod folder;
mod founding;
mod installation;
mod language;
mod operator;
mod passphrase;
mod preview;
mod problem;
mod remote;
mod say;
mod seal_words;
mod serve;
mod settings;
mod template_lint;
mod unit_file;
pub mod use_log;
