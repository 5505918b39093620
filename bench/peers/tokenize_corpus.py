#!/usr/bin/env python3
"""A corpus to token ids on disk: lucie, and Hugging Face tokenizers' encode_batch, in turn.

    bench/peers/tokenize_corpus.py LUCIE CORPUS TOKENIZER [--rounds N]

CORPUS: what `lucie corpus build` wrote; TOKENIZER: a folder with tokenizer.json and its config. Both
are one process with all cores. Of lucie the whole process is timed, which reads and checks the
compressed documents, shuffles them, and writes .bin, .idx and .docs. Of the peer encode_batch and
writing the ids, in the order of the documents, which are in memory. Every document's tokens must be
equal.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import tokenizers
import zstandard

SPACE = " \t\r\n\f\v"  # lucie leaves it out at a document's end
BATCH = 1000           # documents


def json_lines(path):
    with open(path, "rb") as file:
        text = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True).read()
    return [json.loads(line) for line in text.decode().splitlines() if line]


def files_below(folder, ending):
    return sorted(os.path.join(at, name) for at, _, names in os.walk(folder) for name in names
                  if name.endswith(ending))


def read_documents(corpus):
    documents = {}
    for side in ("train", "holdout"):
        for part in files_below(os.path.join(corpus, side), ".jsonl.zst"):
            for line in json_lines(part):
                documents[side, line["id"]] = line["text"].rstrip(SPACE)
    return documents


def run_peer(documents, folder, out):
    tokenizer = tokenizers.Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
    tokenizer.encode_special_tokens = True  # what a text spells is text
    config = json.load(open(os.path.join(folder, "tokenizer_config.json")))
    name = lambda token: token["content"] if isinstance(token, dict) else token
    bos, eos = (tokenizer.token_to_id(name(config[key])) for key in ("bos_token", "eos_token"))
    kind = np.uint16 if tokenizer.get_vocab_size() < 65500 else np.int32
    texts, ids = list(documents.values()), []
    start = time.perf_counter()
    with open(out, "wb") as file:
        for begin in range(0, len(texts), BATCH):
            for encoding in tokenizer.encode_batch(texts[begin:begin + BATCH], add_special_tokens=False):
                ids.append(np.array([bos, *encoding.ids, eos], dtype=kind))
                ids[-1].tofile(file)
        file.flush()
        os.fsync(file.fileno())
    return time.perf_counter() - start, dict(zip(documents, ids))


def run_lucie(lucie, corpus, folder, out):
    start = time.perf_counter()
    subprocess.run([lucie, "corpus", "tokenize", corpus, "--tokenizer", folder, "--out", out, "--quiet"],
                   check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def count_equal(tokens, wanted):
    equal = 0
    for docs in files_below(tokens, ".docs"):
        ids = np.fromfile(docs[:-5] + ".bin", dtype=next(iter(wanted.values())).dtype)
        side = os.path.basename(os.path.dirname(docs))
        for line in json_lines(docs):
            equal += np.array_equal(ids[line["begin"]:line["end"]], wanted[side, line["id"]])
    return equal


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lucie")
    parser.add_argument("corpus")
    parser.add_argument("tokenizer")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    os.environ["TOKENIZERS_PARALLELISM"] = "true"
    documents = read_documents(arguments.corpus)
    megabytes = sum(len(text.encode()) for text in documents.values()) / 1e6
    ours, theirs = [], []
    for round_number in range(arguments.rounds):
        with tempfile.TemporaryDirectory() as folder:
            tokens = os.path.join(folder, "tokens")
            ours.append(run_lucie(arguments.lucie, arguments.corpus, arguments.tokenizer, tokens))
            seconds, ids = run_peer(documents, arguments.tokenizer, os.path.join(folder, "peer.bin"))
            theirs.append(seconds)
            if round_number == 0:
                equal = count_equal(tokens, ids)
    for name, times in (("lucie", ours), (f"tokenizers {tokenizers.__version__}", theirs)):
        median = statistics.median(times)
        print(f"{name:20} {median:8.2f} s  {megabytes / median:8.1f} MB/s  ({min(times):.2f} to {max(times):.2f})")
    print(f"{statistics.median(theirs) / statistics.median(ours):.1f} times; "
          f"{equal} of {len(documents)} documents have equal tokens")
    return 0 if equal == len(documents) else 1


if __name__ == "__main__":
    sys.exit(main())
