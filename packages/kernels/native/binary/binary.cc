#include "napi_args.h"

namespace onebit {

void register_binary(napi_env, napi_value) {}

}  // namespace onebit
