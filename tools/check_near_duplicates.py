#!/usr/bin/env python3
"""Whether near-duplicate search finds the clusters that datatrove finds, with the same parameters.

    tools/check_near_duplicates.py BUILD DOCUMENTS.jsonl [--limit N]

Needs a build with -DLUCIE_BENCH=ON and tools/requirements.txt. Also tells, of the pairs whose 5-gram
sets overlap by more than 0.8 (found by comparing all that share a 5-gram which few documents have),
how many are in one cluster. Exit code 1 when clusters differ.
"""

import argparse
import collections
import itertools
import json
import pathlib
import subprocess
import sys
import tempfile

import datatrove_minhash as reference


def similar_pairs(texts, limit):
    """Exact: every pair above the limit has a rare 5-gram in common (a prefix filter)."""
    step = reference.signature_step(reference.config_of())
    sets = [frozenset(step.get_shingles(text)[:, 0].tolist()) for text in texts]
    count = collections.Counter(itertools.chain.from_iterable(sets))
    holders = collections.defaultdict(list)
    similar = set()
    for i, grams in enumerate(sets):
        # A pair above the limit shares one of the rarest (1 - limit) of each set.
        prefix = sorted(grams, key=lambda g: (count[g], g))[: len(grams) - int(limit * len(grams)) + 1]
        candidates = set()
        for gram in prefix:
            candidates.update(holders[gram])
            holders[gram].append(i)
        for j in candidates:
            small, large = sorted((len(sets[i]), len(sets[j])))
            if small > limit * large:
                common = len(sets[i] & sets[j])
                if common > limit * (small + large - common):
                    similar.add((j, i))
    return similar


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("documents", type=pathlib.Path)
    parser.add_argument("--limit", type=int, help="only the first documents")
    arguments = parser.parse_args()
    with open(arguments.documents, encoding="utf-8") as file:
        lines = list(itertools.islice(file, arguments.limit))
    texts = [json.loads(line)["text"] for line in lines]
    with tempfile.TemporaryDirectory() as folder:
        documents, out = pathlib.Path(folder, "documents.jsonl"), pathlib.Path(folder, "clusters.json")
        documents.write_text("".join(lines), encoding="utf-8")
        subprocess.run([arguments.build / "src/corpus/dedup_bench", "near", documents, out], check=True)
        ours = json.loads(out.read_text())
    theirs = reference.clusters(texts)
    print(f"{len(texts)} documents; clusters: lucie {len(ours)}, datatrove {len(theirs)}; "
          f"equal {sum(a in theirs for a in ours)}")
    cluster_of = {member: n for n, members in enumerate(ours) for member in members}
    similar = similar_pairs(texts, 0.8)
    found = sum(a in cluster_of and cluster_of[a] == cluster_of.get(b) for a, b in similar)
    print(f"pairs with a Jaccard index above 0.8: {len(similar)}, in one cluster {found}"
          f" ({100 * found / max(len(similar), 1):.2f} %)")
    sys.exit(ours != theirs)


if __name__ == "__main__":
    main()
