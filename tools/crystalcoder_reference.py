#!/usr/bin/env python3
"""CrystalCoder's published maths in PyTorch: its modelling file is in no package.

Written from the configuration fields and the tensor list of the checkpoint; parameter names, shapes
and storage are the checkpoint's, so `state_dict()` looks like the published one:

    h = mup_embeddings_scale * wte[x]
    each layer: a = LN(h; ln_1); q | k | v = a C_attn + b, three contiguous parts
                rotary, neighbours in pairs (2i, 2i + 1), on the first rotary_dim of each head
                h += softmax(q k' / d) v C_proj + b                 / sqrt(d) without muP
                m = LN(h; ln_2)
                h += ((m C_fc + b) * silu(m C_fc2 + b)) C_proj + b
    logits = mup_output_alpha * mup_width_scale * LN(h; ln_f) wte'

Dense matrices are stored (in, out), as GPT-2's Conv1D. Without arguments a self-test runs: rotary
against GPT-J's in transformers, attention against its written-out sum.
"""

import math
import types

import torch
from torch import nn
from torch.nn import functional

DEFAULTS = {"mup_embeddings_scale": 1.0, "mup_output_alpha": 1.0, "mup_width_scale": 1.0,
            "mup_scale_qk_dot_by_d": False, "scale_attn_weights": True, "layer_norm_epsilon": 1e-5}
ROTARY_BASE = 10000.0


class Conv1D(nn.Module):
    """y = x W + b with W (in, out)."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(inputs, outputs))
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, x):
        return x @ self.weight + self.bias


def rotate_pairs(x, rotary_dim):
    """x (batch, heads, time, d): pair i of the first rotary_dim turns by time * base^(-2i/rotary_dim)."""
    turning, still = x[..., :rotary_dim], x[..., rotary_dim:]
    frequency = ROTARY_BASE ** (-torch.arange(0, rotary_dim, 2, dtype=torch.float32) / rotary_dim)
    angle = torch.arange(x.shape[-2], dtype=torch.float32)[:, None] * frequency
    cos, sin = angle.cos().to(x.dtype), angle.sin().to(x.dtype)
    even, odd = turning[..., 0::2], turning[..., 1::2]
    turned = torch.stack([even * cos - odd * sin, odd * cos + even * sin], -1).flatten(-2)
    return torch.cat([turned, still], -1)


def attend(q, k, v, scale, implementation):
    if implementation == "sdpa":
        return functional.scaled_dot_product_attention(q, k, v, is_causal=True, scale=scale)
    scores = q @ k.transpose(-1, -2) * scale
    ahead = torch.ones(scores.shape[-2:], dtype=torch.bool).triu(1)
    return scores.masked_fill(ahead, -math.inf).softmax(-1) @ v


class Attention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.c_attn = Conv1D(config.n_embd, 3 * config.n_embd)
        self.c_proj = Conv1D(config.n_embd, config.n_embd)

    def forward(self, x):
        config = self.config
        batch, time, width = x.shape
        d = width // config.n_head
        q, k, v = (part.view(batch, time, config.n_head, d).transpose(1, 2)
                   for part in self.c_attn(x).split(width, -1))
        q, k = rotate_pairs(q, config.rotary_dim), rotate_pairs(k, config.rotary_dim)
        scale = 1.0
        if config.scale_attn_weights:
            scale = 1 / d if config.mup_scale_qk_dot_by_d else d**-0.5
        mixed = attend(q, k, v, scale, config.implementation)
        return self.c_proj(mixed.transpose(1, 2).reshape(batch, time, width))


class Mlp(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.c_fc = Conv1D(config.n_embd, config.n_inner)
        self.c_fc2 = Conv1D(config.n_embd, config.n_inner)
        self.c_proj = Conv1D(config.n_inner, config.n_embd)

    def forward(self, x):
        return self.c_proj(self.c_fc(x) * functional.silu(self.c_fc2(x)))


class Block(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.ln_1 = nn.LayerNorm(config.n_embd, config.layer_norm_epsilon)
        self.attn = Attention(config)
        self.ln_2 = nn.LayerNorm(config.n_embd, config.layer_norm_epsilon)
        self.mlp = Mlp(config)

    def forward(self, h):
        h = h + self.attn(self.ln_1(h))
        return h + self.mlp(self.ln_2(h))


class CrystalCoder(nn.Module):
    """Called as a transformers model is: `model(input_ids=ids).logits`."""

    def __init__(self, config, implementation="eager"):
        super().__init__()
        self.config = types.SimpleNamespace(**DEFAULTS | config, implementation=implementation)
        self.transformer = nn.Module()
        self.transformer.wte = nn.Embedding(self.config.vocab_size, self.config.n_embd)
        self.transformer.h = nn.ModuleList(Block(self.config) for _ in range(self.config.n_layer))
        self.transformer.ln_f = nn.LayerNorm(self.config.n_embd, self.config.layer_norm_epsilon)
        self.lm_head = nn.Linear(self.config.n_embd, self.config.vocab_size, bias=False)
        self.lm_head.weight = self.transformer.wte.weight

    def forward(self, input_ids):
        h = self.transformer.wte(input_ids) * self.config.mup_embeddings_scale
        for block in self.transformer.h:
            h = block(h)
        factor = self.config.mup_output_alpha * self.config.mup_width_scale
        return types.SimpleNamespace(logits=self.lm_head(self.transformer.ln_f(h)) * factor)


def published_state(model):
    """The tensors of the published files: lm_head apart although tied, mask buffers in each layer."""
    state = {name: value.detach().clone() for name, value in model.state_dict().items()}
    positions = model.config.n_positions
    for layer in range(model.config.n_layer):
        mask = torch.ones(1, 1, positions, positions, dtype=torch.bool).tril()
        state[f"transformer.h.{layer}.attn.bias"] = mask
        state[f"transformer.h.{layer}.attn.masked_bias"] = torch.tensor(-1e4)
    return state


def selftest():
    from transformers.models.gptj import modeling_gptj

    torch.manual_seed(0)
    x = torch.randn(2, 3, 11, 10, dtype=torch.float64)
    sin, cos = modeling_gptj.create_sinusoidal_positions(11, 6).split(3, -1)
    theirs = modeling_gptj.apply_rotary_pos_emb(
        x[..., :6].transpose(1, 2), sin[None], cos[None]).transpose(1, 2)
    ours = rotate_pairs(x, 6)
    assert torch.allclose(ours[..., :6], theirs, atol=1e-6) and torch.equal(ours[..., 6:], x[..., 6:])

    q, k, v = torch.randn(3, 1, 1, 5, 4, dtype=torch.float64)
    mixed = attend(q, k, v, 0.25, "eager")
    weight = torch.exp((q[0, 0, 2] * k[0, 0, :3]).sum(-1) / 4)
    assert torch.allclose(mixed[0, 0, 2], (weight[:, None] * v[0, 0, :3]).sum(0) / weight.sum())
    assert torch.allclose(mixed, attend(q, k, v, 0.25, "sdpa"))
    print("crystalcoder: all well")


if __name__ == "__main__":
    selftest()
