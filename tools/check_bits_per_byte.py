#!/usr/bin/env python3
"""Bits per byte of a run's models, recomputed in transformers from the exported safetensors and
the held-out text, beside RUN/eval/eval.json.

    tools/check_bits_per_byte.py --run runs/tiny [--models base instruct] [--share 1]

Each document of RUN/corpus/holdout stands alone: <s>, its text without the white space at its end,
the token that ends RUN/tokens' documents; cut into windows of max_position_embeddings predictions
that share one token, each read from position 0; sum of nats / ln 2 / bytes of the text. In fp32 on
the CPU. --share below 1 draws documents with --seed and then only prints.
"""

import argparse
import collections
import json
import math
import random

import tokenizers
import torch
import transformers

import run_files

ROWS = 4096  # tokens read at once


def held_out(run, share, seed):
    tokenizer = tokenizers.Tokenizer.from_file(str(run / "base/tokenizer.json"))
    tokenizer.encode_special_tokens = True  # "<s>" in a document's text is text
    first = next(iter(sorted((run / "tokens/holdout").glob("*.bin"))))
    data = run_files.token_file(first.with_suffix(""))
    begin, end = int(data.tokens[0]), int(data.tokens[data.lengths[0] - 1])
    print(f"      documents stand between {tokenizer.id_to_token(begin)} "
          f"and {tokenizer.id_to_token(end)}")
    draw = random.Random(seed)
    for document in run_files.documents(run, "holdout"):
        text = run_files.stripped(document["text"])
        if draw.random() < share and text:
            ids = tokenizer.encode(text, add_special_tokens=False).ids
            yield document["group"], len(text.encode()), [begin, *ids, end]


def score(model, documents):
    """{language: (nats, tokens, bytes, documents)}"""
    window = model.config.max_position_embeddings
    windows = []
    sums = collections.defaultdict(lambda: [0.0, 0, 0, 0])
    for language, size, ids in documents:
        for name in (language, "all"):
            sums[name][1] += len(ids) - 1
            sums[name][2] += size
            sums[name][3] += 1
        windows += [(language, ids[i:i + window + 1]) for i in range(0, len(ids) - 1, window)]
    windows.sort(key=lambda w: len(w[1]))
    while windows:
        length = len(windows[-1][1])
        batch = [windows.pop() for _ in range(min(len(windows), max(1, ROWS // length)))]
        ids = torch.zeros(len(batch), length, dtype=torch.long)
        targets = torch.full((len(batch), length), -100)
        for b, (_, row) in enumerate(batch):  # padding stands behind, where nothing looks
            ids[b, :len(row)] = targets[b, :len(row)] = torch.tensor(row)
        with torch.no_grad():
            logits = model(input_ids=ids[:, :-1], use_cache=False).logits
        losses = torch.nn.functional.cross_entropy(
            logits.transpose(1, 2), targets[:, 1:], reduction="none", ignore_index=-100)
        for (language, _), loss in zip(batch, losses.double().sum(1).tolist()):
            sums[language][0] += loss
            sums["all"][0] += loss
    return sums


def main():
    parser = run_files.add_arguments(argparse.ArgumentParser(description=__doc__.splitlines()[0]))
    parser.add_argument("--models", nargs="+", default=["base", "instruct"])
    parser.add_argument("--share", type=float, default=1.0, help="of the documents")
    parser.add_argument("--tolerance", type=float, default=0.01)
    args = parser.parse_args()
    torch.set_num_threads(1)
    transformers.utils.logging.disable_progress_bar()
    report = run_files.Report()
    evaluation = json.loads((args.run / "eval/eval.json").read_text())
    documents = list(held_out(args.run, args.share, args.seed))
    for name in args.models:
        model = transformers.AutoModelForCausalLM.from_pretrained(args.run / name,
                                                                  dtype=torch.float32).eval()
        for language, (nats, tokens, size, count) in sorted(score(model, documents).items()):
            ours = evaluation[name]["bits_per_byte"][language]
            theirs = nats / math.log(2) / size
            text = f"{name} {language}: {theirs:.5f} in transformers"
            if args.share < 1:
                report.note(f"{text}, {count} documents drawn; ours, of all: {ours['bits_per_byte']:.5f}")
                continue
            apart = ours["bits_per_byte"] / theirs - 1
            same = (ours["documents"], ours["tokens"], ours["bytes"]) == (count, tokens, size)
            report.check(same and abs(apart) <= args.tolerance,
                         f"{text}, {ours['bits_per_byte']:.5f} ours ({apart:+.3%}); {count} documents, "
                         f"{tokens} tokens, {size} bytes{'' if same else ', not as ours'}")
    report.finish()


if __name__ == "__main__":
    main()
