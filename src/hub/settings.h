// Where the hub is and who asks: from the environment variables that Hugging Face's Python client
// reads (huggingface_hub/constants.py), so that both share servers, caches and tokens.
#pragma once

#include <string>

#include "base/file.h"

namespace lucie::hub {

inline const std::string kPublicEndpoint = "https://huggingface.co";

struct HubSettings {
  std::string endpoint;    // HF_ENDPOINT, without a final slash
  fs::path cache;          // HF_HUB_CACHE, else HF_HOME/hub
  std::string token = {};  // HF_TOKEN, else the file HF_TOKEN_PATH or HF_HOME/token; may be empty
  bool offline = false;    // HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE: nothing is asked
};

// Error{kInvalidArgument} for a token that could not stand in a header.
HubSettings settings_from_environment();

}  // namespace lucie::hub
