#!/usr/bin/env python3
"""Writes tests/golden/quality.json: generated texts and what datatrove's quality filters and
RedPajama-V2's definitions (both by check_quality.py) say of them.

    python3 tools/make_quality_golden.py --seed 1

For each verdict of each group of rules there are up to three texts, in five languages.
"""
import argparse
import collections
import json
import pathlib
import random

from datatrove.utils import word_tokenizers

import check_quality

SYLLABLES = {
    "en": "the ing er and ation str eam wh ough ly con pre ed s t in on qu ick".split(),
    "fr": "le ment \u00e9t\u00e9 qu eau oi \u00e7a \u0153u tr eux ille \u00e0 pr\u00e9 voir an es c d".split(),
    "de": "der ung sch \u00fc \u00df ei keit ver ge \u00e4u ch t en st auf \u00f6".split(),
    "es": "ci\u00f3n que ar los \u00f1a mente per \u00fa tra con de y lla".split(),
    "it": "gli zione ch\u00e9 ragazz o a mente perch\u00e9 e \u00f9 st per".split(),
}


def sentence(words, stop_words, draw):
    chosen = [draw.choice(stop_words) if draw.random() < 0.3 else draw.choice(words)
              for _ in range(draw.randint(3, 14))]
    text = " ".join(chosen).capitalize()
    if draw.random() < 0.1:
        text = text.replace(" ", draw.choice([", ", " (", "' ", " \u2014 ", " {", "... ", "\u00a0", " 12.5 "]), 1)
    return text + draw.choice([".", ".", ".", "!", "?", "...", "\u2026", ":", "\u3002", '"', ""])


def make_text(language, draw):
    words = ["".join(draw.choices(SYLLABLES[language], k=draw.randint(1, 4))) for _ in range(400)]
    stop_words = {"en": "the be to of and that have with"}.get(
        language, check_quality.FINEWEB_2.get(language, ("",) * 8)[7]).split()
    paragraphs = []
    for _ in range(draw.randint(1, 7)):
        count, ending = draw.randint(1, 4), draw.choice([" ", " ", "\n"])
        paragraphs.append(ending.join(sentence(words, stop_words, draw) for _ in range(count)))
    return draw.choice(["\n\n", "\n"]).join(paragraphs)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    draw = random.Random(parser.parse_args().seed)
    word_tokenizers.load_word_tokenizer = lambda language: check_quality.SharedTokenizer()
    cases = []
    for _ in range(1500):
        language = draw.choice(sorted(SYLLABLES))
        text = make_text(language, draw)
        if draw.random() < 0.7:
            text = check_quality.damaged(text, draw)
        if (text := check_quality.repaired(text)) and len(text) < 2500:
            cases.append({"language": language, "text": text})
    chosen = collections.defaultdict(dict)
    for group in check_quality.FILTERS:
        met = collections.Counter()
        for number, verdict in enumerate(check_quality.reference_verdicts(group, cases)):
            met[verdict] += 1
            if met[verdict] <= 3:
                chosen[number][group] = verdict
    rows = [cases[number] | {"verdicts": chosen[number]} for number in sorted(chosen)]
    target = pathlib.Path(__file__).parent.parent / "tests/golden/quality.json"
    target.write_text("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n")


if __name__ == "__main__":
    main()
