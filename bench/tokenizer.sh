#!/bin/sh
# Encoding speed on one core, in processor time: this engine, then Hugging Face tokenizers, tiktoken
# and the Rust packages that are installed for python3 (or $PYTHON) on the same text, with ratios.
# Usage: bench/tokenizer.sh BUILD_DIR TOKENIZER_JSON TEXT_FILE [MEGABYTES]
set -eu
build=$1 tokenizer=$2 text=$3 megabytes=${4:-5}
ours=$("$build"/src/tokenizer/tokenizer_bench "$tokenizer" "$text")
echo "$ours"
speed=$(echo "$ours" | sed -n 's/.*encode \([0-9.]*\) MB.*/\1/p')
export RAYON_NUM_THREADS=1 TOKENIZERS_PARALLELISM=false RUST_BACKTRACE=0
"${PYTHON:-python3}" "$(dirname "$0")/peers/encode_peers.py" "$tokenizer" "$text" \
  --megabytes "$megabytes" --lucie "$speed"
