"""Tiny models of every family and variant, with the config.json as it was published for such models.

VARIANTS: name -> Variant. `build(variant, seed, attention)` gives the model with weights of the
counter RNG (philox.py), which the C++ side draws again from names and shapes:

    matrix (rows, cols) of name n:  0.2 * normal(seed, "init/" + n, cols, index=row)
    1-D norm weight:                1 + 0.1 * normal(seed, "init/" + n, size, index=0)
    other 1-D (a bias):             0.1 * normal(seed, "init/" + n, size, index=0)

Names and shapes are the published checkpoint's: fused QKV stays fused, CrystalCoder's matrices are
(in, out), GPT-NeoX's head is embed_out.weight, a tied head has no tensor of its own. A norm weight is
a 1-D tensor whose name ends in ".weight".
"""

import copy
import dataclasses

import numpy as np
import philox
import torch
import transformers

import crystalcoder_reference


@dataclasses.dataclass(frozen=True)
class Variant:
    config: dict
    time: int = 19
    notes: str = ""


COMMON = {"vocab_size": 61, "initializer_range": 0.02, "torch_dtype": "float32", "use_cache": True}
LLAMA = COMMON | {
    "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 24,
    "intermediate_size": 40, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "max_position_embeddings": 64, "hidden_act": "silu",
    "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "rope_scaling": None, "attention_bias": False,
    "mlp_bias": False, "tie_word_embeddings": False, "bos_token_id": 1, "eos_token_id": 2}
FALCON = COMMON | {
    "architectures": ["FalconForCausalLM"], "model_type": "falcon", "hidden_size": 24,
    "num_hidden_layers": 2, "num_attention_heads": 3, "alibi": False, "bias": False,
    "multi_query": True, "parallel_attn": True, "new_decoder_architecture": False,
    "layer_norm_epsilon": 1e-5, "hidden_dropout": 0.0, "attention_dropout": 0.0,
    "apply_residual_connection_post_layernorm": False, "bos_token_id": 11, "eos_token_id": 11}
REFINED_WEB = COMMON | {
    "architectures": ["RWForCausalLM"], "model_type": "RefinedWebModel", "n_embed": 24, "n_head": 4,
    "n_layer": 1, "alibi": False, "bias": False, "multi_query": True, "parallel_attn": True,
    "layer_norm_epsilon": 1e-5, "hidden_dropout": 0.0, "attention_dropout": 0.0,
    "apply_residual_connection_post_layernorm": False, "bos_token_id": 11, "eos_token_id": 11}
NEOX = COMMON | {
    "architectures": ["GPTNeoXForCausalLM"], "model_type": "gpt_neox", "hidden_size": 32,
    "intermediate_size": 40, "num_hidden_layers": 2, "num_attention_heads": 2,
    "max_position_embeddings": 64, "hidden_act": "gelu", "layer_norm_eps": 1e-5,
    "rotary_pct": 0.25, "rotary_emb_base": 10000, "use_parallel_residual": True,
    "tie_word_embeddings": False, "bos_token_id": 0, "eos_token_id": 0}
OLMO2 = COMMON | {
    "architectures": ["Olmo2ForCausalLM"], "model_type": "olmo2", "hidden_size": 24,
    "intermediate_size": 40, "num_hidden_layers": 2, "num_attention_heads": 3,
    "num_key_value_heads": 3, "max_position_embeddings": 64, "hidden_act": "silu",
    "rms_norm_eps": 1e-6, "rope_theta": 500000, "rope_scaling": None, "attention_bias": False,
    # No padding id: torch leaves its row of the embedding without a gradient.
    "tie_word_embeddings": False, "eos_token_id": 57, "pad_token_id": None}
CRYSTAL = {
    "architectures": ["CrystalCoderLMHeadModel"], "model_type": "crystalcoder", "vocab_size": 61,
    "n_embd": 30, "n_layer": 2, "n_head": 3, "n_inner": 26, "n_positions": 32,
    "activation_function": "swiglu", "layer_norm_epsilon": 1e-5, "position_embedding_type": "rotary",
    "rotary_dim": 6, "mup_embeddings_scale": 14.6, "mup_output_alpha": 2.22,
    "mup_width_scale": 0.0625, "mup_scale_qk_dot_by_d": True, "scale_attn_weights": True,
    "embd_pdrop": 0.0, "attn_pdrop": 0.0, "resid_pdrop": 0.0, "tie_word_embeddings": True,
    "bos_token_id": 1, "eos_token_id": 2, "use_cache": True}


def without(config, *keys):
    return {key: value for key, value in config.items() if key not in keys}


VARIANTS = {
    "llama_head_dim": Variant(
        LLAMA | {"num_attention_heads": 3, "num_key_value_heads": 1, "head_dim": 10},
        notes="3 heads of 10 for a hidden size of 24"),
    "llama_bias": Variant(LLAMA | {"attention_bias": True, "mlp_bias": True}),
    "llama_rope_linear": Variant(LLAMA | {"rope_scaling": {"type": "linear", "factor": 2.5}},
                                 notes="the scaling's kind is spelled 'type', as before 4.43"),
    "llama_rope_dynamic": Variant(
        LLAMA | {"max_position_embeddings": 16, "rope_scaling": {"type": "dynamic", "factor": 2.0}},
        time=24, notes="24 positions, trained for 16: the base is that of 24, for all positions"),
    "llama_rope_yarn": Variant(
        LLAMA | {"num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 16,
                 "rope_theta": 20.0, "max_position_embeddings": 64,
                 "rope_scaling": {"rope_type": "yarn", "factor": 4.0,
                                  "original_max_position_embeddings": 16}},
        time=24, notes="attention_factor, beta_fast and beta_slow by default"),
    "llama_rope_llama3": Variant(
        without(LLAMA, "rope_theta", "rope_scaling") |
        {"num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 16,
         "rope_parameters": {"rope_type": "llama3", "rope_theta": 500.0, "factor": 8.0,
                             "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                             "original_max_position_embeddings": 32}},
        time=24, notes="spelled rope_parameters, as from 5.0; 1 frequency kept, 2 between, 5 divided"),
    "llama_old_config": Variant(
        without(LLAMA, "num_key_value_heads", "rope_theta", "rope_scaling", "attention_bias",
                "mlp_bias") |
        {"rms_norm_eps": 1e-6, "max_position_embeddings": 32, "max_sequence_length": 32,
         "pad_token_id": 0, "num_attention_heads": 3, "transformers_version": "4.28.0.dev0"},
        notes="keys of the first LLaMA conversions: kv heads, theta, biases by default"),
    "llama_theta": Variant(
        LLAMA | {"hidden_size": 32, "num_attention_heads": 8, "num_key_value_heads": 2,
                 "rope_theta": 20000000.0}, notes="Lucie's theta and its four heads to a kv head"),
    "mistral": Variant(
        without(LLAMA, "attention_bias", "mlp_bias") |
        {"architectures": ["MistralForCausalLM"], "model_type": "mistral", "sliding_window": 7,
         "head_dim": 6},
        notes="a sliding window of 7 keys: 12 of the 19 positions do not see the first"),
    "falcon_7b": Variant(FALCON, notes="biases only in the norms; tied"),
    "falcon_rw_spelling": Variant(REFINED_WEB, notes="keys of RWForCausalLM, 7B"),
    "falcon_40b": Variant(
        FALCON | {"new_decoder_architecture": True, "num_attention_heads": 6, "num_kv_heads": 2}),
    "falcon_40b_rw_spelling": Variant(
        without(REFINED_WEB, "multi_query", "parallel_attn") |
        {"model_type": "RefinedWeb", "n_head_kv": 2},
        notes="keys of RWForCausalLM, 40B: n_head_kv means the new decoder architecture"),
    "falcon_11b": Variant(
        FALCON | {"new_decoder_architecture": True, "num_attention_heads": 4, "num_kv_heads": 2,
                  "num_ln_in_parallel_attn": 1, "ffn_hidden_size": 40, "rope_theta": 500042,
                  "tie_word_embeddings": False, "max_position_embeddings": 64}),
    "falcon_rw_1b": Variant(
        FALCON | {"alibi": True, "bias": True, "parallel_attn": False, "multi_query": False,
                  "num_attention_heads": 12},
        notes="alibi of 12 heads, bfloat16(bfloat16(slope) * bfloat16(position)), counted once (sdpa): "
              "the eager path of transformers adds it twice and is corrected for the comparison"),
    "falcon_sequential": Variant(FALCON | {"parallel_attn": False}),
    "falcon_mha": Variant(FALCON | {"multi_query": False}),
    "neox": Variant(NEOX),
    "neox_sequential": Variant(
        NEOX | {"use_parallel_residual": False, "hidden_size": 24, "num_attention_heads": 3,
                "rotary_pct": 0.5}),
    "neox_tanh": Variant(
        without(NEOX, "rotary_pct", "rotary_emb_base") |
        {"hidden_act": "gelu_new", "rope_parameters": {
            "rope_type": "default", "rope_theta": 10000, "partial_rotary_factor": 0.25}},
        notes="rotary dimensions spelled as from 5.0"),
    "neox_nobias": Variant(NEOX | {"attention_bias": False}, notes="the MLP keeps its biases"),
    "neox_head80": Variant(
        NEOX | {"hidden_size": 80, "num_hidden_layers": 1, "intermediate_size": 16},
        notes="10 rotary of 40 dimensions; after_one_step only for 1-D tensors, for size"),
    "olmo2": Variant(OLMO2),
    "olmo2_gqa": Variant(OLMO2 | {"num_attention_heads": 6, "num_key_value_heads": 2}),
    "crystalcoder": Variant(CRYSTAL),
    "crystalcoder_plain": Variant(
        without(CRYSTAL, "mup_embeddings_scale", "mup_output_alpha", "mup_width_scale",
                "mup_scale_qk_dot_by_d") | {"n_head": 5, "rotary_dim": 4},
        notes="no muP: its keys are absent"),
}

RENAMED = {"lm_head.weight": "embed_out.weight"}  # GPT-NeoX: module of transformers -> published file
OLD_FALCON = {"n_embed": "hidden_size", "n_head": "num_attention_heads", "n_layer": "num_hidden_layers",
              "n_head_kv": "num_kv_heads"}


def modern(config):
    """The config in the keys that transformers knows; a copy, since it writes into nested ones."""
    config = copy.deepcopy(config)
    if config["model_type"] not in ("RefinedWebModel", "RefinedWeb"):
        return config
    renamed = {OLD_FALCON.get(key, key): value for key, value in config.items()}
    return renamed | {"model_type": "falcon", "architectures": ["FalconForCausalLM"],
                      "new_decoder_architecture": "n_head_kv" in config}


def initial(name, shape, seed):
    if len(shape) == 2:
        rows = np.arange(shape[0])
        return np.float32(0.2) * philox.normal(seed, "init/" + name, shape[1], index=rows)
    drawn = np.float32(0.1) * philox.normal(seed, "init/" + name, shape[0], index=0)
    return np.float32(1) + drawn if name.endswith(".weight") else drawn


def count_alibi_once(model):
    """transformers puts alibi / sqrt(d) in the mask and, eager, adds alibi to the scores once more."""
    def without_alibi(module, args, kwargs):
        return args, kwargs | {"alibi": torch.zeros_like(kwargs["alibi"])}

    for block in model.transformer.h:
        block.self_attention.register_forward_pre_hook(without_alibi, with_kwargs=True)


def published_names(model):
    """{name in the published file: parameter}, each shared tensor once."""
    renamed = RENAMED if isinstance(model, transformers.GPTNeoXForCausalLM) else {}
    return {renamed.get(name, name): value for name, value in model.named_parameters()}


def build(variant, seed, attention="eager"):
    config = variant.config
    if config["model_type"] == "crystalcoder":
        model = crystalcoder_reference.CrystalCoder(config, attention)
    else:
        known = transformers.AutoConfig.for_model(**modern(config))
        model = transformers.AutoModelForCausalLM.from_config(
            known, dtype=torch.float32, attn_implementation=attention)
    if config.get("alibi") and attention == "eager":
        count_alibi_once(model)
    with torch.no_grad():
        for name, parameter in published_names(model).items():
            parameter.copy_(torch.from_numpy(initial(name, tuple(parameter.shape), seed)))
    return model.train()
