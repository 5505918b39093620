#!/usr/bin/env python3
"""Deduplication on one core, in processor time: lucie, then datatrove, rensa and dolma.

    bench/peers/deduplicate.py BUILD DOCUMENTS.jsonl [--without datatrove rensa dolma]

Needs a build with -DLUCIE_BENCH=ON; peers as pinned in bench/peers/requirements.txt. Near
duplicates: 14 bands of 8 rows over word 5-grams; from texts in memory to clusters, for rensa also
without the making of 5-grams, which its users do in Python. Exact: documents and paragraphs, from a
compressed file, for dolma by Bloom filters, its results written; "reading" is what of it comes
before any comparison (dolma: by short ids).
"""

import argparse
import gzip
import importlib.util
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BANDS, ROWS, NGRAM = 14, 8, 5


def lucie(build, what, documents):
    """Seconds by label as dedup_bench prints them; the median of three runs."""
    runs = []
    for _ in range(3):
        printed = subprocess.run([build / "src/corpus/dedup_bench", what, documents],
                                 check=True, capture_output=True, text=True).stdout
        runs.append({label: float(seconds) for label, seconds in re.findall(r"^(\w+).*? (\d+\.\d+) s", printed, re.M)})
    return {label: sorted(run[label] for run in runs)[1] for label in runs[0]}


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


def dolma(texts):
    found = importlib.util.find_spec("dolma")
    library = next(pathlib.Path(found.origin).parent.glob("dolma*.so"))
    spec = importlib.util.spec_from_file_location("dolma", library)
    module = importlib.util.module_from_spec(spec)  # the Rust part alone
    spec.loader.exec_module(module)
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        documents = pathlib.Path(folder, "documents")
        documents.mkdir()
        with gzip.open(documents / "part.jsonl.gz", "wt", encoding="utf-8") as file:
            for i, text in enumerate(texts):
                file.write(json.dumps({"id": str(i), "source": "bench", "text": text}) + "\n")
        kinds = {
            "reading": {"documents": {"attribute_name": "repeated", "key": "$.id"}},
            "documents": {"documents": {"attribute_name": "repeated", "key": "$.text"}},
            "paragraphs": {"paragraphs": {"attribute_name": "repeated", "paragraph_separator": "\n\n"}},
        }
        for name, kind in kinds.items():
            config = {
                "documents": [f"{documents}/*.gz"],
                "dedupe": {"name": name, "skip_empty": True, "min_length": 0, "min_words": 0, "num_partitions": 1,
                           "partition_index": 0, "file_partition": False, "document_dir": "documents"} | kind,
                "bloom_filter": {"file": f"{folder}/{name}.bloom", "read_only": False, "size_in_bytes": 0,
                                 "estimated_doc_count": 2_000_000, "desired_false_positive_rate": 1e-6},
                "is_s3_volume": False, "processes": 1,
                "work_dir": {"input": f"{folder}/in", "output": f"{folder}/out"},
                "compression": {"input": None, "output": None},
            }
            results[f"dolma, {name}"] = timed(lambda: module.deduper_entrypoint(json.dumps(config)))
            if not list(pathlib.Path(folder, "attributes").rglob("*.gz")):
                raise RuntimeError("dolma wrote nothing")
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("documents", type=pathlib.Path)
    parser.add_argument("--without", nargs="*", default=[])
    arguments = parser.parse_args()
    with open(arguments.documents, encoding="utf-8") as file:
        texts = [json.loads(line)["text"] for line in file]
    print(f"{len(texts)} documents, {sum(len(text.encode()) for text in texts) / 1e6:.0f} MB")
    near = lucie(arguments.build, "near", arguments.documents)["near"]
    with tempfile.TemporaryDirectory() as folder:
        packed = pathlib.Path(folder, "documents.jsonl.gz")
        packed.write_bytes(gzip.compress(arguments.documents.read_bytes()))
        exact = lucie(arguments.build, "exact", packed)
    print(f"near duplicates  lucie {near:.2f} s, {len(texts) / near:,.0f} documents/s")
    for peer in (datatrove, rensa):
        if peer.__name__ not in arguments.without:
            for name, seconds in peer(texts).items():
                print(f"  {name}: {seconds:.2f} s, {len(texts) / seconds:,.0f} documents/s, lucie {seconds / near:.1f} x")
    ours = {"reading": exact["read"], "documents": exact["read"] + exact["documents"],
            "paragraphs": exact["read"] + exact["paragraphs"]}
    print("exact  lucie " + ", ".join(f"{name} {seconds:.2f} s" for name, seconds in ours.items()))
    if "dolma" not in arguments.without:
        for name, seconds in dolma(texts).items():
            print(f"  {name}: {seconds:.2f} s, lucie {seconds / ours[name.split(', ')[1]]:.1f} x")


if __name__ == "__main__":
    main()
