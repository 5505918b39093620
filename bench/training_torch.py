#!/usr/bin/env python3
"""Training speed of PyTorch and transformers on this machine at a recipe's shape, to set beside
`lucie bench RECIPE`: the same batch of random tokens, forward, backward, clipping and AdamW.

    pip install torch transformers pyyaml
    python3 bench/training_torch.py recipes/tiny.yaml [--steps 5] [--threads 2]
"""
import argparse
import statistics
import time

import torch
import yaml
from transformers import LlamaConfig, LlamaForCausalLM


def build(recipe):
    shape = dict(recipe["model"])
    shape.pop("architecture")
    vocabulary = recipe["tokenizer"]["vocab_size"]
    torch.manual_seed(0)
    return LlamaForCausalLM(LlamaConfig(vocab_size=vocabulary, **shape)).train(), vocabulary


def tokens_per_second(recipe, steps, autocast):
    model, vocabulary = build(recipe)
    phase = recipe["train"]["phases"][0]
    micro, length = phase["micro_batch_size"], phase["sequence_length"]
    pieces = phase["global_batch_size"] // micro
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, fused=True)
    times = []
    for step in range(steps + 1):
        start = time.perf_counter()
        for _ in range(pieces):
            ids = torch.randint(vocabulary, (micro, length))
            with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
                loss = model(input_ids=ids, labels=ids, use_cache=False).loss / pieces
            loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        if step > 0:  # the first one warms caches up
            times.append(time.perf_counter() - start)
    return micro * pieces * length / statistics.median(times)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recipe")
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--threads", type=int, default=0)
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    with open(arguments.recipe, encoding="utf-8") as file:
        recipe = yaml.safe_load(file)
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads")
    for name, autocast in (("bf16 (autocast)", True), ("fp32", False)):
        print(f"{name:16} {tokens_per_second(recipe, arguments.steps, autocast):8.0f} tokens/s")


if __name__ == "__main__":
    main()
