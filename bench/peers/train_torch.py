#!/usr/bin/env python3
"""Training speed of PyTorch at a recipe's shape, to set beside `lucie bench train RECIPE`.

    python3 bench/peers/train_torch.py recipes/tiny.yaml [--steps 10] [--threads 2]
        [--bf16 | --fp32] [--cpu-time]

Two models, each as it is and through torch.compile, each in bf16 under autocast (fp32 masters, as
lucie) and in fp32: Llama of transformers with scaled_dot_product_attention, and a plain one written
here, which leaves out what a library needs and a training loop does not. The best of them is what
lucie is measured against; --bf16 leaves fp32 out, --fp32 the other. The same steps for all: the main phase's
sequences and micro-batches of random tokens, forward, backward, clipping, fused AdamW. Prints
tokens/s, median of the steps after two to warm up. Run it on an idle machine, or with --threads 1
--cpu-time, which counts processor time.
"""

import argparse
import itertools
import statistics
import time

import torch
import yaml
from torch import nn
from torch.nn import functional
from transformers import LlamaConfig, LlamaForCausalLM


class Norm(nn.Module):
    def __init__(self, width, eps):
        super().__init__()
        self.weight, self.eps = nn.Parameter(torch.ones(width)), eps

    def forward(self, x):
        return functional.rms_norm(x.float(), (x.shape[-1],), self.weight, self.eps)


class Layer(nn.Module):
    def __init__(self, shape):
        super().__init__()
        width, head = shape.hidden_size, shape.head_dim
        self.heads, self.kv_heads, self.head = shape.num_attention_heads, shape.num_key_value_heads, head
        self.attention_norm, self.mlp_norm = Norm(width, 1e-5), Norm(width, 1e-5)
        rows = (self.heads + 2 * self.kv_heads) * head
        self.qkv = nn.Linear(width, rows, bias=False)
        self.out = nn.Linear(self.heads * head, width, bias=False)
        self.gate_up = nn.Linear(width, 2 * shape.intermediate_size, bias=False)
        self.down = nn.Linear(shape.intermediate_size, width, bias=False)

    def rotate(self, x, cos, sin):
        first, second = x.chunk(2, dim=-1)
        return torch.cat([first * cos - second * sin, second * cos + first * sin], dim=-1)

    def forward(self, x, cos, sin):
        B, T, _ = x.shape
        sizes = [n * self.head for n in (self.heads, self.kv_heads, self.kv_heads)]
        q, k, v = [part.view(B, T, -1, self.head).transpose(1, 2)
                   for part in self.qkv(self.attention_norm(x)).split(sizes, dim=-1)]
        q, k = [self.rotate(part, cos, sin).to(v.dtype) for part in (q, k)]
        y = functional.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
        x = x + self.out(y.transpose(1, 2).reshape(B, T, -1))
        gate, up = self.gate_up(self.mlp_norm(x)).chunk(2, dim=-1)
        return x + self.down(functional.silu(gate) * up)


class Plain(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.embedding = nn.Embedding(shape.vocab_size, shape.hidden_size)
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.num_hidden_layers))
        self.norm = Norm(shape.hidden_size, 1e-5)
        self.tied = shape.tie_word_embeddings
        self.head = nn.Linear(shape.hidden_size, shape.vocab_size, bias=False)
        if self.tied:
            self.head.weight = self.embedding.weight
        frequencies = 1e4 ** (-torch.arange(0, shape.head_dim, 2) / shape.head_dim)
        angles = torch.arange(shape.max_position_embeddings)[:, None] * frequencies
        self.register_buffer("cos", angles.cos())
        self.register_buffer("sin", angles.sin())

    def forward(self, ids, targets):
        x = self.embedding(ids)
        for layer in self.layers:
            x = layer(x, self.cos[:ids.shape[1]], self.sin[:ids.shape[1]])
        logits = self.head(self.norm(x))
        return functional.cross_entropy(logits.float().flatten(0, 1), targets.flatten())


class Library(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.inner = LlamaForCausalLM._from_config(shape, attn_implementation="sdpa").train()

    def forward(self, ids, targets):
        logits = self.inner(input_ids=ids, use_cache=False).logits
        return functional.cross_entropy(logits.float().flatten(0, 1), targets.flatten())


def tokens_per_second(model, phase, timing, narrow, draw):
    steps, clock = timing
    micro, length = phase["micro_batch_size"], phase["sequence_length"]
    pieces = phase["global_batch_size"] // micro
    vocabulary = next(p for n, p in model.named_parameters() if "embed" in n).shape[0]
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, betas=(0.9, 0.95), fused=True)
    times = []
    for _ in range(steps + 2):
        ids = torch.randint(vocabulary, (pieces, micro, length + 1), generator=draw)
        start = clock()
        for piece in ids:
            with torch.autocast("cpu", torch.bfloat16, enabled=narrow):
                loss = model(piece[:, :-1], piece[:, 1:]) / pieces
            loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        times.append(clock() - start)
    return micro * pieces * length / statistics.median(times[2:])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recipe")
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--threads", type=int, default=2)
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--bf16", action="store_true")
    only.add_argument("--fp32", action="store_true")
    parser.add_argument("--cpu-time", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    with open(args.recipe, encoding="utf-8") as file:
        recipe = yaml.safe_load(file)
    fields = {key: value for key, value in recipe["model"].items() if key != "architecture"}
    phase = recipe["train"]["phases"][0]
    phase = {key: int(phase[key])
             for key in ("micro_batch_size", "sequence_length", "global_batch_size")}
    shape = LlamaConfig(vocab_size=recipe["tokenizer"]["vocab_size"],
                        max_position_embeddings=phase["sequence_length"], **fields)
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, micro-batches of "
          f"{phase['micro_batch_size']} x {phase['sequence_length']} tokens")
    timing = args.steps, time.process_time if args.cpu_time else time.perf_counter
    types = [("bf16", True)] * (not args.fp32) + [("fp32", False)] * (not args.bf16)
    for kind, compiled in itertools.product((Library, Plain), (False, True)):
        for name, narrow in types:
            torch._dynamo.reset()
            draw = torch.Generator().manual_seed(args.seed)
            model = kind(shape)
            size = sum(p.numel() for p in model.parameters())
            run = torch.compile(model) if compiled else model
            speed = tokens_per_second(run, phase, timing, narrow, draw)
            how = "compiled" if compiled else "eager"
            print(f"{kind.__name__.lower():8} {how:8} {name}  {speed:9.0f} tokens/s  "
                  f"({size} parameters)", flush=True)


if __name__ == "__main__":
    main()
