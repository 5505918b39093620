#!/usr/bin/env python3
"""Encoding speed of lucie and of other tokenizers on one core, in processor time, in turn.

    bench/peers/encode_peers.py TOKENIZER_JSON TEXT [--lucie TOKENIZER_BENCH] [--megabytes N] [--rounds N]

Every engine gets the same pieces of text, 100,000 bytes and the rest of the line each, once, in a
process of its own: an engine that remembers words must have met them in this text. A second pass,
"again", shows how much of the speed that is. Rounds are interleaved; slow engines run in the first
only. Hugging Face tokenizers is needed; tiktoken, kitoken, tokie, gigatoken, fastokens, rs-bpe and
bpe-openai take part where they are installed and can run this tokenizer. "equal": pieces whose ids
are those of Hugging Face.
"""
import argparse
import hashlib
import importlib
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

PIECE = 100_000  # bytes; src/tokenizer/tokenizer_bench.cpp cuts alike
SLOW = 15        # MB/s


def cut(data):
    pieces, at = [], 0
    while at < len(data):
        end = data.find(b"\n", min(at + PIECE, len(data)) - 1) + 1 or len(data)
        pieces.append(data[at:end].decode())
        at = end
    return pieces


def sample(path, megabytes):
    """Pieces spread over the whole text."""
    pieces = cut(open(path, "rb").read())
    step = max(1, round(len(pieces) * PIECE / (megabytes * 1e6)))
    return "".join(pieces[::step]).encode()


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
    if node["type"] == "ByteLevel" and node.get("use_regex", True):
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


def tokenizers_peer(path, state):
    tokenizer = importlib.import_module("tokenizers").Tokenizer.from_file(path)
    tokenizer.encode_special_tokens = True
    encode = lambda text: tokenizer.encode(text, add_special_tokens=False)
    return lambda text: encode(text).ids, encode


PEERS = {"tokenizers": tokenizers_peer, "kitoken": kitoken_peer, "tiktoken": tiktoken_peer,
         "rs-bpe": openai_peer("rs_bpe"), "bpe-openai": openai_peer("bpe_openai"), "tokie": tokie_peer,
         "gigatoken": gigatoken_peer, "fastokens": fastokens_peer}


def run_peer(name, tokenizer, text):
    """In a process of its own: prints speeds and a digest of each piece's ids."""
    data = open(text, "rb").read()
    pieces = cut(data)
    made = PEERS[name](tokenizer, json.load(open(tokenizer, encoding="utf-8")))
    if made is None:
        sys.exit("not for this tokenizer")
    ids, encode = made
    speeds = []
    for _ in range(2):
        start = time.process_time()
        for piece in pieces:
            encode(piece)
        speeds.append(len(data) / 1e6 / (time.process_time() - start))
    digests = [hashlib.md5(str([int(i) for i in ids(piece)]).encode()).hexdigest() for piece in pieces]
    print(json.dumps({"speed": speeds[0], "again": speeds[1], "digests": digests}))


def run_lucie(program, tokenizer, text):
    line = subprocess.run([program, tokenizer, text], capture_output=True, text=True, check=True).stdout
    return dict(zip(("speed", "again"), map(float, re.match(r".*encode ([\d.]+) MB/s, again ([\d.]+)", line).groups())))


def run(name, arguments, text):
    """One measurement, or why there is none."""
    if name == "lucie":
        return run_lucie(arguments.lucie, arguments.tokenizer, text)
    done = subprocess.run([sys.executable, __file__, arguments.tokenizer, text, "--peer", name],
                          capture_output=True, text=True)
    if done.returncode != 0:
        return (done.stderr.strip().splitlines() or ["failed"])[-1][:80]
    return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tokenizer")
    parser.add_argument("text")
    parser.add_argument("--lucie", help="the program tokenizer_bench")
    parser.add_argument("--megabytes", type=float, default=20)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peers", nargs="+", choices=PEERS, default=list(PEERS))
    parser.add_argument("--peer", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    os.environ.update(RAYON_NUM_THREADS="1", TOKENIZERS_PARALLELISM="false", RUST_BACKTRACE="0")
    if arguments.peer:
        return run_peer(arguments.peer, arguments.tokenizer, arguments.text)
    with tempfile.NamedTemporaryFile(suffix=".txt") as text:
        text.write(sample(arguments.text, arguments.megabytes))
        text.flush()
        engines = (["lucie"] if arguments.lucie else []) + arguments.peers
        results = {name: [] for name in engines}
        for _ in range(arguments.rounds):
            for name in engines:
                found = results[name]
                if found and (isinstance(found[0], str) or found[0]["speed"] < SLOW):
                    continue
                found.append(run(name, arguments, text.name))
    right = results["tokenizers"][0]["digests"] if "tokenizers" in results else None
    ours = statistics.median(r["speed"] for r in results["lucie"]) if arguments.lucie else None
    print(f"{'':12} {'MB/s: median':>12} {'min':>7} {'max':>7} {'again':>7}  {'equal':>9}  lucie is faster")
    for name, found in results.items():
        if isinstance(found[0], str):
            print(f"{name:12} does not run this: {found[0]}")
            continue
        speeds = [r["speed"] for r in found]
        median = statistics.median(speeds)
        again = statistics.median(r["again"] for r in found)
        digests = found[0].get("digests")
        equal = f"{sum(a == b for a, b in zip(digests, right))}/{len(right)}" if digests and right else ""
        ratio = f"{ours / median:.2f}" if ours and name != "lucie" else ""
        print(f"{name:12} {median:12.1f} {min(speeds):7.1f} {max(speeds):7.1f} {again:7.1f}  {equal:>9}  {ratio}")


if __name__ == "__main__":
    main()
