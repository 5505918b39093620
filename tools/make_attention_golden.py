#!/usr/bin/env python3
"""Golden values of attention over packed documents, from PyTorch in float64.

    python3 tools/make_attention_golden.py [--seed 5] [--out tests/golden/attention.safetensors]

scaled_dot_product_attention with an explicit mask: a query sees the keys of its own document that
are not behind it. q, k, v and the gradient of the output come from the counter RNG (philox.py);
starts(B, T), the output and the gradients of q, k and v are stored, as (B, T, heads, D).
"""

import argparse

import numpy as np
import philox
import torch
from safetensors.torch import save_file
from torch.nn import functional

B, T, H, K, D = 2, 130, 4, 2, 12
# Of each sequence: documents of one token, over the edge of 64 keys, and of many of them.
LENGTHS = [[1, 40, 30, 58, 1], [64, 3, 63]]


def values(name, heads, seed):
    drawn = philox.normal(seed, "golden/attention/" + name, heads * D, index=np.arange(B * T))
    return torch.from_numpy(drawn.reshape(B, T, heads, D)).double().requires_grad_()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--out", default="tests/golden/attention.safetensors")
    args = parser.parse_args()
    q, d_o = [values(name, H, args.seed) for name in ("q", "d_o")]
    k, v = [values(name, K, args.seed) for name in ("k", "v")]
    document = torch.tensor([np.repeat(np.arange(len(row)), row) for row in LENGTHS])
    time = torch.arange(T)
    mask = (document[:, :, None] == document[:, None, :]) & (time[:, None] >= time)
    o = functional.scaled_dot_product_attention(
        *[x.transpose(1, 2) for x in (q, k, v)], attn_mask=mask[:, None], enable_gqa=True)
    o = o.transpose(1, 2)
    o.backward(d_o.detach())
    starts = mask.int().argmax(-1).float()
    out = {"starts": starts, "o": o.detach(), "dq": q.grad, "dk": k.grad, "dv": v.grad}
    save_file({name: x.float().contiguous() for name, x in out.items()}, args.out,
              {"seed": str(args.seed), "heads": str(H), "kv_heads": str(K)})


if __name__ == "__main__":
    main()
