#!/usr/bin/env python3
"""Goldens of the tokenizer engine from Hugging Face tokenizers: tests/golden/tokenizer_*.json.

tokenizer_small.json is a whole tokenizer of Lucie's design, trained here on a small generated text;
tokenizer_cases.json holds sample texts with the ids and decoded texts of that tokenizer and, where
--data names a folder with them, of published ones (their files are not copied).
tokenizer_components_*.json hold random tokenizers of every component and option (see
tokenizer_components.py), with texts, ids and decoded texts.
"""
import argparse
import json
import os
import random

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, processors
from tokenizers import pre_tokenizers, trainers

from tokenizer_components import compose, kinds_of

PADDED = "\n\t([{/<'\u2019\"\u00ab\u201c\u2018\u201a\u2039\u2014\u2013\u2015"
WORDS = ("le la les maison \u00e9t\u00e9 d\u00e9j\u00e0 aujourd'hui l'homme qu'il the and house isn't World "
         "na\u00efve c\u0153ur Stra\u00dfe \u00fcber ni\u00f1o \u00bfqu\u00e9? perch\u00e9 12345 3.14 foo_bar() == // https://a.org/b?c=d#e "
         "int main { return 0; } \u00ab bonjour \u00bb \u201chi\u201d \u2014 \u2026 \u65e5\u672c\u8a9e \ud55c\uad6d\uc5b4 \u0440\u0443\u0441\u0441\u043a\u0438\u0439 \u0939\u093f\u0928\u094d\u0926\u0940 "
         "\U0001f600 \U0001f469\u200d\U0001f469\u200d\U0001f467 e\u0301 \ufb01 \u00b2 \u00bd \u2163").split(" ")
ODD = list(" \u00a0\r\x00\u0301\u0327\u200b\u200d\ufeff\ufffd\u2028\u202f\u3000\u0130\u017fK\u1100\u1161\u11a8\uac00\u0958"
           "\u2126\U0001F1EB\U0010FFFF\u2581_-0\u2163\u00b9\u0bbe\x7f\x85\u180e") + ["\r\n", "   ", "\t\t", " " * 20]
PUBLISHED = {"lucie": "lucie/tokenizer_pretrained", "lucie-instruct": "lucie/tokenizer_instruct",
             "pythia": "pythia", "olmo2": "olmo2", "crystalcoder": "crystalcoder"}


def small_tokenizer(rng):
    rules = [normalizers.NFC(), normalizers.Replace(Regex(r"[\r\x00]"), "")]
    for c in PADDED:
        literal = "\\" + c if c in "\n\t([{" else c
        rules.append(normalizers.Replace(Regex(literal + r"(?=[ \w])"), c + " "))
    rules += [normalizers.Prepend(" "), normalizers.Replace(Regex(r"[ \u00A0]"), "\u2581")]
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence(rules)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(r"\u2581?[^\w\s\u2581]+"), "isolated"),
        pre_tokenizers.Digits(individual_digits=True),
        pre_tokenizers.Metaspace(prepend_scheme="never")])
    special = ["<s>", "</s>", "<unk>", "<pad>"] + [f"<0x{b:02X}>" for b in range(256)]
    trainer = trainers.BpeTrainer(vocab_size=700, min_frequency=2, special_tokens=special,
                                  show_progress=False)
    known = [w for w in WORDS if max(map(ord, w)) < 0x2100]
    texts = [" ".join(rng.choice(known) for _ in range(20)) for _ in range(200)]
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.pre_tokenizer = None
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A <s>:1 $B:1", special_tokens=[("<s>", 0)])
    tokenizer.decoder = decoders.Sequence(
        [decoders.ByteFallback(), decoders.Metaspace(), decoders.Fuse()]
        + [decoders.Replace(c + " ", c) for c in PADDED])
    state = json.loads(tokenizer.to_str())
    # The byte tokens were made special to get their ids; only the first four are.
    state["added_tokens"] = [t for t in state["added_tokens"] if t["id"] < 4]
    result = Tokenizer.from_str(json.dumps(state))
    result.add_tokens([AddedToken("NASA", normalized=False, single_word=True),
                       AddedToken("<cut>", normalized=False, lstrip=True, rstrip=True),
                       AddedToken("na\u00efve", normalized=True)])
    return result


def sample(rng):
    kind, n = rng.random(), rng.choice([1, 2, 3, 5, 8, 13, 30])
    if kind < 0.25:
        return " ".join(rng.choice(WORDS) for _ in range(n))
    if kind < 0.5:
        return "".join(rng.choice(list(PADDED) + [" ", "a", "\u00e9", "1", "_"]) for _ in range(n))
    if kind < 0.75:
        return "".join(rng.choice(rng.choice([WORDS, PADDED, ODD, [" "]])) for _ in range(n))
    if kind < 0.82:
        return "".join(chr(rng.choice([rng.randrange(0x20, 0x7f), rng.randrange(0x80, 0x800),
                                       rng.randrange(0x900, 0xd7ff), rng.randrange(0x1f300, 0x1fa00)]))
                       for _ in range(n))
    if kind < 0.9:
        return rng.choice(["a", "ab", " ", "\u00e9", "0", "\n", "-"]) * rng.randrange(1, 90) + rng.choice(WORDS)
    return "".join(rng.choice([rng.choice(["<s>", "</s>", "<unk>", "<|eot_id|>", "<|endoftext|>", "<0x0A>",
                                           "NASA", " <cut> ", "na\u00efve"]),
                               rng.choice(WORDS), " "]) for _ in range(n))


def cases(tokenizer, texts, rng):
    result = []
    for text in texts:
        special = rng.random() < 0.5
        tokenizer.encode_special_tokens = not special
        ids = tokenizer.encode(text, add_special_tokens=True).ids
        result.append({"text": text, "parse_special": special, "ids": ids,
                       "decoded": tokenizer.decode(ids, skip_special_tokens=not special)})
    return result


LIMIT = 190_000  # bytes of a golden file


def component_text(added, rng):
    if rng.random() < 0.5:
        return sample(rng)
    return "".join(rng.choice([rng.choice(added), rng.choice(WORDS), " ", "", rng.choice(ODD)])
                   for _ in range(rng.randrange(1, 8)))


def component_cases(state, count, rng):
    """Texts on which the library gives an answer. Left out: texts with special tokens as plain text
    where the model itself would give the special id for them, which lucie does not let it."""
    tokenizer = Tokenizer.from_str(json.dumps(state))
    added = [token["content"] for token in state["added_tokens"]]
    special = [token["content"] for token in state["added_tokens"] if token["special"]]
    leaks = state["model"]["type"] == "Unigram" or state["model"]["ignore_merges"]
    result = []
    for _ in range(count):
        text = component_text(added, rng)
        parse = rng.random() < 0.6
        if not parse and leaks and any(token in text for token in special):
            continue
        tokenizer.encode_special_tokens = not parse
        try:
            ids = tokenizer.encode(text).ids
            decoded = tokenizer.decode(ids, skip_special_tokens=not parse)
        except BaseException as error:  # the library panics on some texts
            if isinstance(error, KeyboardInterrupt):
                raise
            continue
        result.append({"text": text, "parse_special": parse, "ids": ids, "decoded": decoded})
    return result


def component_goldens(rng):
    """Tokenizers until every component and option was there three times; lists of at most LIMIT."""
    seen, files, size = {}, [[]], 0
    for _ in range(1500):
        state = compose(rng)
        kinds = kinds_of(state) if state else set()
        if all(seen.get(kind, 0) >= 3 for kind in kinds):
            continue
        cases = component_cases(state, 8, rng)
        entry = {"tokenizer": state, "cases": cases}
        length = len(json.dumps(entry, separators=(",", ":")))
        if not cases or length > LIMIT / 12:
            continue
        if size + length > LIMIT:
            files.append([])
            size = 0
        files[-1].append(entry)
        size += length
        for kind in kinds:
            seen[kind] = seen.get(kind, 0) + 1
    return files


def write(path, value):
    with open(path, "w", encoding="ascii") as out:
        json.dump(value, out, separators=(",", ":"))
        out.write("\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--data", default="../shared/data")
    parser.add_argument("--out", default="tests/golden")
    parser.add_argument("--count", type=int, default=150)
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    small = small_tokenizer(rng)
    small.save(os.path.join(arguments.out, "tokenizer_small.json"))
    texts = ["", " ", "a", "L'\u00e9t\u00e9 ( \u00ab oui \u00bb), d\u00e9j\u00e0."] + [sample(rng) for _ in range(arguments.count)]
    golden = {"small": cases(small, texts, rng)}
    for name, folder in PUBLISHED.items():
        path = os.path.join(arguments.data, folder, "tokenizer.json")
        if os.path.exists(path):
            golden[name] = cases(Tokenizer.from_file(path), texts[:60], rng)
    write(os.path.join(arguments.out, "tokenizer_cases.json"), golden)
    for number, entries in enumerate(component_goldens(random.Random(arguments.seed)), 1):
        write(os.path.join(arguments.out, f"tokenizer_components_{number}.json"), entries)


if __name__ == "__main__":
    main()
