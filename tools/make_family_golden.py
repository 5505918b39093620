#!/usr/bin/env python3
"""Golden values of tiny models of every family: logits, loss, every gradient, one AdamW step.

    python3 tools/make_family_golden.py --seed 7 --out tests/golden/families [--only NAME]

Models are those of family_models.py (transformers, and our own reference for CrystalCoder), their
weights and token ids those of the counter RNG (philox.py) on both sides. Sequence b has ids
words(seed, "golden/tokens", time + 1, index=b) % vocab_size: inputs all but the last, targets all but
the first. One safetensors file a variant:

    logits (batch * time, vocab), loss (1), gradient/NAME, after_one_step/NAME (published names)
    rope/inverse_frequency (rotary / 2): the frequencies that the forward pass used, after scaling
    metadata: config (JSON, as published), seed, batch, time, notes, rope_attention_factor,
              eager_sdpa (JSON): how far transformers' two attention paths are apart, max|a-b| / max|b|
              for logits, the worst gradient and the worst update

The step: gradients clipped to a norm of 1, AdamW (1e-3, betas 0.9 and 0.95, eps 1e-5), weight decay
0.1 on matrices, embeddings included, none on 1-D tensors.
"""

import argparse
import json
import pathlib

import numpy as np
import philox
import torch
from safetensors.numpy import save
from transformers.activations import ACT2FN

import family_models

BATCH, LIMIT = 2, 200_000
LEARNING_RATE, BETAS, EPS, DECAY, CLIP = 1e-3, (0.9, 0.95), 1e-5, 0.1, 1.0
AGREEMENT = 2e-6  # of eager and sdpa, of the largest logit


def make_tokens(variant, seed):
    drawn = philox.words(seed, "golden/tokens", variant.time + 1, index=np.arange(BATCH))
    return torch.from_numpy((drawn % variant.config["vocab_size"]).astype(np.int64))


def take_step(model):
    decay = [p for p in model.parameters() if p.dim() > 1]
    keep = [p for p in model.parameters() if p.dim() == 1]
    optimizer = torch.optim.AdamW(
        [{"params": decay, "weight_decay": DECAY}, {"params": keep, "weight_decay": 0.0}],
        lr=LEARNING_RATE, betas=BETAS, eps=EPS)
    torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
    optimizer.step()


def rope_of(model):
    """Inverse frequencies after the forward pass, and the factor on cos and sin."""
    found = [m for m in model.modules() if hasattr(m, "inv_freq")]
    return (found[0].inv_freq.numpy().copy(), found[0].attention_scaling) if found else (None, 1.0)


def run(variant, seed, attention):
    model = family_models.build(variant, seed, attention)
    tokens = make_tokens(variant, seed)
    logits = model(input_ids=tokens[:, :-1]).logits.flatten(0, 1)
    loss = torch.nn.functional.cross_entropy(logits, tokens[:, 1:].flatten())
    loss.backward()
    out = {"logits": logits.detach().numpy(), "loss": loss.detach().numpy().reshape(1)}
    parameters = family_models.published_names(model)
    out |= {"gradient/" + name: p.grad.numpy().copy() for name, p in parameters.items()}
    before = {name: p.detach().numpy().copy() for name, p in parameters.items()}
    take_step(model)
    out |= {"after_one_step/" + name: p.detach().numpy() for name, p in parameters.items()}
    updates = {name: out["after_one_step/" + name] - before[name] for name in before}
    frequency, factor = rope_of(model)
    if frequency is not None and not variant.config.get("alibi"):
        out["rope/inverse_frequency"] = frequency
    return out, updates, factor


def apart(a, b):
    return float(np.abs(a - b).max() / np.abs(b).max())


def worst_gradient(mine, other):
    names = [name for name in mine if name.startswith("gradient/")]
    floor = 1e-6 * max(np.abs(mine[name]).max() for name in names)
    return max(float(np.abs(mine[n] - other[n]).max() / max(floor, np.abs(mine[n]).max())) for n in names)


def file_bytes(tensors, metadata):
    """A safetensors file; the library's order of the metadata differs from run to run."""
    data = save({name: np.ascontiguousarray(values, np.float32) for name, values in tensors.items()})
    size = int.from_bytes(data[:8], "little")
    header = json.dumps({"__metadata__": metadata} | json.loads(data[8:8 + size]),
                        separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    return len(header).to_bytes(8, "little") + header + data[8 + size:]


def make(name, variant, seed, directory):
    mine, updates, factor = run(variant, seed, "eager")
    other, other_updates, _ = run(variant, seed, "sdpa")
    if variant.config.get("alibi"):  # the eager path is ours in part: store the other
        mine, updates, other, other_updates = other, other_updates, mine, updates
    between = {"logits": apart(other["logits"], mine["logits"]), "gradient": worst_gradient(mine, other),
               "update": max(float(np.linalg.norm(updates[n] - other_updates[n]) /
                                   np.linalg.norm(updates[n])) for n in updates)}
    if not between["logits"] <= AGREEMENT:
        raise SystemExit(f"{name}: eager and sdpa are {between['logits']:.1e} apart")
    if sum(values.nbytes for values in mine.values()) > LIMIT * 0.95:
        mine = {n: v for n, v in mine.items() if not n.startswith("after_one_step/") or v.ndim == 1}
    path = directory / f"{name}.safetensors"
    path.write_bytes(file_bytes(mine, {
        "config": json.dumps(variant.config), "seed": str(seed), "batch": str(BATCH),
        "time": str(variant.time), "notes": variant.notes, "rope_attention_factor": repr(float(factor)),
        "eager_sdpa": json.dumps({key: float(f"{value:.2g}") for key, value in between.items()})}))
    size = path.stat().st_size
    print(f"{name:24} {size:7} bytes; loss {mine['loss'][0]:.4f}, largest logit "
          f"{np.abs(mine['logits']).max():5.2f}; eager and sdpa differ by {between['logits']:.1e}, "
          f"gradients {between['gradient']:.1e}, updates {between['update']:.1e}", flush=True)
    if size > LIMIT:
        raise SystemExit(f"{name}: larger than {LIMIT} bytes")


def check_gelu_names():
    """One C++ function stands for all names of the tanh form, one for those of the exact one."""
    x = torch.linspace(-6, 6, 4001)
    for first, *others in (["gelu_new", "gelu_fast", "gelu_pytorch_tanh", "gelu_python_tanh",
                            "gelu_accurate"], ["gelu", "gelu_python"]):
        for name in others:
            difference = (ACT2FN[name](x) - ACT2FN[first](x)).abs().max().item()
            if difference > 1e-6:
                raise SystemExit(f"{name} is not {first}: {difference:.1e}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("tests/golden/families"))
    parser.add_argument("--only", choices=sorted(family_models.VARIANTS), metavar="NAME")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    arguments.out.mkdir(parents=True, exist_ok=True)
    check_gelu_names()
    for name, variant in family_models.VARIANTS.items():
        if arguments.only in (None, name):
            make(name, variant, arguments.seed, arguments.out)


if __name__ == "__main__":
    main()
