// Functions of one value, and of several values of one position.
#include <algorithm>
#include <cmath>

#include "vector/common.h"
#include "vector/register.h"

namespace onebit {
namespace {

/// f(begin, end) over [0, n) in fixed blocks.
template <typename F>
void over_elements(size_t n, int64_t grain, const F& f) {
  parallel_for(static_cast<int64_t>(n), grain, f);
}

char* at(void* data, int64_t index, size_t width) { return static_cast<char*>(data) + index * static_cast<int64_t>(width); }

double number_or_zero(const Args& args, size_t i, const char* what) { return args.is_nullish(i) ? 0 : args.number(i, what); }

/// Parameters of int32 functions: inside the range and whole, so that the conversion is defined.
double int_parameter(double value) { return std::isnan(value) ? 0 : std::floor(std::clamp(value, -2147483648.0, 2147483647.0)); }

napi_value unary(Args& args) {
  const std::string op = args.text(0, "op");
  const AnySpan x = args.any(1, "x");
  const AnySpan y = tensor_like(args, 2, "y", x, static_cast<int64_t>(x.size));
  double a = number_or_zero(args, 3, "a"), b = number_or_zero(args, 4, "b");
  const UnaryEntry& entry = entry_named(args, vector_set().unary, op);
  const UnaryKernel kernel = x.type == napi_float32_array ? entry.f32 : (x.type == napi_int32_array ? entry.i32 : nullptr);
  args.require(kernel != nullptr, "%s must get an array of a type it supports, got a %s", op.c_str(), type_name(x.type));
  if (x.type == napi_int32_array) a = int_parameter(a), b = int_parameter(b);
  // These wait for memory; the others calculate, so that a smaller block already keeps a thread busy long enough.
  const bool simple = op == "relu" || op == "neg" || op == "square" || op == "abs" || op == "step" || op == "signPm1" || op == "sign01";
  over_elements(x.size, simple ? kGrain : kMathGrain, [&](int64_t begin, int64_t end) {
    kernel(at(x.data, begin, 4), at(y.data, begin, 4), end - begin, a, b);
  });
  return nullptr;
}

napi_value unary_gradient(Args& args) {
  const std::string op = args.text(0, "op");
  const Span<float> dy = args.floats(1, "dy");
  const Span<float> saved = args.floats(2, "saved", dy.size);
  const Span<float> dx = args.floats(3, "dx", dy.size);
  const auto a = static_cast<float>(number_or_zero(args, 4, "a")), b = static_cast<float>(number_or_zero(args, 5, "b"));
  const GradientEntry& entry = entry_named(args, vector_set().unary_gradient, op);
  over_elements(dy.size, kGrain, [&](int64_t begin, int64_t end) {
    entry.f32(dy.data + begin, saved.data + begin, dx.data + begin, end - begin, a, b);
  });
  return nullptr;
}

napi_value test(Args& args) {
  static const char* const kTests[] = {"isNaN", "isFinite", "isInf", "not"};
  const int op = name_index(args, "op", args.text(0, "op"), kTests);
  const AnySpan x = args.any(1, "x");
  const Span<uint8_t> y = args.uint8s(2, "out", x.size);
  const VectorSet& set = vector_set();
  over_elements(x.size, kGrain, [&](int64_t begin, int64_t end) {
    if (x.type == napi_float32_array) return set.test(op, x.as<float>() + begin, y.data + begin, end - begin);
    for (int64_t i = begin; i < end; i++) {
      const bool zero = x.type == napi_int32_array ? x.as<int32_t>()[i] == 0 : x.as<uint8_t>()[i] == 0;
      y[i] = op == 1 || (op == 3 && zero);
    }
  });
  return nullptr;
}

void select_rows(const Span<uint8_t>& condition, const AnySpan& t, const AnySpan& f, const AnySpan& out) {
  const int64_t inner = static_cast<int64_t>(out.size / condition.size);
  const size_t bytes = static_cast<size_t>(inner) * out.width();
  parallel_for(static_cast<int64_t>(condition.size), row_grain(inner), [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; r++) {
      std::memmove(at(out.data, r * inner, out.width()), at(condition[r] ? t.data : f.data, r * inner, out.width()), bytes);
    }
  });
}

napi_value select(Args& args) {
  const Span<uint8_t> condition = args.uint8s(0, "condition");
  const AnySpan t = args.any(1, "whenTrue");
  const AnySpan f = tensor_like(args, 2, "whenFalse", t, static_cast<int64_t>(t.size));
  const AnySpan out = tensor_like(args, 3, "out", t, static_cast<int64_t>(t.size));
  if (t.size == 0) return nullptr;
  args.require(condition.size > 0 && t.size % condition.size == 0, "condition must divide the %zu values into rows, got length %zu", t.size,
               condition.size);
  if (condition.size != t.size) {
    select_rows(condition, t, f, out);
    return nullptr;
  }
  const VectorSet& set = vector_set();
  over_elements(t.size, kGrain, [&](int64_t begin, int64_t end) {
    if (out.width() == 1) {
      set.select1(condition.data + begin, t.as<uint8_t>() + begin, f.as<uint8_t>() + begin, out.as<uint8_t>() + begin, end - begin);
    } else {
      set.select4(condition.data + begin, t.as<int32_t>() + begin, f.as<int32_t>() + begin, out.as<int32_t>() + begin, end - begin);
    }
  });
  return nullptr;
}

napi_value add_n(Args& args) {
  const std::vector<AnySpan> inputs = args.arrays(0, "inputs", 1 << 16);
  const Span<float> out = args.floats(1, "out");
  args.require(!inputs.empty(), "inputs must hold at least one array");
  for (size_t k = 0; k < inputs.size(); k++) {
    args.require(inputs[k].type == napi_float32_array && inputs[k].size == out.size, "inputs[%zu] must be a Float32Array of length %zu", k,
                 out.size);
    args.require(k == 0 || inputs[k].data != out.data || out.size == 0, "out must not be inputs[%zu]: only the first may be", k);
  }
  const VectorSet& set = vector_set();
  // In blocks that stay in the first-level cache over all inputs.
  over_elements(out.size, 4096, [&](int64_t begin, int64_t end) {
    std::memmove(out.data + begin, inputs[0].as<float>() + begin, static_cast<size_t>(end - begin) * sizeof(float));
    for (size_t k = 1; k < inputs.size(); k++) set.add(inputs[k].as<float>() + begin, out.data + begin, end - begin);
  });
  return nullptr;
}

napi_value scale(Args& args) {
  const Span<float> x = args.floats(0, "x");
  const auto factor = static_cast<float>(args.number(1, "scale")), offset = static_cast<float>(args.number(2, "offset"));
  const Span<float> y = args.floats(3, "y", x.size);
  const VectorSet& set = vector_set();
  over_elements(x.size, kGrain, [&](int64_t begin, int64_t end) { set.scale(x.data + begin, factor, offset, y.data + begin, end - begin); });
  return nullptr;
}

napi_value lerp(Args& args) {
  const Span<float> y = args.floats(0, "y");
  const Span<float> x = args.floats(1, "x", y.size);
  const auto amount = static_cast<float>(args.number(2, "amount"));
  const VectorSet& set = vector_set();
  over_elements(y.size, kGrain, [&](int64_t begin, int64_t end) { set.lerp(y.data + begin, x.data + begin, amount, end - begin); });
  return nullptr;
}

template <typename To, typename From>
void convert(const From* x, To* y, int64_t n) {
  for (int64_t i = 0; i < n; i++) y[i] = static_cast<To>(x[i]);
}

void cast_block(const AnySpan& x, const AnySpan& y, int64_t begin, int64_t n) {
  const VectorSet& set = vector_set();
  if (x.type == y.type) {
    std::memmove(at(y.data, begin, y.width()), at(x.data, begin, x.width()), static_cast<size_t>(n) * x.width());
  } else if (x.type == napi_float32_array) {
    if (y.type == napi_int32_array) return set.float_to_int(x.as<float>() + begin, y.as<int32_t>() + begin, n);
    set.float_to_bool(x.as<float>() + begin, y.as<uint8_t>() + begin, n);
  } else if (x.type == napi_int32_array) {
    const int32_t* from = x.as<int32_t>() + begin;
    if (y.type == napi_float32_array) return convert(from, y.as<float>() + begin, n);
    uint8_t* to = y.as<uint8_t>() + begin;
    for (int64_t i = 0; i < n; i++) to[i] = from[i] != 0;
  } else {
    if (y.type == napi_float32_array) return set.bool_to_float(x.as<uint8_t>() + begin, y.as<float>() + begin, n);
    convert(x.as<uint8_t>() + begin, y.as<int32_t>() + begin, n);
  }
}

napi_value cast(Args& args) {
  const AnySpan x = args.any(0, "x"), y = args.any(1, "y");
  args.require(x.size == y.size, "y must have length %zu, got %zu", x.size, y.size);
  args.require(x.data != y.data || x.type == y.type || x.size == 0, "x and y of different types must not share memory");
  over_elements(x.size, kGrain, [&](int64_t begin, int64_t end) { cast_block(x, y, begin, end - begin); });
  return nullptr;
}

napi_value fill(Args& args) {
  const AnySpan y = args.any(0, "y");
  const double value = args.number(1, "value");
  // As an assignment to the array: modulo 2^32 or 2^8 for integers.
  const double whole = std::isfinite(value) ? std::trunc(value) : 0;
  const auto wrapped = static_cast<uint32_t>(static_cast<int64_t>(whole - std::floor(whole / 4294967296.0) * 4294967296.0));
  const auto as_float = static_cast<float>(value);
  uint32_t bits = wrapped;
  if (y.type == napi_float32_array) std::memcpy(&bits, &as_float, sizeof bits);
  over_elements(y.size, kGrain, [&](int64_t begin, int64_t end) {
    if (y.width() == 1) {
      std::memset(y.as<uint8_t>() + begin, static_cast<int>(wrapped & 255), static_cast<size_t>(end - begin));
    } else {
      std::fill(y.as<uint32_t>() + begin, y.as<uint32_t>() + end, bits);
    }
  });
  return nullptr;
}

constexpr FunctionEntry kFunctions[] = {
    {"unary", unary}, {"unaryGradient", unary_gradient}, {"test", test}, {"select", select}, {"addN", add_n},
    {"scale", scale}, {"lerp", lerp},                    {"cast", cast}, {"fill", fill},
};

}  // namespace

void register_elementwise(napi_env env, napi_value exports) { define_functions(env, exports, kFunctions); }

}  // namespace onebit
