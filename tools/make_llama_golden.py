#!/usr/bin/env python3
"""Golden values of a tiny Llama from transformers: logits, loss, every gradient, 100 AdamW steps.

Weights and token ids come from the counter RNG (philox.py) on both sides; only outputs are stored,
in safetensors files with the config in their metadata. Run from the repository's root:

    python3 tools/make_llama_golden.py --seed 7 --out tests/golden
"""

import argparse
import json
import math
import pathlib

import numpy as np
import philox
import torch
from safetensors.numpy import save_file
from transformers import LlamaConfig, LlamaForCausalLM

BATCH, TIME, STEPS, MICRO = 4, 17, 100, 2
TRAIN_BATCHES = 5
LEARNING_RATE, BETAS, EPS, DECAY, CLIP = 1e-3, (0.9, 0.95), 1e-5, 0.1, 1.0


def make_config(tied):
    return LlamaConfig(
        hidden_size=24, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
        head_dim=8, intermediate_size=40, vocab_size=61, max_position_embeddings=64,
        rope_theta=10000.0, rms_norm_eps=1e-5, initializer_range=0.2, tie_word_embeddings=tied,
    )


def describe(config):
    values = config.to_dict()
    wanted = ("hidden_size num_hidden_layers num_attention_heads num_key_value_heads head_dim "
              "intermediate_size vocab_size max_position_embeddings rms_norm_eps "
              "initializer_range tie_word_embeddings").split()
    return json.dumps({key: values[key] for key in wanted} | {"rope_theta": 10000.0})


def initial(name, shape, std, seed):
    if len(shape) == 1:
        return np.ones(shape, np.float32)
    return philox.normal(seed, "init/" + name, shape[1], index=np.arange(shape[0])) * np.float32(std)


def make_model(config, seed, attention):
    model = LlamaForCausalLM._from_config(config, attn_implementation=attention).float()
    residual_std = config.initializer_range / math.sqrt(2 * config.num_hidden_layers)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            into_stream = name.endswith(("o_proj.weight", "down_proj.weight"))
            std = residual_std if into_stream else config.initializer_range
            parameter.copy_(torch.from_numpy(initial(name, tuple(parameter.shape), std, seed)))
    return model


def make_tokens(seed, index, vocabulary):
    """(BATCH, TIME + 1) ids; sequence b of batch i is row i * BATCH + b."""
    rows = np.arange(index * BATCH, (index + 1) * BATCH)
    return (philox.words(seed, "golden/tokens", TIME + 1, index=rows) % vocabulary).astype(np.int64)


def mean_loss(model, tokens):
    logits = model(input_ids=tokens[:, :-1]).logits
    loss = torch.nn.functional.cross_entropy(
        logits.reshape(-1, logits.shape[-1]), tokens[:, 1:].reshape(-1))
    return loss, logits


def make_optimizer(model):
    decay = [p for p in model.parameters() if p.dim() > 1]
    keep = [p for p in model.parameters() if p.dim() == 1]
    return torch.optim.AdamW(
        [{"params": decay, "weight_decay": DECAY}, {"params": keep, "weight_decay": 0.0}],
        lr=LEARNING_RATE, betas=BETAS, eps=EPS)


def train(tied, seed, attention):
    model = make_model(make_config(tied), seed, attention)
    optimizer = make_optimizer(model)
    losses, norms, first = [], [], None
    for step in range(STEPS):
        tokens = torch.from_numpy(make_tokens(seed, step % TRAIN_BATCHES, model.config.vocab_size))
        optimizer.zero_grad()
        total = 0.0
        for part in tokens.split(MICRO):
            loss, _ = mean_loss(model, part)
            (loss * part.shape[0] / BATCH).backward()
            total += loss.item() * part.shape[0] / BATCH
        norms.append(torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP).item())
        optimizer.step()
        losses.append(total)
        if first is None:
            first = {n: p.detach().numpy().copy() for n, p in model.named_parameters()}
    return np.array(losses), np.array(norms), first, model


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("tests/golden"))
    arguments = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(1)
    for tied in (False, True):
        model = make_model(make_config(tied), arguments.seed, "eager")
        tokens = torch.from_numpy(make_tokens(arguments.seed, 0, model.config.vocab_size))
        loss, logits = mean_loss(model, tokens)
        loss.backward()
        out = {"logits": logits.detach().numpy(), "loss": loss.detach().numpy().reshape(1)}
        for name, parameter in model.named_parameters():
            out["gradient/" + name] = parameter.grad.numpy()
        losses, norms, first, _ = train(tied, arguments.seed, "eager")
        other, _, _, _ = train(tied, arguments.seed, "sdpa")
        print(f"tied={tied}: loss {losses[0]:.4f} -> {losses[-1]:.4f}; "
              f"eager and sdpa differ by {np.abs(losses - other).max():.1e}")
        out["losses"] = losses.astype(np.float64)
        out["grad_norms"] = norms.astype(np.float64)
        for name, values in first.items():
            out["after_one_step/" + name] = values
        out = {k: v.astype(np.float32) for k, v in out.items()}
        save_file(out, arguments.out / f"llama_{'tied' if tied else 'untied'}.safetensors",
                  metadata={"config": describe(model.config), "seed": str(arguments.seed)})


if __name__ == "__main__":
    main()
