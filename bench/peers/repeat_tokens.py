"""A large run for `lucie trace` out of a small one: its tokens again and again, one in twenty of them
replaced at random, so that copies share passages of some length and not whole documents.

    repeat_tokens.py RUN OUT --tokens 500000000
    lucie trace OUT --index --memory 2GB

OUT has the recipe and tokenizer of RUN and shards as docs/formats/tokens.md says.
"""
import argparse
import json
import pathlib
import shutil

import numpy as np
import zstandard


def write_shard(source, target, copies, rng):
    index = (source.with_suffix(".idx")).read_bytes()
    dtype = {4: np.int32, 8: np.uint16}[index[17]]
    count = int.from_bytes(index[18:26], "little")
    sizes = np.frombuffer(index, np.int32, count, 34)
    tokens = np.fromfile(source.with_suffix(".bin"), dtype)
    kept = np.zeros(len(tokens), bool)
    ends = np.cumsum(sizes, dtype=np.int64)
    kept[(ends - 1)[sizes > 0]] = kept[(ends - sizes)[sizes > 0]] = True  # begin and end of each
    with target.with_suffix(".bin").open("wb") as out:
        for copy in range(copies):
            changed = tokens.copy()
            if copy > 0:
                replaced = (rng.random(len(tokens)) < 0.05) & ~kept
                changed[replaced] = rng.choice(tokens, int(replaced.sum()))
            changed.tofile(out)
    sizes = np.tile(sizes, copies)
    ends = np.cumsum(sizes, dtype=np.int64)
    with target.with_suffix(".idx").open("wb") as out:
        out.write(index[:18] + np.array([len(sizes), len(sizes) + 1], np.uint64).tobytes())
        out.write(sizes.tobytes())
        out.write(((ends - sizes) * tokens.itemsize).tobytes())
        out.write(np.arange(len(sizes) + 1, dtype=np.int64).tobytes())
    with zstandard.open(source.with_suffix(".docs"), "rt", encoding="utf-8") as lines:
        documents = [json.loads(line) for line in lines]
    with zstandard.open(target.with_suffix(".docs"), "wt", encoding="utf-8") as out:
        for copy in range(copies):
            for document in documents:
                shift = copy * len(tokens)
                moved = {"id": f"{document['id']}-copy-{copy}", "begin": document["begin"] + shift,
                         "end": document["end"] + shift}
                out.write(json.dumps({**document, **moved}, ensure_ascii=False) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--tokens", type=int, default=500_000_000)
    parser.add_argument("--seed", type=int, default=42)
    options = parser.parse_args()
    shards = sorted((options.run / "tokens/train").glob("*.bin"))
    tokens = sum(shard.stat().st_size for shard in shards) // 2
    copies = -(-options.tokens // tokens)
    folder = options.out / "tokens/train"
    folder.mkdir(parents=True)
    (options.out / "corpus").mkdir()
    shutil.copy(options.run / "recipe.yaml", options.out)
    shutil.copytree(options.run / "tokenizer", options.out / "tokenizer")
    shutil.copy(options.run / "tokens/stats.json", options.out / "tokens")
    for shard in shards:
        write_shard(shard, folder / shard.name, copies, np.random.default_rng(options.seed))


if __name__ == "__main__":
    main()
