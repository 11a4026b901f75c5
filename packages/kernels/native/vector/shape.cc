// Kernels that move values: they check their arguments and describe the copy.
#include <cmath>

#include "vector/common.h"
#include "vector/register.h"

namespace onebit {
namespace {

/// Strides of a contiguous array of this shape.
Dims strides_of(const Dims& shape) {
  Dims strides(shape.size(), 1);
  for (size_t k = shape.size(); k-- > 1;) strides[k - 1] = strides[k] * (shape[k] > 0 ? shape[k] : 1);
  return strides;
}

struct Source {
  AnySpan x;
  Dims shape;
};

Source source(const Args& args) {
  Source result{args.any(0, "x"), shape_argument(args, 1, "shape")};
  args.require(static_cast<int64_t>(result.x.size) == element_count(result.shape), "x must have the length of shape, got %zu", result.x.size);
  return result;
}

/// One integer per dimension.
Dims per_dimension(const Args& args, size_t i, const char* what, size_t rank, int64_t low, int64_t high) {
  Dims values = args.integers(i, what, kMaxRank, low, high);
  args.require(values.size() == rank, "%s must have one entry per dimension (%zu), got %zu", what, rank, values.size());
  return values;
}

AnySpan destination(const Args& args, size_t i, const Source& from, const Dims& shape) {
  int64_t count = 1;
  for (const int64_t size : shape) {
    args.require(!__builtin_mul_overflow(count, size, &count), "y must have at most 2^63 elements");
  }
  const AnySpan y = tensor_like(args, i, "y", from.x, count);
  const char *x_begin = from.x.as<char>(), *y_begin = y.as<char>();
  const bool apart = y_begin + y.size * y.width() <= x_begin || x_begin + from.x.size * from.x.width() <= y_begin;
  args.require(apart || y.size == 0 || from.x.size == 0, "y must not share memory with x");
  return y;
}

napi_value transpose(Args& args) {
  const Source from = source(args);
  const size_t rank = from.shape.size();
  const Dims permutation = per_dimension(args, 2, "permutation", rank, 0, static_cast<int64_t>(kMaxRank) - 1);
  const Dims strides = strides_of(from.shape);
  Dims shape(rank);
  std::vector<bool> seen(rank, false);
  for (size_t k = 0; k < rank; k++) {
    const auto axis = static_cast<size_t>(permutation[k]);
    args.require(axis < rank && !seen[axis], "permutation must hold every dimension once");
    seen[axis] = true;
    shape[k] = from.shape[axis];
  }
  const AnySpan y = destination(args, 3, from, shape);
  const Dims to = strides_of(shape);
  std::vector<CopyDim> dims(rank);
  for (size_t k = 0; k < rank; k++) dims[k] = {shape[k], to[k], strides[static_cast<size_t>(permutation[k])]};
  strided_copy(dims, y.data, from.x.data, y.width());
  return nullptr;
}

napi_value tile(Args& args) {
  const Source from = source(args);
  const size_t rank = from.shape.size();
  const Dims repeats = per_dimension(args, 2, "repeats", rank, 0, kMaxElements);
  Dims shape(rank);
  for (size_t k = 0; k < rank; k++) {
    args.require(!__builtin_mul_overflow(from.shape[k], repeats[k], &shape[k]), "y must have at most 2^63 elements");
  }
  const AnySpan y = destination(args, 3, from, shape);
  if (y.size == 0) return nullptr;
  const Dims strides = strides_of(from.shape), to = strides_of(shape);
  std::vector<CopyDim> dims;
  for (size_t k = 0; k < rank; k++) {
    dims.push_back({repeats[k], to[k] * from.shape[k], 0});
    dims.push_back({from.shape[k], to[k], strides[k]});
  }
  strided_copy(dims, y.data, from.x.data, y.width());
  return nullptr;
}

void fill_all(const AnySpan& y, double value) {
  uint32_t bits = 0;
  const auto as_float = static_cast<float>(value);
  const auto as_int = static_cast<int32_t>(std::isfinite(value) && std::fabs(value) < 2147483648.0 ? value : 0);
  if (y.type == napi_float32_array) {
    std::memcpy(&bits, &as_float, sizeof bits);
  } else {
    bits = static_cast<uint32_t>(as_int);
  }
  const auto byte = static_cast<uint8_t>(bits);
  const CopyDim all{static_cast<int64_t>(y.size), 1, 0};
  strided_copy({all}, y.data, y.width() == 1 ? static_cast<const void*>(&byte) : static_cast<const void*>(&bits), y.width());
}

napi_value pad(Args& args) {
  const Source from = source(args);
  const size_t rank = from.shape.size();
  const Dims before = per_dimension(args, 2, "before", rank, 0, kMaxElements);
  const Dims after = per_dimension(args, 3, "after", rank, 0, kMaxElements);
  const double value = args.number(4, "value");
  Dims shape(rank);
  for (size_t k = 0; k < rank; k++) shape[k] = before[k] + from.shape[k] + after[k];
  const AnySpan y = destination(args, 5, from, shape);
  if (y.size != from.x.size) fill_all(y, value);
  if (from.x.size == 0) return nullptr;
  const Dims strides = strides_of(from.shape), to = strides_of(shape);
  std::vector<CopyDim> dims(rank);
  int64_t offset = 0;
  for (size_t k = 0; k < rank; k++) {
    offset += before[k] * to[k];
    dims[k] = {from.shape[k], to[k], strides[k]};
  }
  strided_copy(dims, y.as<char>() + offset * static_cast<int64_t>(y.width()), from.x.data, y.width());
  return nullptr;
}

/// y = x[begin + i * step]; every index is checked to lie inside.
void copy_slice(const Args& args, const Source& from, const Dims& begin, const Dims& step, const Dims& size, size_t y_argument) {
  const size_t rank = from.shape.size();
  const AnySpan y = destination(args, y_argument, from, size);
  if (y.size == 0) return;
  const Dims strides = strides_of(from.shape), to = strides_of(size);
  std::vector<CopyDim> dims(rank);
  int64_t offset = 0;
  for (size_t k = 0; k < rank; k++) {
    const int64_t last = begin[k] + (size[k] - 1) * step[k];
    args.require(begin[k] < from.shape[k] && last >= 0 && last < from.shape[k],
                 "dimension %zu must stay inside [0, %lld), got %lld to %lld", k, static_cast<long long>(from.shape[k]),
                 static_cast<long long>(begin[k]), static_cast<long long>(last));
    offset += begin[k] * strides[k];
    dims[k] = {size[k], to[k], strides[k] * step[k]};
  }
  strided_copy(dims, y.data, from.x.as<char>() + offset * static_cast<int64_t>(y.width()), y.width());
}

// Bounds that keep begin + size * step inside int64.
constexpr int64_t kMaxStep = int64_t{1} << 20;

napi_value slice(Args& args) {
  const Source from = source(args);
  const size_t rank = from.shape.size();
  const Dims begin = per_dimension(args, 2, "begin", rank, 0, kMaxElements);
  const Dims size = per_dimension(args, 3, "size", rank, 0, kMaxElements);
  copy_slice(args, from, begin, Dims(rank, 1), size, 4);
  return nullptr;
}

napi_value strided_slice(Args& args) {
  const Source from = source(args);
  const size_t rank = from.shape.size();
  const Dims begin = per_dimension(args, 2, "begin", rank, 0, kMaxElements);
  const Dims step = per_dimension(args, 3, "strides", rank, -kMaxStep, kMaxStep);
  const Dims size = per_dimension(args, 4, "size", rank, 0, kMaxElements);
  for (const int64_t value : step) args.require(value != 0, "strides must not be 0");
  copy_slice(args, from, begin, step, size, 5);
  return nullptr;
}

constexpr FunctionEntry kFunctions[] = {
    {"transpose", transpose}, {"tile", tile}, {"pad", pad}, {"slice", slice}, {"stridedSlice", strided_slice},
};

}  // namespace

void register_shape(napi_env env, napi_value exports) { define_functions(env, exports, kFunctions); }

}  // namespace onebit
