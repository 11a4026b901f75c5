// binaryConv2dSum, prepareFilter, binaryMatMul, binaryConv2d, binaryConv2dFloat: src/native/binary.ts.
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

/// A property of an object that stands for itself where it is not a prepared filter.
Field prepared_property(const Field& filter, const char* key) {
  if (filter.is_typed_array()) return filter;
  if (!filter.is_object()) filter.fail("must be an Int32Array or a prepared filter");
  return filter[key];
}

/// The properties of a term, got before the address of any array is taken (napi_field.h).
struct TermFields {
  explicit TermFields(const Field& term)
      : x(term["x"]),
        filter(term["filter"]),
        scale(term["scale"]),
        kernel_set(prepared_property(filter, "kernelSet")),
        shape(prepared_property(filter, "shape")),
        groups(prepared_property(filter, "groups")),
        panels(prepared_property(filter, "panels")) {
    if (!filter.is_typed_array()) sizes = shape.entries(4);  // [O, kh, kw, C / groups]
  }

  /// The panels, once they are known to belong to this geometry and kernel set.
  const int32_t* prepared(const Conv2dGeometry& g) const {
    const std::string set = kernel_set.text(), wanted = kernel_set_name(onebit::kernel_set());
    if (set != wanted) {
      filter.fail_backend("must be prepared for %s, got one prepared for %s; prepare it again from the packed filter", wanted.c_str(), set.c_str());
    }
    const int64_t expected[] = {g.out_channels, g.kernel_height, g.kernel_width, g.group_in()};
    if (sizes.size() != 4) shape.fail("must have 4 entries, got %zu", sizes.size());
    for (size_t i = 0; i < 4; i++) {
      const int64_t size = sizes[i].integer(0, kMaxDepth);
      if (size != expected[i]) sizes[i].fail("must be %lld, got %lld", static_cast<long long>(expected[i]), static_cast<long long>(size));
    }
    const int64_t found = groups.integer(0, kMaxDepth);
    if (found != g.groups) groups.fail("must be %lld, got %lld", static_cast<long long>(g.groups), static_cast<long long>(found));
    return panels.int32s(static_cast<size_t>(prepared_words(g))).data;
  }

  Field x, filter, scale, kernel_set, shape, groups, panels;
  std::vector<Field> sizes;
};

/// Checks all terms; those whose filter is not prepared are prepared here.
std::vector<BinaryTerm> read_terms(const std::vector<TermFields>& fields, const Conv2dGeometry& g) {
  thread_local Scratch scratch;
  std::vector<BinaryTerm> terms;
  for (const TermFields& term : fields) {
    const int32_t* x = term.x.int32s(input_words(g)).data;
    const float* scale = term.scale.optional_floats(static_cast<size_t>(g.out_channels)).data;
    if (term.filter.is_typed_array()) term.filter.int32s(filter_words(g));
    terms.push_back({x, term.filter.is_typed_array() ? nullptr : term.prepared(g), scale});
  }
  const auto words = static_cast<size_t>((prepared_words(g) + 15) / 16 * 16);
  int32_t* own = scratch.get<int32_t>(words * terms.size());
  for (size_t t = 0; t < terms.size(); t++, own += words) {
    if (terms[t].prepared != nullptr) continue;
    prepare_filter(g, fields[t].filter.int32s(filter_words(g)).data, own);
    terms[t].prepared = own;
  }
  return terms;
}

/// binaryConv2dSum(terms, geometry, reading, transform, output)
napi_value binary_conv2d_sums(Args& args) {
  std::vector<TermFields> fields;
  for (const Field& term : Field(args, 0, "terms").entries(kMaxTerms)) fields.emplace_back(term);
  args.require(!fields.empty(), "terms must be an array of at least one term");
  const Conv2dGeometry g = read_binary_geometry(args, 1);
  const BinaryReading reading = read_reading(Field(args, 2, "reading"));
  const OutputFields output_fields(Field(args, 3, "transform"), Field(args, 4, "output"));
  const bool plain = fields.size() == 1 && fields[0].scale.is_nullish();
  const CheckedOutput checked = read_output(output_fields, g, plain);
  const std::vector<BinaryTerm> terms = read_terms(fields, g);
  binary_conv2d_sum(g, reading, terms.data(), static_cast<int64_t>(terms.size()), checked.transform, checked.output);
  return nullptr;
}

/// prepareFilter(filter, geometry)
napi_value prepare_filters(Args& args) {
  const Conv2dGeometry g = read_binary_geometry(args, 1);
  const auto filter = args.int32s(0, "filter", filter_words(g));
  const NewInt32Array panels = args.make_int32s(static_cast<size_t>(prepared_words(g)));
  prepare_filter(g, filter.data, panels.data);
  const int64_t sizes[] = {g.out_channels, g.kernel_height, g.kernel_width, g.group_in()};
  napi_value shape = args.make_array();
  for (uint32_t i = 0; i < 4; i++) args.append(shape, i, args.make_number(static_cast<double>(sizes[i])));
  napi_value result = args.make_object();
  args.set(result, "kernelSet", args.make_text(kernel_set_name(kernel_set())));
  args.set(result, "shape", shape);
  args.set(result, "groups", args.make_number(static_cast<double>(g.groups)));
  args.set(result, "panels", panels.value);
  return result;
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

BinaryReading read_reading_at(const Args& args, size_t pad_value, size_t levels) {
  return {static_cast<int32_t>(args.integer(pad_value, "padValue", -1, 1)), read_levels(Field(args, levels, "levels"))};
}

/// binaryConv2d(x, filter, y, geometry, padValue, levels)
napi_value binary_conv2d_words(Args& args) {
  const Conv2dGeometry g = read_binary_geometry(args, 3);
  const BinaryReading reading = read_reading_at(args, 4, 5);
  const auto x = args.int32s(0, "x", input_words(g));
  const auto filter = args.int32s(1, "filter", filter_words(g));
  const auto y = args.int32s(2, "y", g.output_size());
  binary_conv2d(g, reading, x.data, filter.data, y.data);
  return nullptr;
}

/// binaryConv2dFloat(x, filter, scale | null, y, geometry, padValue, levels)
napi_value binary_conv2d_floats(Args& args) {
  const Conv2dGeometry g = read_binary_geometry(args, 4);
  const BinaryReading reading = read_reading_at(args, 5, 6);
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
