#!/usr/bin/env python3
"""Encoding speed of other tokenizers on one core, in processor time, for bench/tokenizer.sh.

    bench/peers/encode_peers.py TOKENIZER_JSON TEXT [--megabytes N] [--lucie MB/S]

Hugging Face tokenizers is needed; tiktoken, kitoken, tokie, gigatoken, fastokens, rs-bpe and
bpe-openai take part where they are installed and can run this tokenizer. The text is given in pieces
of about 100,000 characters, cut at line ends. "equal": pieces whose ids are those of Hugging Face.
"""
import argparse
import importlib
import json
import time

from tokenizers import Tokenizer


def pieces_of(path, megabytes):
    text = open(path, encoding="utf-8", newline="").read()
    pieces, piece, size = [], [], 0
    for line in text.splitlines(keepends=True):
        piece.append(line)
        size += len(line)
        if size >= 100_000:
            pieces.append("".join(piece))
            piece, size = [], 0
    result, used = [], 0
    step = max(1, round(len(text.encode()) / (megabytes * 1e6)))  # spread over the whole text
    for piece in pieces[::step]:
        result.append(piece)
        used += len(piece.encode())
    return result, used / 1e6


def bytes_of(token):
    """A token of the byte-level alphabet as bytes; None for others."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [b for b in range(256) if b not in printable]
    table = {chr(b): b for b in printable} | {chr(256 + i): b for i, b in enumerate(rest)}
    return bytes(table[c] for c in token) if all(c in table for c in token) else None


def split_pattern(node):
    """The one regular expression that a byte-level pre-tokenizer cuts with, or None."""
    if node is None or node["type"] == "Sequence":
        found = [split_pattern(step) for step in (node or {}).get("pretokenizers", [])]
        found = [pattern for pattern in found if pattern]
        return found[0] if len(found) == 1 else None
    if node["type"] == "Split":
        return node["pattern"].get("Regex")
    if node["type"] == "ByteLevel" and node["use_regex"]:
        return r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
    return None


def tiktoken_peer(path, state):
    pattern = split_pattern(state["pre_tokenizer"])
    if pattern is None or state["normalizer"]:
        return None
    added = {token["content"] for token in state["added_tokens"]}
    vocab = {t: i for t, i in state["model"]["vocab"].items() if t not in added and bytes_of(t) is not None}
    order = sorted(vocab, key=vocab.get)
    ids = [vocab[token] for token in order]
    encoding = importlib.import_module("tiktoken").Encoding(
        "bench", pat_str=pattern, special_tokens={},
        mergeable_ranks={bytes_of(token): rank for rank, token in enumerate(order)})
    return lambda text: [ids[i] for i in encoding.encode_ordinary(text)], encoding.encode_ordinary


def openai_peer(module):
    def make(path, state):
        if "(?i:'s|'t|'re" not in (split_pattern(state["pre_tokenizer"]) or ""):
            return None  # it has only OpenAI's own vocabularies
        package = importlib.import_module(module)
        if module == "rs_bpe":
            encode = package.openai.cl100k_base().encode
        else:
            encode = package.get_encoding("cl100k_base").encode_ordinary
        return lambda text: list(encode(text)), encode
    return make


def kitoken_peer(path, state):
    encode = importlib.import_module("kitoken").Kitoken.from_tokenizers_file(path).encode
    return lambda text: list(encode(text)), encode


def tokie_peer(path, state):
    tokenizer = importlib.import_module("tokie").Tokenizer.from_json(path)
    encode = lambda text: tokenizer.encode(text, add_special_tokens=False)
    return lambda text: list(encode(text).ids), encode


def gigatoken_peer(path, state):
    encode = importlib.import_module("gigatoken").Tokenizer(path).encode
    return lambda text: list(encode(text)), encode


def fastokens_peer(path, state):
    encode = importlib.import_module("fastokens").Tokenizer.from_file(path).encode
    return lambda text: list(getattr(encode(text), "ids", None) or encode(text)), encode


PEERS = {"tiktoken": tiktoken_peer, "rs-bpe": openai_peer("rs_bpe"), "bpe-openai": openai_peer("bpe_openai"),
         "kitoken": kitoken_peer, "tokie": tokie_peer, "gigatoken": gigatoken_peer,
         "fastokens": fastokens_peer}


def seconds(encode, pieces, rounds=1):
    best = float("inf")
    for _ in range(rounds):
        start = time.process_time()
        for piece in pieces:
            encode(piece)
        best = min(best, time.process_time() - start)
    return best


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tokenizer")
    parser.add_argument("text")
    parser.add_argument("--megabytes", type=float, default=5)
    parser.add_argument("--lucie", type=float, help="its speed, for the column of ratios")
    arguments = parser.parse_args()
    state = json.load(open(arguments.tokenizer, encoding="utf-8"))
    pieces, megabytes = pieces_of(arguments.text, arguments.megabytes)
    reference = Tokenizer.from_file(arguments.tokenizer)
    reference.encode_special_tokens = True
    whole = lambda text: reference.encode(text, add_special_tokens=False)
    right = [whole(piece).ids for piece in pieces]

    def report(name, encode, answer):
        speed = megabytes / seconds(encode, pieces)
        equal = sum(answer(piece) == ids for piece, ids in zip(pieces, right))
        ratio = f"  lucie is {arguments.lucie / speed:5.1f} times as fast" if arguments.lucie else ""
        print(f"{name:12} {speed:7.2f} MB/s  equal {equal} of {len(pieces)}{ratio}", flush=True)

    report("tokenizers", whole, lambda text: whole(text).ids)
    for name, make in PEERS.items():
        try:
            made = make(arguments.tokenizer, state)
            if made is not None:
                report(name, made[1], made[0])
        except BaseException as error:  # not installed, or not for this tokenizer; some panic
            if isinstance(error, KeyboardInterrupt):
                raise
            print(f"{name:12} does not run this: {type(error).__name__}: {str(error)[:80]}")


if __name__ == "__main__":
    main()
