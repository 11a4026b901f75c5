#pragma once
// A check runs one random case of an operation under the active kernel set and compares it with the plain loops.

#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "test/buffer.h"
#include "test/choices.h"

namespace onebit::test {

/// Empty, or what was wrong.
using Check = std::string (*)(Choices& choices);

struct NamedCheck {
  const char* name;
  Check run;
};

/// A check per operation.
const std::vector<NamedCheck>& all_checks();

std::string check_pack(Choices& choices);
std::string check_unpack(Choices& choices);
std::string check_mask(Choices& choices);
std::string check_pack_filter(Choices& choices);
std::string check_binary_conv(Choices& choices);
std::string check_binary_mat_mul(Choices& choices);
std::string check_binary_depthwise(Choices& choices);
std::string check_max_pool(Choices& choices);
std::string check_input_gradient(Choices& choices);
std::string check_filter_gradient(Choices& choices);
std::string check_int8_conv(Choices& choices);
std::string check_float_conv(Choices& choices);
std::string check_float_gradients(Choices& choices);
std::string check_mat_mul(Choices& choices);

/// The first difference beyond the tolerance. Not-a-number equals itself.
template <typename Actual, typename Expected>
std::string difference(const char* what, const Actual& actual, const Expected& expected, double tolerance = 0) {
  for (int64_t i = 0; i < static_cast<int64_t>(actual.size()); i++) {
    const double a = static_cast<double>(actual.data()[i]), e = static_cast<double>(expected.data()[i]);
    if (std::fabs(a - e) <= tolerance || a == e || (std::isnan(a) && std::isnan(e))) continue;
    char text[160];
    std::snprintf(text, sizeof text, "%s: element %lld must be %.9g, got %.9g", what, static_cast<long long>(i), e, a);
    return text;
  }
  return {};
}

}  // namespace onebit::test
