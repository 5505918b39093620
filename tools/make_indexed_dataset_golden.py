#!/usr/bin/env python3
"""Writes tests/golden/formats/tokens_{u16,i32}.{bin,idx,json}: Megatron's indexed datasets.

    tools/make_indexed_dataset_golden.py [--seed 42] [--out tests/golden/formats]

Written from the layout of Megatron-LM's core/datasets/indexed_dataset.py (docs/formats/tokens.md),
without any code of ours; the .json holds the vocabulary's size and the documents. Some documents
are empty, as a corpus' may be.
"""

import argparse
import json
import pathlib
import random
import struct


def write_dataset(prefix, vocab_size, documents):
    code, letter, width = (8, "H", 2) if vocab_size < 65500 else (4, "i", 4)
    with open(f"{prefix}.bin", "wb") as out:
        for document in documents:
            out.write(struct.pack(f"<{len(document)}{letter}", *document))
    sizes = [len(document) for document in documents]
    pointers = [width * sum(sizes[:i]) for i in range(len(sizes))]
    document_index = list(range(len(sizes) + 1))
    with open(f"{prefix}.idx", "wb") as out:
        out.write(b"MMIDIDX\x00\x00")
        out.write(struct.pack("<Q", 1))
        out.write(struct.pack("<B", code))
        out.write(struct.pack("<Q", len(sizes)))
        out.write(struct.pack("<Q", len(document_index)))
        out.write(struct.pack(f"<{len(sizes)}i", *sizes))
        out.write(struct.pack(f"<{len(pointers)}q", *pointers))
        out.write(struct.pack(f"<{len(document_index)}q", *document_index))
    with open(f"{prefix}.json", "w") as out:
        json.dump({"vocab_size": vocab_size, "documents": documents}, out)
        out.write("\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=42)
    root = pathlib.Path(__file__).resolve().parent.parent
    parser.add_argument("--out", type=pathlib.Path, default=root / "tests/golden/formats")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    draw = random.Random(args.seed)
    for name, vocab_size in (("tokens_u16", 65499), ("tokens_i32", 65500)):
        lengths = [draw.randrange(1, 40), 0, 1] + [draw.randrange(40) for _ in range(20)]
        documents = [[draw.randrange(vocab_size) for _ in range(n)] for n in lengths]
        documents[0][0] = vocab_size - 1
        write_dataset(args.out / name, vocab_size, documents)


if __name__ == "__main__":
    main()
