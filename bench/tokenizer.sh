#!/bin/sh
# Encoding speed on one core, in processor time: this engine, Hugging Face tokenizers, tiktoken and
# the Rust packages that are installed for python3 (or $PYTHON), in turn on the same text, each piece
# of it once in a fresh process.
# Usage: bench/tokenizer.sh BUILD_DIR TOKENIZER_JSON TEXT_FILE [MEGABYTES [ROUNDS]]
set -eu
exec "${PYTHON:-python3}" "$(dirname "$0")/peers/encode_peers.py" "$2" "$3" \
  --lucie "$1/src/tokenizer/tokenizer_bench" --megabytes "${4:-20}" --rounds "${5:-5}"
