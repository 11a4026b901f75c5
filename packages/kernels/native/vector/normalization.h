#pragma once
// Shared by the two passes of batch normalization: blocks, chunks in the cache, what may follow.
#include <algorithm>
#include <cmath>
#include <memory>

#include "vector/common.h"

namespace onebit {

/// Floats that several kernels work on in turn while they lie in the first-level cache.
constexpr int64_t kChunk = 2048;
/// Results of this size (1 MB) and more go past the caches. Measured: from 0.8 MB on that is no slower even if the next kernel reads them at once.
constexpr size_t kStreamedFloats = size_t{1} << 18;

struct Blocks {
  int64_t rows, channels, length, count;
};

/// Blocks of about 64 kB that the second pass finds in the cache; at most 256, which bounds the memory for partial results.
inline Blocks make_blocks(int64_t rows, int64_t channels) {
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
inline Blocks blocks_of(const Args& args, const Span<float>& x, int64_t channels) {
  args.require(x.size % static_cast<size_t>(channels) == 0, "x must hold whole rows of %lld channels, got length %zu",
               static_cast<long long>(channels), x.size);
  return make_blocks(static_cast<int64_t>(x.size) / channels, channels);
}

inline int64_t channels_argument(const Args& args, size_t i) { return args.integer(i, "channels", 1, int64_t{1} << 31); }

inline double inverse_deviation(float variance, double epsilon) { return 1 / std::sqrt(static_cast<double>(variance) + epsilon); }

/// Rows of a chunk; at least 8, for sums are added up once a chunk.
inline int64_t chunk_rows(int64_t channels) { return std::max<int64_t>(8, row_grain(channels, kChunk)); }

/// f(first row, rows) over chunks of the block [row, row + rows), or over all of it at once where one kernel does all.
template <typename F>
void over_chunks(bool one_kernel, int64_t channels, int64_t row, int64_t rows, const F& f) {
  const int64_t length = one_kernel ? rows : chunk_rows(channels);
  for (int64_t end = row + rows; row < end; row += length) f(row, std::min(length, end - row));
}

/// Room for one chunk.
inline std::unique_ptr<float[]> chunk_buffer(int64_t channels) { return std::unique_ptr<float[]>(new float[chunk_rows(channels) * channels]); }

/// Where a thread puts the chunks it makes: in their place, or where they fit no cache, into a buffer and from there past the caches.
class ChunkOut {
 public:
  ChunkOut(const Span<float>& out, int64_t channels) : out_(out.data) {
    if (out.size >= kStreamedFloats) buffer_ = chunk_buffer(channels);
  }
  ~ChunkOut() {
    if (buffer_) finish_streaming();
  }
  bool streams() const { return buffer_ != nullptr; }
  float* begin(int64_t at) { return buffer_ ? buffer_.get() : out_ + at; }
  void end(int64_t at, int64_t n) {
    if (buffer_) vector_set().stream(buffer_.get(), out_ + at, n);
  }

 private:
  float* out_;
  std::unique_ptr<float[]> buffer_;
};

enum ActivationKind { kNone, kRelu, kClip, kPrelu };
constexpr const char* kActivations[] = {"none", "relu", "clip", "prelu"};

template <typename Entry>
const Entry& named(const Entry* table, const char* name) {
  while (std::strcmp(table->name, name) != 0) table++;
  return *table;
}

/// What follows normalization and sum, on chunks.
struct Activation {
  ActivationKind kind;
  Span<float> slope;  // per channel; for prelu alone
  UnaryKernel forward;
  GradientKernel backward;
  BinaryKernel prelu;

  void apply(float* z, int64_t rows, int64_t channels) const {
    if (forward) forward(z, z, rows * channels, -1, 1);
    if (kind != kPrelu) return;
    for (int64_t r = 0; r < rows; r++) prelu(z + r * channels, slope.data, z + r * channels, channels);
  }

  /// dz from dy and z; a relu also takes its own output for z. dslope += sum dy * min(z, 0).
  void gradient(const float* dy, const float* z, float* dz, int64_t rows, int64_t channels, double* dslope) const {
    if (backward) backward(dy, z, dz, rows * channels, -1, 1);
    if (kind == kPrelu) vector_set().prelu_gradient(z, dy, dz, rows, channels, slope.data, dslope);
  }
};

/// The name of the activation and, for prelu, its slopes, from arguments i and i + 1.
inline Activation activation_argument(const Args& args, size_t i, size_t channels) {
  const VectorSet& set = vector_set();
  const auto kind = static_cast<ActivationKind>(name_index(args, "activation", args.text(i, "activation"), kActivations));
  Activation activation{kind, {}, nullptr, nullptr, nullptr};
  if (kind == kRelu || kind == kClip) {
    const char* name = kind == kRelu ? "relu" : "clipByValue";
    activation.forward = named(set.unary, name).f32;
    activation.backward = named(set.unary_gradient, name).f32;
  } else if (kind == kPrelu) {
    activation.slope = args.floats(i + 1, "slope", channels);
    activation.prelu = named(set.arithmetic, "prelu").f32[kBothAdvance];
  }
  return activation;
}

/// Factor of (x - mean) per channel.
inline std::vector<float> scales(const Span<float>& gamma, const Span<float>& variance, double epsilon) {
  std::vector<float> scale(gamma.size);
  for (size_t c = 0; c < gamma.size; c++) scale[c] = static_cast<float>(gamma[c] * inverse_deviation(variance[c], epsilon));
  return scale;
}

napi_value batch_norm_train_gradient(Args& args);
napi_value batch_norm_inference_gradient(Args& args);
napi_value prelu_gradient(Args& args);

}  // namespace onebit
