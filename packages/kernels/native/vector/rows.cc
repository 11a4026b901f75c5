// Kernels that pick, join or add up whole rows.
#include <algorithm>

#include "vector/common.h"
#include "vector/register.h"

namespace onebit {
namespace {

char* at(void* data, int64_t index, size_t width) { return static_cast<char*>(data) + index * static_cast<int64_t>(width); }

/// outer * middle * inner, checked.
int64_t product(const Args& args, int64_t a, int64_t b, int64_t c) {
  int64_t result = 0;
  args.require(!__builtin_mul_overflow(a, b, &result) && !__builtin_mul_overflow(result, c, &result), "the sizes must not overflow");
  return result;
}

napi_value concat(Args& args) {
  const std::vector<AnySpan> inputs = args.arrays(0, "inputs", 1 << 16);
  const int64_t outer = args.integer(1, "outer", 0, kMaxElements);
  const Dims widths = args.integers(2, "widths", 1 << 16, 0, kMaxElements);
  args.require(!inputs.empty() && widths.size() == inputs.size(), "widths must have one entry per input (%zu), got %zu", inputs.size(),
               widths.size());
  int64_t total = 0;
  for (size_t k = 0; k < inputs.size(); k++) {
    args.require(inputs[k].type == inputs[0].type, "inputs must be of one type");
    args.require(static_cast<int64_t>(inputs[k].size) == product(args, outer, widths[k], 1), "inputs[%zu] must have length %lld, got %zu", k,
                 static_cast<long long>(outer * widths[k]), inputs[k].size);
    total += widths[k];
  }
  const AnySpan y = tensor_like(args, 3, "y", inputs[0], product(args, outer, total, 1));
  for (const AnySpan& input : inputs) {
    const bool apart = y.as<char>() + y.size * y.width() <= input.as<char>() || input.as<char>() + input.size * y.width() <= y.as<char>();
    args.require(apart || y.size == 0 || input.size == 0, "y must not share memory with an input");
  }
  int64_t offset = 0;
  for (size_t k = 0; k < inputs.size(); k++) {
    strided_copy({{outer, total, widths[k]}, {widths[k], 1, 1}}, at(y.data, offset, y.width()), inputs[k].data, y.width());
    offset += widths[k];
  }
  return nullptr;
}

napi_value gather(Args& args) {
  const AnySpan x = args.any(0, "x");
  const int64_t outer = args.integer(1, "outer", 0, kMaxElements), rows = args.integer(2, "rows", 0, kMaxElements);
  const int64_t inner = args.integer(3, "inner", 0, kMaxElements);
  const Span<int32_t> indices = args.int32s(4, "indices");
  args.require(static_cast<int64_t>(x.size) == product(args, outer, rows, inner), "x must have length outer * rows * inner, got %zu", x.size);
  const auto count = static_cast<int64_t>(indices.size);
  const AnySpan y = tensor_like(args, 5, "y", x, product(args, outer, count, inner));
  for (int64_t k = 0; k < count; k++) {
    const int64_t index = indices[static_cast<size_t>(k)];
    args.require(index >= 0 && index < rows, "indices must be in [0, %lld), got %lld", static_cast<long long>(rows), static_cast<long long>(index));
  }
  if (y.size == 0) return nullptr;
  const size_t bytes = static_cast<size_t>(inner) * x.width();
  parallel_for(outer * count, row_grain(inner), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
      const int64_t row = i / count * rows + indices[static_cast<size_t>(i % count)];
      std::memcpy(at(y.data, i * inner, x.width()), at(x.data, row * inner, x.width()), bytes);
    }
  });
  return nullptr;
}

napi_value unsorted_segment_sum(Args& args) {
  const Span<float> x = args.floats(0, "x");
  const Span<int32_t> ids = args.int32s(1, "ids");
  const int64_t segments = args.integer(2, "segments", 0, kMaxElements), inner = args.integer(3, "inner", 0, kMaxElements);
  const auto rows = static_cast<int64_t>(ids.size);
  args.require(static_cast<int64_t>(x.size) == product(args, rows, inner, 1), "x must have length ids.length * inner, got %zu", x.size);
  const Span<float> y = args.floats(4, "y", static_cast<size_t>(product(args, segments, inner, 1)));
  std::fill(y.data, y.data + y.size, 0.f);
  if (x.size == 0 || y.size == 0) return nullptr;
  const VectorSet& set = vector_set();
  // Threads take columns: two rows of one segment never meet in different threads.
  const int64_t width = std::clamp<int64_t>(kGrain / rows, 16, std::max<int64_t>(inner, 16));
  parallel_for(inner, width, [&](int64_t begin, int64_t end) {
    for (int64_t r = 0; r < rows; r++) {
      const int64_t id = ids[static_cast<size_t>(r)];
      if (id >= 0 && id < segments) set.add(x.data + r * inner + begin, y.data + id * inner + begin, end - begin);
    }
  });
  return nullptr;
}

template <typename T>
void write_one_hot(const Span<int32_t>& indices, int64_t depth, double on, double off, T* y) {
  parallel_for(static_cast<int64_t>(indices.size), row_grain(depth), [&](int64_t begin, int64_t end) {
    std::fill(y + begin * depth, y + end * depth, static_cast<T>(off));
    for (int64_t r = begin; r < end; r++) {
      const int64_t index = indices[static_cast<size_t>(r)];
      if (index >= 0 && index < depth) y[r * depth + index] = static_cast<T>(on);
    }
  });
}

napi_value one_hot(Args& args) {
  const Span<int32_t> indices = args.int32s(0, "indices");
  const int64_t depth = args.integer(1, "depth", 0, kMaxElements);
  const double on = args.number(2, "on"), off = args.number(3, "off");
  const AnySpan y = args.any(4, "y");
  const int64_t size = product(args, static_cast<int64_t>(indices.size), depth, 1);
  args.require(static_cast<int64_t>(y.size) == size, "y must have length %lld, got %zu", static_cast<long long>(size), y.size);
  if (y.type == napi_float32_array) {
    write_one_hot(indices, depth, on, off, y.as<float>());
    return nullptr;
  }
  const double highest = y.type == napi_int32_array ? 2147483647.0 : 255.0, lowest = y.type == napi_int32_array ? -2147483648.0 : 0.0;
  args.require(on >= lowest && on <= highest && off >= lowest && off <= highest, "on and off must fit the type of y");
  if (y.type == napi_int32_array) {
    write_one_hot(indices, depth, on, off, y.as<int32_t>());
  } else {
    write_one_hot(indices, depth, on, off, y.as<uint8_t>());
  }
  return nullptr;
}

constexpr FunctionEntry kFunctions[] = {
    {"concat", concat}, {"gather", gather}, {"unsortedSegmentSum", unsorted_segment_sum}, {"oneHot", one_hot},
};

}  // namespace

void register_rows(napi_env env, napi_value exports) { define_functions(env, exports, kFunctions); }

}  // namespace onebit
