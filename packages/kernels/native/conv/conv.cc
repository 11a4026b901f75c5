#include "napi_args.h"

namespace onebit {

void register_conv(napi_env, napi_value) {}

}  // namespace onebit
