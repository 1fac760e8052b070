//! The demo: a data folder with a whole city in it, made by the same paths as any other.

pub mod city;
