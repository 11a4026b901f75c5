// Normalization of rows by their L2 norm.
#include "vector/common.h"
#include "vector/register.h"

namespace onebit {
namespace {

struct Rows {
  Span<float> x, weight;
  int64_t count, channels;
  double epsilon;
};

Rows rows_argument(const Args& args) {
  Rows rows{};
  rows.x = args.floats(0, "x");
  rows.weight = args.floats(1, "weight");
  rows.epsilon = args.number(2, "epsilon");
  const size_t channels = rows.weight.size;
  args.require(channels > 0 && rows.x.size % channels == 0, "x must be whole rows of as many channels as weight has, %zu, got length %zu", channels,
               rows.x.size);
  args.require(rows.epsilon >= 0, "epsilon must be 0 or more, got %g", rows.epsilon);
  rows.channels = static_cast<int64_t>(channels);
  rows.count = static_cast<int64_t>(rows.x.size) / rows.channels;
  return rows;
}

napi_value l2_normalize(Args& args) {
  const Rows rows = rows_argument(args);
  const Span<float> y = args.floats(3, "y", rows.x.size);
  const VectorSet& set = vector_set();
  parallel_for(rows.count, row_grain(rows.channels), [&](int64_t begin, int64_t end) {
    const int64_t at = begin * rows.channels;
    set.l2_normalize(rows.x.data + at, end - begin, rows.channels, rows.weight.data, rows.epsilon, y.data + at);
  });
  return nullptr;
}

napi_value l2_normalize_gradient(Args& args) {
  const Rows rows = rows_argument(args);
  const Span<float> dy = args.floats(3, "dy", rows.x.size), dx = args.floats(4, "dx", rows.x.size);
  const Span<float> dweight = args.floats(5, "dweight", rows.weight.size);
  const VectorSet& set = vector_set();
  const int64_t grain = row_grain(rows.channels), blocks = ceil_div(rows.count, grain);
  std::vector<double> partial(static_cast<size_t>(blocks * rows.channels));
  parallel_for(rows.count, grain, [&](int64_t begin, int64_t end) {
    const int64_t at = begin * rows.channels;
    set.l2_normalize_gradient(rows.x.data + at, dy.data + at, end - begin, rows.channels, rows.weight.data, rows.epsilon, dx.data + at,
                              partial.data() + begin / grain * rows.channels);
  });
  for (int64_t c = 0; c < rows.channels; c++) {
    double sum = 0;
    for (int64_t block = 0; block < blocks; block++) sum += partial[static_cast<size_t>(block * rows.channels + c)];
    dweight[static_cast<size_t>(c)] = static_cast<float>(sum);
  }
  return nullptr;
}

constexpr FunctionEntry kFunctions[] = {{"l2Normalize", l2_normalize}, {"l2NormalizeGradient", l2_normalize_gradient}};

}  // namespace

void register_l2_normalize(napi_env env, napi_value exports) { define_functions(env, exports, kFunctions); }

}  // namespace onebit
