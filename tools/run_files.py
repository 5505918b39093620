"""Readers of a run directory for the check_*.py scripts, written from docs/formats alone: they
share nothing with the C++ code, so that an error there is not repeated here."""

import dataclasses
import io
import json
import pathlib
import struct
import subprocess
import sys

import numpy as np
import zstandard


def json_lines(path):
    with open(path, "rb") as file:
        stream = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)
        for line in io.TextIOWrapper(stream, encoding="utf-8", newline="\n"):
            yield json.loads(line)


def documents(run, split):
    """Documents of `train` or `holdout` with their group of the mixture."""
    for path in sorted((run / "corpus" / split / "documents").glob("*/*.jsonl.zst")):
        for document in json_lines(path):
            document["group"] = group(document["metadata"]["language"])
            yield document


def group(language):
    return "aligned" if "-" in language else language


def stripped(text):
    """A document's text as it is tokenized: without the white space (ASCII) at its end."""
    return text.rstrip(" \t\r\n\f\v")


@dataclasses.dataclass
class TokenFile:
    tokens: np.ndarray
    lengths: np.ndarray  # of each sequence, in tokens
    offsets: np.ndarray  # of each sequence, in bytes
    documents: np.ndarray  # first sequence of each document, and the end


def token_file(prefix):
    """Megatron's layout: core/datasets/indexed_dataset.py, _IndexReader."""
    index = prefix.with_suffix(".idx").read_bytes()
    if index[:9] != b"MMIDIDX\x00\x00" or struct.unpack_from("<Q", index, 9) != (1,):
        raise ValueError(f"{prefix}.idx: not an indexed dataset, version 1")
    dtype = np.dtype({1: "u1", 2: "i1", 3: "<i2", 4: "<i4", 5: "<i8", 8: "<u2"}[index[17]])
    sequences, entries = struct.unpack_from("<QQ", index, 18)
    lengths = np.frombuffer(index, "<i4", sequences, 34)
    offsets = np.frombuffer(index, "<i8", sequences, 34 + 4 * sequences)
    first = np.frombuffer(index, "<i8", entries, 34 + 12 * sequences)
    if len(index) != 34 + 12 * sequences + 8 * entries:
        raise ValueError(f"{prefix}.idx: {len(index)} bytes")
    tokens = np.fromfile(prefix.with_suffix(".bin"), dtype)
    starts = np.concatenate([[0], lengths.astype(np.int64).cumsum()])
    if starts[-1] != tokens.size or not (offsets == starts[:-1] * dtype.itemsize).all():
        raise ValueError(f"{prefix}: .idx and .bin do not fit each other")
    return TokenFile(tokens, lengths, offsets, first)


class Report:
    """Prints each comparison; `finish` ends the process with 1 when one failed."""

    def __init__(self):
        self.failures = 0

    def check(self, good, text):
        print(("ok    " if good else "FAIL  ") + text, flush=True)
        self.failures += not good
        return good

    def note(self, text):
        print("      " + text, flush=True)

    def finish(self):
        print(f"{self.failures} checks failed" if self.failures else "all good")
        sys.exit(1 if self.failures else 0)


def lucie(binary, *arguments, text=None, codes=(0,)):
    """Standard output of a command of lucie."""
    done = subprocess.run([str(binary), *map(str, arguments)], capture_output=True,
                          input=None if text is None else text.encode(), check=False)
    if done.returncode not in codes:
        raise RuntimeError(f"lucie {arguments[0]}: {done.stderr.decode()}")
    return done.stdout.decode()


def add_arguments(parser, binary=False):
    parser.add_argument("--run", type=pathlib.Path, required=True, help="a finished run directory")
    parser.add_argument("--seed", type=int, default=1, help="of what is drawn for the comparison")
    if binary:
        parser.add_argument("--lucie", default="build/bin/lucie", help="the binary")
    return parser
