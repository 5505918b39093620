"""Golden vocabularies and merges of Hugging Face's BpeTrainer with the settings of Lucie's design.

    python3 tools/make_bpe_golden.py --seed 1

Writes tests/golden/bpe_text.json (the texts, generated here) and tests/golden/bpe_vocabulary.json
(for each case: settings, tokens after the initial ones in order of id, merges in order of rank).
The text has words drawn from a power law in five languages and two scripts more, numbers, code,
runs of punctuation and white space, decomposed accents, and characters the normalizer removes.
"""

import argparse
import json
import random
from collections import Counter
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

OPENINGS = "\n\t([{/<'\u2019\"\u00ab\u201c\u2018\u201a\u2039\u2014\u2013\u2015"
ESCAPED = set("\n\t([{")
SYLLABLES = {
    "en": "the ing er and ation str eam wh ough ly con pre ed s t in on qu ick".split(),
    "fr": "le ment \u00e9t\u00e9 qu eau oi \u00e7a \u0153u tr eux ille \u00e0 pr\u00e9 voir an es c d".split(),
    "de": "der ung sch \u00fc \u00df ei keit ver ge \u00e4u ch t en st auf \u00f6".split(),
    "it": "gli zione ch\u00e9 ragazz o a mente perch\u00e9 e \u00f9 st per".split(),
    "el": "\u03ba\u03b1\u03b9 \u03c4\u03bf \u03bc\u03b5 \u03bb\u03cc \u03b3\u03bf\u03c2".split(),
    "zh": "\u4e2d \u6587 \u5b57 \u7b26 \u6d4b \u8bd5".split(),
}
MARKS = [".", ",", ";", "!", "...", " -", "--", "-----", "=======", "*", "**", "'", "\u2019", "(", ")",
         "[", "]", "{", "}", "/", "<", ">", "<=", "==", "&&", "\u00ab", "\u00bb", "\u2014", "\u00bd", "\u00b2",
         "\u2167", "\U0001f642", "#", "\u2581", "\u00a0", "\r", "\u200b", "_", "__init__"]
SPACES = [" "] * 30 + ["  ", "   ", "\n", "\n\n", "\n  ", "\t", "\n\t\t", " \u00a0", "\u3000", "\u0085"]


def make_texts(rng: random.Random, documents: int) -> list[str]:
    vocabulary = {}
    for language, syllables in SYLLABLES.items():
        words = {"".join(rng.choices(syllables, k=rng.randint(1, 4))) for _ in range(400)}
        vocabulary[language] = sorted(words)
    texts = []
    for _ in range(documents):
        words = vocabulary[rng.choice(sorted(vocabulary))]
        parts = []
        for _ in range(rng.randint(20, 200)):
            word = words[min(int(rng.paretovariate(0.7)) - 1, len(words) - 1)]
            if rng.random() < 0.1:
                word = word.capitalize()
            if rng.random() < 0.02:
                word = word.replace("\u00e9", "e\u0301")
            if rng.random() < 0.05:
                word = str(rng.randint(0, 99999))
            if rng.random() < 0.2:
                mark = rng.choice(MARKS) * rng.choice([1, 1, 1, 2, 3, 5, 7])
                word = rng.choice([mark + word, word + mark, mark, word + mark + word])
            parts.append(word + rng.choice(SPACES))
        texts.append("".join(parts))
    rare = [chr(0x4E00 + rng.randrange(0x5000)) for _ in range(60)]
    texts.append(" ".join(rare))
    return texts


def run_texts(rng: random.Random) -> list[str]:
    """Few letters in long words: many ties, overlaps, and tokens that arise in two ways."""
    return ["".join(rng.choices("ab", k=rng.randint(1, 30))) + " " +
            rng.choice("-=") * rng.randint(1, 40) for _ in range(120)]


def build() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    steps = [normalizers.NFC(), normalizers.Replace(Regex(r"[\r\x00]"), "")]
    for c in OPENINGS:
        literal = "\\" + c if c in ESCAPED else c
        steps.append(normalizers.Replace(Regex(literal + r"(?=[ \w])"), c + " "))
    steps += [normalizers.Prepend(" "), normalizers.Replace(Regex(r"[ \u00A0]"), "\u2581")]
    tokenizer.normalizer = normalizers.Sequence(steps)
    # Metaspace goes first, as in Lucie's training: after Digits, with a normalizer that prepends, it
    # would put a second mark before a number or newline at the start of a text.
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Metaspace(replacement="\u2581", prepend_scheme="first"),
        pre_tokenizers.Split(Regex("\u2581?[^\\w\\s\u2581]+"), behavior="isolated"),
        pre_tokenizers.Split(Regex(r"[\n\t]"), behavior="isolated"),
        pre_tokenizers.Digits(individual_digits=True),
    ])
    tokenizer.decoder = decoders.Fuse()
    return tokenizer


def initial_tokens() -> list[str]:
    tokens = ["<s>", "</s>", "<unk>", "<pad>"]
    tokens += [f"<0x{i:02X}>" for i in range(256)] + [f"<unused{i}>" for i in range(5)]
    tokens += ["<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"]
    for c, longest in (("\u2581", 8), ("\t", 4), ("\n", 2)):
        tokens += [c * n for n in range(1, longest + 1)]
    return tokens + [str(i) for i in range(10)]


def train(texts: list[str], vocab_size: int, min_frequency: int, limit_alphabet: int) -> dict:
    tokenizer = build()
    first = initial_tokens()
    trainer = trainers.BpeTrainer(vocab_size=vocab_size, min_frequency=min_frequency,
                                  limit_alphabet=limit_alphabet, special_tokens=first,
                                  show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    model = json.loads(tokenizer.to_str())["model"]
    tokens = sorted(model["vocab"], key=model["vocab"].get)
    assert tokens[:len(first)] == first
    return {"vocab_size": vocab_size, "min_frequency": min_frequency,
            "limit_alphabet": limit_alphabet, "initial": len(first),
            "tokens": tokens[len(first):], "merges": model["merges"]}


def clear_limit(texts: list[str], wanted: int) -> int:
    """The alphabet limit up to `wanted` where no two characters of equal frequency are parted: there
    the reference goes by the order of a hash map."""
    normalizer = build().normalizer
    counts = Counter(c for text in texts for c in normalizer.normalize_str(text))
    ordered = sorted(counts.values(), reverse=True)
    return max(n for n in range(1, wanted + 1) if ordered[n - 1] > ordered[n])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path,
                        default=Path(__file__).resolve().parent.parent / "tests" / "golden")
    options = parser.parse_args()
    rng = random.Random(options.seed)
    texts = {"mixed": make_texts(rng, 60), "runs": run_texts(rng), "letter": ["a"]}
    settings = [("mixed", 1500, 2, 1000), ("mixed", 100000, 3, 1000),
                ("mixed", 600, 2, clear_limit(texts["mixed"], 60)), ("runs", 1000, 2, 1000),
                ("runs", 100000, 0, 1000), ("letter", 300, 2, 1000)]
    cases = [{"text": name, **train(texts[name], *rest)} for name, *rest in settings]
    for name, value in (("bpe_text", texts), ("bpe_vocabulary", cases)):
        path = options.out / f"{name}.json"
        path.write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")
        print(path, path.stat().st_size)


if __name__ == "__main__":
    main()
