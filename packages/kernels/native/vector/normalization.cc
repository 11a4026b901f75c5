// Batch normalization. Rows are cut into blocks that do not depend on the number of threads; statistics of the blocks are combined in order.
#include <algorithm>
#include <cmath>

#include "vector/common.h"
#include "vector/register.h"

namespace onebit {
namespace {

struct Blocks {
  int64_t rows, channels, length, count;
};

/// Blocks of about 64 kB that the second pass finds in the cache; at most 256, which bounds the memory for partial results.
Blocks make_blocks(int64_t rows, int64_t channels) {
  const int64_t cached = std::max<int64_t>(64, 16384 / std::max<int64_t>(channels, 1));
  const int64_t length = std::max(cached, ceil_div(rows, 256));
  return {rows, channels, length, ceil_div(rows, length)};
}

/// f(block, first row, rows of the block); small inputs stay on one thread.
template <typename F>
void over_blocks(const Blocks& blocks, const F& f) {
  const int64_t grain = std::max<int64_t>(1, kGrain / std::max<int64_t>(1, blocks.length * blocks.channels));
  parallel_for(blocks.count, grain, [&](int64_t begin, int64_t end) {
    for (int64_t block = begin; block < end; block++) {
      const int64_t row = block * blocks.length;
      f(block, row, std::min(blocks.length, blocks.rows - row));
    }
  });
}

/// Channels, and with them the rows of x, are read from arguments x and `channels`.
Blocks blocks_of(const Args& args, const Span<float>& x, int64_t channels) {
  args.require(x.size % static_cast<size_t>(channels) == 0, "x must hold whole rows of %lld channels, got length %zu",
               static_cast<long long>(channels), x.size);
  return make_blocks(static_cast<int64_t>(x.size) / channels, channels);
}

int64_t channels_argument(const Args& args, size_t i) { return args.integer(i, "channels", 1, int64_t{1} << 31); }

/// Mean and biased variance per channel; Chan, Golub and LeVeque's rule for joining two samples.
void statistics(const Blocks& blocks, const float* x, float* mean, float* variance) {
  const int64_t channels = blocks.channels;
  const VectorSet& set = vector_set();
  const auto size = static_cast<size_t>(blocks.count * channels);
  std::vector<double> means(size), squares(size);
  over_blocks(blocks, [&](int64_t block, int64_t row, int64_t rows) {
    set.moments(x + row * channels, rows, channels, means.data() + block * channels, squares.data() + block * channels);
  });
  for (int64_t block = 1; block < blocks.count; block++) {
    const double before = static_cast<double>(block * blocks.length);
    const double rows = static_cast<double>(std::min(blocks.length, blocks.rows - block * blocks.length));
    const double share = rows / (before + rows), weight = before * share;
    const double *block_mean = means.data() + block * channels, *block_squares = squares.data() + block * channels;
    for (int64_t c = 0; c < channels; c++) {
      const double delta = block_mean[c] - means[static_cast<size_t>(c)];
      means[static_cast<size_t>(c)] += delta * share;
      squares[static_cast<size_t>(c)] += block_squares[c] + delta * delta * weight;
    }
  }
  for (int64_t c = 0; c < channels; c++) {
    mean[c] = static_cast<float>(means[static_cast<size_t>(c)]);
    variance[c] = static_cast<float>(squares[static_cast<size_t>(c)] / static_cast<double>(blocks.rows));
  }
}

double inverse_deviation(float variance, double epsilon) { return 1 / std::sqrt(static_cast<double>(variance) + epsilon); }

void normalize(const Blocks& blocks, const float* x, float* y, const float* mean, const float* variance, const float* gamma, const float* beta,
               double epsilon) {
  const VectorSet& set = vector_set();
  const int64_t channels = blocks.channels;
  std::vector<float> scale(static_cast<size_t>(channels));
  for (int64_t c = 0; c < channels; c++) scale[static_cast<size_t>(c)] = static_cast<float>(gamma[c] * inverse_deviation(variance[c], epsilon));
  over_blocks(blocks, [&](int64_t, int64_t row, int64_t rows) {
    set.norm_apply(x + row * channels, y + row * channels, rows, channels, mean, scale.data(), beta);
  });
}

napi_value batch_norm_train(Args& args) {
  const Span<float> x = args.floats(0, "x");
  const int64_t channels = channels_argument(args, 1);
  const auto width = static_cast<size_t>(channels);
  const Span<float> gamma = args.floats(2, "gamma", width), beta = args.floats(3, "beta", width);
  const double epsilon = args.number(4, "epsilon");
  const Span<float> y = args.floats(5, "y", x.size), mean = args.floats(6, "mean", width), variance = args.floats(7, "variance", width);
  const Blocks blocks = blocks_of(args, x, channels);
  args.require(blocks.rows > 0, "x must have at least one row");
  statistics(blocks, x.data, mean.data, variance.data);
  normalize(blocks, x.data, y.data, mean.data, variance.data, gamma.data, beta.data, epsilon);
  return nullptr;
}

napi_value batch_norm_inference(Args& args) {
  const Span<float> x = args.floats(0, "x");
  const int64_t channels = channels_argument(args, 1);
  const auto width = static_cast<size_t>(channels);
  const Span<float> mean = args.floats(2, "mean", width), variance = args.floats(3, "variance", width);
  const Span<float> gamma = args.floats(4, "gamma", width), beta = args.floats(5, "beta", width);
  const double epsilon = args.number(6, "epsilon");
  const Span<float> y = args.floats(7, "y", x.size);
  normalize(blocks_of(args, x, channels), x.data, y.data, mean.data, variance.data, gamma.data, beta.data, epsilon);
  return nullptr;
}

/// Both gradients. With xh = (x - mean) / deviation: dbeta = sum dy, dgamma = sum dy xh, and dx = gamma / deviation *
/// (dy - dbeta / n - xh dgamma / n), without the last two terms where mean and variance are constants.
void gradient(Args& args, bool through_statistics) {
  const Span<float> x = args.floats(0, "x"), dy = args.floats(1, "dy", x.size);
  const int64_t channels = channels_argument(args, 2);
  const auto width = static_cast<size_t>(channels);
  const Span<float> gamma = args.floats(3, "gamma", width), mean = args.floats(4, "mean", width);
  const Span<float> variance = args.floats(5, "variance", width);
  const double epsilon = args.number(6, "epsilon");
  const Span<float> dx = args.floats(7, "dx", x.size), dgamma = args.floats(8, "dgamma", width), dbeta = args.floats(9, "dbeta", width);
  const Blocks blocks = blocks_of(args, x, channels);
  args.require(blocks.rows > 0, "x must have at least one row");
  const VectorSet& set = vector_set();
  const size_t size = static_cast<size_t>(blocks.count) * width;
  std::vector<double> sums(size), products(size);
  over_blocks(blocks, [&](int64_t block, int64_t row, int64_t rows) {
    set.norm_gradient_sums(x.data + row * channels, dy.data + row * channels, rows, channels, mean.data, sums.data() + block * channels,
                           products.data() + block * channels);
  });
  for (size_t i = width; i < size; i++) {
    sums[i % width] += sums[i];
    products[i % width] += products[i];
  }
  std::vector<float> scale(width), offset(width, 0.f), slope(width, 0.f);
  const double n = static_cast<double>(blocks.rows);
  for (size_t c = 0; c < width; c++) {
    const double inverse = inverse_deviation(variance[c], epsilon), factor = gamma[c] * inverse;
    dgamma[c] = static_cast<float>(products[c] * inverse);
    dbeta[c] = static_cast<float>(sums[c]);
    scale[c] = static_cast<float>(factor);
    if (!through_statistics) continue;
    offset[c] = static_cast<float>(-factor * sums[c] / n);
    slope[c] = static_cast<float>(factor * inverse * inverse * products[c] / n);
  }
  over_blocks(blocks, [&](int64_t, int64_t row, int64_t rows) {
    const int64_t at = row * channels;
    set.norm_gradient_apply(x.data + at, dy.data + at, dx.data + at, rows, channels, mean.data, scale.data(), offset.data(), slope.data());
  });
}

napi_value batch_norm_train_gradient(Args& args) {
  gradient(args, true);
  return nullptr;
}

napi_value batch_norm_inference_gradient(Args& args) {
  gradient(args, false);
  return nullptr;
}

napi_value prelu_gradient(Args& args) {
  const Span<float> dy = args.floats(0, "dy"), x = args.floats(1, "x", dy.size), slope = args.floats(2, "slope");
  args.require(slope.size > 0, "slope must have at least one channel");
  const Span<float> dx = args.floats(3, "dx", dy.size), dslope = args.floats(4, "dslope", slope.size);
  const auto channels = static_cast<int64_t>(slope.size);
  const Blocks blocks = blocks_of(args, x, channels);
  const VectorSet& set = vector_set();
  std::vector<double> partial(static_cast<size_t>(blocks.count) * slope.size);
  over_blocks(blocks, [&](int64_t block, int64_t row, int64_t rows) {
    const int64_t at = row * channels;
    set.prelu_gradient(x.data + at, dy.data + at, dx.data + at, rows, channels, slope.data, partial.data() + block * channels);
  });
  for (size_t c = 0; c < slope.size; c++) {
    double sum = 0;
    for (size_t i = c; i < partial.size(); i += slope.size) sum += partial[i];
    dslope[c] = static_cast<float>(sum);
  }
  return nullptr;
}

constexpr FunctionEntry kFunctions[] = {
    {"batchNormTrain", batch_norm_train},
    {"batchNormTrainGradient", batch_norm_train_gradient},
    {"batchNormInference", batch_norm_inference},
    {"batchNormInferenceGradient", batch_norm_inference_gradient},
    {"preluGradient", prelu_gradient},
};

}  // namespace

void register_normalization(napi_env env, napi_value exports) { define_functions(env, exports, kFunctions); }

}  // namespace onebit
