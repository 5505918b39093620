#!/usr/bin/env bash
# From a bare Debian 12 or 13 (root or sudo) to a model that answers: first one that talks sense,
# SmolLM2, then one of your own, from documents to release. At most 20 minutes on 2 cores; run
# again, it does only what is missing.
#
#   scripts/demo.sh [--until STAGE]     --until: end the run after this stage of `lucie run`
set -euo pipefail

usage() { sed -n '2,6s/^# \{0,1\}//p' "$0"; }
run_arguments=()
while [[ $# -gt 0 ]]; do
  case "$1" in
    -h | --help) usage; exit 0 ;;
    --until)
      [[ $# -ge 2 ]] || { echo "demo.sh: error: --until needs a stage" >&2; exit 2; }
      run_arguments+=(--until "$2")
      shift 2
      ;;
    *)
      echo "demo.sh: error: unknown argument: $1" >&2
      echo "  hint: scripts/demo.sh [--until STAGE]" >&2
      exit 2
      ;;
  esac
done
cd "$(dirname "$0")/.."

jobs=${LUCIE_JOBS:-$(nproc)}
binary=build/release/bin/lucie
smollm2=models/SmolLM2-135M-Instruct.Q4_1.gguf
run=runs/tiny
log=build/demo.log

current="the start"
step() {
  current=$1
  printf '\n== %d:%02d  %s\n' $((SECONDS / 60)) $((SECONDS % 60)) "$1" >&2
}
failed() {
  local code=$?
  echo "demo.sh: error: stopped at: $current" >&2
  echo "  hint: mend what is named above and run scripts/demo.sh again: it goes on from here" >&2
  exit "$code"
}
trap failed ERR

step "set-up: what building needs"
scripts/setup.sh

step "a model that talks: SmolLM2-135M-Instruct"
scripts/get-smollm2.sh

step "build lucie (the log is in $log)"
mkdir -p build
# The log goes to people when something is wrong with it.
quietly() {
  if ! "$@" >>"$log" 2>&1; then
    tail -n 40 "$log" >&2
    return 1
  fi
}
: >"$log"
quietly cmake --preset release
if [[ -t 2 ]]; then
  cmake --build build/release --target lucie --parallel "$jobs" >&2
else
  quietly cmake --build build/release --target lucie --parallel "$jobs"
fi

if [[ -f $smollm2 ]]; then
  question="What is gravity?"
  step "ask it: $question"
  "$binary" generate "$smollm2" --chat -p "$question" --temp 0 -n 100
else
  step "no SmolLM2 here: going on without its answer"
fi

step "the texts: Debian documentation in five languages"
scripts/get-corpus.sh >&2

step "from the texts to a released model: lucie run recipes/tiny.yaml --out $run"
"$binary" run recipes/tiny.yaml --out "$run" "${run_arguments[@]}"

step "done"
cat >&2 <<END
Here, lucie is $binary. To go on:
  $binary chat $run
  $binary --help
END
if [[ -f $smollm2 ]]; then
  echo "  $binary chat $smollm2      (the one that talks sense)" >&2
fi
