// Two trained levels with the gradient of a tanh (DSQ).
#include <cmath>

#include "vector/common.h"
#include "vector/register.h"

namespace onebit {
namespace {

struct Interval {
  double lower, upper, alpha;
};

/// Arguments 1 and 2 of either function.
Interval levels_argument(const Args& args) {
  const Interval v{args.number(1, "lower"), args.number(2, "upper"), 0};
  args.require(v.lower < v.upper, "lower must be less than upper, got %g and %g", v.lower, v.upper);
  return v;
}

napi_value soft_levels(Args& args) {
  const Span<float> x = args.floats(0, "x");
  const Interval v = levels_argument(args);
  const Span<float> y = args.floats(3, "y", x.size);
  const VectorSet& set = vector_set();
  parallel_for(static_cast<int64_t>(x.size), kGrain, [&](int64_t begin, int64_t end) {
    set.soft_levels(x.data + begin, end - begin, static_cast<float>(v.lower), static_cast<float>(v.upper), y.data + begin);
  });
  return nullptr;
}

/// The gradients of lower, upper and alpha. With width w, the curve phi = p tanh(k (x - middle)), k = ln(2 / alpha - 1) / w and p = 1 / (1 - alpha).
void write_interval_gradient(const Interval& v, const SoftLevelSums& sums, float* out) {
  const double width = v.upper - v.lower, slope = std::log(2 / v.alpha - 1) / width, peak = 1 / (1 - v.alpha);
  // Half the width times the gradient at phi, through middle, k and p.
  const double middle = -width / 2 * peak * slope * sums.slopes;
  const double at_slope = width / 2 * peak * sums.moments, at_peak = width / 2 * sums.heights;
  const double levels = (sums.all + middle) / 2, half_width = sums.sides / 2 - at_slope * slope / width;
  out[0] = static_cast<float>(levels - half_width);
  out[1] = static_cast<float>(levels + half_width);
  out[2] = static_cast<float>(at_peak * peak * peak - at_slope / width * 2 / (v.alpha * (2 - v.alpha)));
}

napi_value soft_levels_gradient(Args& args) {
  const Span<float> x = args.floats(0, "x");
  Interval v = levels_argument(args);
  v.alpha = args.number(3, "alpha");
  args.require(v.alpha > 0 && v.alpha < 1, "alpha must be between 0 and 1, got %g", v.alpha);
  const Span<float> dy = args.floats(4, "dy", x.size), dx = args.floats(5, "dx", x.size), at_interval = args.floats(6, "dInterval", 3);
  const double width = v.upper - v.lower, slope = std::log(2 / v.alpha - 1) / width;
  const auto lower = static_cast<float>(v.lower), upper = static_cast<float>(v.upper);
  const SoftCurve curve{lower, upper, (lower + upper) / 2, static_cast<float>(slope), static_cast<float>(width / 2 * slope / (1 - v.alpha))};
  const VectorSet& set = vector_set();
  const int64_t n = static_cast<int64_t>(x.size);
  std::vector<SoftLevelSums> blocks(static_cast<size_t>(ceil_div(n, kMathGrain)));
  parallel_for(n, kMathGrain, [&](int64_t begin, int64_t end) {
    set.soft_levels_gradient(x.data + begin, dy.data + begin, end - begin, curve, dx.data + begin, blocks[static_cast<size_t>(begin / kMathGrain)]);
  });
  SoftLevelSums total;
  for (const SoftLevelSums& block : blocks) total.add(block);
  write_interval_gradient(v, total, at_interval.data);
  return nullptr;
}

constexpr FunctionEntry kFunctions[] = {{"softLevels", soft_levels}, {"softLevelsGradient", soft_levels_gradient}};

}  // namespace

void register_soft_levels(napi_env env, napi_value exports) { define_functions(env, exports, kFunctions); }

}  // namespace onebit
