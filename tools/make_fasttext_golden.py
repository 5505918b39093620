#!/usr/bin/env python3
"""Writes tests/golden/fasttext/: small models of the fasttext package, one of each kind of file,
and what it says of some texts.

    python3 tools/make_fasttext_golden.py --seed 1
"""
import argparse
import json
import pathlib
import random
import tempfile

import fasttext  # of fasttext-wheel, which is fasttext compiled for any processor

TARGET = pathlib.Path(__file__).parent.parent / "tests/golden/fasttext"
WORDS = {
    "en": "the and of that with have this from they would there their which about into house".split(),
    "fr": "le et de que avec avoir cette depuis ils être là leur dont à propos maison été".split(),
    "de": "der und von dass mit haben diese aus sie würde dort ihr welche über hinein häuser".split(),
    "es": "el y de que con haber este desde ellos sería allí su cual acerca dentro mañana".split(),
    "ru": "и в не на что он с как это по но они к у его дом".split(),
}
MODELS = {  # settings of training; of the last, of its quantization too
    "softmax.bin": {"loss": "softmax", "minn": 2, "maxn": 4, "wordNgrams": 2, "bucket": 600},
    "tree.bin": {"loss": "hs", "minn": 0, "maxn": 0, "wordNgrams": 1, "bucket": 0},
    "one_by_one.bin": {"loss": "ova", "minn": 3, "maxn": 3, "wordNgrams": 1, "bucket": 400},
    "quantized.ftz": {"loss": "hs", "minn": 2, "maxn": 3, "wordNgrams": 2, "bucket": 900},
}


def sentence(language, draw):
    words = [draw.choice(WORDS[language]) for _ in range(draw.randint(1, 12))]
    if draw.random() < 0.3:
        words.insert(0, draw.choice(WORDS[draw.choice(sorted(WORDS))]) + draw.choice("xyzé"))
    return " ".join(words)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    seed = parser.parse_args().seed
    draw = random.Random(seed)
    TARGET.mkdir(exist_ok=True)
    texts = [sentence(language, draw) for language in WORDS for _ in range(6)]
    texts += ["", "unbekannt", "日本語 text", "a b c d", "</s> the", "__label__fr the", "\u00a0le\tet"]
    golden = {"texts": texts, "models": {}}
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        for _ in range(1500):
            language = draw.choice(sorted(WORDS))
            file.write(f"__label__{language} {sentence(language, draw)}\n")
        file.flush()
        for name, settings in MODELS.items():
            model = fasttext.train_supervised(file.name, dim=8, epoch=15, lr=0.1, thread=1, seed=seed, verbose=0,
                                              **settings)
            if name.endswith(".ftz"):
                model.quantize(input=file.name, qnorm=True, qout=False, cutoff=400, retrain=False, dsub=2,
                               thread=1)
            model.save_model(str(TARGET / name))
            golden["models"][name] = [
                [[label.removeprefix("__label__"), round(p, 6)] for p, label in model.f.predict(text + "\n", 5, 0.0, "strict")]
                for text in texts]
    (TARGET / "guesses.json").write_text(json.dumps(golden, ensure_ascii=True) + "\n")


if __name__ == "__main__":
    main()
