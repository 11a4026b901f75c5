// Losses on some rows of a table.
#include <algorithm>
#include <cmath>

#include "vector/common.h"
#include "vector/register.h"

namespace onebit {
namespace {

/// Rows of a table and what `count` of their columns, from `column` on, should be.
struct RowTargets {
  Span<float> x;
  int64_t width, column, count;
  Span<int32_t> rows;
  Span<float> targets;

  /// Calls fn(index in x, difference) for every compared value.
  template <typename Function>
  void each(const Function& fn) const {
    for (size_t k = 0; k < rows.size; k++) {
      for (int64_t c = 0; c < count; c++) {
        const int64_t at = rows[k] * width + column + c;
        fn(at, x.data[at] - targets.data[static_cast<int64_t>(k) * count + c]);
      }
    }
  }
};

RowTargets targets_argument(const Args& args) {
  RowTargets t{};
  t.x = args.floats(0, "x");
  t.width = args.integer(1, "width", 1, int64_t{1} << 31);
  t.column = args.integer(2, "column", 0, t.width);
  t.count = args.integer(3, "count", 0, t.width - t.column);
  args.require(t.x.size % static_cast<size_t>(t.width) == 0, "x must be whole rows of %lld columns, got length %zu", static_cast<long long>(t.width),
               t.x.size);
  t.rows = args.int32s(4, "rows");
  t.targets = args.floats(5, "targets", t.rows.size * static_cast<size_t>(t.count));
  const auto total = static_cast<int64_t>(t.x.size) / t.width;
  for (size_t k = 0; k < t.rows.size; k++) {
    args.require(t.rows[k] >= 0 && t.rows[k] < total, "rows must be in [0, %lld), got %d", static_cast<long long>(total), t.rows[k]);
  }
  return t;
}

// One thread in both: there are as many rows as positive priors, a few hundred, and a row may come several times.

napi_value smooth_l1_rows(Args& args) {
  double sum = 0;
  targets_argument(args).each([&](int64_t, float difference) {
    const float magnitude = std::fabs(difference);
    sum += static_cast<double>(magnitude < 1.f ? 0.5f * difference * difference : magnitude - 0.5f);
  });
  return args.make_number(sum);
}

napi_value smooth_l1_rows_gradient(Args& args) {
  const RowTargets targets = targets_argument(args);
  const auto dy = static_cast<float>(args.number(6, "dy"));
  const Span<float> dx = args.floats(7, "dx", targets.x.size);
  std::fill(dx.data, dx.data + dx.size, 0.f);
  targets.each([&](int64_t at, float difference) { dx.data[at] += dy * (difference > 1.f ? 1.f : (difference < -1.f ? -1.f : difference)); });
  return nullptr;
}

constexpr FunctionEntry kFunctions[] = {{"smoothL1Rows", smooth_l1_rows}, {"smoothL1RowsGradient", smooth_l1_rows_gradient}};

}  // namespace

void register_row_loss(napi_env env, napi_value exports) { define_functions(env, exports, kFunctions); }

}  // namespace onebit
