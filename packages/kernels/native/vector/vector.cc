// Everything that is neither a convolution nor a matrix product.
#include "vector/register.h"

namespace onebit {

void register_vector(napi_env env, napi_value exports) {
  register_elementwise(env, exports);
  register_broadcast(env, exports);
  register_shape(env, exports);
  register_rows(env, exports);
  register_reduce(env, exports);
  register_normalization(env, exports);
  register_pool(env, exports);
  register_loss(env, exports);
  register_binarize(env, exports);
  register_resize(env, exports);
  register_optimizer(env, exports);
  register_boxes(env, exports);
  register_entropy(env, exports);
  register_row_loss(env, exports);
  register_l2_normalize(env, exports);
  register_soft_levels(env, exports);
  register_residual(env, exports);
}

}  // namespace onebit
