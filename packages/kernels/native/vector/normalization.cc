// Batch normalization. Rows are cut into blocks that do not depend on the number of threads; statistics of the blocks are combined in order.
#include "vector/normalization.h"
#include "vector/register.h"

namespace onebit {
namespace {

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

/// What the forward passes read beside the statistics.
struct Affine {
  Span<float> x, residual, gamma, beta;
  double epsilon;
  Activation activation;
};

/// y = activation((x - mean) * scale + beta + residual)
void normalize(const Blocks& blocks, const Affine& in, const Span<float>& mean, const Span<float>& variance, const Span<float>& y) {
  const VectorSet& set = vector_set();
  const int64_t channels = blocks.channels;
  const std::vector<float> scale = scales(in.gamma, variance, in.epsilon);
  over_blocks(blocks, [&](int64_t, int64_t first, int64_t length) {
    ChunkOut out(y, channels);
    const bool one_kernel = !out.streams() && !in.residual && in.activation.kind == kNone;
    over_chunks(one_kernel, channels, first, length, [&](int64_t row, int64_t rows) {
      const int64_t at = row * channels, n = rows * channels;
      float* z = out.begin(at);
      set.norm_apply(in.x.data + at, z, rows, channels, mean.data, scale.data(), in.beta.data);
      if (in.residual) set.add(in.residual.data + at, z, n);
      in.activation.apply(z, rows, channels);
      out.end(at, n);
    });
  });
}

/// r <- (1 - momentum) r + momentum * batch, the variance without bias.
void move_statistics(const Args& args, size_t i, const Blocks& blocks, const Span<float>& mean, const Span<float>& variance) {
  const Span<float> running_mean = args.floats(i, "runningMean", mean.size), running_variance = args.floats(i + 1, "runningVariance", mean.size);
  const double momentum = args.number(i + 2, "momentum");
  args.require(blocks.rows > 1, "running statistics need at least two rows");
  const double n = static_cast<double>(blocks.rows), correction = n / (n - 1);
  for (size_t c = 0; c < mean.size; c++) {
    running_mean[c] = static_cast<float>((1 - momentum) * running_mean[c] + momentum * mean[c]);
    running_variance[c] = static_cast<float>((1 - momentum) * running_variance[c] + momentum * correction * variance[c]);
  }
}

/// As long as x, or null.
Span<float> residual_argument(const Args& args, size_t i, const Span<float>& x) {
  return args.is_nullish(i) ? Span<float>{} : args.floats(i, "residual", x.size);
}

napi_value batch_norm_train(Args& args) {
  const Span<float> x = args.floats(0, "x");
  const int64_t channels = channels_argument(args, 1);
  const auto width = static_cast<size_t>(channels);
  const Span<float> gamma = args.floats(2, "gamma", width), beta = args.floats(3, "beta", width);
  const double epsilon = args.number(4, "epsilon");
  const Span<float> residual = residual_argument(args, 5, x);
  const Activation activation = activation_argument(args, 6, width);
  const Span<float> y = args.floats(8, "y", x.size), mean = args.floats(9, "mean", width), variance = args.floats(10, "variance", width);
  const Blocks blocks = blocks_of(args, x, channels);
  args.require(blocks.rows > 0, "x must have at least one row");
  statistics(blocks, x.data, mean.data, variance.data);
  if (!args.is_nullish(11)) move_statistics(args, 11, blocks, mean, variance);
  normalize(blocks, {x, residual, gamma, beta, epsilon, activation}, mean, variance, y);
  return nullptr;
}

napi_value batch_norm_inference(Args& args) {
  const Span<float> x = args.floats(0, "x");
  const int64_t channels = channels_argument(args, 1);
  const auto width = static_cast<size_t>(channels);
  const Span<float> mean = args.floats(2, "mean", width), variance = args.floats(3, "variance", width);
  const Span<float> gamma = args.floats(4, "gamma", width), beta = args.floats(5, "beta", width);
  const double epsilon = args.number(6, "epsilon");
  const Span<float> residual = residual_argument(args, 7, x);
  const Activation activation = activation_argument(args, 8, width);
  const Span<float> y = args.floats(10, "y", x.size);
  normalize(blocks_of(args, x, channels), {x, residual, gamma, beta, epsilon, activation}, mean, variance, y);
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
