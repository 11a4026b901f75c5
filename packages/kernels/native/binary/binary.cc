// binaryConv2dSum, prepareFilter, binaryMatMul, binaryConv2d, binaryConv2dFloat: src/native/binary.ts.
#include <algorithm>
#include <string>
#include <vector>

#include "binary_conv.h"
#include "binary_kernels.h"
#include "conv/read_geometry.h"
#include "conv/scratch.h"
#include "dispatch.h"
#include "filter_panels.h"
#include "bits/read_bits.h"
#include "read_transform.h"
#include "slice_filter.h"

namespace onebit {
namespace {

/// Dot products and twice the counts are int32.
constexpr int64_t kMaxDepth = (int64_t{1} << 30) - 1;
constexpr size_t kMaxTerms = 4096;

Conv2dGeometry read_binary_geometry(const Args& args, size_t i) {
  const Conv2dGeometry g = read_geometry(args, i);
  const int64_t depth = g.kernel_height * g.kernel_width * g.group_in();
  args.require(depth <= kMaxDepth, "geometry: a dot product must have fewer than 2^30 terms, got %lld", static_cast<long long>(depth));
  return g;
}

size_t input_words(const Conv2dGeometry& g) {
  return static_cast<size_t>(g.batch * g.in_height * g.in_width * words_for(g.in_channels));
}
size_t filter_words(const Conv2dGeometry& g) {
  return static_cast<size_t>(g.out_channels * g.kernel_height * g.kernel_width * words_for(g.group_in()));
}

/// Where the tables of the bit-sliced kernels begin in a prepared filter: at a cache line.
int64_t tables_offset(const Conv2dGeometry& g) { return (prepared_words(g) + 15) / 16 * 16; }
int64_t panel_words(const Conv2dGeometry& g) { return tables_offset(g) + SlicePlan(g).words(g); }

/// A term is three entries of `operands`: x, filter or panels, scale; a fourth names the kernel set of a prepared filter.
constexpr size_t kTermEntries = 4;

/// Checks all terms; those whose filter is not prepared are prepared here.
std::vector<BinaryTerm> read_terms(const std::vector<Field>& operands, const Conv2dGeometry& g) {
  thread_local Scratch scratch;
  const std::string wanted = kernel_set_name(kernel_set());
  std::vector<BinaryTerm> terms;
  std::vector<const int32_t*> filters;  // null where prepared
  for (size_t i = 0; i < operands.size(); i += kTermEntries) {
    const std::string path = "terms[" + std::to_string(i / kTermEntries) + "].";
    const Field x = operands[i].named(path + "x"), filter = operands[i + 1].named(path + "filter");
    const Field scale = operands[i + 2].named(path + "scale"), set = operands[i + 3].named(path + "filter.kernelSet");
    const bool is_prepared = !set.is_nullish();
    if (is_prepared && set.text() != wanted) {
      set.fail_backend("must be %s, got %s; prepare the filter again from the packed one", wanted.c_str(), set.text().c_str());
    }
    const int32_t* words = filter.int32s(is_prepared ? static_cast<size_t>(panel_words(g)) : filter_words(g)).data;
    filters.push_back(is_prepared ? nullptr : words);
    terms.push_back({x.int32s(input_words(g)).data, is_prepared ? words : nullptr, scale.optional_floats(static_cast<size_t>(g.out_channels)).data,
                     is_prepared ? words + tables_offset(g) : nullptr});
  }
  const auto words = static_cast<size_t>(tables_offset(g));
  const auto unprepared = static_cast<size_t>(std::count_if(filters.begin(), filters.end(), [](const int32_t* words) { return words != nullptr; }));
  int32_t* own = scratch.get<int32_t>(words * unprepared);
  for (size_t t = 0; t < terms.size(); t++) {
    if (filters[t] == nullptr) continue;
    prepare_filter(g, filters[t], own);
    terms[t].prepared = own;
    own += words;
  }
  return terms;
}

/// binaryConv2dSum(operands, geometry, padValue, levels, ...transform and output)
napi_value binary_conv2d_sums(Args& args) {
  const std::vector<Field> operands = Field(args, 0, "terms").entries(kTermEntries * kMaxTerms);
  args.require(!operands.empty() && operands.size() % kTermEntries == 0, "terms must be an array of at least one term");
  const Conv2dGeometry g = read_binary_geometry(args, 1);
  const BinaryReading reading = read_reading(args, 2, 3);
  const bool plain = operands.size() == kTermEntries && operands[2].is_nullish();
  const CheckedOutput checked = read_output(OutputFields(args, 4), g, plain);
  const std::vector<BinaryTerm> terms = read_terms(operands, g);
  binary_conv2d_sum(g, reading, terms.data(), static_cast<int64_t>(terms.size()), checked.transform, checked.output);
  return nullptr;
}

/// prepareFilter(filter, geometry): the panels
napi_value prepare_filters(Args& args) {
  const Conv2dGeometry g = read_binary_geometry(args, 1);
  const auto filter = args.int32s(0, "filter", filter_words(g));
  const NewInt32Array panels = args.make_int32s(static_cast<size_t>(panel_words(g)));
  prepare_filter(g, filter.data, panels.data);
  prepare_slices(g, panels.data, panels.data + tables_offset(g));
  return panels.value;
}

/// binaryMatMul(a, b, y, depth, levels)
napi_value binary_mat_muls(Args& args) {
  const int64_t depth = args.integer(3, "depth", 1, kMaxDepth), words = words_for(depth);
  const Levels levels = read_levels(Field(args, 4, "levels"));
  const auto a = args.int32s(0, "a"), b = args.int32s(1, "b");
  const auto rows = [&](const Span<int32_t>& matrix, const char* what) {
    args.require(matrix.size % static_cast<size_t>(words) == 0, "%s must have a length divisible by %lld, got %zu", what,
                 static_cast<long long>(words), matrix.size);
    return static_cast<int64_t>(matrix.size) / words;
  };
  const int64_t m = rows(a, "a"), n = rows(b, "b");
  const auto y = args.int32s(2, "y", static_cast<size_t>(m * n));
  binary_mat_mul(m, n, depth, levels, a.data, b.data, y.data);
  return nullptr;
}

/// binaryConv2d(x, filter, y, geometry, padValue, levels)
napi_value binary_conv2d_words(Args& args) {
  const Conv2dGeometry g = read_binary_geometry(args, 3);
  const BinaryReading reading = read_reading(args, 4, 5);
  const auto x = args.int32s(0, "x", input_words(g));
  const auto filter = args.int32s(1, "filter", filter_words(g));
  const auto y = args.int32s(2, "y", g.output_size());
  binary_conv2d(g, reading, x.data, filter.data, y.data);
  return nullptr;
}

/// binaryConv2dFloat(x, filter, scale | null, y, geometry, padValue, levels)
napi_value binary_conv2d_floats(Args& args) {
  const Conv2dGeometry g = read_binary_geometry(args, 4);
  const BinaryReading reading = read_reading(args, 5, 6);
  const auto x = args.floats(0, "x", g.input_size());
  const auto filter = args.floats(1, "filter", g.filter_size());
  const auto scale = Field(args, 2, "scale").optional_floats(static_cast<size_t>(g.out_channels));
  const auto y = args.floats(3, "y", g.output_size());
  binary_conv2d_float(g, reading, x.data, filter.data, scale.data, y.data);
  return nullptr;
}

constexpr FunctionEntry kFunctions[] = {
    {"binaryConv2dSum", binary_conv2d_sums},   {"prepareFilter", prepare_filters},
    {"binaryMatMul", binary_mat_muls},         {"binaryConv2d", binary_conv2d_words},
    {"binaryConv2dFloat", binary_conv2d_floats},
};

}  // namespace

void register_binary(napi_env env, napi_value exports) { define_functions(env, exports, kFunctions); }

}  // namespace onebit
