#!/usr/bin/env python3
"""Writes tests/golden/minhash.json: words, n-gram hashes and signatures by datatrove.

    tools/make_minhash_golden.py [--seed 42] [--out tests/golden/minhash.json]

Texts are drawn from words of many languages and from single characters of all of Unicode; words are
split by tools/datatrove_minhash.py, the rest is datatrove's own code.
"""

import argparse
import json
import pathlib
import random
import unicodedata

from datatrove.utils.text import simplify_text

from datatrove_minhash import config_of, signature_step

WORDS = (
    "Lucie est née à Paris en 1789,5 d'après l'encyclopédie; œuvre NOËL ça va? "
    "The QUICK brown-fox jumps (over) 3.14 lazy_dogs e.g. 10,000,000.00 U.S.A. don't “quoted” "
    "Straße GROẞE Übung «français» señor ¿qué? ¡olé! città Perché İstanbul ısı "
    "ΟΔΥΣΣΕΥΣ ΣΟΦΙΑ Ελλάδα Москва ЁЛКА й привет мир مرحبا بالعالم ١٢٣٫٤٥ שָׁלוֹם "
    "हिन्दी में लिखा १२३ 你好世界。今天天气很好，我们去公园。 東京タワーは高いガギグ 안녕하세요 세계 ภาษาไทยสวย "
    "ສະບາຍດີ မြန်မာ བོད་ཡིག ភាសាខ្មែរ A\u030angstro\u0308m K Å ﬁne ² ½ ٪ ➜ • § 🎉🎉 𝐀𝐁 𐐀𐐁 １２３ ４．５ x\u00a0y a\u200bb "
    "foo\tbar\nbaz 12abc34 --- ... ' ´ \u037e \u1fef \u2000 \u0301 z\u0301\u0323 ṩ ḍ̇ \u0f71\u0f72 \u0958 \ufb1d \uf900"
).split(" ")


def text_of(draw, words):
    return "".join(draw.choice(WORDS) + draw.choice("      ,.\n\t") for _ in range(words))


def any_characters(draw, count):
    """Assigned characters; not capital sigma, whose lower case depends on what stands around it."""
    found = []
    while len(found) < count:
        c = chr(draw.choice([draw.randrange(0x250), draw.randrange(0x3000), draw.randrange(0x30000)]))
        if unicodedata.category(c) not in ("Cn", "Cs", "Co") and c != "\u03a3":
            found.append(c + draw.choice(["", "", " "]))
    return "".join(found)


def case_of(text, **settings):
    hash_name = settings.pop("hash", "xxhash")
    config = config_of(hash_name, **settings)
    step = signature_step(config)
    shingles = step.get_shingles(text)
    signature = sum(step.get_signature(shingles), []) if shingles.size else []
    return {
        "text": text,
        "bands": config.num_buckets, "rows": config.hashes_per_bucket, "ngram": config.n_grams,
        "seed": config.seed, "hash": hash_name,
        "words": step.word_tokenizer.word_tokenize(simplify_text(text, config.norm_config)),
        "signature": "".join(f"{value:016x}" for value in signature),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--out", type=pathlib.Path, default="tests/golden/minhash.json")
    arguments = parser.parse_args()
    draw = random.Random(arguments.seed)
    cases = [case_of(text_of(draw, words)) for words in (0, 3, 5, 6, 40, 200)]
    cases.append(case_of(text_of(draw, 30), hash="sha1"))
    cases.append(case_of(text_of(draw, 30), num_buckets=5, hashes_per_bucket=3, n_grams=2, seed=7))
    cases.append(case_of(text_of(draw, 12), num_buckets=3, hashes_per_bucket=1, n_grams=1, seed=2**32 - 1))
    cases += [case_of(any_characters(draw, 600)) for _ in range(3)]
    lines = ",\n".join(json.dumps(case) for case in cases)
    arguments.out.write_text('{"cases": [\n' + lines + "\n]}\n")


if __name__ == "__main__":
    main()
