// Binarization of weights [rows, outChannels], a filter per column.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "vector/common.h"
#include "vector/register.h"

namespace onebit {
namespace {

enum Scale { kNone, kFilterMean, kLayerMean };
const char* const kScales[] = {"none", "filter-mean", "layer-mean"};
enum Gradient { kIdentity, kClip, kScaleChain };
const char* const kGradients[] = {"identity", "clip", "scale-chain"};

int64_t rows_of(const Args& args, const Span<float>& w, int64_t columns) {
  args.require(w.size % static_cast<size_t>(columns) == 0, "w must hold whole rows of %lld output channels, got length %zu",
               static_cast<long long>(columns), w.size);
  return static_cast<int64_t>(w.size) / columns;
}

/// Sums per column: f(first row, rows, acc) adds a block of rows; blocks do not depend on the number of threads, and are few, so that their sums
/// stay in a cache and are soon added.
template <typename F>
std::vector<double> column_sums(int64_t rows, int64_t columns, const F& f) {
  constexpr int64_t kMostBlocks = 16;
  const int64_t length = std::max(row_grain(columns), ceil_div(rows, kMostBlocks)), blocks = ceil_div(rows, length);
  const auto width = static_cast<size_t>(columns);
  std::vector<double> sums(static_cast<size_t>(std::max<int64_t>(blocks, 1)) * width);
  parallel_for(rows, length, [&](int64_t begin, int64_t end) { f(begin, end - begin, sums.data() + begin / length * columns); });
  for (size_t block = width; block < sums.size(); block += width) {
    for (size_t c = 0; c < width; c++) sums[c] += sums[block + c];
  }
  sums.resize(width);
  return sums;
}

/// Per column the sum over all weights that share its scale, divided by their number.
void to_means(std::vector<double>& sums, int64_t rows, bool layer) {
  const double n = static_cast<double>(rows);
  if (layer) {
    const double mean = std::accumulate(sums.begin(), sums.end(), 0.0) / (n * static_cast<double>(sums.size()));
    std::fill(sums.begin(), sums.end(), mean);
  } else {
    for (double& sum : sums) sum /= n;
  }
}

/// The scale of each column: 1, or the mean |w| of the column or of all of w.
void write_scales(const Span<float>& w, int64_t rows, int64_t columns, int scale, float* scales) {
  std::fill(scales, scales + columns, 1.f);
  if (scale == kNone || rows == 0) return;
  std::vector<double> means = column_sums(rows, columns, [&](int64_t row, int64_t count, double* acc) {
    vector_set().abs_columns(w.data + row * columns, count, columns, acc);
  });
  to_means(means, rows, scale == kLayerMean);
  std::transform(means.begin(), means.end(), scales, [](double mean) { return static_cast<float>(mean); });
}

napi_value weight_scales(Args& args) {
  const Span<float> w = args.floats(0, "w");
  const int64_t columns = args.integer(1, "outChannels", 1, int64_t{1} << 31), rows = rows_of(args, w, columns);
  const int scale = name_index(args, "scale", args.text(2, "scale"), kScales);
  write_scales(w, rows, columns, scale, args.floats(3, "scales", static_cast<size_t>(columns)).data);
  return nullptr;
}

napi_value binarize_weight(Args& args) {
  const Span<float> w = args.floats(0, "w");
  const int64_t columns = args.integer(1, "outChannels", 1, int64_t{1} << 31), rows = rows_of(args, w, columns);
  const int scale = name_index(args, "scale", args.text(2, "scale"), kScales);
  const int64_t at_zero = args.integer(3, "signOfZero", 0, 1);
  const Span<float> out = args.floats(4, "binary", w.size), scales = args.floats(5, "scales", static_cast<size_t>(columns));
  const VectorSet& set = vector_set();
  write_scales(w, rows, columns, scale, scales.data);
  parallel_for(rows, row_grain(columns), [&](int64_t begin, int64_t end) {
    const int64_t at = begin * columns;
    set.binarize_rows(w.data + at, end - begin, columns, scales.data, static_cast<float>(at_zero), out.data + at);
  });
  return nullptr;
}

void pass_straight(const Span<float>& w, const Span<float>& db, const Span<float>& dw, bool clip) {
  const GradientEntry* entry = vector_set().unary_gradient;
  while (clip && std::strcmp(entry->name, "clip") != 0) entry++;
  parallel_for(static_cast<int64_t>(w.size), kGrain, [&](int64_t begin, int64_t end) {
    if (clip) return entry->f32(db.data + begin, w.data + begin, dw.data + begin, end - begin, 0.f, 0.f);
    std::memmove(dw.data + begin, db.data + begin, static_cast<size_t>(end - begin) * sizeof(float));
  });
}

napi_value binarize_weight_gradient(Args& args) {
  const Span<float> w = args.floats(0, "w");
  const int64_t columns = args.integer(1, "outChannels", 1, int64_t{1} << 31), rows = rows_of(args, w, columns);
  const int scale = name_index(args, "scale", args.text(2, "scale"), kScales);
  const int gradient = name_index(args, "gradient", args.text(3, "gradient"), kGradients);
  const Span<float> scales = args.floats(4, "scales", static_cast<size_t>(columns));
  const Span<float> db = args.floats(5, "dBinary", w.size), dw = args.floats(6, "dw", w.size);
  if (gradient != kScaleChain || scale == kNone) {
    pass_straight(w, db, dw, gradient == kClip);
    return nullptr;
  }
  if (rows == 0) return nullptr;
  const VectorSet& set = vector_set();
  std::vector<double> sums = column_sums(rows, columns, [&](int64_t row, int64_t count, double* acc) {
    set.signed_columns(w.data + row * columns, db.data + row * columns, count, columns, acc);
  });
  to_means(sums, rows, scale == kLayerMean);
  const std::vector<float> share(sums.begin(), sums.end());
  parallel_for(rows, row_grain(columns), [&](int64_t begin, int64_t end) {
    const int64_t at = begin * columns;
    set.binarize_gradient_rows(w.data + at, db.data + at, end - begin, columns, scales.data, share.data(), dw.data + at);
  });
  return nullptr;
}

constexpr FunctionEntry kFunctions[] = {
    {"weightScales", weight_scales},
    {"binarizeWeight", binarize_weight},
    {"binarizeWeightGradient", binarize_weight_gradient},
};

}  // namespace

void register_binarize(napi_env env, napi_value exports) { define_functions(env, exports, kFunctions); }

}  // namespace onebit
