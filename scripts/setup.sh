#!/usr/bin/env bash
# Installs what building needs on a bare Debian 12 or 13, as root or through sudo. Says and does
# nothing when all is there.
#
#   scripts/setup.sh [--tests]      --tests: also what only the tests need
set -euo pipefail

packages=(
  g++ cmake ninja-build ccache pkg-config git xz-utils dpkg-dev
  nlohmann-json3-dev libsimdjson-dev libyaml-cpp-dev libcli11-dev libfmt-dev
  libxxhash-dev libzstd-dev zlib1g-dev libisal-dev liblzma-dev libbz2-dev libbrotli-dev libgit2-dev
  libssl-dev libcld2-dev libutf8proc-dev libpcre2-dev libxml2-dev libedit-dev
  libcurl4-openssl-dev
)
for argument in "$@"; do
  case "$argument" in
    --tests) packages+=(libgtest-dev) ;;
    *)
      echo "setup.sh: error: unknown argument: $argument" >&2
      echo "  hint: scripts/setup.sh [--tests]" >&2
      exit 2
      ;;
  esac
done

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  echo "setup.sh: error: this is no Debian or Ubuntu: apt-get is missing" >&2
  echo "  hint: install the counterparts of: ${packages[*]}" >&2
  exit 1
fi

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
  # Newer suites have pkgconf in its place.
  if [[ $package == pkg-config ]] && command -v pkg-config >/dev/null; then
    continue
  fi
  [[ $status == "install ok installed" || $status == "hold ok installed" ]] || missing+=("$package")
done
if [[ ${#missing[@]} -eq 0 ]]; then
  exit 0
fi

as_root=()
if [[ $(id -u) -ne 0 ]]; then
  if ! command -v sudo >/dev/null; then
    echo "setup.sh: error: packages are missing and this is neither root nor is there sudo" >&2
    echo "  hint: as root: apt-get install ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi

echo "setup.sh: installing ${missing[*]}" >&2
apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 "$@" >&2
}
if ! { apt update && apt install --yes --no-install-recommends "${missing[@]}" </dev/null; }; then
  echo "setup.sh: error: apt-get failed to install: ${missing[*]}" >&2
  echo "  hint: check the network and the package sources, then run this again" >&2
  exit 1
fi
