#!/usr/bin/env bash
# Installs what is missing, and nothing when all is there.
#   tests/install.sh demo    what the build and the pages need
#   tests/install.sh check   that, and the judges and servers that the tests ask
# Packages come from Debian by apt (with sudo when not root); into target/tools come pyHanko from PyPI,
# cargo-deny from crates.io, playwright-core from npm (it drives Debian's Chromium and brings none of its own).
set -euo pipefail
cd "$(dirname "$0")/.."

tools=target/tools
pyhanko=0.38.0
cargo_deny=0.20.2
playwright=1.60.0 # runs on the Node.js 18 of Debian 12

demo_packages=(build-essential ca-certificates fonts-lxgw-wenkai fonts-noto-cjk)
check_packages=(
  curl git jq openssl poppler-utils qpdf zbar-tools
  postgresql-15 strace python3-venv
  chromium-headless-shell
)

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

install_packages() {
  local missing=() package
  for package in "$@"; do
    dpkg-query --show --showformat='${Status}' "$package" 2>/dev/null | grep -q ' installed$' ||
      missing+=("$package")
  done
  [ ${#missing[@]} = 0 ] && return
  echo "installing: ${missing[*]}"
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null
}

install_pyhanko() {
  "$tools/python/bin/python" -c "import pyhanko.version as v; assert v.__version__ == '$pyhanko'" \
    2>/dev/null && return
  echo "installing: pyHanko $pyhanko"
  /usr/bin/python3 -m venv "$tools/python"
  "$tools/python/bin/pip" install --quiet --disable-pip-version-check "pyhanko==$pyhanko"
}

install_cargo_deny() {
  command -v cargo-deny >/dev/null && return
  [ -x "$tools/bin/cargo-deny" ] && return
  echo "installing: cargo-deny $cargo_deny"
  # A checker that runs for a second needs no optimised build.
  CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_LTO=off \
    CARGO_TARGET_DIR="$tools/build" \
    cargo install --locked --quiet --no-default-features --root "$tools" \
    "cargo-deny@$cargo_deny"
  rm -rf "$tools/build"
}

install_playwright() {
  # Node.js may be there without Debian's package.
  { command -v node && command -v npm; } >/dev/null || install_packages nodejs npm
  local folder="$tools/node"
  grep -qs "\"version\": \"$playwright\"" "$folder/node_modules/playwright-core/package.json" && return
  echo "installing: playwright-core $playwright"
  mkdir -p "$folder"
  npm install --prefix "$folder" --silent --no-audit --no-fund --no-package-lock --ignore-scripts \
    "playwright-core@$playwright"
}

case "${1:-}" in
  demo)
    install_packages "${demo_packages[@]}"
    ;;
  check)
    install_packages "${demo_packages[@]}" "${check_packages[@]}"
    rustup component add clippy rustfmt 2>/dev/null || true # a no-op where they are there
    install_pyhanko
    install_cargo_deny
    install_playwright
    ;;
  *)
    echo "usage: tests/install.sh demo|check" >&2
    exit 2
    ;;
esac
