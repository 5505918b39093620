#!/usr/bin/env python3
"""Encodes and decodes with lucie and with Hugging Face tokenizers and compares, line by line.

    tools/check_tokenizers.py --lucie build/dev/bin/lucie --corpus corpus.txt TOKENIZER_JSON...

For each tokenizer: every line of the corpus, of the Python standard library's source (unless
--code names another folder), random Unicode of all planes (assigned or not, with combining marks),
and random bytes, which Hugging Face gets with U+FFFD for what is ill-formed. Special tokens in the
text are text on both sides. ids must be equal, and so must the decoded text. --fuzz N adds N random
tokenizers (tokenizer_components.py). Prints a table; exits with 1 when anything differs.
"""
import argparse
import json
import os
import random
import subprocess
import sys
import sysconfig
import tempfile

from tokenizers import Tokenizer

from make_tokenizer_golden import component_cases
from tokenizer_components import compose

BATCH = 4000  # texts for one run of the binary


def corpus_lines(path):
    with open(path, encoding="utf-8", newline="") as file:
        return [line for line in file.read().split("\n") if "\0" not in line]


def code_lines(folder):
    lines = []
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(f for f in folders if f not in ("site-packages", "test", "__pycache__"))
        for name in sorted(f for f in files if f.endswith(".py")):
            with open(os.path.join(root, name), encoding="utf-8", errors="replace", newline="") as file:
                lines += file.read().split("\n")
    return [line for line in lines if "\0" not in line]


def random_unicode(count, rng):
    blocks = [(0x20, 0x7F), (0x80, 0x250), (0x250, 0x800), (0x300, 0x370), (0x900, 0xD800), (0xE000, 0x10000),
              (0x10000, 0x20000), (0x20000, 0x110000), (0x1F300, 0x1FB00), (0x2000, 0x2070), (0x9, 0xE)]
    def text():
        chosen = rng.sample(blocks, rng.randrange(1, 5))
        return "".join(chr(rng.randrange(*rng.choice(chosen))) for _ in range(rng.randrange(1, 40)))
    every = [chr(c) + "a" + chr(c) + chr(c) for c in range(1, 0x110000, max(1, 0x110000 // count)) if not 0xD800 <= c < 0xE000]
    return every + [text() for _ in range(count)]


def random_bytes(count, rng):
    def data():
        if rng.random() < 0.5:
            return bytes(rng.randrange(1, 256) for _ in range(rng.randrange(1, 40)))
        text = bytearray("".join(rng.choice("a \u00e9\u20ac\U0001f600") for _ in range(20)).encode())
        for _ in range(rng.randrange(1, 4)):
            del text[rng.randrange(len(text))]
        return bytes(text)
    return [data() for _ in range(count)]


class Lucie:
    def __init__(self, binary, tokenizer, folder):
        self.binary, self.tokenizer, self.folder = binary, tokenizer, folder

    def run(self, command, data, *flags):
        path = os.path.join(self.folder, "input")
        with open(path, "wb") as file:
            file.write(data)
        result = subprocess.run([self.binary, "tokenizer", command, self.tokenizer, "--json", "--file", path, *flags],
                                capture_output=True)
        if result.returncode != 0:
            raise RuntimeError(f"lucie tokenizer {command}: {result.stderr.decode()}")
        return [json.loads(line) for line in result.stdout.decode("utf-8", "replace").split("\n") if line]

    def encode(self, texts, *flags):
        return self.run("encode", b"".join(text + b"\0" for text in texts), "--null", *flags)

    def decode(self, lists, *flags):
        return self.run("decode", "".join(" ".join(map(str, ids)) + "\n" for ids in lists).encode(), "--lines", *flags)


def compare(lucie, reference, texts):
    """Texts with other ids, with other decoded text, and an example of the first kind."""
    wrong, unlike, example = 0, 0, None
    for start in range(0, len(texts), BATCH):
        batch = texts[start:start + BATCH]
        raw = [text if isinstance(text, bytes) else text.encode() for text in batch]
        got = lucie.encode(raw)
        right = [e.ids for e in reference.encode_batch([data.decode("utf-8", "replace") for data in raw])]
        decoded = lucie.decode(right)
        wanted = reference.decode_batch(right)
        for text, ours, theirs, back, expected in zip(batch, got, right, decoded, wanted, strict=True):
            if ours != theirs:
                wrong += 1
                example = example or (text, ours, theirs)
            unlike += back != expected
    return wrong, unlike, example


def check_files(arguments, folder):
    rng = random.Random(arguments.seed)
    sets = {"code": code_lines(arguments.code), "Unicode": random_unicode(arguments.count, rng),
            "bytes": random_bytes(arguments.count, rng)}
    if arguments.corpus:
        sets = {"corpus": corpus_lines(arguments.corpus), **sets}
    failed = False
    print(f"{'tokenizer':34} {'texts':8} {'count':>8} {'other ids':>9} {'other text':>10}", flush=True)
    for path in arguments.tokenizers:
        reference = Tokenizer.from_file(path)
        reference.no_truncation()
        reference.no_padding()
        reference.encode_special_tokens = True
        keeps_bytes = json.loads(reference.to_str())["normalizer"] is None
        for name, texts in sets.items():
            if name == "bytes" and keeps_bytes:  # it reads them as they are; compared where they are repaired
                texts = [data.decode("utf-8", "replace").encode() for data in texts]
            wrong, unlike, example = compare(Lucie(arguments.lucie, path, folder), reference, texts)
            print(f"{path[-34:]:34} {name:8} {len(texts):8} {wrong:9} {unlike:10}", flush=True)
            if example:
                print(f"    {example[0]!r}\n    lucie     {example[1]}\n    reference {example[2]}")
            failed = failed or wrong + unlike > 0
    return failed


def check_random(arguments, folder):
    rng = random.Random(arguments.seed)
    made = texts = wrong = 0
    path = os.path.join(folder, "tokenizer.json")
    for _ in range(arguments.fuzz):
        state = compose(rng)
        if state is None:
            continue
        made += 1
        with open(path, "w", encoding="ascii") as file:
            json.dump(state, file)
        lucie = Lucie(arguments.lucie, path, folder)
        cases = [case for case in component_cases(state, 40, rng) if "\0" not in case["text"]]
        for special in (True, False):
            part = [case for case in cases if case["parse_special"] == special]
            if not part:
                continue
            ids = lucie.encode([case["text"].encode() for case in part], *(["--parse-special"] if special else []))
            decoded = lucie.decode([case["ids"] for case in part], *(["--keep-special"] if special else []))
            texts += len(part)
            for case, ours, back in zip(part, ids, decoded, strict=True):
                if ours != case["ids"] or back != case["decoded"]:
                    wrong += 1
                    if wrong <= 5:
                        print(json.dumps({**case, "lucie": ours, "lucie_decoded": back, "tokenizer":
                                          {k: v for k, v in state.items() if k != "model"}}))
    print(f"{made} random tokenizers: {texts} texts, {wrong} with other ids or text")
    return wrong > 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tokenizers", nargs="*", help="tokenizer.json files")
    parser.add_argument("--lucie", required=True)
    parser.add_argument("--corpus", help="text file")
    parser.add_argument("--code", default=sysconfig.get_paths()["stdlib"])
    parser.add_argument("--count", type=int, default=50000, help="random texts of each kind")
    parser.add_argument("--fuzz", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        failed = check_files(arguments, folder) if arguments.tokenizers else False
        if arguments.fuzz:
            failed = check_random(arguments, folder) or failed
    sys.exit(failed)


if __name__ == "__main__":
    main()
