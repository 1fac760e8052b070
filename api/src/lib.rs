//! yinxin

pub mod demo;
