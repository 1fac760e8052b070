#!/usr/bin/env bash
# From a fresh Debian 12 with the Rust toolchain to a running demo:
# installs what the build and the pages need, builds the release binary, runs `yinxin demo`.
# Every argument goes to `yinxin demo` (--data DIR, --count N, --exit).
set -euo pipefail
cd "$(dirname "$0")"

tests/install.sh demo
cargo build --release --locked -p yinxin
exec target/release/yinxin demo "$@"
