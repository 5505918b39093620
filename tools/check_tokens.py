#!/usr/bin/env python3
"""Tokens against the documents they are said to be from, and the data card against a recount.

    tools/check_tokens.py --run runs/tiny [--seed 1] [--positions 1000]

1. .idx as Megatron reads it: one sequence per document, document index 0, 1 ... n.
2. .docs covers .bin without gaps and names each document of the corpus once.
3. Random positions of each split: the document that .docs names is read from the corpus, encoded
   with Hugging Face tokenizers, put between <s> and </s>, and compared at that place and as a whole.
4. card.json, data_card.md and tokens/stats.json: documents, characters, words, bytes, tokens.
"""

import argparse
import collections
import json
import re

import numpy as np
import tokenizers

import run_files

SPLITS = ("train", "holdout")
DIMENSIONS = {"by_language": "language", "by_source": "source", "by_licence": "licence"}


def read_corpus(run):
    corpus = {}
    for split in SPLITS:
        for document in run_files.documents(run, split):
            assert document["id"] not in corpus, f"{document['id']} stands twice"
            corpus[document["id"]] = {"split": split, **document}
    return corpus


def check_layout(report, run, corpus):
    """Returns {(split, group): (TokenFile, lines of .docs)}."""
    files, named = {}, []
    for split in SPLITS:
        for index in sorted((run / "tokens" / split).glob("*.idx")):
            prefix = index.with_suffix("")
            data = run_files.token_file(prefix)
            lines = list(run_files.json_lines(prefix.with_suffix(".docs")))
            assert (data.documents == np.arange(len(data.lengths) + 1)).all(), index
            ends = data.lengths.astype(np.int64).cumsum()
            assert [line["end"] for line in lines] == ends.tolist(), f"{prefix}.docs: ends"
            assert [line["begin"] for line in lines] == [0, *ends[:-1].tolist()], f"{prefix}: begins"
            for line in lines:
                document = corpus[line["id"]]
                expected = {key: document["metadata"][key]
                            for key in ("licence", "language", "url", "page")}
                expected["source"] = document["source"]
                expected["bytes"] = len(run_files.stripped(document["text"]).encode())
                assert document["split"] == split and document["group"] == prefix.name, line["id"]
                assert all(line[key] == value for key, value in expected.items()), line["id"]
            named += [line["id"] for line in lines]
            files[split, prefix.name] = data, lines
    report.check(True, f".idx and .docs of {len(files)} files: {len(named)} documents, "
                 f"{sum(data.tokens.size for data, _ in files.values())} tokens")
    report.check(len(named) == len(set(named)) and set(named) == set(corpus),
                 f"{len(set(named))} documents in .docs, {len(corpus)} in the corpus")
    return files


def check_positions(report, run, files, corpus, draw, count):
    tokenizer = tokenizers.Tokenizer.from_file(str(run / "tokenizer/tokenizer.json"))
    tokenizer.encode_special_tokens = True  # "<s>" in a document's text is text
    begin, end = tokenizer.token_to_id("<s>"), tokenizer.token_to_id("</s>")
    encoded = {}
    for split in SPLITS:
        chosen = [files[key] for key in files if key[0] == split]
        starts = np.concatenate([[0], np.cumsum([data.tokens.size for data, _ in chosen])])
        same = whole = last = 0
        seen = set()
        for position in draw.integers(starts[-1], size=count):
            f = np.searchsorted(starts, position, "right") - 1
            data, lines = chosen[f]
            at = int(position - starts[f])
            line = lines[np.searchsorted([line["begin"] for line in lines], at, "right") - 1]
            if line["id"] not in encoded:
                text = run_files.stripped(corpus[line["id"]]["text"])
                ids = tokenizer.encode(text, add_special_tokens=False).ids
                encoded[line["id"]] = np.array([begin, *ids, end])
            expected = encoded[line["id"]]
            stored = data.tokens[line["begin"]:line["end"]]
            if line["id"] not in seen:
                seen.add(line["id"])
                whole += len(stored) == len(expected) and (stored[:-1] == expected[:-1]).all()
                last += stored[-1] == end
            inside = at - line["begin"] < len(expected)
            same += inside and (data.tokens[at] == expected[at - line["begin"]] or
                                at == line["end"] - 1)  # what ends a document is counted apart
        report.check(same == count, f"{split}: {same} of {count} positions have the document's token")
        report.check(whole == len(seen), f"{split}: {whole} of the {len(seen)} documents whole")
        report.check(last == len(seen), f"{split}: {last} of the {len(seen)} documents end in </s>"
                     + ("" if last else f", others in {tokenizer.id_to_token(int(stored[-1]))}"))


def recount(run, files, corpus):
    tallies = collections.defaultdict(collections.Counter)
    tokens = {line["id"]: line["end"] - line["begin"]
              for _, lines in files.values() for line in lines}
    for document in corpus.values():
        if document["split"] != "train":
            continue
        text = document["text"]
        counts = {"documents": 1, "characters": len(text), "bytes": len(text.encode()),
                  "words": len(re.findall(r"[^ \t\r\n\f\v]+", text)), "tokens": tokens[document["id"]]}
        names = [("total", "")] + [(table, document["metadata"].get(key, document.get(key)))
                                   for table, key in DIMENSIONS.items()]
        for name in names:
            tallies[name].update(counts)
    return tallies


def check_card(report, run, tallies):
    card = json.loads((run / "card/card.json").read_text())
    for key, counted in tallies[("total", "")].items():
        report.check(card["total"][key] == counted,
                     f"card: {key} {card['total'][key]}, counted {counted}")
    for table in DIMENSIONS:
        rows = {row["name"]: row for row in card[table]}
        counted = {name: tally for (kind, name), tally in tallies.items() if kind == table}
        wrong = [f"{name}: {key}" for name, tally in counted.items() for key in tally
                 if rows.get(name, {}).get(key) != tally[key]]
        report.check(not wrong and set(rows) == set(counted),
                     f"card: {table}, {len(counted)} rows {', '.join(wrong[:5])}")
    page = (run / "card/data_card.md").read_text()
    missing = [name for (table, name), tally in tallies.items() if table != "total" and
               f"| {name} | {tally['documents']} | {tally['characters']} | {tally['tokens']} |"
               not in page]
    report.check(not missing, f"data_card.md has every row {', '.join(missing[:5])}")
    stats = json.loads((run / "tokens/stats.json").read_text())["train"]["total"]
    total = tallies[("total", "")]
    report.check(stats["documents"] == total["documents"] and stats["tokens"] == total["tokens"],
                 f"tokens/stats.json: {stats['documents']} documents, {stats['tokens']} tokens")


def main():
    parser = run_files.add_arguments(argparse.ArgumentParser(description=__doc__.splitlines()[0]))
    parser.add_argument("--positions", type=int, default=1000, help="drawn of each split")
    args = parser.parse_args()
    report = run_files.Report()
    corpus = read_corpus(args.run)
    files = check_layout(report, args.run, corpus)
    draw = np.random.default_rng(args.seed)
    check_positions(report, args.run, files, corpus, draw, args.positions)
    check_card(report, args.run, recount(args.run, files, corpus))
    report.finish()


if __name__ == "__main__":
    main()
