#!/usr/bin/env python3
"""Deduplication on one core, in processor time: lucie, then datatrove, rensa and dolma.

    bench/peers/deduplicate.py BUILD DOCUMENTS.jsonl [--without datatrove rensa dolma]

Needs a build with -DLUCIE_BENCH=ON; peers as pinned in bench/peers/requirements.txt. Near
duplicates: 14 bands of 8 rows over word 5-grams; from texts in memory to clusters, for rensa also
without the making of 5-grams, which its users do in Python. Exact: documents and paragraphs, from
the same compressed file for both, for dolma by Bloom filters, its results written; "reading" is what
of it comes before any comparison (dolma: by short ids). Medians of five, in turn.
"""

import argparse
import importlib.util
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BANDS, ROWS, NGRAM = 14, 8, 5


def median(runs):
    """Of each figure of several runs by name."""
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def lucie(build, what, documents):
    """Seconds by label as dedup_bench prints them."""
    printed = subprocess.run([build / "src/corpus/dedup_bench", what, documents],
                             check=True, capture_output=True, text=True).stdout
    return {label: float(seconds) for label, seconds in re.findall(r"^(\w+) (\d+\.\d+) s", printed, re.M)}


def timed(action):
    start = time.process_time()
    action()
    return time.process_time() - start


def datatrove(texts):
    sys.path.insert(0, str(ROOT / "tools"))
    import datatrove_minhash

    return {"datatrove": timed(lambda: datatrove_minhash.clusters(texts))}


def rensa(texts):
    """Words by white space in lower case: less work than simplifying the text."""
    os.environ["RAYON_NUM_THREADS"] = "1"
    import rensa as package

    grams = []

    def make_grams():
        for text in texts:
            words = text.lower().split()
            grams.append([" ".join(words[i:i + NGRAM]) for i in range(max(len(words) - NGRAM + 1, 1))])

    def search(sketch):
        matrix = sketch(grams, num_perm=BANDS * ROWS, seed=42)
        index = package.RMinHashLSH(threshold=0.8, num_perm=BANDS * ROWS, num_bands=BANDS)
        index.query_duplicate_flags_matrix_one_shot(matrix)

    making = timed(make_grams)
    exact = timed(lambda: search(package.RMinHash.digest_matrix_from_token_sets))
    rho = timed(lambda: search(package.RMinHash.digest_matrix_from_token_sets_rho))
    return {"rensa": making + exact, "rensa, 5-grams given": exact,
            "rensa rho (approximate)": making + rho, "rensa rho, 5-grams given": rho}


def load_dolma():
    found = importlib.util.find_spec("dolma")
    library = next(pathlib.Path(found.origin).parent.glob("dolma*.so"))
    spec = importlib.util.spec_from_file_location("dolma", library)
    module = importlib.util.module_from_spec(spec)  # the Rust part alone
    spec.loader.exec_module(module)
    return module


def dolma(module, packed):
    """Seconds by kind, from a file in a folder called documents."""
    kinds = {
        "reading": {"documents": {"attribute_name": "repeated", "key": "$.id"}},
        "documents": {"documents": {"attribute_name": "repeated", "key": "$.text"}},
        "paragraphs": {"paragraphs": {"attribute_name": "repeated", "paragraph_separator": "\n\n"}},
    }
    results = {}
    for name, kind in kinds.items():
        with tempfile.TemporaryDirectory() as folder:
            config = {
                "documents": [str(packed)],
                "dedupe": {"name": name, "skip_empty": True, "min_length": 0, "min_words": 0, "num_partitions": 1,
                           "partition_index": 0, "file_partition": False, "document_dir": "documents"} | kind,
                "bloom_filter": {"file": f"{folder}/bloom", "read_only": False, "size_in_bytes": 0,
                                 "estimated_doc_count": 2_000_000, "desired_false_positive_rate": 1e-6},
                "is_s3_volume": False, "processes": 1,
                "work_dir": {"input": f"{folder}/in", "output": f"{folder}/out"},
                "compression": {"input": None, "output": None},
            }
            results[name] = timed(lambda: module.deduper_entrypoint(json.dumps(config)))
        written = packed.parents[1] / "attributes" / name / packed.name
        if not written.exists():
            raise RuntimeError("dolma wrote nothing")
        written.unlink()
    return results


def exact(build, documents, with_dolma):
    module = load_dolma() if with_dolma else None
    with tempfile.TemporaryDirectory() as folder:
        packed = pathlib.Path(folder, "documents", "part.jsonl")
        packed.parent.mkdir()
        shutil.copy(documents, packed)
        for tool in ("gzip", "zstd"):
            subprocess.run([tool, "-q", "-k", packed], check=True)
        packed.unlink()
        for file in sorted(packed.parent.iterdir()):
            ours, theirs = [], []
            for _ in range(5):
                ours.append(lucie(build, "exact", file))
                if module:
                    theirs.append(dolma(module, file))
            ours = median(ours)
            print(f"exact, {file.suffix}  lucie " + ", ".join(f"{name} {seconds:.3f} s" for name, seconds in ours.items()))
            for name, seconds in median(theirs).items() if theirs else ():
                print(f"  dolma, {name}: {seconds:.3f} s, lucie {seconds / ours[name]:.1f} x")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("documents", type=pathlib.Path)
    parser.add_argument("--without", nargs="*", default=[])
    arguments = parser.parse_args()
    with open(arguments.documents, encoding="utf-8") as file:
        texts = [json.loads(line)["text"] for line in file]
    print(f"{len(texts)} documents, {sum(len(text.encode()) for text in texts) / 1e6:.0f} MB")
    near = median([lucie(arguments.build, "near", arguments.documents) for _ in range(3)])["near"]
    print(f"near duplicates  lucie {near:.2f} s, {len(texts) / near:,.0f} documents/s")
    for peer in (datatrove, rensa):
        if peer.__name__ not in arguments.without:
            for name, seconds in peer(texts).items():
                print(f"  {name}: {seconds:.2f} s, {len(texts) / seconds:,.0f} documents/s, lucie {seconds / near:.1f} x")
    exact(arguments.build, arguments.documents, "dolma" not in arguments.without)


if __name__ == "__main__":
    main()
