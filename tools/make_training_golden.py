#!/usr/bin/env python3
"""Golden curves of 200 training steps of a small Llama in PyTorch, in fp32 and in bf16.

    python3 tools/make_training_golden.py [--seed 7] [--out tests/golden/training.safetensors]

Weights come from the counter RNG (philox.py), tokens from a chain whose next token is one of four
that the last one allows, drawn by it too: every batch is new, and there is something to learn. bf16
is autocast with fp32 masters; the logits are fp32 products of bf16 values, as lucie has them.
Stored: losses and gradient norms in fp32, losses in bf16, and as metadata `kl_bf16`, the mean KL
divergence of bf16's next tokens from fp32's, both with the weights after the fp32 training.
"""

import argparse
import pathlib

import numpy as np
import philox
import torch
from make_llama_golden import CLIP, describe, make_model, make_optimizer
from safetensors.numpy import save_file
from torch.nn import functional
from transformers import LlamaConfig

BATCH, TIME, STEPS = 4, 80, 200


def make_config():
    return LlamaConfig(
        hidden_size=64, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
        head_dim=16, intermediate_size=160, vocab_size=320, max_position_embeddings=TIME,
        rope_theta=10000.0, rms_norm_eps=1e-5, initializer_range=0.1, tie_word_embeddings=True)


def make_tokens(seed, step, vocabulary):
    """(BATCH, TIME + 1) ids; sequence b of a step is row step * BATCH + b."""
    rows = np.arange(step * BATCH, (step + 1) * BATCH)
    words = philox.words(seed, "golden/chain", TIME + 1, index=rows).astype(np.int64)
    tokens = np.empty_like(words)
    tokens[:, 0] = words[:, 0] % vocabulary
    for t in range(1, TIME + 1):
        tokens[:, t] = (5 * tokens[:, t - 1] + 17 * (words[:, t] % 4)) % vocabulary
    return torch.from_numpy(tokens)


def logits_of(model, ids, narrow):
    with torch.autocast("cpu", torch.bfloat16, enabled=narrow):
        hidden = model.model(input_ids=ids, use_cache=False).last_hidden_state
    head = model.lm_head.weight
    if narrow:
        hidden, head = hidden.bfloat16().float(), head.bfloat16().float()
    return hidden @ head.T


def train(seed, attention, narrow):
    model = make_model(make_config(), seed, attention)
    optimizer = make_optimizer(model)
    losses, norms = [], []
    for step in range(STEPS):
        tokens = make_tokens(seed, step, model.config.vocab_size)
        logits = logits_of(model, tokens[:, :-1], narrow)
        loss = functional.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        norms.append(torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP).item())
        optimizer.step()
        losses.append(loss.item())
    return np.array(losses), np.array(norms), model


def kl_of_bf16(model, seed):
    ids = make_tokens(seed, STEPS, model.config.vocab_size)[:, :-1]
    with torch.no_grad():
        wide, narrow = [functional.log_softmax(logits_of(model, ids, flag).double(), dim=-1)
                        for flag in (False, True)]
    return (wide.exp() * (wide - narrow)).sum(-1).mean().item()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=pathlib.Path,
                        default=pathlib.Path("tests/golden/training.safetensors"))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    losses, norms, model = train(arguments.seed, "eager", False)
    other, _, _ = train(arguments.seed, "sdpa", False)
    narrow, _, _ = train(arguments.seed, "sdpa", True)
    kl = kl_of_bf16(model, arguments.seed)
    print(f"loss {losses[0]:.4f} -> {losses[-1]:.4f}; eager and sdpa differ by "
          f"{np.abs(losses - other).max():.1e}; bf16 by {np.sqrt(np.mean((narrow - losses) ** 2)):.1e} "
          f"(root of the mean square), {(narrow - losses)[-50:].mean():+.1e} in the last 50; "
          f"KL {kl:.2e}")
    curves = {"losses": losses, "grad_norms": norms, "bf16_losses": narrow}
    save_file({name: curve.astype(np.float32) for name, curve in curves.items()}, arguments.out,
              metadata={"config": describe(model.config), "seed": str(arguments.seed),
                        "kl_bf16": repr(kl)})


if __name__ == "__main__":
    main()
