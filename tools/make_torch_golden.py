#!/usr/bin/env python3
"""Writes tests/golden/torch/: small files of torch.save, harmless and hostile.

    tools/make_torch_golden.py [--seed 42] [--out tests/golden/torch]

src/formats/torch_file.h must read the same values. Element i of tensor t is that of
make_formats_golden.py, which is to have the same seed. universal/ is laid out as Megatron-DeepSpeed's
ds_to_universal writes it, and its model states hold what DeepSpeed's engine and Megatron's training
loop put there; the classes that they pickle are made up here under their names. torch.save writes a
random serialization_id, so files differ from run to run in those 40 bytes.
"""

import argparse
import collections
import enum
import json
import os
import pathlib
import random
import shutil
import sys
import types
import zipfile

import numpy as np
import torch
from make_formats_golden import values


def tensor(seed, index, shape, dtype=torch.float32):
    return torch.from_numpy(values(seed, index, shape)).to(dtype)


def fake_class(module, name, kind):
    """A class that pickles under a module that is not installed."""
    parts = module.split(".")
    for i in range(1, len(parts) + 1):
        sys.modules.setdefault(".".join(parts[:i]), types.ModuleType(".".join(parts[:i])))
    kind.__module__, kind.__qualname__, kind.__name__ = module, name, name
    setattr(sys.modules[module], name, kind)
    return kind


def write_types(out, seed):
    known = {"f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16}
    state = collections.OrderedDict((name, tensor(seed, 1, (2, 3), dtype))
                                    for name, dtype in known.items())
    state["i32"] = tensor(seed, 1, (2, 3)).mul(8).to(torch.int32)
    foreign = {"f64": torch.float64, "i64": torch.int64, "i16": torch.int16, "i8": torch.int8,
               "u8": torch.uint8, "bool": torch.bool, "c64": torch.complex64,
               "u16": torch.uint16, "f8_e4m3": torch.float8_e4m3fn}
    for name, dtype in foreign.items():
        state[name] = torch.ones(3).to(dtype)
    state["scalar"] = tensor(seed, 2, ())
    state["empty"] = torch.zeros((0, 4))
    state["parameter"] = torch.nn.Parameter(tensor(seed, 3, (2, 1, 3)))
    state._metadata = collections.OrderedDict([("", {"version": 1})])
    torch.save(state, out / "types.pt")


def write_protocols(out, seed):
    tree = {"model": {"layers": [tensor(seed, 1, (2, 3)), {"bias": tensor(seed, 2, (4,))}]},
            "none": None, "yes": True, "no": False, "small": 7, "negative": -70000, "large": 2**40,
            "least": -2**63, "beyond": 2**100, "real": 0.1, "text": "d\u00e9j\u00e0 vu",
            "long": "x" * 300, "bytes": b"\x00\xff\x80", "tuple": (1, (2, 3), ()), "set": {5},
            "frozen": frozenset([6]), "size": torch.Size([2, 3]), 11: "integer key",
            "dtype": torch.bfloat16, "default": collections.defaultdict(list, a=[1])}
    for protocol in (2, 3, 4, 5):
        torch.save(tree, out / f"protocol{protocol}.pt", pickle_protocol=protocol)


def write_views(out, seed):
    whole = tensor(seed, 1, (6, 4))
    views = {"whole": whole, "tied": whole, "rows": whole[2:5], "transposed": whole.t(),
             "columns": whole[:, 1:3],
             "permuted": tensor(seed, 2, (2, 3, 4, 5)).permute(3, 1, 0, 2),
             "mask": torch.ones(4, 1, dtype=torch.bool).expand(4, 1000),
             "one": whole[:1, :1].expand(1, 1)}
    torch.save(views, out / "views.pt")
    torch.save({"repeated": tensor(seed, 3, (1, 4)).expand(100, 4)}, out / "expanded.pt")
    torch.save(tensor(seed, 4, (3,)), out / "bare.pt")


class Command:
    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


class Attributes:
    pass


def write_hostile(out):
    torch.save({"w": Command(os.system, "echo executed")}, out / "system.pt")
    torch.save({"w": Command(eval, "1 + 1")}, out / "eval.pt", pickle_protocol=4)
    torch.save({"w": fake_class("some.package", "Thing", Attributes)()}, out / "object.pt")


def write_archives(out, seed):
    state = {"w": tensor(seed, 1, (2, 3))}
    torch.save(state, out / "legacy.pt", _use_new_zipfile_serialization=False)
    torch.save(state, out / "small.pt")
    with zipfile.ZipFile(out / "small.pt") as source:
        with zipfile.ZipFile(out / "deflated.pt", "w", zipfile.ZIP_DEFLATED) as packed:
            for name in source.namelist():
                packed.writestr(name, source.read(name))
        with zipfile.ZipFile(out / "wide.pt", "w") as wide:  # 64-bit sizes in the local headers
            for name in source.namelist():
                with wide.open(name, "w", force_zip64=True) as member:
                    member.write(source.read(name))


def write_shards(out, seed):
    folder = out / "sharded"
    folder.mkdir()
    shards = {"pytorch_model-00001-of-00002.bin": {"a": tensor(seed, 1, (2, 3)),
                                                   "attn.bias": torch.ones(2, 2).bool()},
              "pytorch_model-00002-of-00002.bin": {"b": tensor(seed, 2, (4,))}}
    for name, state in shards.items():
        torch.save(state, folder / name)
    index = {"metadata": {"total_size": 44},
             "weight_map": {key: name for name, state in shards.items() for key in state}}
    (folder / "pytorch_model.bin.index.json").write_text(json.dumps(index, indent=2) + "\n")


# Names and shapes of a model of one layer: hidden 8, 2 heads, 1 of keys and values, MLP 12,
# vocabulary 10, which training had padded to 16. 1 marks what is cut along its columns.
UNIVERSAL = [("1.word_embeddings.weight", (10, 8), {"cat_dim": 0, "vocab_tensor": True}),
             ("2.input_layernorm.weight", (8,), {}),
             ("2.self_attention.query.weight", (8, 8), {"cat_dim": 0}),
             ("2.self_attention.key_value.weight", (8, 8), {"cat_dim": 0}),
             ("2.self_attention.dense.weight", (8, 8), {"cat_dim": 1}),
             ("2.post_attention_layernorm.weight", (8,), {}),
             ("2.mlp.dense_h_to_4h.weight", (24, 8), {"cat_dim": 0, "param_n_sub_params": 2}),
             ("2.mlp.dense_4h_to_h.weight", (8, 12), {"cat_dim": 1}),
             ("3.weight", (8,), {}),
             ("4.lm_head.weight", (10, 8), {"cat_dim": 0, "vocab_tensor": True})]
STATES = ("fp32", "exp_avg", "exp_avg_sq")


def random_states():
    generator = torch.get_rng_state()
    return [{"random_rng_state": random.Random(1).getstate(),
             "np_rng_state": np.random.RandomState(1).get_state(),
             "torch_rng_state": generator[:16].clone(),
             "cuda_rng_state": torch.zeros(16, dtype=torch.uint8),
             "rng_tracker_states": {"model-parallel-rng": torch.zeros(16, dtype=torch.uint8)}}]


def model_states():
    model_type = fake_class("megatron.core.enums", "ModelType",
                            enum.Enum("ModelType", {"encoder_or_decoder": 1}))
    args = argparse.Namespace(
        num_layers=1, hidden_size=8, ffn_hidden_size=12, num_attention_heads=2,
        num_key_value_heads=1, max_position_embeddings=32, seq_length=32, layernorm_epsilon=1e-5, rope_theta=500000.0,
        padded_vocab_size=16, swiglu=True, bf16=True, params_dtype=torch.bfloat16, lr=3e-4,
        data_path=["0.5", "a_text_document"], model_type=model_type.encoder_or_decoder,
        consumed_train_samples=1024, iteration=0, save=pathlib.Path("x").name, extra=None)
    shapes = [collections.OrderedDict((name, torch.Size(shape)) for name, shape, _ in UNIVERSAL)]
    info = {"universal_checkpoint_version": 0.2, "original_vocab_size": 10, "padded_vocab_size": 16,
            "vocabulary_parameter_patterns": [r"\d+.word_embeddings.weight", r"\d+.lm_head.weight"]}
    schedule = {"max_lr": np.float64(3e-4), "num_steps": 2048, "warmup_steps": np.int64(100)}
    return {"module": None, "buffer_names": [], "optimizer": None, "param_shapes": shapes,
            "frozen_param_shapes": None, "shared_params": {}, "lr_scheduler": schedule,
            "data_sampler": None, "random_ltd": None, "sparse_tensor_module_names": set(),
            "skipped_steps": 0, "global_steps": 25, "global_samples": 1024, "dp_world_size": 2,
            "mp_world_size": 1, "ds_config": {"train_batch_size": 4, "bf16": {"enabled": True}},
            "ds_version": "0.12.6", "args": args, "checkpoint_version": 3.0, "iteration": 25,
            "tokens": 32768, "universal_checkpoint_info": info, "rng_state": random_states()}


def write_universal(out, seed):
    folder = out / "universal"
    for index, (name, shape, extra) in enumerate(UNIVERSAL):
        (folder / "zero" / name).mkdir(parents=True)
        for number, state in enumerate(STATES):
            param = tensor(seed, 3 * index + number, shape)
            if "vocab_tensor" in extra:  # a window on what was padded
                param = torch.nn.functional.pad(param, (0, 0, 0, 6))[:shape[0], :]
            torch.save({**extra, "param": param}, folder / "zero" / name / f"{state}.pt")
    scaler = fake_class("deepspeed.runtime.fp16.loss_scaler", "LossScaler", Attributes)()
    scaler.cur_scale = 1.0
    torch.save({"clip_grad": 1.0, "group_paddings": [0, 0], "partition_count": [2, 2],
                "ds_version": "0.12.6", "loss_scaler": scaler},
               folder / "zero" / "optimizer_state.pt")
    torch.save(model_states(), folder / "mp_rank_00_model_states.pt")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=42)
    root = pathlib.Path(__file__).resolve().parent.parent
    parser.add_argument("--out", type=pathlib.Path, default=root / "tests/golden/torch")
    args = parser.parse_args()
    shutil.rmtree(args.out, ignore_errors=True)
    args.out.mkdir(parents=True)
    write_types(args.out, args.seed)
    write_protocols(args.out, args.seed)
    write_views(args.out, args.seed)
    write_hostile(args.out)
    write_archives(args.out, args.seed)
    write_shards(args.out, args.seed)
    write_universal(args.out, args.seed)


if __name__ == "__main__":
    main()
