#!/bin/sh
# Seconds of `lucie quantize` and of llama-quantize for each type, in turn: medians.
#
#   bench/quantize.sh LUCIE MODEL.gguf [RUNS [TYPE...]]      LLAMA_CPP_BIN: folder of llama-quantize
set -eu
lucie=$1 model=$2 runs=${3:-5}
shift 2
[ $# -gt 0 ] && shift
[ $# -gt 0 ] || set -- q8_0 q4_0 q4_1 q5_0 q5_1 q2_k q3_k_m q4_k_m q5_k_m q6_k iq4_nl iq4_xs
: "${LLAMA_CPP_BIN:?names the folder of llama-quantize}"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT INT TERM

seconds() { # of a command
  begin=$(date +%s.%N)
  "$@" > "$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 1; }
  end=$(date +%s.%N)
  echo "$end $begin" | awk '{ printf "%.3f\n", $1 - $2 }'
}
median() { sort -n "$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

echo "| type | lucie, s | llama-quantize, s | ratio |"
echo "| --- | --- | --- | --- |"
for type in "$@"; do
  : > "$folder/ours.s"
  : > "$folder/theirs.s"
  for _ in $(seq "$runs"); do
    rm -f "$folder/ours.gguf" "$folder/theirs.gguf"
    seconds "$lucie" quantize "$model" "$folder/ours.gguf" --type "$type" --threads 2 >> "$folder/ours.s"
    seconds "$LLAMA_CPP_BIN/llama-quantize" "$model" "$folder/theirs.gguf" "$type" 2 >> "$folder/theirs.s"
  done
  ours=$(median "$folder/ours.s") theirs=$(median "$folder/theirs.s")
  echo "$ours $theirs" | awk -v type="$type" '{ printf "| %s | %.2f | %.2f | %.2f |\n", type, $1, $2, $2 / $1 }'
done
