#!/usr/bin/env python3
"""Causal attention of PyTorch, forward and backward, to set beside `lucie bench ops --filter attention`.

    python3 bench/peers/attention_torch.py [--batch 1] [--time 16384] [--heads 9] [--kv-heads 3]
        [--width 64] [--threads 2] [--fp32] [--cpu-time]

scaled_dot_product_attention with is_causal, keys and values of grouped heads given as they are
(enable_gqa) and repeated for every query head; the faster counts. FLOPs as lucie counts them: half
of the square of scores, two products forward and five backward. Medians; run it on an idle machine,
or with --threads 1 --cpu-time, which counts processor time.
"""

import argparse
import statistics
import time

import torch
from torch.nn import functional


def seconds(run, repetitions, clock):
    run()
    times = []
    for _ in range(repetitions):
        start = clock()
        run()
        times.append(clock() - start)
    return statistics.median(times)


def measure(q, k, v, grouped, timing):
    def forward():
        keys, values = k, v
        if not grouped:
            share = q.shape[1] // k.shape[1]
            keys, values = [x.repeat_interleave(share, dim=1) for x in (k, v)]
        return functional.scaled_dot_product_attention(q, keys, values, is_causal=True,
                                                       enable_gqa=grouped)

    def both():
        out = forward()
        out.backward(gradient)
        for x in (q, k, v):
            x.grad = None

    with torch.no_grad():
        gradient = torch.randn_like(forward())
        alone = seconds(forward, *timing)
    return alone, seconds(both, *timing)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, value in (("batch", 1), ("time", 16384), ("heads", 9), ("kv-heads", 3), ("width", 64),
                        ("threads", 2), ("repetitions", 5), ("seed", 1)):
        parser.add_argument("--" + name, type=int, default=value)
    parser.add_argument("--fp32", action="store_true")
    parser.add_argument("--cpu-time", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    kind = torch.float32 if args.fp32 else torch.bfloat16

    def draw(heads):
        return torch.randn(args.batch, heads, args.time, args.width).to(kind).requires_grad_()

    q, k, v = draw(args.heads), draw(args.kv_heads), draw(args.kv_heads)
    timing = args.repetitions, time.process_time if args.cpu_time else time.perf_counter
    flops = 2 * args.batch * args.heads * args.time ** 2 * args.width
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, {kind}, "
          f"{args.batch} x {args.time} tokens, {args.heads} heads of {args.width}, "
          f"{args.kv_heads} kv heads")
    for grouped in (True, False):
        alone, both = measure(q, k, v, grouped, timing)
        print(f"{'grouped' if grouped else 'repeated':8}  forward {alone * 1e3:9.1f} ms "
              f"{flops / alone * 1e-9:7.1f} GFLOP/s   forward and backward {both * 1e3:9.1f} ms "
              f"{3.5 * flops / both * 1e-9:7.1f} GFLOP/s", flush=True)


if __name__ == "__main__":
    main()
