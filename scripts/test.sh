#!/usr/bin/env bash
# Set-up on a bare Debian 12 or 13, build with warnings as errors, all tests, and the rooms' unit
# tests again under AddressSanitizer and UndefinedBehaviorSanitizer. Meant to
# take under 15 minutes on 2 cores.
#
#   scripts/test.sh [--all]      --all: also the slow tests, those with real weights, and the demo
set -euo pipefail
cd "$(dirname "$0")/.."

all=false
for argument in "$@"; do
  case "$argument" in
    --all) all=true ;;
    *)
      echo "test.sh: error: unknown argument: $argument" >&2
      echo "  hint: scripts/test.sh [--all]" >&2
      exit 2
      ;;
  esac
done

jobs=${LUCIE_JOBS:-$(nproc)}
logs=build/test-logs
summary=()
failed=false

scripts/setup.sh --tests
mkdir -p "$logs"

# run_tests TITLE LOG CTEST-ARGUMENTS...: goes on after a failure, so that one run shows them all.
run_tests() {
  local title=$1 log="$logs/$2"
  shift 2
  echo "== $title"
  if ! ctest --output-on-failure --no-tests=error --parallel "$jobs" "$@" 2>&1 | tee "$log"; then
    failed=true
  fi
  local result skipped
  result=$(grep -E 'tests passed, [0-9]+ tests? failed' "$log" | tail -n 1 || true)
  skipped=$(grep -cE '\*\*\*Skipped' "$log" || true)
  summary+=("$title: ${result:-no tests were run}, $skipped skipped")
}

# build PRESET WARNINGS-AS-ERRORS
build() {
  echo "== build $1"
  cmake --preset "$1" -DLUCIE_WERROR="$2" >"$logs/configure-$1.log" 2>&1 || {
    cat "$logs/configure-$1.log" >&2
    exit 1
  }
  cmake --build "build/$1" --parallel "$jobs"
}

build dev ON
excluded=(--label-exclude '^(slow|weights)$')
if $all; then
  excluded=()
fi
run_tests "tests" dev.log --test-dir build/dev "${excluded[@]}"

# Sanitizers make gcc warn of uninitialized memory inside its own library: not errors here.
build asan OFF
# Without detect_stack_use_after_return, which is on by default from g++ 13: its fake stack is not
# aligned for AVX-512 vectors, and kernels that keep one on the stack crash there.
export ASAN_OPTIONS=${ASAN_OPTIONS:-strict_string_checks=1:detect_stack_use_after_return=0}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
run_tests "sanitized unit tests" asan.log --test-dir build/asan \
  --label-exclude '^(slow|weights|end-to-end)$'

if $all && [[ -x scripts/demo.sh ]]; then
  echo "== demo"
  if scripts/demo.sh </dev/null; then
    summary+=("demo: passed")
  else
    failed=true
    summary+=("demo: FAILED")
  fi
fi

echo
echo "== summary"
printf '%s\n' "${summary[@]}"
if $failed; then
  grep -hE '^\s+[0-9]+ - .*\((Failed|Timeout|SEGFAULT|Subprocess|.*Exception)' "$logs/dev.log" \
    "$logs/asan.log" 2>/dev/null || true
  echo "FAILED"
  exit 1
fi
echo "all passed"
