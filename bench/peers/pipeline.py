#!/usr/bin/env python3
"""The whole way of a document on one core: `lucie corpus build` and datatrove, the same documents.

    bench/peers/pipeline.py LUCIE DOCUMENTS.jsonl.zst... [--documents 6000]

Languages given; the rules of gopher, c4 and fineweb; exact duplicates; near duplicates (14 bands of
8 rows over 5-grams); survivors are the first. Half of the documents are damaged on purpose, and
every 20th is a copy. Words are cut by one regular expression on both sides. Processor time, medians
of three in turn: lucie's with everything that a build does (reading JSON, checking UTF-8, writing
the corpus), datatrove's from texts in memory to the list of what stays. Verdicts are compared, in
the rule named too. Peers as pinned in bench/peers/requirements.txt.
"""
import argparse
import collections
import io
import json
import pathlib
import random
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time

import zstandard

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import check_quality  # noqa: E402
import datatrove_minhash  # noqa: E402
from datatrove.data import Document  # noqa: E402
from datatrove.pipeline.dedup import exact_dedup  # noqa: E402
from datatrove.utils import word_tokenizers  # noqa: E402
from datatrove.utils.logging import logger  # noqa: E402

GROUPS = ["gopher", "c4", "fineweb"]
RECIPE = {
    "name": "bench", "seed": 1,
    "sources": [{"id": "web", "reader": "jsonl", "path": "documents.jsonl", "quality": "web",
                 "licence": "CC0-1.0", "terms": "open"}],
    "corpus": {"quality": {"rules": GROUPS}, "check_language": False, "min_characters": 0,
               "dedup": {"exact": "document", "near": True}, "holdout": {"share": 0}},
}


def lucie(program, folder):
    """Seconds, and a verdict for each document."""
    with tempfile.TemporaryDirectory() as out:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([program, "corpus", "build", folder / "recipe.yaml", "--data", folder, "--out", f"{out}/corpus",
                        "--threads", "1", "--quiet"], check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        with open(f"{out}/corpus/verdicts.jsonl.zst", "rb") as file:
            stream = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)
            lines = [json.loads(line) for line in io.TextIOWrapper(stream, "utf-8")]
    verdicts = [line["decision"] if "step" not in line else line["reason"] if line["step"] == "quality" else line["step"]
                for line in lines]
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, verdicts


def rule_broken(document, filters):
    for step in filters[document.metadata["language"]]:
        result = step.filter(document)  # c4 takes lines out of the text
        if result is not True:
            reason = result[1] if isinstance(result, tuple) else "dropped"
            return check_quality.REASONS.get(reason, reason)
    return "kept"


def without_copies(documents):
    config = exact_dedup.ExactDedupConfig(
        content_getter=lambda document: re.sub(r"[ \t-\r]+", " ", document.text).strip(" "))
    with tempfile.TemporaryDirectory() as folder:
        exact_dedup.ExactDedupSignature(f"{folder}/signatures", config).run(iter(documents))
        exact_dedup.ExactFindDedups(f"{folder}/signatures", f"{folder}/found", config).run()
        return list(exact_dedup.ExactDedupFilter(f"{folder}/found", config).run(iter(documents)))


def datatrove(cases, filters):
    start = time.process_time()
    documents = [Document(text=case["text"], id=str(i), metadata={"language": case["language"]})
                 for i, case in enumerate(cases)]
    verdicts = [rule_broken(document, filters) for document in documents]
    good = [document for document, verdict in zip(documents, verdicts) if verdict == "kept"]
    rules = time.process_time()
    unique = without_copies(good)
    stay = {int(document.id) for document in unique}
    for document in good:
        if int(document.id) not in stay:
            verdicts[int(document.id)] = "document"
    for members in datatrove_minhash.clusters([document.text for document in unique]):
        for member in members[1:]:
            verdicts[int(unique[member].id)] = "near"
    return rules - start, time.process_time() - rules, verdicts


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lucie", type=pathlib.Path)
    parser.add_argument("paths", nargs="+", type=pathlib.Path)
    parser.add_argument("--documents", type=int, default=6000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    logger.remove()
    word_tokenizers.load_word_tokenizer = lambda language: check_quality.SharedTokenizer()
    draw = random.Random(arguments.seed)
    cases = check_quality.read(arguments.paths, arguments.documents, draw)
    cases += draw.sample(cases, len(cases) // 20)
    filters = {language: [step for group in GROUPS for step in check_quality.FILTERS[group](language)]
               for language in {case["language"] for case in cases}}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "recipe.yaml").write_text(json.dumps(RECIPE))
        with open(folder / "documents.jsonl", "w", encoding="utf-8") as file:
            file.writelines(json.dumps({"id": str(i)} | case) + "\n" for i, case in enumerate(cases))
        runs = [(lucie(arguments.lucie, folder), datatrove(cases, filters)) for _ in range(3)]
    ours = statistics.median(run[0][0] for run in runs)
    rules, dedup = (statistics.median(run[1][i] for run in runs) for i in (0, 1))
    verdicts, reference = runs[0][0][1], runs[0][1][2]
    equal = sum(a == b for a, b in zip(verdicts, reference, strict=True))
    size = sum(len(case["text"].encode()) for case in cases)
    print(f"{len(cases)} documents, {size / 1e6:.1f} MB")
    print(f"lucie {ours:.2f} s, {len(cases) / ours:,.0f} documents/s; datatrove {rules + dedup:.2f} s "
          f"(rules {rules:.2f}, duplicates {dedup:.2f}), {len(cases) / (rules + dedup):,.0f} documents/s; "
          f"{(rules + dedup) / ours:.0f} times")
    print(f"verdicts: {equal} equal ({100 * equal / len(cases):.3f} %)", dict(collections.Counter(reference).most_common()))
    for i, (a, b) in enumerate(zip(verdicts, reference)):
        if a != b:
            print(f"    {i}: lucie {a}, datatrove {b}: {cases[i]['text'][:60]!r}")
    return 0 if equal >= 0.999 * len(cases) else 3


if __name__ == "__main__":
    sys.exit(main())
