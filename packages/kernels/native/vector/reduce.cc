// Reductions. Work is cut into the same blocks whatever the number of threads; partial results are combined in the order of the blocks.
#include <algorithm>
#include <cmath>
#include <limits>

#include "vector/array_list.h"
#include "vector/reduce_plan.h"
#include "vector/register.h"

namespace onebit {
namespace {

enum Op { kSum, kMean, kMax, kMin, kProd };
const char* const kOps[] = {"sum", "mean", "max", "min", "prod"};

/// Columns of one block: few enough that their accumulators stay in the cache.
constexpr int64_t kColumns = 4096;

double identity_of(int op) {
  const double infinity = std::numeric_limits<double>::infinity();
  return op == kMax ? -infinity : (op == kMin ? infinity : (op == kProd ? 1 : 0));
}

double combine(int op, double a, double b) {
  switch (op) {
    case kMax:
      return a > b || a != a ? a : b;
    case kMin:
      return a < b || a != a ? a : b;
    case kProd:
      return a * b;
    default:
      return a + b;
  }
}

/// One block of rows of consecutive values.
double reduce_row(const VectorSet& set, int op, const float* x, int64_t n) {
  switch (op) {
    case kMax:
      return set.max(x, n);
    case kMin:
      return set.min(x, n);
    case kProd: {
      double product = 1;
      for (int64_t i = 0; i < n; i++) product *= x[i];
      return product;
    }
    default:
      return set.sum(x, n);
  }
}

/// acc[c] over rows; acc holds the identity before.
void reduce_columns(const VectorSet& set, int op, const float* x, int64_t rows, int64_t columns, int64_t stride, double* acc) {
  if (op == kSum || op == kMean) return set.sum_columns(x, rows, columns, stride, acc);
  if (op == kProd) {
    for (int64_t r = 0; r < rows; r++) {
      for (int64_t c = 0; c < columns; c++) acc[c] *= x[r * stride + c];
    }
    return;
  }
  float extremes[kColumns];
  std::fill(extremes, extremes + columns, static_cast<float>(identity_of(op)));
  (op == kMax ? set.max_columns : set.min_columns)(x, rows, columns, stride, extremes);
  std::copy(extremes, extremes + columns, acc);
}

// int32 sums and products wrap, so they are exact in any order; plain loops, since no training step has large ones.
double reduce_row(const VectorSet&, int op, const int32_t* x, int64_t n) {
  if (op == kMax || op == kMin) {
    double extreme = identity_of(op);
    for (int64_t i = 0; i < n; i++) extreme = op == kMax ? std::max<double>(extreme, x[i]) : std::min<double>(extreme, x[i]);
    return extreme;
  }
  uint32_t total = op == kProd ? 1 : 0;
  for (int64_t i = 0; i < n; i++) total = op == kProd ? total * static_cast<uint32_t>(x[i]) : total + static_cast<uint32_t>(x[i]);
  return static_cast<int32_t>(total);
}

void reduce_columns(const VectorSet&, int op, const int32_t* x, int64_t rows, int64_t columns, int64_t stride, double* acc) {
  for (int64_t c = 0; c < columns; c++) {
    uint32_t total = op == kProd ? 1 : 0;
    double extreme = identity_of(op);
    for (int64_t r = 0; r < rows; r++) {
      const int32_t value = x[r * stride + c];
      total = op == kProd ? total * static_cast<uint32_t>(value) : total + static_cast<uint32_t>(value);
      extreme = op == kMax ? std::max<double>(extreme, value) : std::min<double>(extreme, value);
    }
    acc[c] = op == kMax || op == kMin ? extreme : static_cast<int32_t>(total);
  }
}

int32_t wrap(uint32_t value) { return static_cast<int32_t>(value); }

/// Combines the partial results of one output in the order of the blocks, `step` apart.
template <typename T>
double combine_all(int op, const double* partial, int64_t count, int64_t step) {
  double result = partial[0];
  for (int64_t k = 1; k < count; k++) {
    const double next = partial[k * step];
    if (std::is_same<T, float>::value || op == kMax || op == kMin) {
      result = combine(op, result, next);
    } else {
      const auto a = static_cast<uint32_t>(static_cast<int32_t>(result)), b = static_cast<uint32_t>(static_cast<int32_t>(next));
      result = wrap(op == kProd ? a * b : a + b);
    }
  }
  return result;
}

template <typename T>
T finish(int op, double value, int64_t count) {
  if (op == kMean) value /= static_cast<double>(count);
  if (std::is_same<T, int32_t>::value) value = std::clamp(value, -2147483648.0, 2147483647.0);
  return static_cast<T>(value);
}

/// inner = 1: every output reduces `count` consecutive values.
template <typename T>
void reduce_rows(int op, const ReducePlan& plan, T* y) {
  const VectorSet& set = vector_set();
  const T* x = static_cast<const T*>(plan.x);
  const int64_t chunks = ceil_div(plan.count, kGrain), length = std::min(plan.count, kGrain);
  std::vector<double> partial(chunks > 1 ? static_cast<size_t>(plan.outer * chunks) : 0);
  parallel_for(plan.outer * chunks, row_grain(length), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
      const int64_t row = i / chunks, start = i % chunks * kGrain;
      const double value = reduce_row(set, op, x + row * plan.count + start, std::min(kGrain, plan.count - start));
      if (chunks > 1) {
        partial[static_cast<size_t>(i)] = value;
      } else {
        y[row] = finish<T>(op, value, plan.count);
      }
    }
  });
  if (chunks == 1) return;
  for (int64_t row = 0; row < plan.outer; row++) {
    y[row] = finish<T>(op, combine_all<T>(op, partial.data() + row * chunks, chunks, 1), plan.count);
  }
}

/// Columns of [count, inner] for each of `outer`.
template <typename T>
void reduce_middle(int op, const ReducePlan& plan, T* y) {
  const VectorSet& set = vector_set();
  const T* x = static_cast<const T*>(plan.x);
  const int64_t inner = plan.inner, width = std::min(inner, kColumns), strips = ceil_div(inner, width);
  const int64_t rows = std::max<int64_t>(64, kGrain / width), chunks = ceil_div(plan.count, rows);
  std::vector<double> partial(chunks > 1 ? static_cast<size_t>(plan.outer * chunks * inner) : 0);
  const int64_t units = plan.outer * chunks * strips;
  parallel_for(units, row_grain(std::min(rows, plan.count) * width), [&](int64_t begin, int64_t end) {
    double local[kColumns];
    for (int64_t i = begin; i < end; i++) {
      const int64_t o = i / (chunks * strips), chunk = i / strips % chunks, column = i % strips * width;
      const int64_t columns = std::min(width, inner - column), start = chunk * rows;
      double* acc = chunks > 1 ? partial.data() + (o * chunks + chunk) * inner + column : local;
      std::fill(acc, acc + columns, identity_of(op));
      reduce_columns(set, op, x + (o * plan.count + start) * inner + column, std::min(rows, plan.count - start), columns, inner, acc);
      if (chunks > 1) continue;
      for (int64_t c = 0; c < columns; c++) y[o * inner + column + c] = finish<T>(op, acc[c], plan.count);
    }
  });
  if (chunks == 1) return;
  parallel_for(plan.outputs(), row_grain(chunks), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
      const double* first = partial.data() + i / inner * chunks * inner + i % inner;
      y[i] = finish<T>(op, combine_all<T>(op, first, chunks, inner), plan.count);
    }
  });
}

template <typename T>
void reduce_typed(int op, const ReducePlan& plan, T* y) {
  if (plan.outputs() == 0) return;
  if (plan.count == 0) {
    for (int64_t i = 0; i < plan.outputs(); i++) y[i] = finish<T>(op, identity_of(op), 0);
  } else if (plan.inner == 1) {
    reduce_rows(op, plan, y);
  } else {
    reduce_middle(op, plan, y);
  }
}

struct Input {
  AnySpan x;
  Dims shape;
};

Input input(const Args& args) {
  const Input result{args.any(1, "x"), shape_argument(args, 2, "shape")};
  args.require(static_cast<int64_t>(result.x.size) == element_count(result.shape), "x must have the length of shape, got %zu", result.x.size);
  return result;
}

napi_value reduce(Args& args) {
  const int op = name_index(args, "op", args.text(0, "op"), kOps);
  const Input in = input(args);
  const ReducePlan plan = make_reduce_plan(args, in.x, in.shape, args.integers(3, "axes", kMaxRank, 0, kMaxRank - 1));
  const AnySpan y = tensor_like(args, 4, "y", in.x, plan.outputs());
  if (in.x.type == napi_float32_array) {
    reduce_typed(op, plan, y.as<float>());
    return nullptr;
  }
  args.require(in.x.type == napi_int32_array && op != kMean, "x must be a Float32Array, or an Int32Array for all but mean");
  reduce_typed(op, plan, y.as<int32_t>());
  return nullptr;
}

napi_value reduce_bool(Args& args) {
  static const char* const kBoolOps[] = {"any", "all"};
  const bool all = name_index(args, "op", args.text(0, "op"), kBoolOps) == 1;
  const Input in = input(args);
  args.require(in.x.type == napi_uint8_array, "x must be a Uint8Array");
  const ReducePlan plan = make_reduce_plan(args, in.x, in.shape, args.integers(3, "axes", kMaxRank, 0, kMaxRank - 1));
  const Span<uint8_t> y = args.uint8s(4, "y", static_cast<size_t>(plan.outputs()));
  const auto* x = static_cast<const uint8_t*>(plan.x);
  parallel_for(plan.outputs(), row_grain(plan.count), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
      const uint8_t* first = x + i / plan.inner * plan.count * plan.inner + i % plan.inner;
      bool result = all;
      for (int64_t k = 0; k < plan.count; k++) result = all ? result && first[k * plan.inner] != 0 : result || first[k * plan.inner] != 0;
      y.data[i] = result;
    }
  });
  return nullptr;
}

template <typename T>
void arg_reduce_typed(bool largest, const ReducePlan& plan, int32_t* y) {
  const T* x = static_cast<const T*>(plan.x);
  const int64_t inner = plan.inner;
  parallel_for(plan.outputs(), row_grain(plan.count), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
      const T* first = x + i / inner * plan.count * inner + i % inner;
      int64_t best = 0;
      for (int64_t k = 1; k < plan.count; k++) {
        const T value = first[k * inner], so_far = first[best * inner];
        if (largest ? value > so_far : value < so_far) best = k;
      }
      y[i] = static_cast<int32_t>(best);
    }
  });
}

napi_value arg_reduce(Args& args) {
  static const char* const kArgOps[] = {"max", "min"};
  const bool largest = name_index(args, "op", args.text(0, "op"), kArgOps) == 0;
  const Input in = input(args);
  const int64_t axis = args.integer(3, "axis", 0, kMaxRank - 1);
  const ReducePlan plan = make_reduce_plan(args, in.x, in.shape, {axis});
  const Span<int32_t> y = args.int32s(4, "y", static_cast<size_t>(plan.outputs()));
  if (y.size == 0) return nullptr;
  args.require(plan.count > 0 && plan.count <= 2147483647, "axis must hold 1 to 2147483647 values, got %lld", static_cast<long long>(plan.count));
  args.require(in.x.type != napi_uint8_array, "x must be a Float32Array or an Int32Array");
  if (in.x.type == napi_float32_array) {
    arg_reduce_typed<float>(largest, plan, y.data);
  } else {
    arg_reduce_typed<int32_t>(largest, plan, y.data);
  }
  return nullptr;
}

napi_value sum_of_squares(Args& args) {
  const FloatArrays arrays = float_arrays(args, 0, "arrays");
  int64_t count = 0;
  for (const Span<float>& x : arrays) count += static_cast<int64_t>(x.size);
  std::vector<double> partial(static_cast<size_t>(ceil_div(count, kGrain)));
  const VectorSet& set = vector_set();
  for_pieces(arrays, kGrain, [&](int64_t block, size_t k, int64_t begin, int64_t end) {
    partial[static_cast<size_t>(block)] += set.sum_of_squares(arrays[k].data + begin, end - begin);
  });
  double total = 0;
  for (const double value : partial) total += value;
  return args.make_number(total);
}

napi_value all_finite(Args& args) {
  const Span<float> x = args.floats(0, "x");
  const VectorSet& set = vector_set();
  std::vector<uint8_t> finite(static_cast<size_t>(ceil_div(static_cast<int64_t>(x.size), kGrain)), 1);
  parallel_for(static_cast<int64_t>(x.size), kGrain, [&](int64_t begin, int64_t end) {
    finite[static_cast<size_t>(begin / kGrain)] = set.all_finite(x.data + begin, end - begin);
  });
  return args.make_boolean(std::all_of(finite.begin(), finite.end(), [](uint8_t ok) { return ok != 0; }));
}

constexpr FunctionEntry kFunctions[] = {
    {"reduce", reduce},       {"reduceBool", reduce_bool},     {"argReduce", arg_reduce},
    {"allFinite", all_finite}, {"sumOfSquares", sum_of_squares},
};

}  // namespace

void register_reduce(napi_env env, napi_value exports) { define_functions(env, exports, kFunctions); }

}  // namespace onebit
