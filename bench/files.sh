#!/usr/bin/env bash
# How fast models are loaded and converted, beside what the disk copies.
#
#   bench/files.sh LUCIE MODEL [LARGE]    MODEL: a .gguf; LUCIE: the binary of a release build
#
# Prints medians of five: seconds to the first token of a one-token prompt (file in the page cache);
# converting to a Hugging Face directory and back to GGUF, bf16, as it is by default (opened again
# and compared) and without that, against copying and syncing as many bytes. The same of LARGE, a
# directory with one model.safetensors; of 3 GB and with a vocabulary:
#   lucie convert recipes/lucie-1.5b.yaml --random-weights --out shape
#   lucie convert shape --tokenizer TOKENIZER --out large
# What is written goes to a folder beside the model, on the same disk, and is removed.
set -euo pipefail
if [[ $# -lt 2 || $# -gt 3 || ! -f $2 ]]; then
  sed -n '2,13s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
lucie=$(realpath "$1")
model=$(realpath "$2")
large=${3:+$(realpath "$3")}
work=
trap 'rm -rf "$work"' EXIT

# median NAME COMMAND...: seconds, of five runs after one that is not counted, and how many times
# the copy's; $work/out is cleared and the disk left in peace before each.
median() {
  local name=$1 start end times=()
  shift
  for run in 0 1 2 3 4 5; do
    rm -rf "$work/out" "$work/out.gguf"
    sync
    start=$(date +%s%N)
    "$@" >/dev/null 2>&1
    end=$(date +%s%N)
    [[ $run -eq 0 ]] || times+=($(((end - start) / 1000)))
  done
  middle=$(printf '%s\n' "${times[@]}" | sort -n | sed -n 3p)
  awk -v name="$name" -v time="$middle" -v copy="${copied:-0}" 'BEGIN {
    printf "%-44s %.3f s", name, time / 1e6
    if (copy) printf "  %.2f of the copy'"'"'s rate", copy / time
    print ""
  }'
}
copy() { cp "$1" "$work/out" && sync "$work/out"; }

# both DIRECTORY: to GGUF and back.
both() {
  printf '%-44s %s bytes\n' "model.safetensors" "$(stat -c %s "$1/model.safetensors")"
  copied=
  median "cp and sync of it" copy "$1/model.safetensors"
  copied=$middle
  median "convert to GGUF" "$lucie" convert "$1" --out "$work/out.gguf" -q
  median "convert to GGUF, not compared" "$lucie" convert "$1" --out "$work/out.gguf" -q --no-verify
  "$lucie" convert "$1" --out "$work/from.gguf" -q --no-verify
  median "convert to a directory" "$lucie" convert "$work/from.gguf" --out "$work/out" -q
  median "convert to a directory, not compared" \
    "$lucie" convert "$work/from.gguf" --out "$work/out" -q --no-verify
}

work=$(mktemp -d "$(dirname "$model")/.bench-files.XXXXXX")
median "first token, one-token prompt" "$lucie" generate "$model" -p x -n 1 --temp 0 -q
"$lucie" convert "$model" --out "$work/hf" --type bf16 --no-verify -q
both "$work/hf"
if [[ -n $large ]]; then
  rm -rf "$work"
  work=$(mktemp -d "$(dirname "$large")/.bench-files.XXXXXX")
  cat "$large/model.safetensors" >/dev/null  # into the page cache, as the smaller one is
  both "$large"
fi
