#!/usr/bin/env python3
"""Verdicts of the quality rules beside those of datatrove and of RedPajama-V2's definitions.

    tools/check_quality.py BUILD_DIR DOCUMENTS.jsonl.zst... [--documents 5000] [--seed 1]

Both sides get the same documents with the same language labels, and cut words with the same regular
expression. Beside each document stand damaged copies of it (lines repeated, cut short, shuffled,
made lists ...), so that every rule is broken by some. datatrove's filters have the thresholds of
its own defaults for English and of FineWeb-2 for other languages; what RedPajama-V2 publishes as a
definition is computed here with Python's regular expressions. At least 99.9 % must be equal, in the
rule named too. BUILD_DIR is built with -DLUCIE_BENCH=ON.
"""
import argparse
import collections
import io
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import unicodedata

import regex
import zstandard
from datatrove.data import Document
from datatrove.pipeline.filters import (C4QualityFilter, FineWebQualityFilter, GopherQualityFilter,
                                        GopherRepetitionFilter)
from datatrove.utils import word_tokenizers

WORD = regex.compile(r"[\w\p{N}]+|[^\w\p{N}\s]+")
SENTENCE = re.compile(r"\b[^.!?]+[.!?]*")


class SharedTokenizer(word_tokenizers.WordTokenizer):
    def word_tokenize(self, text):
        return WORD.findall(text)

    def sent_tokenize(self, text):
        return SENTENCE.findall(text)

    def span_tokenize(self, text):
        return [match.span() for match in SENTENCE.finditer(text)]


# FineWeb-2's configs/fra_Latn.yml and so on: dup_line_frac, top 2- to 4-grams, repeated 5- to
# 10-grams, mean word length, share of words with letters, terminal lines, newlines a word.
FINEWEB_2 = {
    "fr": (0.264, (0.161, 0.149, 0.134), (0.15, 0.141, 0.131, 0.121, 0.111, 0.1), (2, 11), 0.812, 0.1, 0.185,
           "de la le et \u00e0 en l des du les est d un une il dans par au"),
    "de": (0.263, (0.169, 0.153, 0.137), (0.141, 0.134, 0.126, 0.117, 0.108, 0.098), (0, 15), 0.774, 0.0, 0.152,
           "der und die in von im den des mit das er dem als wurde f\u00fcr"),
    "es": (0.265, (0.077, 0.097, 0.112), (0.152, 0.137, 0.123, 0.114, 0.107, 0.099), (4, 14), 0.825, 0.3, 0.171,
           "de la en el y a que del los se por un con una las su"),
    "it": (0.246, (0.198, 0.156, 0.133), (0.144, 0.136, 0.127, 0.118, 0.109, 0.1), (3, 21), 0.807, 0.025, 0.2,
           "di e il la in a del che \u00e8 della un per nel l con da i una"),
}

REASONS = {
    "dup_para_frac": "gopher.duplicate_paragraphs", "dup_para_char_frac": "gopher.duplicate_paragraph_characters",
    "dup_line_frac": "gopher.duplicate_lines", "dup_line_char_frac": "gopher.duplicate_line_characters",
    "gopher_short_doc": "gopher.words", "gopher_long_doc": "gopher.words",
    "gopher_below_avg_threshold": "gopher.mean_word_length", "gopher_above_avg_threshold": "gopher.mean_word_length",
    "gopher_too_many_hashes": "gopher.hashes", "gopher_too_many_ellipsis": "gopher.ellipses",
    "gopher_too_many_bullets": "gopher.bullet_lines", "gopher_too_many_end_ellipsis": "gopher.ellipsis_lines",
    "gopher_below_alpha_threshold": "gopher.words_with_letters", "gopher_enough_stop_words": "gopher.stop_words",
    "lorem_ipsum": "c4.lorem_ipsum", "curly_bracket": "c4.curly_brackets", "too_few_sentences": "c4.sentences",
    "line_punct_ratio": "fineweb.terminal_lines", "short_line_ratio": "fineweb.short_lines",
    "char_dup_ratio": "fineweb.duplicate_line_characters", "list_ratio": "fineweb.newlines",
}
REASONS |= {f"top_{n}_gram": f"gopher.top_{n}gram" for n in (2, 3, 4)}
REASONS |= {f"duplicated_{n}_n_grams": f"gopher.duplicate_{n}grams" for n in range(5, 11)}


def gopher_filters(language):
    if language not in FINEWEB_2:
        return [GopherRepetitionFilter(), GopherQualityFilter()]
    line, top, repeated, lengths, letters, _, _, stop_words = FINEWEB_2[language]
    return [GopherRepetitionFilter(dup_line_frac=line, dup_para_frac=0, dup_line_char_frac=0, dup_para_char_frac=0,
                                   top_n_grams=list(zip((2, 3, 4), top)),
                                   dup_n_grams=list(zip(range(5, 11), repeated))),
            GopherQualityFilter(min_avg_word_length=lengths[0], max_avg_word_length=lengths[1],
                                max_non_alpha_words_ratio=letters, stop_words=stop_words.split())]


def fineweb_filters(language):
    if language not in FINEWEB_2:
        return [FineWebQualityFilter()]
    _, _, _, _, _, terminal, newlines, _ = FINEWEB_2[language]
    return [FineWebQualityFilter(short_line_thr=999, char_duplicates_ratio=0.1, line_punct_thr=terminal,
                                 new_line_ratio=newlines)]


class RedPajama:
    """Lucie's thresholds on the signals of RedPajama-V2, from their descriptions."""
    PUNCTUATION = str.maketrans("", "", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")

    def filter(self, document):
        text = document.text
        for name, value, low, high in self.values(text):
            if not low <= round(value, 8) <= high:  # it publishes 8 decimals
                return False, "redpajama." + name
        return True

    def values(self, text):
        infinity = float("inf")
        normal = re.sub(r"\s+", " ", text.translate(self.PUNCTUATION).lower().strip())
        words = unicodedata.normalize("NFD", normal).split()
        raw = WORD.findall(text)
        lines = text.split("\n")
        characters = sum(map(len, words))
        yield "sentences", len(SENTENCE.findall(text)), 3, infinity
        yield "curly_brackets", (text.count("{") + text.count("}")) / max(1, len(text)), 0, 0
        yield "lorem_ipsum", normal.count("lorem ipsum"), 0, 0
        yield "words", len(words), 50, 100000
        yield "mean_word_length", characters / len(words), 3, 10
        yield "symbols", sum(map(text.count, ("#", "...", "\u2026"))) / len(raw), 0, 0.1
        bullets = tuple("\u2022\u2023\u25b6\u25c0\u25e6\u25a0\u25a1\u25aa\u25ab\u2013")
        yield "list_lines", sum(line.lstrip().startswith(bullets) for line in lines) / len(lines), 0, 0.9
        yield "ellipsis_lines", sum(line.rstrip().endswith(("...", "\u2026")) for line in lines) / len(lines), 0, 0.3
        yield "words_without_letters", 1 - sum(bool(re.search("[a-zA-Z]", w)) for w in raw) / len(raw), 0, 0.3
        for n, limit in ((2, 0.2), (3, 0.18), (4, 0.16)):
            gram, count = collections.Counter(zip(*(words[i:] for i in range(n)))).most_common(1)[0]
            yield f"top_{n}gram", 0 if count < 2 else sum(map(len, gram)) * count / characters, 0, limit
        for n in range(5, 11):
            grams = list(zip(*(words[i:] for i in range(n))))
            counts = collections.Counter(grams)
            covered = {i + k for i, gram in enumerate(grams) if counts[gram] > 1 for k in range(n)}
            yield (f"duplicate_{n}grams", sum(len(words[i]) for i in covered) / characters, 0,
                   round(0.15 - 0.01 * (n - 5), 2))


FILTERS = {"gopher": gopher_filters, "fineweb": fineweb_filters, "c4": lambda language: [C4QualityFilter()],
           "redpajama": lambda language: [RedPajama()]}


def damaged(text, draw):
    """The text as it might stand on a bad page."""
    lines = text.split("\n")
    words = text.split(" ")
    start = draw.randrange(len(words))
    some = " ".join(words[start:start + draw.choice([8, 30, 60, 100, 300])])
    kinds = [
        lambda: some,
        lambda: some + "".join("\n" + some for _ in range(draw.randint(1, 3))),
        lambda: "\n".join(line + ("\n" + line if draw.random() < 0.3 else "") for line in lines),
        lambda: "\n\n".join(draw.choices(text.split("\n\n"), k=20)),
        lambda: "\n".join(draw.choice(["- ", "\u2022 ", "\u2013 ", "  - "]) + line for line in lines),
        lambda: "\n".join(line + draw.choice(["...", "\u2026", " .", "?", ""]) for line in lines),
        lambda: " ".join(w + draw.choice([" #", " ... ", "", "", "", "", ""]) for w in words),
        lambda: " ".join(w if draw.random() < 0.7 else str(draw.randrange(10 ** 6)) for w in words),
        lambda: some.replace(" ", "\n"),
        lambda: some.replace(" ", "", len(some) // 4),
        lambda: some + " lorem ipsum dolor sit amet and so on.",
        lambda: some + "\nPlease enable JavaScript to see this page.\nOur cookie policy says why it is so.",
        lambda: "\u2028".join(lines[:20]) + ".",
        lambda: re.sub(r"[{}]", "", text),
        lambda: re.sub(r"[{}]", "", text.replace("\n", ".\n")),
        lambda: " ".join(sorted(some.split(" "))),
        lambda: some.upper() + " " + some,
        lambda: some + (" " + " ".join(some.split(" ")[:draw.randint(4, 12)])) * draw.randint(1, 3),
    ]
    return draw.choice(kinds)()


def repaired(text):
    """What repair_text does to text without control characters."""
    return re.sub(r"[ \t]+\n", "\n", "".join(c for c in text if c not in "\u00ad\ufeff")).strip(" \t\n")


def read(paths, count, draw):
    documents = []
    for path in paths:
        with open(path, "rb") as file:
            for line in io.TextIOWrapper(zstandard.ZstdDecompressor().stream_reader(file), "utf-8"):
                document = json.loads(line)
                language = document["metadata"]["language"]
                if len(language) == 2:
                    documents.append((language, document["text"][:20000]))
    draw.shuffle(documents)
    cases = []
    for language, text in documents[:count // 2]:
        for version in (text, damaged(text, draw)):
            if version := repaired(version):
                cases.append({"language": language, "text": version})
    return cases


def reference_verdicts(group, cases):
    filters = {language: FILTERS[group](language) for language in {case["language"] for case in cases}}
    verdicts = []
    for case in cases:
        verdict = "kept"
        for each in filters[case["language"]]:
            result = each.filter(Document(text=case["text"], id=""))
            if isinstance(result, tuple):
                verdict = REASONS.get(result[1], result[1])
                break
        verdicts.append(verdict)
    return verdicts


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("paths", nargs="+", type=pathlib.Path)
    parser.add_argument("--documents", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    word_tokenizers.load_word_tokenizer = lambda language: SharedTokenizer()
    draw = random.Random(arguments.seed)
    cases = read(arguments.paths, arguments.documents, draw)
    worst = 1.0
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        file.writelines(json.dumps(case) + "\n" for case in cases)
        file.flush()
        for group in FILTERS:
            program = arguments.build / "src/corpus/quality_bench"
            ours = subprocess.run([program, "verdicts", group, file.name], check=True, capture_output=True,
                                  text=True).stdout.splitlines()
            theirs = reference_verdicts(group, cases)
            equal = sum(a.split(" ")[0] == b for a, b in zip(ours, theirs, strict=True))
            worst = min(worst, equal / len(cases))
            print(f"{group}: {equal} of {len(cases)} equal ({100 * equal / len(cases):.3f} %)")
            print("   ", dict(collections.Counter(theirs).most_common()))
            for a, b, case in list(zip(ours, theirs, cases)):
                if a.split(" ")[0] != b:
                    print(f"    {case['language']}: ours {a}, reference {b}: {case['text'][:60]!r}")
    return 0 if worst >= 0.999 else 3


if __name__ == "__main__":
    sys.exit(main())
