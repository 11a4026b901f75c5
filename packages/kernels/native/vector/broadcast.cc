// Functions of two values with broadcasting. Shapes are reduced to the fewest dimensions first; what is left is run in one of three ways:
// one vector operation, one per row, or, where rows are short, on operands expanded into a block that stays in the first-level cache.
#include <algorithm>

#include "vector/common.h"
#include "vector/register.h"

namespace onebit {
namespace {

struct Plan {
  int rank = 0;
  int64_t size[kMaxRank] = {}, a[kMaxRank] = {}, b[kMaxRank] = {};  // strides are 0 where an operand is repeated
  int64_t total = 1;
};

int64_t size_at(const Dims& shape, size_t rank, size_t k) {
  return k < rank - shape.size() ? 1 : shape[k - (rank - shape.size())];
}

Plan make_plan(const Args& args, const Dims& a, const Dims& b) {
  const size_t rank = std::max(a.size(), b.size());
  Plan plan;
  int64_t stride_a = 1, stride_b = 1;
  // From the last dimension to the first; reversed at the end.
  for (size_t k = rank; k-- > 0;) {
    const int64_t size_a = size_at(a, rank, k), size_b = size_at(b, rank, k);
    args.require(size_a == size_b || size_a == 1 || size_b == 1, "shapes must be equal or 1 in every dimension, got %lld and %lld",
                 static_cast<long long>(size_a), static_cast<long long>(size_b));
    const int64_t size = size_a == 1 ? size_b : size_a;
    const int64_t step_a = size_a == 1 ? 0 : stride_a, step_b = size_b == 1 ? 0 : stride_b;
    args.require(!__builtin_mul_overflow(plan.total, size, &plan.total), "the output must have at most 2^63 elements");
    stride_a *= size_a, stride_b *= size_b;
    if (size == 1) continue;
    const int last = plan.rank - 1;
    if (last >= 0 && step_a == plan.a[last] * plan.size[last] && step_b == plan.b[last] * plan.size[last]) {
      plan.size[last] *= size;
      continue;
    }
    plan.size[plan.rank] = size, plan.a[plan.rank] = step_a, plan.b[plan.rank] = step_b;
    plan.rank++;
  }
  std::reverse(plan.size, plan.size + plan.rank);
  std::reverse(plan.a, plan.a + plan.rank);
  std::reverse(plan.b, plan.b + plan.rank);
  return plan;
}

/// Walks the outer dimensions (all but the last) in order.
class Rows {
 public:
  Rows(const Plan& plan, int64_t row) : plan_(plan) {
    for (int k = plan.rank - 2; k >= 0; k--) {
      index_[k] = row % plan.size[k];
      row /= plan.size[k];
      a += index_[k] * plan.a[k];
      b += index_[k] * plan.b[k];
    }
  }
  void next() {
    for (int k = plan_.rank - 2; k >= 0; k--) {
      a += plan_.a[k], b += plan_.b[k];
      if (++index_[k] < plan_.size[k]) return;
      a -= plan_.size[k] * plan_.a[k], b -= plan_.size[k] * plan_.b[k];
      index_[k] = 0;
    }
  }
  int64_t a = 0, b = 0;  // offsets of the row's first operands

 private:
  const Plan& plan_;
  int64_t index_[kMaxRank] = {};
};

struct Call {
  const BinaryKernel* kernels;  // by OperandKind
  const char *a, *b;
  char* out;
  size_t width, out_width;

  void run(OperandKind kind, int64_t a_at, int64_t b_at, int64_t out_at, int64_t n) const {
    const auto w = static_cast<int64_t>(width);
    kernels[kind](a + a_at * w, b + b_at * w, out + out_at * static_cast<int64_t>(out_width), n);
  }
};

OperandKind kind_of(const Plan& plan) {
  if (plan.rank == 0) return kBothAdvance;
  const int last = plan.rank - 1;
  return plan.a[last] == 0 ? kFixedA : (plan.b[last] == 0 ? kFixedB : kBothAdvance);
}

void run_rows(const Plan& plan, const Call& call, int64_t begin, int64_t end) {
  const int last = plan.rank - 1;
  const int64_t inner = plan.size[last];
  const OperandKind kind = kind_of(plan);
  Rows rows(plan, begin / inner);
  for (int64_t at = begin; at < end; rows.next()) {
    const int64_t column = at % inner, n = std::min(inner - column, end - at);
    call.run(kind, rows.a + column * plan.a[last], rows.b + column * plan.b[last], at, n);
    at += n;
  }
}

/// Whether the operand with these strides is read from start to end.
bool contiguous(const Plan& plan, const int64_t* strides) {
  int64_t expected = 1;
  for (int k = plan.rank - 1; k >= 0; k--) {
    if (strides[k] != expected) return false;
    expected *= plan.size[k];
  }
  return true;
}

template <typename T>
void expand_operand(const Plan& plan, const T* from, bool is_a, int64_t begin, int64_t n, T* to) {
  const int last = plan.rank - 1;
  const int64_t inner = plan.size[last], step = is_a ? plan.a[last] : plan.b[last];
  Rows rows(plan, begin / inner);
  int64_t column = begin % inner;
  for (int64_t i = 0; i < n; rows.next(), column = 0) {
    const T* row = from + (is_a ? rows.a : rows.b);
    const int64_t stop = std::min(inner, column + n - i);
    for (; column < stop; column++) to[i++] = row[column * step];
  }
}

template <typename T>
void run_short_rows(const Plan& plan, const Call& call, int64_t begin, int64_t end) {
  constexpr int64_t kBlock = 1024;
  T a_block[kBlock], b_block[kBlock];
  const T* a = reinterpret_cast<const T*>(call.a);
  const T* b = reinterpret_cast<const T*>(call.b);
  const bool a_whole = contiguous(plan, plan.a), b_whole = contiguous(plan, plan.b);
  const int64_t inner = plan.size[plan.rank - 1];
  // A short vector against a whole tensor looks the same in every block that starts a row: it is expanded once.
  const bool b_repeats = plan.rank == 2 && plan.b[0] == 0, a_repeats = plan.rank == 2 && plan.a[0] == 0;
  const int64_t step = kBlock - kBlock % inner;
  bool expanded = false;
  for (int64_t at = begin; at < end;) {
    const int64_t n = std::min(end - at, step - at % inner);
    const bool aligned = at % inner == 0;
    const bool reuse = aligned && expanded && (a_whole || a_repeats) && (b_whole || b_repeats);
    if (!reuse) {
      if (!a_whole) expand_operand(plan, a, true, at, aligned ? std::min(step, plan.total - at) : n, a_block);
      if (!b_whole) expand_operand(plan, b, false, at, aligned ? std::min(step, plan.total - at) : n, b_block);
      expanded = aligned && at + step <= plan.total;
    }
    call.kernels[kBothAdvance](a_whole ? a + at : a_block, b_whole ? b + at : b_block,
                               call.out + at * static_cast<int64_t>(call.out_width), n);
    at += n;
  }
}

void run(const Plan& plan, const Call& call, int64_t grain) {
  if (plan.total == 0) return;
  if (plan.rank <= 1) {
    const OperandKind kind = kind_of(plan);
    parallel_for(plan.total, grain, [&](int64_t begin, int64_t end) {
      call.run(kind, kind == kFixedA ? 0 : begin, kind == kFixedB ? 0 : begin, begin, end - begin);
    });
    return;
  }
  constexpr int64_t kLongRow = 32;
  const bool long_rows = plan.size[plan.rank - 1] >= kLongRow;
  parallel_for(plan.total, grain, [&](int64_t begin, int64_t end) {
    if (long_rows) return run_rows(plan, call, begin, end);
    if (call.width == 4) return run_short_rows<uint32_t>(plan, call, begin, end);
    run_short_rows<uint8_t>(plan, call, begin, end);
  });
}

/// Arguments op, a, aShape, b, bShape, out of either function.
void broadcast(Args& args, const BinaryEntry* table, bool compares) {
  const std::string op = args.text(0, "op");
  const BinaryEntry& entry = entry_named(args, table, op);
  const AnySpan a = args.any(1, "a");
  const Dims a_shape = shape_argument(args, 2, "aShape");
  const AnySpan b = args.any(3, "b");
  const Dims b_shape = shape_argument(args, 4, "bShape");
  args.require(a.type == b.type, "b must be a %s as a is, got a %s", type_name(a.type), type_name(b.type));
  args.require(static_cast<int64_t>(a.size) == element_count(a_shape), "a must have the length of aShape, got %zu", a.size);
  args.require(static_cast<int64_t>(b.size) == element_count(b_shape), "b must have the length of bShape, got %zu", b.size);
  const Plan plan = make_plan(args, a_shape, b_shape);
  AnySpan like = a;
  if (compares) like.type = napi_uint8_array;
  const AnySpan out = tensor_like(args, 5, "out", like, plan.total);
  const BinaryKernel* kernels = a.type == napi_float32_array ? entry.f32 : (a.type == napi_int32_array ? entry.i32 : entry.u8);
  args.require(kernels[0] != nullptr, "%s must get arrays of a type it supports, got a %s", op.c_str(), type_name(a.type));
  // In place only where each output replaces the operand of the same position.
  args.require(out.size == 0 || out.data != a.data || (a.size == out.size && a.width() == out.width()), "out must not be the broadcast a");
  args.require(out.size == 0 || out.data != b.data || (b.size == out.size && b.width() == out.width()), "out must not be the broadcast b");
  const Call call{kernels, a.as<char>(), b.as<char>(), out.as<char>(), a.width(), out.width()};
  run(plan, call, op == "pow" || op == "mod" || op == "floorDiv" ? kMathGrain : kGrain);
}

napi_value arithmetic(Args& args) {
  broadcast(args, vector_set().arithmetic, false);
  return nullptr;
}

napi_value compare(Args& args) {
  broadcast(args, vector_set().compare, true);
  return nullptr;
}

constexpr FunctionEntry kFunctions[] = {{"arithmetic", arithmetic}, {"compare", compare}};

}  // namespace

void register_broadcast(napi_env env, napi_value exports) { define_functions(env, exports, kFunctions); }

}  // namespace onebit
