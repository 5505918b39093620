// The only names that a pickle may mention. Each stands for plain data; adding one here lets files
// use it, and nothing more: no code of any kind is behind a name.
#include <algorithm>
#include <iterator>

#include "formats/pickle.h"

namespace lucie {
namespace {

constexpr PickleGlobal kGlobals[] = {
    {"collections.OrderedDict", PickleUse::kDict},
    {"collections.defaultdict", PickleUse::kDict},
    {"torch.Size", PickleUse::kTuple},
    {"builtins.set", PickleUse::kSet},
    {"builtins.frozenset", PickleUse::kSet},
    {"builtins.bytes", PickleUse::kBytes},
    {"builtins.bytearray", PickleUse::kBytes},
    {"_codecs.encode", PickleUse::kEncode},

    // Factories of defaultdict, and types that command lines hold.
    {"builtins.list", PickleUse::kTorch},
    {"builtins.dict", PickleUse::kTorch},
    {"builtins.int", PickleUse::kTorch},
    {"builtins.float", PickleUse::kTorch},
    {"builtins.str", PickleUse::kTorch},
    {"builtins.bool", PickleUse::kTorch},

    // What Megatron's arguments and DeepSpeed's optimizer states hold beside numbers.
    {"argparse.Namespace", PickleUse::kRecord},
    {"types.SimpleNamespace", PickleUse::kRecord},
    {"torch.device", PickleUse::kRecord},
    {"megatron.core.enums.ModelType", PickleUse::kRecord},
    {"megatron.model.enums.ModelType", PickleUse::kRecord},
    {"megatron.model.enums.LayerType", PickleUse::kRecord},
    {"megatron.model.enums.AttnType", PickleUse::kRecord},
    {"megatron.model.enums.AttnMaskType", PickleUse::kRecord},
    {"megatron.enums.LayerType", PickleUse::kRecord},
    {"megatron.enums.AttnType", PickleUse::kRecord},
    {"megatron.enums.AttnMaskType", PickleUse::kRecord},
    {"megatron.enums.PositionEmbeddingType", PickleUse::kRecord},
    {"megatron.core.transformer.enums.LayerType", PickleUse::kRecord},
    {"megatron.core.transformer.enums.AttnType", PickleUse::kRecord},
    {"megatron.core.transformer.enums.AttnMaskType", PickleUse::kRecord},
    {"deepspeed.checkpoint.universal_checkpoint.SubparamShape", PickleUse::kRecord},
    {"deepspeed.runtime.fp16.loss_scaler.LossScaler", PickleUse::kRecord},
    {"deepspeed.runtime.fp16.loss_scaler.DynamicLossScaler", PickleUse::kRecord},
    {"deepspeed.runtime.zero.config.ZeroStageEnum", PickleUse::kRecord},

    {"torch._utils._rebuild_tensor", PickleUse::kTorch},
    {"torch._utils._rebuild_tensor_v2", PickleUse::kTorch},
    {"torch._utils._rebuild_tensor_v3", PickleUse::kTorch},
    {"torch._utils._rebuild_parameter", PickleUse::kTorch},
    {"torch._utils._rebuild_parameter_with_state", PickleUse::kTorch},

    {"torch.FloatStorage", PickleUse::kTorch},
    {"torch.HalfStorage", PickleUse::kTorch},
    {"torch.BFloat16Storage", PickleUse::kTorch},
    {"torch.DoubleStorage", PickleUse::kTorch},
    {"torch.ByteStorage", PickleUse::kTorch},
    {"torch.CharStorage", PickleUse::kTorch},
    {"torch.ShortStorage", PickleUse::kTorch},
    {"torch.IntStorage", PickleUse::kTorch},
    {"torch.LongStorage", PickleUse::kTorch},
    {"torch.BoolStorage", PickleUse::kTorch},
    {"torch.ComplexFloatStorage", PickleUse::kTorch},
    {"torch.ComplexDoubleStorage", PickleUse::kTorch},
    {"torch.UntypedStorage", PickleUse::kTorch},
    {"torch.storage.UntypedStorage", PickleUse::kTorch},

    {"torch.float32", PickleUse::kTorch},
    {"torch.float16", PickleUse::kTorch},
    {"torch.bfloat16", PickleUse::kTorch},
    {"torch.float64", PickleUse::kTorch},
    {"torch.uint8", PickleUse::kTorch},
    {"torch.int8", PickleUse::kTorch},
    {"torch.int16", PickleUse::kTorch},
    {"torch.int32", PickleUse::kTorch},
    {"torch.int64", PickleUse::kTorch},
    {"torch.bool", PickleUse::kTorch},
    {"torch.uint16", PickleUse::kTorch},
    {"torch.uint32", PickleUse::kTorch},
    {"torch.uint64", PickleUse::kTorch},
    {"torch.complex64", PickleUse::kTorch},
    {"torch.complex128", PickleUse::kTorch},
    {"torch.float8_e4m3fn", PickleUse::kTorch},
    {"torch.float8_e5m2", PickleUse::kTorch},

    // Numbers and random states of NumPy, by the names of version 1 and 2.
    {"numpy.dtype", PickleUse::kTorch},
    {"numpy.ndarray", PickleUse::kTorch},
    {"numpy.core.multiarray.scalar", PickleUse::kTorch},
    {"numpy.core.multiarray._reconstruct", PickleUse::kTorch},
    {"numpy.core.numeric._frombuffer", PickleUse::kTorch},
    {"numpy._core.multiarray.scalar", PickleUse::kTorch},
    {"numpy._core.multiarray._reconstruct", PickleUse::kTorch},
    {"numpy._core.numeric._frombuffer", PickleUse::kTorch},
};

}  // namespace

const PickleGlobal* find_pickle_global(std::string_view module, std::string_view name) {
  if (module == "__builtin__") module = "builtins";
  const auto it =
      std::find_if(std::begin(kGlobals), std::end(kGlobals), [&](const PickleGlobal& global) {
        const std::string_view full = global.name;
        return full.size() == module.size() + 1 + name.size() && full.starts_with(module) &&
               full[module.size()] == '.' && full.ends_with(name);
      });
  return it == std::end(kGlobals) ? nullptr : it;
}

}  // namespace lucie
