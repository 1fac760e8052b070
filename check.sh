#!/usr/bin/env bash
# Everything that has to hold before a change is taken: format, licences, lints, every test.
# Installs the tools it needs where they are missing. YINXIN_SHARED names the folder of public
# test data (corpora, suites); what needs it and finds nothing is counted under "not run".
set -euo pipefail
cd "$(dirname "$0")"

tests/install.sh check
export PATH="$PWD/target/tools/bin:$PATH"
mkdir -p target
log=target/check.log

step() { printf '\n== %s\n' "$*"; "$@"; }

# Prints "N passed, N failed, N ignored" and "not run: N" from the log of the tests.
summary() {
  awk '
    /^test result:/ { passed += $4; failed += $6; ignored += $8 }
    { while (match($0, /not run: [0-9]+/)) {
        left_out += substr($0, RSTART + 9, RLENGTH - 9); $0 = substr($0, RSTART + RLENGTH) } }
    END {
      printf "not run: %d\n", left_out
      printf "%d passed, %d failed, %d ignored\n", passed, failed, ignored
    }' "$log"
}

step cargo fmt --check
step cargo deny --locked check licenses bans sources
step cargo clippy --locked --workspace --all-targets -- -D warnings
step env RUSTDOCFLAGS=-Dwarnings cargo doc --locked --no-deps --document-private-items --workspace
step cargo test --locked --workspace --no-run

printf '\n== cargo test\n'
result=0
# With their output, for the lines "not run: N WHAT".
cargo test --locked --workspace --no-fail-fast -- --show-output 2>&1 | tee "$log" || result=$?
printf '\n'
summary
exit "$result"
