#!/usr/bin/env python3
"""Golden values of the output projection with z-loss, from PyTorch in float64.

    python3 tools/make_z_loss_golden.py [--seed 1] [--out tests/golden/z_loss.safetensors]

loss is the cross-entropy of each row, 0 where masked; dx and dw are the gradients of
scale * sum(loss + z_loss * logsumexp^2) over the rows that are not masked.
"""

import argparse

import torch
from safetensors.torch import save_file
from torch.nn import functional

ROWS, WIDTH, VOCAB, SCALE, Z_LOSS = 21, 12, 37, 0.25, 0.03


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", default="tests/golden/z_loss.safetensors")
    args = parser.parse_args()
    draw = torch.Generator().manual_seed(args.seed)
    x, w = [torch.randn(rows, WIDTH, generator=draw) for rows in (ROWS, VOCAB)]
    targets = torch.randint(VOCAB, (ROWS,), generator=draw)
    targets[4] = targets[17] = -1
    wide_x, wide_w = [value.double().requires_grad_() for value in (x, w)]
    logits = wide_x @ wide_w.T
    loss = functional.cross_entropy(logits, targets, ignore_index=-1, reduction="none")
    z = torch.logsumexp(logits, dim=-1) * (targets >= 0)
    (SCALE * (loss + Z_LOSS * z ** 2).sum()).backward()
    values = {"x": x, "w": w, "targets": targets.float(), "loss": loss.detach().float(),
              "dx": wide_x.grad.float(), "dw": wide_w.grad.float()}
    save_file(values, args.out, {"scale": str(SCALE), "z_loss": str(Z_LOSS)})


if __name__ == "__main__":
    main()
