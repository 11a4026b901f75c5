#pragma once
// What the instruction sets provide: kernels over plain ranges, one thread each. The files above them (elementwise.cc, reduce.cc ...) check
// arguments, cut the work into fixed blocks and call these. scalar.cc, avx2.cc and avx512.cc compile the same *.inc files three times.

#include <cstdint>

namespace onebit {

using UnaryKernel = void (*)(const void* x, void* y, int64_t n, double a, double b);
struct UnaryEntry {
  const char* name;
  UnaryKernel f32, i32;  // null where the type is not supported
};

using GradientKernel = void (*)(const float* dy, const float* saved, float* dx, int64_t n, float a, float b);
struct GradientEntry {
  const char* name;
  GradientKernel f32;
};

/// How the two operands advance: both by one, b fixed, a fixed.
enum OperandKind { kBothAdvance = 0, kFixedB = 1, kFixedA = 2 };
using BinaryKernel = void (*)(const void* a, const void* b, void* out, int64_t n);
struct BinaryEntry {
  const char* name;
  BinaryKernel f32[3], i32[3], u8[3];  // by OperandKind
};

/// Where output pixels sample one axis: source cells and the weight of `high`.
struct AxisSample {
  int32_t low, high;
  float weight;
};

struct PoolShape {
  int64_t batch, in_height, in_width, channels, out_height, out_width;
  int64_t window_height, window_width, stride_height, stride_width, pad_top, pad_left;
};

struct SgdOptions {
  float rate, momentum, weight_decay, gradient_scale, clip;
  bool nesterov;
};

/// Worked out in float64 by the caller: 1 - 0.999f is off by 1e-5.
struct AdamOptions {
  float beta1, beta2;
  float rest1, rest2;  // 1 - beta1, 1 - beta2
  float step;          // rate / (1 - beta1^t)
  float root;          // 1 / sqrt(1 - beta2^t)
  float epsilon;
  float coupled_decay;  // added to the gradient
  float keep;           // factor of the parameter: 1 - rate * decay when decoupled, else 1
  float gradient_scale, clip;
};

/// Corners and areas of boxes, each in an array of its own.
struct BoxColumns {
  const float *x1, *y1, *x2, *y2, *area;
};

/// tanh(slope (x - middle)), which has a gradient inside [lower, upper]; dx is gain (1 - tanh^2) dy.
struct SoftCurve {
  float lower, upper, middle, slope, gain;
};

/// Sums of dy, of sgn(x - middle) dy, and, inside the interval, of (1 - tanh^2) dy, of that times x - middle, and of tanh dy.
struct SoftLevelSums {
  double all = 0, sides = 0, slopes = 0, moments = 0, heights = 0;
  void add(const SoftLevelSums& other) {
    all += other.all, sides += other.sides, slopes += other.slopes, moments += other.moments, heights += other.heights;
  }
};

struct VectorSet {
  const UnaryEntry* unary;
  const GradientEntry* unary_gradient;
  const BinaryEntry* arithmetic;
  const BinaryEntry* compare;  // tables end with a null name
  void (*test)(int test, const float* x, uint8_t* y, int64_t n);
  void (*add)(const float* x, float* y, int64_t n);  // y += x
  void (*scale)(const float* x, float scale, float offset, float* y, int64_t n);
  void (*lerp)(float* y, const float* x, float amount, int64_t n);
  void (*select4)(const uint8_t* condition, const int32_t* t, const int32_t* f, int32_t* y, int64_t n);
  void (*select1)(const uint8_t* condition, const uint8_t* t, const uint8_t* f, uint8_t* y, int64_t n);
  void (*float_to_int)(const float* x, int32_t* y, int64_t n);
  void (*float_to_bool)(const float* x, uint8_t* y, int64_t n);
  void (*bool_to_float)(const uint8_t* x, float* y, int64_t n);

  double (*sum)(const float* x, int64_t n);
  double (*sum_of_squares)(const float* x, int64_t n);
  float (*max)(const float* x, int64_t n);
  float (*min)(const float* x, int64_t n);
  bool (*all_finite)(const float* x, int64_t n);
  /// acc[c] += sum over rows of x[row * stride + c], c < columns
  void (*sum_columns)(const float* x, int64_t rows, int64_t columns, int64_t stride, double* acc);
  /// acc[c] = max / min of itself and the column
  void (*max_columns)(const float* x, int64_t rows, int64_t columns, int64_t stride, float* acc);
  void (*min_columns)(const float* x, int64_t rows, int64_t columns, int64_t stride, float* acc);

  /// Copies past the caches, for results that fit none.
  void (*stream)(const float* from, float* to, int64_t n);

  /// mean[c] and sum of squared deviations of a block of rows
  void (*moments)(const float* x, int64_t rows, int64_t channels, double* mean, double* squares);
  /// sums[c] += sum dy, products[c] += sum dy * (x - mean)
  void (*norm_gradient_sums)(const float* x, const float* dy, int64_t rows, int64_t channels, const float* mean, double* sums, double* products);
  /// y = (x - mean) * scale + offset
  void (*norm_apply)(const float* x, float* y, int64_t rows, int64_t channels, const float* mean, const float* scale, const float* offset);
  /// dx = dy * scale + offset - (x - mean) * slope
  void (*norm_gradient_apply)(const float* x, const float* dy, float* dx, int64_t rows, int64_t channels, const float* mean, const float* scale,
                              const float* offset, const float* slope);
  /// dslope[c] += sum dy * min(x, 0)
  void (*prelu_gradient)(const float* x, const float* dy, float* dx, int64_t rows, int64_t channels, const float* slope, double* dslope);

  /// One row of outputs (image n, output row oy); `positions` may be null.
  void (*max_pool_row)(const PoolShape& s, const float* x, float* y, uint8_t* positions, int64_t n, int64_t oy);
  void (*avg_pool_row)(const PoolShape& s, const float* x, float* y, int64_t n, int64_t oy);
  /// One row of inputs (image n, row iy).
  void (*max_pool_scatter_row)(const PoolShape& s, const float* dy, const uint8_t* positions, float* dx, int64_t n, int64_t iy);
  void (*avg_pool_gradient_row)(const PoolShape& s, const float* dy, float* dx, int64_t n, int64_t iy);
  /// Channels [c0, c1) of image n.
  void (*max_pool_gradient)(const PoolShape& s, const float* dy, const float* x, float* dx, int64_t n, int64_t c0, int64_t c1);

  void (*softmax)(const float* x, int64_t rows, int64_t classes, float* y);
  void (*log_softmax)(const float* x, int64_t rows, int64_t classes, float* y);
  void (*cross_entropy)(const float* x, int64_t rows, int64_t classes, const int32_t* labels, float* loss);
  void (*cross_entropy_gradient)(const float* x, int64_t rows, int64_t classes, const int32_t* labels, const float* dloss, float* dx);

  void (*resize_row)(const float* top, const float* bottom, float weight, const AxisSample* columns, int64_t width, int64_t channels, float* y);
  /// dx[low], dx[high] += parts of weight * dy along one row
  void (*resize_row_gradient)(const float* dy, float weight, const AxisSample* columns, int64_t width, int64_t channels, float* dx);

  /// acc[c] += sum over rows of |w|, or of dB * sgn(w)
  void (*abs_columns)(const float* w, int64_t rows, int64_t columns, double* acc);
  void (*signed_columns)(const float* w, const float* db, int64_t rows, int64_t columns, double* acc);
  void (*binarize_rows)(const float* w, int64_t rows, int64_t columns, const float* scales, float at_zero, float* out);
  /// dw = scale * db + sgn(w) * share
  void (*binarize_gradient_rows)(const float* w, const float* db, int64_t rows, int64_t columns, const float* scales, const float* share, float* dw);

  void (*sgd)(float* p, const float* g, float* velocity, int64_t n, const SgdOptions& options);
  void (*adam)(float* p, const float* g, float* m, float* v, int64_t n, const AdamOptions& options);

  /// Of box i of `a` with n boxes of `b` from `begin` on.
  void (*overlaps)(const BoxColumns& a, int64_t i, const BoxColumns& b, int64_t begin, int64_t n, float* iou);
  void (*keep_larger)(const float* values, int32_t index, float* best, int32_t* owner, int64_t n);
  int64_t (*first_largest)(const float* x, int64_t n);

  void (*l2_normalize)(const float* x, int64_t rows, int64_t channels, const float* weight, double epsilon, float* y);
  /// dweight is added to.
  void (*l2_normalize_gradient)(const float* x, const float* dy, int64_t rows, int64_t channels, const float* weight, double epsilon, float* dx,
                                double* dweight);

  void (*soft_levels)(const float* x, int64_t n, float lower, float upper, float* y);
  /// `sums` are added to.
  void (*soft_levels_gradient)(const float* x, const float* dy, int64_t n, const SoftCurve& curve, float* dx, SoftLevelSums& sums);

  void (*residual_row)(float* r, int64_t n, int64_t orders, float* sizes, float* y);
};

extern const VectorSet kVectorScalar;
#if defined(__x86_64__)
extern const VectorSet kVectorAvx2;
extern const VectorSet kVectorAvx512;
#endif

/// The set of kernel_set() (dispatch.h).
const VectorSet& vector_set();

}  // namespace onebit
