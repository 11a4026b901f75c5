// The gradients of batch normalization and of prelu: two passes over the rows, the first for sums per channel, the second for dx.
#include "vector/normalization.h"

namespace onebit {
namespace {

/// What both passes read, and where gradients per element go.
struct Backward {
  Span<float> x, dy, gamma, beta, mean, variance;
  double epsilon;
  Activation activation;
  Span<float> y;  // with a residual: the output, whose sign tells what a relu let through; else the sum is calculated again from x
  Span<float> dx, dresidual;
};

/// dz, the gradient at the sum, chunk by chunk: dy itself where nothing follows the sum.
class SumGradient {
 public:
  SumGradient(const Backward& b, const float* scale, int64_t channels) : b_(b), scale_(scale), channels_(channels) {
    if (b.activation.kind != kNone) buffer_ = chunk_buffer(channels);
  }

  /// Of `rows` rows from element `at` on, into `out` or a buffer of its own.
  const float* chunk(int64_t at, int64_t rows, float* out, double* dslope) {
    if (b_.activation.kind == kNone) return b_.dy.data + at;
    float* dz = out ? out : buffer_.get();
    if (!b_.y) vector_set().norm_apply(b_.x.data + at, buffer_.get(), rows, channels_, b_.mean.data, scale_, b_.beta.data);
    b_.activation.gradient(b_.dy.data + at, b_.y ? b_.y.data + at : buffer_.get(), dz, rows, channels_, dslope);
    return dz;
  }

 private:
  const Backward& b_;
  const float* scale_;
  int64_t channels_;
  std::unique_ptr<float[]> buffer_;
};

/// Sums over all rows, per channel: of dz, of dz (x - mean), and of dy min(z, 0).
struct Sums {
  std::vector<double> plain, products, slope;
};

Sums sums_of(const Blocks& blocks, const Backward& b, const float* scale) {
  const VectorSet& set = vector_set();
  const int64_t channels = blocks.channels;
  const auto width = static_cast<size_t>(channels), size = static_cast<size_t>(blocks.count) * width;
  Sums sums{std::vector<double>(size), std::vector<double>(size), std::vector<double>(size)};
  over_blocks(blocks, [&](int64_t block, int64_t first, int64_t length) {
    SumGradient gradient(b, scale, channels);
    ChunkOut residual(b.dresidual, channels);
    const int64_t partial = block * channels;
    over_chunks(b.activation.kind == kNone, channels, first, length, [&](int64_t row, int64_t rows) {
      const int64_t at = row * channels;
      const float* dz = gradient.chunk(at, rows, b.dresidual ? residual.begin(at) : nullptr, sums.slope.data() + partial);
      set.norm_gradient_sums(b.x.data + at, dz, rows, channels, b.mean.data, sums.plain.data() + partial, sums.products.data() + partial);
      if (b.dresidual) residual.end(at, rows * channels);
    });
  });
  for (size_t i = width; i < size; i++) {
    sums.plain[i % width] += sums.plain[i];
    sums.products[i % width] += sums.products[i];
    sums.slope[i % width] += sums.slope[i];
  }
  return sums;
}

/// dx = dz * scale + offset - (x - mean) * slope; dz was kept where it is the gradient of the residual.
void apply(const Blocks& blocks, const Backward& b, const float* scale, const float* offset, const float* slope) {
  const VectorSet& set = vector_set();
  const int64_t channels = blocks.channels;
  over_blocks(blocks, [&](int64_t, int64_t first, int64_t length) {
    SumGradient gradient(b, scale, channels);
    ChunkOut out(b.dx, channels);
    std::vector<double> ignored(static_cast<size_t>(channels));
    over_chunks(!out.streams() && b.activation.kind == kNone, channels, first, length, [&](int64_t row, int64_t rows) {
      const int64_t at = row * channels;
      const float* dz = b.dresidual ? b.dresidual.data + at : gradient.chunk(at, rows, nullptr, ignored.data());
      set.norm_gradient_apply(b.x.data + at, dz, out.begin(at), rows, channels, b.mean.data, scale, offset, slope);
      out.end(at, rows * channels);
    });
  });
}

/// With xh = (x - mean) / deviation: dbeta = sum dz, dgamma = sum dz xh, and dx = gamma / deviation * (dz - dbeta / n - xh dgamma / n),
/// without the last two terms where mean and variance are constants.
napi_value gradient(Args& args, bool through_statistics) {
  const Span<float> x = args.floats(0, "x"), dy = args.floats(1, "dy", x.size);
  const int64_t channels = channels_argument(args, 2);
  const auto width = static_cast<size_t>(channels);
  Backward b{x, dy, args.floats(3, "gamma", width), args.floats(4, "beta", width), args.floats(5, "mean", width),
             args.floats(6, "variance", width), args.number(7, "epsilon"), activation_argument(args, 8, width), {}, args.floats(11, "dx", x.size), {}};
  if (!args.is_nullish(10)) {
    args.require(b.activation.kind == kRelu, "only the output of a relu tells its slope, got y of %s", kActivations[b.activation.kind]);
    b.y = args.floats(10, "y", x.size);
    b.dresidual = args.floats(14, "dresidual", x.size);
  }
  const Span<float> dgamma = args.floats(12, "dgamma", width), dbeta = args.floats(13, "dbeta", width);
  const Span<float> dslope = b.activation.kind == kPrelu ? args.floats(15, "dslope", width) : Span<float>{};
  const Blocks blocks = blocks_of(args, x, channels);
  args.require(blocks.rows > 0, "x must have at least one row");
  const std::vector<float> scale = scales(b.gamma, b.variance, b.epsilon);
  const Sums sums = sums_of(blocks, b, scale.data());
  std::vector<float> offset(width, 0.f), slope(width, 0.f);
  const double n = static_cast<double>(blocks.rows);
  for (size_t c = 0; c < width; c++) {
    const double inverse = inverse_deviation(b.variance[c], b.epsilon), factor = b.gamma[c] * inverse;
    dgamma[c] = static_cast<float>(sums.products[c] * inverse);
    dbeta[c] = static_cast<float>(sums.plain[c]);
    if (dslope) dslope[c] = static_cast<float>(sums.slope[c]);
    if (!through_statistics) continue;
    offset[c] = static_cast<float>(-factor * sums.plain[c] / n);
    slope[c] = static_cast<float>(factor * inverse * inverse * sums.products[c] / n);
  }
  apply(blocks, b, scale.data(), offset.data(), slope.data());
  return nullptr;
}

}  // namespace

napi_value batch_norm_train_gradient(Args& args) { return gradient(args, true); }

napi_value batch_norm_inference_gradient(Args& args) { return gradient(args, false); }

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

}  // namespace onebit
