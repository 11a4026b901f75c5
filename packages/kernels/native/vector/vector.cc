#include "napi_args.h"

namespace onebit {

void register_vector(napi_env, napi_value) {}

}  // namespace onebit
