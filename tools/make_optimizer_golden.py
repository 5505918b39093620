#!/usr/bin/env python3
"""Golden AdamW steps of torch: parameters and moments after some steps on drawn gradients.

Parameters and gradients come from the counter RNG (philox.py) on both sides; gradients are clipped
by torch's clip_grad_norm_. Run from the repository's root:

    python3 tools/make_optimizer_golden.py --seed 7 --out tests/golden
"""

import argparse
import json
import pathlib

import numpy as np
import philox
import torch

COUNT, STEPS = 96, 7
SETTINGS = {
    "learning_rate": 3e-3, "beta1": 0.9, "beta2": 0.95, "eps": 1e-8, "weight_decay": 0.1,
    "max_norm": 1.5,
}


def drawn(seed, purpose, scale):
    return torch.from_numpy((2 * philox.uniform(seed, purpose, COUNT) - 1) * np.float32(scale))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("tests/golden"))
    arguments = parser.parse_args()

    parameter = torch.nn.Parameter(drawn(arguments.seed, "adamw/p", 2.0**-6))
    optimizer = torch.optim.AdamW(
        [parameter], lr=SETTINGS["learning_rate"], betas=(SETTINGS["beta1"], SETTINGS["beta2"]),
        eps=SETTINGS["eps"], weight_decay=SETTINGS["weight_decay"], foreach=False,
    )
    norms = []
    for step in range(1, STEPS + 1):
        # Halved at each step, so that clipping ends on the way.
        parameter.grad = drawn(arguments.seed, f"adamw/grad/{step}", 2.0 ** (1 - step))
        norms.append(float(torch.nn.utils.clip_grad_norm_([parameter], SETTINGS["max_norm"])))
        optimizer.step()
    state = optimizer.state[parameter]
    golden = {
        "seed": arguments.seed, "count": COUNT, "steps": STEPS, **SETTINGS, "norms": norms,
        "p": parameter.detach().double().tolist(),
        "m": state["exp_avg"].double().tolist(),
        "v": state["exp_avg_sq"].double().tolist(),
    }
    (arguments.out / "adamw.json").write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
