#!/usr/bin/env python3
"""Speed of the quality rules on one core: lucie and datatrove, on the same documents.

    bench/peers/quality_rules.py BUILD_DIR DOCUMENTS.jsonl.zst... [--documents 2000]

Documents per second in processor time, median of five. Both sides have the language labels and cut
words with one regular expression (datatrove's own tokenizers are slower); a document stops at the
first rule that it breaks. BUILD_DIR is built with -DLUCIE_BENCH=ON.
"""
import argparse
import json
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import check_quality  # noqa: E402
from datatrove.data import Document  # noqa: E402
from datatrove.utils import text as datatrove_text  # noqa: E402
from datatrove.utils import word_tokenizers  # noqa: E402


def run_datatrove(groups, cases, filters):
    datatrove_text.split_into_parts.cache_clear()
    kept = 0
    for case in cases:
        document = Document(text=case["text"], id="")
        steps = (step for group in groups for step in filters[group, case["language"]])
        kept += all(step.filter(document) is True for step in steps)
    return kept


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("paths", nargs="+", type=pathlib.Path)
    parser.add_argument("--documents", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    word_tokenizers.load_word_tokenizer = lambda language: check_quality.SharedTokenizer()
    cases = check_quality.read(arguments.paths, 2 * arguments.documents, random.Random(arguments.seed))
    cases = cases[::2]  # without the damaged ones
    size = sum(len(case["text"].encode()) for case in cases)
    print(f"{len(cases)} documents, {size / 1e6:.1f} MB")
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        file.writelines(json.dumps(case) + "\n" for case in cases)
        file.flush()
        for groups in (["gopher"], ["c4"], ["fineweb"], ["gopher", "c4", "fineweb"]):
            languages = {case["language"] for case in cases}
            filters = {(g, lang): check_quality.FILTERS[g](lang) for g in groups for lang in languages}
            times = []
            for _ in range(5):
                start = time.process_time()
                kept = run_datatrove(groups, cases, filters)
                times.append(time.process_time() - start)
            theirs = len(cases) / statistics.median(times)
            program = arguments.build / "src/corpus/quality_bench"
            ours = subprocess.run([program, "time", ",".join(groups), file.name], check=True,
                                  capture_output=True, text=True).stdout.strip()
            ratio = float(ours.split(" ")[0]) / theirs
            print(f"{' '.join(groups)}: lucie {ours}; datatrove {theirs:.0f} documents/s, {kept} kept; "
                  f"{ratio:.0f} times")


if __name__ == "__main__":
    main()
