"""infini-gram on the tokens of a run of ours: time and size of its index, and of the longest spans
of a text; with --lucie the same text by `lucie trace`, whose spans and counts must be the same.

    infini_gram_index.py RUN FOLDER --memory 2 [--lucie build/release/bin/lucie --text FILE]

Tokens of u16. FOLDER keeps the index.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import time

import numpy as np


def copy_tokens(run, folder):
    separator = np.array([65535], np.uint16)
    begin, offsets = 0, []
    with (folder / "tokenized.0").open("wb") as out:
        for shard in sorted((run / "tokens/train").glob("*.idx")):
            index = shard.read_bytes()
            sizes = np.frombuffer(index, np.int32, int.from_bytes(index[18:26], "little"), 34)
            tokens = np.fromfile(shard.with_suffix(".bin"), np.uint16)
            ends = np.cumsum(sizes, dtype=np.int64)
            np.insert(tokens, ends - sizes, separator).tofile(out)
            offsets.append(begin + 2 * (ends - sizes + np.arange(len(sizes))))
            begin += 2 * (len(tokens) + len(sizes))
    np.concatenate(offsets).astype(np.uint64).tofile(folder / "offset.0")


def build(folder, memory):
    start = time.monotonic()
    subprocess.run([sys.executable, "-m", "infini_gram.indexing", "--data_dir", folder,
                    "--save_dir", folder, "--temp_dir", folder, "--token_dtype", "u16",
                    "--cpus", "2", "--mem", str(memory), "--ulimit", "4096"], check=True)
    return time.monotonic() - start


def trace_by_peer(folder, ids, shortest):
    from infini_gram.engine import InfiniGramEngine
    engine = InfiniGramEngine(index_dir=[str(folder)], eos_token_id=2, token_dtype="u16")
    times = []
    for _ in range(20):
        start = time.monotonic()
        found = engine.attribute(input_ids=ids, delim_ids=[], min_len=shortest, max_cnt=1 << 40,
                                 enforce_bow=False)
        times.append(1000 * (time.monotonic() - start))
    return found["spans"], statistics.median(times)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--memory", type=int, default=2, help="GiB")
    parser.add_argument("--lucie")
    parser.add_argument("--text", type=pathlib.Path)
    parser.add_argument("--shortest", type=int, default=8)
    options = parser.parse_args()
    table = options.folder / "table.0"
    if not table.exists():
        options.folder.mkdir(parents=True, exist_ok=True)
        copy_tokens(options.run.resolve(), options.folder.resolve())
        print(f"built in {build(options.folder.resolve(), options.memory):.1f} s")
    tokens = (options.folder / "tokenized.0").stat().st_size / 2
    print(f"{table.stat().st_size / tokens:.2f} bytes a token")
    if not options.lucie:
        return
    text = options.text.read_text()
    ours = json.loads(subprocess.run(
        [options.lucie, "trace", options.run, text, "--json", "--probabilities", "--spans",
         "100000", "--shortest", str(options.shortest)],
        check=True, stdout=subprocess.PIPE).stdout)
    ids = [token["token"] for token in ours["probabilities"]]
    theirs, median = trace_by_peer(options.folder, ids, options.shortest)
    print(f"{len(ids)} tokens: {len(theirs)} spans, median {median:.2f} ms")
    expected = sorted((span["l"], span["r"], span["count"]) for span in theirs)
    found = sorted((span["begin"], span["end"], span["occurrences"]) for span in ours["spans"])
    if expected != found:
        sys.exit(f"spans differ: {set(expected) ^ set(found)}")


if __name__ == "__main__":
    main()
