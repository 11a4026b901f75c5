#include "test/check.h"

namespace onebit::test {

const std::vector<NamedCheck>& all_checks() {
  static const std::vector<NamedCheck> checks = {
      {"pack", check_pack},
      {"unpack", check_unpack},
      {"estimator mask", check_mask},
      {"pack filter", check_pack_filter},
      {"binary convolution", check_binary_conv},
      {"binary matrix product", check_binary_mat_mul},
      {"binary depthwise convolution", check_binary_depthwise},
      {"max-pool of bits", check_max_pool},
      {"binary gradient at the input", check_input_gradient},
      {"binary gradient at the filter", check_filter_gradient},
      {"int8 convolution", check_int8_conv},
      {"fp32 convolution", check_float_conv},
      {"fp32 gradients", check_float_gradients},
      {"fp32 matrix product", check_mat_mul},
  };
  return checks;
}

}  // namespace onebit::test
