#!/usr/bin/env python3
"""Training a tokenizer: lucie and Hugging Face tokenizers on the same documents and words.

    bench/peers/train_tokenizers.py LUCIE DOCUMENTS.jsonl [--design D] [--vocab-size N] [--rounds R]

Each trains R times in turn in a process of its own: median of the wall time, greatest peak memory.
Both read the documents line by line. The peer gets the normalizer and pre-tokenizer of the file that
lucie wrote (lucie's own design: those it trains with). Then merges, or pieces and scores, are
compared; a difference ends with exit code 3.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def peer(documents, folder, design, vocab_size):
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

    state = json.loads((folder / "tokenizer.json").read_text("utf-8"))
    ours = Tokenizer.from_file(str(folder / "tokenizer.json"))
    # The initial tokens of lucie, in order of id: up to the first character that was learned.
    vocab = state["model"]["vocab"]
    if design == "unigram":
        tokenizer = Tokenizer(models.Unigram())
        initial = [piece for piece, _ in vocab[:263]]
        trainer = trainers.UnigramTrainer(vocab_size=vocab_size - len(initial) + 1, unk_token="<unk>",
                                          show_progress=False)
    else:
        count = 6 if design == "byte-level" else 292
        initial = sorted(vocab, key=vocab.get)[:count]
        alphabet = pre_tokenizers.ByteLevel.alphabet() if design == "byte-level" else []
        tokenizer = Tokenizer(models.BPE())
        trainer = trainers.BpeTrainer(vocab_size=vocab_size, min_frequency=2, limit_alphabet=100000,
                                      special_tokens=initial, initial_alphabet=alphabet,
                                      show_progress=False)
    tokenizer.normalizer, tokenizer.pre_tokenizer = ours.normalizer, ours.pre_tokenizer
    if design == "lucie":
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
            pre_tokenizers.Metaspace(replacement="\u2581", prepend_scheme="first"),
            pre_tokenizers.Split(Regex("\u2581?[^\\w\\s\u2581]+"), behavior="isolated"),
            pre_tokenizers.Split(Regex(r"[\n\t]"), behavior="isolated"),
            pre_tokenizers.Digits(individual_digits=True)])
    texts = (json.loads(line)["text"] for line in open(documents, encoding="utf-8"))
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.save(str(folder / "peer.json"))


def run(command):
    """Seconds and peak bytes of a process."""
    start = time.monotonic()
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"failed: {' '.join(command)}")
    return time.monotonic() - start, usage.ru_maxrss * 1024


def compare(folder, design):
    ours = json.loads((folder / "tokenizer.json").read_text("utf-8"))["model"]
    theirs = json.loads((folder / "peer.json").read_text("utf-8"))["model"]
    if design == "unigram":
        mine = {piece: score for piece, score in ours["vocab"][263:]}
        peers = {piece: score for piece, score in theirs["vocab"] if piece != "<unk>"}
        both = mine.keys() & peers.keys()
        gap = max(abs(mine[piece] - peers[piece]) for piece in both)
        print(f"pieces: {len(mine)} and {len(peers)}, {len(both)} in both; "
              f"greatest difference of their scores {gap:.6f}")
        return len(both) >= 0.99 * len(peers)
    merges = [tuple(merge) for merge in theirs["merges"]]
    mine = [tuple(merge) for merge in ours["merges"]][:len(merges)]  # lucie's has 35 of spaces behind
    equal = mine == merges and list(ours["vocab"].items()) == sorted(
        theirs["vocab"].items(), key=lambda item: item[1])
    print(f"merges: {len(merges)}, {'all equal, in order, as are the ids' if equal else 'different'}")
    return equal


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lucie")
    parser.add_argument("documents")
    parser.add_argument("--design", default="byte-level", choices=["lucie", "byte-level", "unigram"])
    parser.add_argument("--vocab-size", type=int, default=32768)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peer-into", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peer_into:
        peer(options.documents, Path(options.peer_into), options.design, options.vocab_size)
        return
    folder = Path(tempfile.mkdtemp()) / "out"
    readings = {"lucie": [], "HF tokenizers": []}
    for _ in range(options.rounds):
        subprocess.run(["rm", "-rf", str(folder)], check=True)
        readings["lucie"].append(run([
            options.lucie, "tokenizer", "train", "-q", "--text", options.documents, "--design",
            options.design, "--vocab-size", str(options.vocab_size), "--limit-alphabet", "100000",
            "--out", str(folder)]))
        readings["HF tokenizers"].append(run([
            sys.executable, __file__, options.lucie, options.documents, "--design", options.design,
            "--vocab-size", str(options.vocab_size), "--peer-into", str(folder)]))
    result = {}
    for name, pairs in readings.items():
        result[name] = statistics.median(p[0] for p in pairs), max(p[1] for p in pairs)
        print(f"{name:14} {result[name][0]:8.2f} s   peak {result[name][1] / 1e6:8.0f} MB")
    (a, b), (c, d) = result["lucie"], result["HF tokenizers"]
    print(f"lucie is {c / a:.1f} times as fast, with {b / d:.2f} of the memory")
    equal = compare(folder, options.design)
    subprocess.run(["rm", "-rf", str(folder.parent)], check=True)
    sys.exit(0 if equal else 3)


if __name__ == "__main__":
    main()
