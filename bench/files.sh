#!/usr/bin/env bash
# How fast models are loaded and converted, beside what the disk copies.
#
#   bench/files.sh LUCIE MODEL      MODEL: a .gguf; LUCIE: the binary of a release build
#
# Prints medians of five: seconds to the first token of a one-token prompt (file in the page cache);
# converting to a Hugging Face directory and back to GGUF, bf16, against copying and syncing as many
# bytes. What is written goes to a folder beside MODEL, on the same disk, and is removed.
set -euo pipefail
if [[ $# -ne 2 || ! -f $2 ]]; then
  sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
lucie=$(realpath "$1")
model=$(realpath "$2")
work=$(mktemp -d "$(dirname "$model")/.bench-files.XXXXXX")
trap 'rm -rf "$work"' EXIT

# median NAME COMMAND...: seconds, of five runs after one that is not counted; $work/out is cleared.
median() {
  local name=$1 start end times=()
  shift
  for run in 0 1 2 3 4 5; do
    rm -rf "$work/out" "$work/out.gguf"
    start=$(date +%s%N)
    "$@" >/dev/null 2>&1
    end=$(date +%s%N)
    [[ $run -eq 0 ]] || times+=($(((end - start) / 1000)))
  done
  printf '%-44s %s s\n' "$name" \
    "$(printf '%s\n' "${times[@]}" | sort -n | sed -n 3p | awk '{printf "%.3f", $1 / 1e6}')"
}
copy() { cp "$work/hf/model.safetensors" "$work/out" && sync "$work/out"; }

median "first token, one-token prompt" "$lucie" generate "$model" -p x -n 1 --temp 0 -q
"$lucie" convert "$model" --out "$work/hf" --type bf16 --no-verify -q
printf '%-44s %s bytes\n' "model.safetensors" "$(stat -c %s "$work/hf/model.safetensors")"
median "cp and sync of it" copy
median "convert to GGUF" "$lucie" convert "$work/hf" --out "$work/out.gguf" --no-verify -q
median "convert to GGUF, opened again and compared" "$lucie" convert "$work/hf" --out "$work/out.gguf" -q
median "convert to a directory" "$lucie" convert "$work/hf" --out "$work/out" --no-verify -q
