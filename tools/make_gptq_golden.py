#!/usr/bin/env python3
"""Golden GPTQ quantizations by AutoGPTQ's own class, over correlated random inputs.

    tools/make_gptq_golden.py --autogptq DIR [--seed 1]

DIR holds the unpacked wheel auto-gptq 0.7.1; its quantization/ is of pure torch and is loaded alone.
Blocks of the algorithm are the groups, so that a group's scale follows from weights that have taken
up all errors before (the library looks at older ones within its blocks of 128), and scales are
rounded to f16 when they are chosen and not at the end. Writes tests/golden/gptq/NAME.safetensors.
"""
import argparse
import importlib.util
import json
import sys
import types
from pathlib import Path

import torch
from safetensors.torch import save_file

OUT = Path(__file__).resolve().parent.parent / "tests/golden/gptq"


def load_gptq(folder):
    package = types.ModuleType("quantization")
    package.__path__ = [str(folder)]
    sys.modules["quantization"] = package
    for name in ("quantizer", "gptq"):
        spec = importlib.util.spec_from_file_location(f"quantization.{name}", folder / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        sys.modules[f"quantization.{name}"] = module
        spec.loader.exec_module(module)
    quantizer = sys.modules["quantization.quantizer"].Quantizer
    own = quantizer.find_params

    def find_params(self, x, weight=False):
        own(self, x, weight)
        self.scale = self.scale.half().float()
        if not self.sym:
            self.zero = torch.clamp(torch.round(-x.amin(1, True).clamp(max=0) / self.scale), 0,
                                    self.maxq)

    quantizer.find_params = find_params
    torch.cuda.synchronize = lambda: None
    return sys.modules["quantization.gptq"].GPTQ


def case(kind, outputs, inputs, bits, group, symmetric, dead=False):
    layer = torch.nn.Linear(inputs, outputs, bias=False)
    layer.weight.data = torch.randn(outputs, inputs) * 0.2
    x = torch.randn(256, inputs // 2) @ torch.randn(inputs // 2, inputs) + torch.randn(256, inputs)
    if dead:
        x[:, 5] = 0
    weight = layer.weight.data.clone()
    worker = kind(layer)
    worker.quantizer.configure(bits, perchannel=True, sym=symmetric)
    worker.add_batch(x, None)
    hessian = worker.H.clone()
    scale, zero, _ = worker.fasterquant(blocksize=group, percdamp=0.01, group_size=group)
    values = layer.weight.data
    wide = [part.repeat_interleave(group, 1)[:, :inputs] for part in (scale, zero)]
    codes = torch.round(values / wide[0]) + wide[1]
    return ({"weight": weight, "hessian": hessian, "codes": codes.to(torch.int32),
             "scales": scale.half(), "zeros": zero.to(torch.int32)},
            {"bits": bits, "group_size": group, "sym": symmetric})


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--autogptq", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    kind = load_gptq(args.autogptq / "auto_gptq/quantization")
    cases = {
        "symmetric_4": case(kind, 24, 160, 4, 32, True),
        "zeros_4": case(kind, 24, 160, 4, 32, False),
        "zeros_2": case(kind, 24, 96, 2, 32, False),
        "symmetric_3_short_group": case(kind, 24, 160, 3, 64, True),
        "symmetric_8_dead_input": case(kind, 24, 96, 8, 32, True, dead=True),
    }
    OUT.mkdir(parents=True, exist_ok=True)
    for name, (tensors, settings) in cases.items():
        save_file({key: value.contiguous() for key, value in tensors.items()},
                  OUT / f"{name}.safetensors", metadata={"settings": json.dumps(settings)})


if __name__ == "__main__":
    main()
