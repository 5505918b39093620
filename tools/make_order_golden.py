#!/usr/bin/env python3
"""Writes tests/golden/orders.json: how Megatron-LM, Megatron-DeepSpeed, Lucie's fork of it and
GPT-NeoX order their training data, computed with numpy from what their code does.

    tools/make_order_golden.py [--seed 42] [--out tests/golden/orders.json]

A case has data sets (lengths of their sequences; token k of data set d is worth d * 10000 + k, so
that a sample tells where it is from), a blend, and the first samples with the data set, sequences
and token ranges of each. Written without any code of ours or theirs: the sample index is walked as
theirs is, from sequence to sequence, where ours counts tokens.
"""

import argparse
import json
import math
import pathlib
import random

import numpy as np


def documents_in_order(documents, epochs, last_apart, variant, rng):
    if variant == "lucie":
        rows = np.tile(documents, (epochs, 1)).astype(np.int32)
        for row in rows:
            rng.shuffle(row)
        return rows.reshape(-1)
    if not last_apart or epochs == 1:
        order = np.tile(documents, epochs).astype(np.int32)
        rng.shuffle(order)
        return order
    first = documents_in_order(documents, epochs - 1, False, variant, rng)
    last = documents_in_order(documents, 1, False, variant, rng)
    return np.concatenate((first, last))


def walk_samples(sizes, order, length, samples):
    """Where each sample starts: (place in the order, offset), and one more for the end."""
    index, place, offset = [(0, 0)], 0, 0
    for _ in range(samples):
        missing = length + 1
        while missing != 0:
            left = sizes[order[place]] - offset
            missing -= left
            if missing <= 0:
                offset += missing + left - 1
                missing = 0
            else:
                place += 1
                offset = 0
        index.append((place, offset))
    return index


class Component:
    def __init__(self, sizes, count, case):
        length, variant = case["sequence_length"], case["variant"]
        documents = np.arange(count, dtype=np.int32)
        tokens = int(np.sum(np.array(sizes[:count])))
        self.sizes = sizes
        epochs = 1
        while (epochs * tokens - 1) // length < self.samples_wanted(case):
            epochs += 1
        self.epochs = epochs
        windows = (epochs * tokens - 1) // length
        last_apart, before = False, windows
        if epochs > 1 and variant != "neox":
            before = ((epochs - 1) * tokens - 1) // length
            of_last = self.samples_wanted(case) - before
            last_apart = of_last < int(0.80 * ((tokens - 1) // length))
        if not last_apart:
            before = windows
        rng = np.random.RandomState(case["seed"])
        self.order = documents_in_order(documents, epochs, last_apart, variant, rng)
        self.index = walk_samples(sizes, self.order, length, windows)
        first = np.arange(before, dtype=np.uint32)
        rng.shuffle(first)
        last = np.arange(before, windows, dtype=np.uint32)
        if before < windows:
            rng.shuffle(last)
        self.shuffle = np.concatenate((first, last))
        self.last_apart = last_apart

    def samples_wanted(self, case):
        return case["_wanted"]

    def sample(self, i):
        j = int(self.shuffle[i])
        (place, offset), (last, end) = self.index[j], self.index[j + 1]
        pieces = []
        while place <= last:
            document = int(self.order[place])
            stop = end + 1 if place == last else self.sizes[document]
            if stop > offset:
                pieces.append([document, int(offset), int(stop)])
            place, offset = place + 1, 0
        return pieces


def training_count(parts, sequences, variant):
    total = sum(parts)
    if variant == "megatron":
        return int(round(parts[0] / total * float(sequences)))
    edges = [0]
    for part in parts:
        edges.append(edges[-1] + int(round(part / total * float(sequences))))
    return edges[1] - (edges[-1] - sequences)


def blend(weights, samples):
    index, counts = [], [0] * len(weights)
    for t in range(samples):
        errors = [w * max(float(t), 1.0) - float(c) for w, c in zip(weights, counts)]
        best = 0
        for k in range(1, len(errors)):
            if errors[k] > errors[best]:
                best = k
        index.append((best, counts[best]))
        counts[best] += 1
    return index


def solve(case):
    variant, samples = case["variant"], case["samples"]
    sizes = case["sizes"]
    counts = [training_count(case["split"], len(s), variant) for s in sizes]
    if not case["weights"]:
        case["_wanted"] = samples
        component = Component(sizes[0], counts[0], case)
        case["epochs"], case["last_apart"] = [component.epochs], [component.last_apart]
        picks = [(0, i) for i in range(samples)]
        components = [component]
    else:
        weights = np.array(case["weights"], dtype=np.float64)
        if variant == "megatron":
            weights = weights / np.sum(weights)
            wanted = [int(math.ceil(math.ceil(samples * w) * 1.005)) for w in weights]
        else:
            total = 0.0
            for weight in case["weights"]:
                total += weight
            weights = np.array([weight / total for weight in case["weights"]])
            wanted = [int(math.ceil(samples * w * 1.005)) for w in weights]
        components = []
        for k in range(len(sizes)):
            case["_wanted"] = wanted[k]
            components.append(Component(sizes[k], counts[k], case))
        case["epochs"] = [c.epochs for c in components]
        case["last_apart"] = [c.last_apart for c in components]
        picks = blend((weights / np.sum(weights)).tolist(), samples)
    case.pop("_wanted")
    case["expected"] = [[k, components[k].sample(i)] for k, i in picks]
    return case


def make_case(rng, variant, sets, samples, length, split, seed, empty=False):
    sizes = []
    for _ in range(sets):
        count = rng.randrange(9, 25)
        sizes.append([rng.randrange(0 if empty else 1, 60) for _ in range(count)])
    weights = [] if sets == 1 else [round(rng.uniform(0.05, 1.0), 4) for _ in range(sets)]
    return solve({"variant": variant, "seed": seed, "sequence_length": length,
                  "samples": samples, "split": split, "weights": weights, "sizes": sizes})


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=42)
    root = pathlib.Path(__file__).resolve().parent.parent
    parser.add_argument("--out", type=pathlib.Path, default=root / "tests/golden/orders.json")
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    cases = []
    for variant in ("megatron", "deepspeed", "lucie", "neox"):
        cases.append(make_case(rng, variant, 1, 20, 16, [1.0], 1234))
        cases.append(make_case(rng, variant, 1, 90, 16, [1.0], 7))          # several epochs
        cases.append(make_case(rng, variant, 1, 47, 8, [969, 30, 1], 42, empty=True))
        cases.append(make_case(rng, variant, 3, 60, 16, [80, 15, 5], 2024))
        cases.append(make_case(rng, variant, 11, 70, 8, [1.0], 4294967295))  # numpy's pairwise sum
    with open(arguments.out, "w") as out:
        json.dump({"cases": cases}, out, separators=(",", ":"))
        out.write("\n")
    apart = sum(any(case["last_apart"]) for case in cases)
    print(f"{len(cases)} cases, {apart} with a last epoch apart, "
          f"{max(max(case['epochs']) for case in cases)} epochs at most")


if __name__ == "__main__":
    main()
