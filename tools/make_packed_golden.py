#!/usr/bin/env python3
"""Golden linear layers of GPTQ and AWQ checkpoints: packed and unpacked by AutoGPTQ and AutoAWQ.

    tools/make_packed_golden.py --autogptq DIR --autoawq DIR [--seed 1]

The folders hold the unpacked packages auto-gptq 0.7.1 (a wheel) and autoawq 0.2.9 (sources); of each
only the modules of pure torch are loaded, so that neither is installed. Writes
tests/golden/packed/NAME.safetensors: the layer "proj" as a checkpoint has it, "expected" the weight
(out, in) in f32 that the library computes with, and quantization_config in the metadata.
"""
import argparse
import importlib.util
import json
import sys
import types
from pathlib import Path

import torch
from safetensors.torch import save_file

OUT = Path(__file__).resolve().parent.parent / "tests/golden/packed"


def load(path, name):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def quantized_by_rounding(weight, bits, groups, count, symmetric):
    """Scales and zeros (out, count) that cover each group's values, in f16."""
    scales, zeros = [], []
    top = 2 ** bits - 1
    for group in range(count):
        part = weight[:, groups == group]
        low, high = part.amin(1).clamp(max=0), part.amax(1).clamp(min=0)
        if symmetric:
            high = torch.maximum(high, -low)
            low = -high
        scale = ((high - low) / (top - 0.9)).clamp(min=1e-4).half()  # no rounding leads beyond
        scales.append(scale)
        middle = torch.full_like(scale, 2 ** (bits - 1))
        zeros.append(middle if symmetric else torch.round(-low / scale).half())
    return torch.stack(scales, 1), torch.stack(zeros, 1)


def gptq(modules, bits, group, symmetric=True, act_order=False, second=False, dtype=torch.float16,
         inputs=96, outputs=32):
    weight = torch.randn(outputs, inputs)
    size = inputs if group == -1 else group
    count = (inputs + size - 1) // size
    groups = torch.arange(inputs) // size
    if act_order:
        groups = groups[torch.randperm(inputs)]
    scales, zeros = quantized_by_rounding(weight, bits, groups, count, symmetric)
    scales = scales.to(dtype).float()  # products of the reference are then exact
    layer = modules[1 if act_order or inputs % size else 0].QuantLinear(bits, group, inputs, outputs, False,
                                                       weight_dtype=torch.float32)
    linear = torch.nn.Linear(inputs, outputs, bias=False)
    linear.weight.data = weight
    layer.pack(linear, scales, zeros.float(), groups.to(torch.int32))
    layer.autogptq_cuda_available = False
    with torch.no_grad():
        expected = layer(torch.eye(inputs)).t().contiguous()
    tensors = {"proj.qweight": layer.qweight, "proj.qzeros": layer.qzeros,
               "proj.scales": layer.scales.to(dtype), "proj.g_idx": groups.to(torch.int32),
               "expected": expected}
    config = {"quant_method": "gptq", "bits": bits, "group_size": group, "sym": symmetric,
              "desc_act": act_order}
    if second:  # zeros as they are: one more in each of the words' fields, none of which is full
        ones = sum(1 << shift for shift in range(0, 32, bits))
        tensors["proj.qzeros"] = layer.qzeros + (ones - (1 << 32) if ones >= 1 << 31 else ones)
        config["checkpoint_format"] = "gptq_v2"
    return tensors, config


def awq(module, packing, version, group, inputs=128, outputs=32):
    weight = torch.randn(outputs, inputs)
    scales, zeros = quantized_by_rounding(weight, 4, torch.arange(inputs) // group, inputs // group,
                                          False)
    linear = torch.nn.Linear(inputs, outputs, bias=False)
    linear.weight.data = weight.half()
    by_input = version == "gemm"
    kind = module.WQLinear_GEMM if by_input else module.WQLinear_GEMV
    layer = kind.from_linear(linear, 4, group, scales=scales.t().contiguous() if by_input else scales,
                             zeros=zeros.t().contiguous() if by_input else zeros)
    wide = [part.repeat_interleave(group, 1) for part in (scales, zeros)]
    codes = torch.round((linear.weight.data + (zeros * scales).repeat_interleave(group, 1)) / wide[0])
    assert codes.min() >= 0 and codes.max() <= 15
    expected = (codes.float() - wide[1].float()) * wide[0].float()
    if by_input:  # the library's own unpacking, which rounds to f16
        own = packing.dequantize_gemm(layer.qweight, layer.qzeros, layer.scales, 4, group)
        assert torch.equal(own.t(), expected.half())
    tensors = {"proj.qweight": layer.qweight, "proj.qzeros": layer.qzeros,
               "proj.scales": layer.scales, "expected": expected}
    return tensors, {"quant_method": "awq", "bits": 4, "group_size": group, "version": version,
                     "zero_point": True}


def awq_modules(folder):
    """WQLinear_GEMM and WQLinear_GEMV without the package's __init__, which wants a GPU's libraries."""
    for name in ("awq", "awq.utils", "awq.modules", "awq.modules.linear", "awq.modules.triton"):
        sys.modules[name] = types.ModuleType(name)
    sys.modules["awq.utils.utils"] = types.SimpleNamespace(get_best_device=lambda: "cpu")
    for name in ("module", "packing_utils"):
        full = f"awq.utils.{name}"
        sys.modules[full] = load(folder / f"awq/utils/{name}.py", full)
    modules = types.SimpleNamespace()
    for name in ("gemm", "gemv"):
        vars(modules).update(vars(load(folder / f"awq/modules/linear/{name}.py", f"awq_{name}")))
    return modules, sys.modules["awq.utils.packing_utils"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--autogptq", type=Path, required=True)
    parser.add_argument("--autoawq", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    folder = args.autogptq / "auto_gptq/nn_modules/qlinear"
    gptq_modules = [load(folder / f"{name}.py", name) for name in ("qlinear_cuda_old", "qlinear_cuda")]
    awq_parts = awq_modules(args.autoawq)
    cases = {
        "gptq_4_symmetric": gptq(gptq_modules, 4, 32),
        "gptq_4_zeros": gptq(gptq_modules, 4, 32, symmetric=False),
        "gptq_4_act_order": gptq(gptq_modules, 4, 32, act_order=True),
        "gptq_4_whole_column": gptq(gptq_modules, 4, -1, symmetric=False),
        "gptq_4_short_group": gptq(gptq_modules, 4, 64),
        "gptq_4_bf16": gptq(gptq_modules, 4, 32, dtype=torch.bfloat16),
        "gptq_4_second_format": gptq(gptq_modules, 4, 32, second=True),
        "gptq_2": gptq(gptq_modules, 2, 32, symmetric=False),
        "gptq_3": gptq(gptq_modules, 3, 32, symmetric=False),
        "gptq_8_symmetric": gptq(gptq_modules, 8, 32),
        "gptq_8_zeros": gptq(gptq_modules, 8, 32, symmetric=False),
        "awq_gemm": awq(*awq_parts, "gemm", 32),
        "awq_gemv": awq(*awq_parts, "gemv", 32),
        "awq_gemm_128": awq(*awq_parts, "gemm", 128),
        "awq_gemv_64": awq(*awq_parts, "gemv", 64, outputs=40),
    }
    OUT.mkdir(parents=True, exist_ok=True)
    for name, (tensors, config) in cases.items():
        tensors = {key: value.contiguous() for key, value in tensors.items()}
        save_file(tensors, OUT / f"{name}.safetensors",
                  metadata={"quantization_config": json.dumps(config)})
        print(name, {key: list(value.shape) for key, value in tensors.items()})


if __name__ == "__main__":
    main()
