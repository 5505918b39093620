"""Makes tests/golden/sentencepiece/: tiny models trained by the sentencepiece package, of each kind
that we read, and what it makes of tricky lines.

With --full DIR also larger models with the package's own nmt_nfkc table there, for
tools/check_sentencepiece.py.
"""

import argparse
import io
import json
import random
import tempfile
from pathlib import Path

import sentencepiece as spm

TEXT = """Le chat de la voisine dort sur le mur du jardin, et l'eau de la fontaine chante.
The old house on the hill has a red door; the wind blows through the broken window.
Der Hund schl\u00e4ft unter dem Tisch, w\u00e4hrend drau\u00dfen der Regen f\u00e4llt und f\u00e4llt.
El ni\u00f1o come una manzana \u00bfverdad? y la ni\u00f1a lee un libro \u00a1muy largo!
La citt\u00e0 \u00e8 bella perch\u00e9 il mare \u00e8 vicino e la gente \u00e8 gentile.
for (int i = 0; i < 10; ++i) { sum += values[i] * weights[i]; }
  return a == b ? 2024 : 1999;    // four spaces
L'\u0153uvre co\u00fbte 1234,50 \u20ac ; na\u00efve, \u00e9t\u00e9, \u00e7a, o\u00f9, No\u00ebl.
\u041c\u043e\u0441\u043a\u0432\u0430 \u0438 \u043c\u043e\u0440\u0435. \u4f60\u597d \u4e16\u754c.
aaaa aaa aa a abab ababab bababa banana ananas
"""

LINES = [
    "", " ", "  ", "a", " a", "a ", "  two  spaces  ", "tab\tand\nnewline\r\n", "Le chat dort.",
    "le chat  de   la voisine", "\u2581", "\u2581a\u2581", "a\u2581 \u2581b", " \u2581 ", "\u2581\u2581",
    "aaaaaaaaaaaaa", "aaaaaabaaaabaab", "abababababab", "bababababa", "banananananas",
    "for (int i = 0; i < 100; ++i) {", "        indented", "\u00e9t\u00e9 e\u0301te\u0301 \u00c9T\u00c9",
    "\ufb01ne \ufb02ower \uff28\uff25\uff2c\uff2c\uff2f \u2460 \u00bd \u00a8 \u00a8\u00a8x", "\u3000wide\u3000space\u00a0nbsp\u200bzero",
    "\U0001f600 smile \U0001f468\u200d\U0001f469\u200d\U0001f467", "\u4f60\u597d\uff0c\u4e16\u754c", "\u041c\u043e\u0441\u043a\u0432\u0430",
    "\ud55c\uad6d\uc5b4 \u1112\u1161\u11ab", "\u0645\u0631\u062d\u0628\u0627", "\u05e9\u05dc\u05d5\u05dd", "x\u0301\u0302y",
    "<s>not special</s>", "<unk>", "<pad>", "<0x41>", "<0x0A>x", "<mask>", "a<mask>b", "<mask><mask>", " <mask> ",
    "<mask", "mask>", "<tool call>", "a <tool call>b", "<<mask>>", "ab<mask>ab", "2024 1999 12345",
    "l'\u0153uvre co\u00fbte 1234,50 \u20ac", "\u00bfverdad? \u00a1muy largo!", "un\u00a0mot", "\u2028line\u2029par\u0085nel",
    "z\x01\x02\x7f", "qqqq wwww", "The old house on the hill has a red door", "\u0958\u0915\u093c \u212b \u2126",
]

# A few rules of nmt_nfkc, so that the table is small: spaces, compositions, ligatures, widths.
RULES = {
    "\t": " ", "\n": " ", "\r": " ", "\u00a0": " ", "\u3000": " ", "\u200b": " ", "\u2028": " ", "\u2029": " ",
    "\x01": "", "\x02": "", "\x7f": "", "\u00a8": " \u0308", "e\u0301": "\u00e9", "x\u0301": "\u00fd",
    "\ufb01": "fi", "\ufb02": "fl", "\u2460": "1", "\u00bd": "1\u20442", "\u212b": "\u00c5", "\u2126": "\u03a9",
    "\uff28": "H", "\uff25": "E", "\uff2c": "L", "\uff2f": "O", "\uff0c": ",", "\u0958": "\u0915\u093c",
    "\u1112\u1161\u11ab": "\ud55c", "a\u0308\u0304": "\u01df",
}

LLAMA = dict(model_type="bpe", byte_fallback=True, normalization_rule_name="identity",
             remove_extra_whitespaces=False, split_digits=True, allow_whitespace_only_pieces=True)
SYMBOLS = dict(user_defined_symbols=["<mask>", "<tool call>", "aba"])
MODELS = {
    "bpe_llama": LLAMA,
    "bpe_symbols": {**LLAMA, **SYMBOLS},
    "bpe_no_prefix": {**LLAMA, "add_dummy_prefix": False},
    "bpe_rules": dict(model_type="bpe", **SYMBOLS),
    "bpe_pieces": dict(model_type="bpe", split_by_whitespace=False, normalization_rule_name="identity",
                       remove_extra_whitespaces=True, max_sentencepiece_length=24, pad_id=3),
    "unigram": dict(model_type="unigram"),
    "unigram_symbols": dict(model_type="unigram", **SYMBOLS),
    "unigram_bytes": {**LLAMA, "model_type": "unigram"},
}


def noise(rng: random.Random, count: int) -> list[str]:
    alphabet = "aaabbn  \t\u2581\u00e9e\u0301x\u0308<mask>\ufb01\uff28\u4f60\U0001f600'.,;0129\u3000\u00a0"
    return ["".join(rng.choices(alphabet, k=rng.randint(1, 24))) for _ in range(count)]


def train(settings: dict, size: int, rules: Path | None) -> bytes:
    model = io.BytesIO()
    extra = {}
    if "normalization_rule_name" not in settings:
        extra = {"normalization_rule_tsv": str(rules)} if rules else \
            {"normalization_rule_name": "nmt_nfkc"}
    spm.SentencePieceTrainer.train(
        sentence_iterator=iter(TEXT.splitlines() * 3), model_writer=model, num_threads=1,
        vocab_size=size + (256 if settings.get("byte_fallback") else 0), hard_vocab_limit=False,
        character_coverage=0.98, minloglevel=2, **settings, **extra)
    return model.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent.parent /
                        "tests" / "golden" / "sentencepiece")
    parser.add_argument("--full", type=Path)
    options = parser.parse_args()
    options.out.mkdir(exist_ok=True)
    lines = LINES + noise(random.Random(options.seed), 120)
    cases = {}
    with tempfile.TemporaryDirectory() as scratch:
        rules = Path(scratch) / "rules.tsv"
        points = lambda text: " ".join(f"{ord(c):X}" for c in text)
        rules.write_text("".join(f"{points(a)}\t{points(b)}\n" for a, b in RULES.items()))
        for name, settings in MODELS.items():
            model = train(settings, 150, rules)
            (options.out / f"{name}.model").write_bytes(model)
            processor = spm.SentencePieceProcessor(model_proto=model)
            ids = [processor.encode(line) for line in lines]
            cases[name] = {"ids": ids, "texts": [processor.decode(i) for i in ids],
                           "unknown": processor.unk_id()}
            if options.full and "normalization_rule_name" not in settings:
                (options.full / f"{name}.model").write_bytes(train(settings, 150, None))
    path = options.out / "cases.json"
    path.write_text(json.dumps({"lines": lines, "models": cases}, ensure_ascii=False,
                               separators=(",", ":")) + "\n", "utf-8")
    for file in sorted(options.out.iterdir()):
        print(file.name, file.stat().st_size)


if __name__ == "__main__":
    main()
