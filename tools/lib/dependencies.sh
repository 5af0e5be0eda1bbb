# Shared by the scripts in tools/: finds what they need and installs what is missing.
# Sourced, not run. Asks nothing: it works without a terminal and with standard input closed.

# Libraries and tools that building the broker needs, as Debian names them.
build_packages=(
  libsqlite3-dev libuv1-dev zlib1g-dev libzstd-dev liblz4-dev libsnappy-dev libre2-dev
  libssl-dev pkg-config g++
)

say() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; }

fail() {
  say "$*"
  exit 1
}

is_installed() {
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    env DEBIAN_FRONTEND=noninteractive "$@"
  else
    # -n: fail instead of asking for a password.
    sudo -n env DEBIAN_FRONTEND=noninteractive "$@"
  fi
}

# require_packages NAME…: installs those that are missing; touches apt-get only when one is.
require_packages() {
  local missing=() package
  if ! command -v dpkg-query >/dev/null; then
    say "this is not Debian or Ubuntu: making sure of these is yours: $*"
    return
  fi
  for package in "$@"; do
    is_installed "$package" || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return
  say "installing ${missing[*]} (this takes a minute)"
  if ! as_root apt-get update -qq </dev/null >&2 ||
    ! as_root apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null >&2; then
    fail "could not install them; run as root: apt-get install ${missing[*]}"
  fi
}

require_swift() {
  if ! command -v swift >/dev/null; then
    fail "swift is not on the PATH. Acta needs Swift 6.2 or newer for Linux:" \
      "install it from https://www.swift.org/install/linux/ and run this again."
  fi
}

# build ARGUMENT…: `swift build`. A compiler that hangs, which has been seen on busy machines, is ended
# after 20 minutes, and the build goes on from where it was, once. In the foreground, so that Ctrl-C
# reaches it; without colours, because they are compiler flags, and changing them builds all anew.
build() {
  local status=0
  swift_build "$@" || status=$?
  [ "$status" -eq 124 ] || return "$status"
  say "the compiler hung; trying once more"
  swift_build "$@"
}

swift_build() {
  timeout --foreground --kill-after=10 1200 \
    swift build --no-color-diagnostics "$@" </dev/null >&2
}

# How programs are built that leave this machine: needing no Swift runtime where they run, and without
# symbols, which are two thirds of the file. With ACTA_SYMBOLS=1 they stay, for perf and for names in a
# backtrace; only linking is done anew.
# Without Swift's regular expressions, which every file imports unasked and none uses: 1.4 MB of 14.1.
release_flags=(
  -c release --static-swift-stdlib
  -Xswiftc -Xfrontend -Xswiftc -disable-implicit-string-processing-module-import
)
[ -n "${ACTA_SYMBOLS:-}" ] || release_flags+=(-Xlinker -s)

# build_release [ARGUMENT…]: the broker, optimised. A second or two when nothing has changed.
build_release() {
  if [ ! -x .build/release/acta ]; then
    say "building acta; the first build takes some minutes"
  fi
  build "${release_flags[@]}" --product acta "$@" ||
    fail "the build failed; what is wrong stands above"
}

# build_embedded: the tests' programs that have a node in them, or a client. The broker's modules are built
# already.
build_embedded() {
  build "${release_flags[@]}" --product EmbeddedNode &&
    build "${release_flags[@]}" --product CourseProgram &&
    build "${release_flags[@]}" --product GroupWorker &&
    build "${release_flags[@]}" --product ProducerWorker
}

# require_venv: the Python environment of the end-to-end suite, made anew when its list changes.
require_venv() {
  local wanted
  wanted=$(cat Tests/EndToEnd/requirements*.txt | cksum)
  [ "$(cat .venv/.requirements 2>/dev/null)" = "$wanted" ] && return
  say "making the Python environment .venv"
  rm -rf .venv
  python3 -m venv .venv </dev/null >&2 || fail "python3 could not make a virtual environment"
  .venv/bin/pip install --quiet --disable-pip-version-check --no-input \
    -r Tests/EndToEnd/requirements.txt </dev/null >&2 ||
    fail "pip could not install the packages of Tests/EndToEnd/requirements.txt"
  .venv/bin/pip install --quiet --disable-pip-version-check --no-input --no-deps \
    -r Tests/EndToEnd/requirements-without-theirs.txt </dev/null >&2 ||
    fail "pip could not install the packages of Tests/EndToEnd/requirements-without-theirs.txt"
  printf '%s\n' "$wanted" >.venv/.requirements
}
