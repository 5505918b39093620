#!/bin/sh
# Encoding speed on one core: this engine against Hugging Face tokenizers (pip install tokenizers).
# Usage: bench/tokenizer.sh BUILD_DIR TOKENIZER_JSON TEXT_FILE
set -eu
build=$1 tokenizer=$2 text=$3
"$build"/src/tokenizer/tokenizer_bench "$tokenizer" "$text"
RAYON_NUM_THREADS=1 TOKENIZERS_PARALLELISM=false python3 - "$tokenizer" "$text" <<'PY'
import sys
import time

from tokenizers import Tokenizer

tokenizer = Tokenizer.from_file(sys.argv[1])
text = open(sys.argv[2], encoding="utf-8", newline="").read()
# In pieces of 100,000 characters: its merging of one long word is what Lucie's own preparation
# code had to cut at that length.
pieces = [text[i:i + 100000] for i in range(0, len(text), 100000)]
size = len(text.encode()) / 1e6
for name, parts in (("whole text", [text]), ("pieces of 100k", pieces)):
    best = 1e9
    for _ in range(2):
        start = time.process_time()
        for part in parts:
            tokenizer.encode(part)
        best = min(best, time.process_time() - start)
    print(f"HF tokenizers, {name}: {size / best:.1f} MB/s")
PY
