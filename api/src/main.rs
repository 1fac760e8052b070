//! The program `yinxin`.

use std::process::ExitCode;

fn main() -> ExitCode {
    yinxin::cli::run()
}
