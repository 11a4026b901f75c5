#include "test/naive.h"

#include <algorithm>

namespace onebit::test {
namespace {

/// Calls visit(y index, x index or -1 outside, filter index) for every product of a convolution.
template <typename Visit>
void for_each_product(const Conv2dGeometry& g, const Visit& visit) {
  const int64_t inputs = g.group_in(), outputs = g.group_out();
  for (int64_t n = 0; n < g.batch; n++)
    for (int64_t row = 0; row < g.out_height; row++)
      for (int64_t column = 0; column < g.out_width; column++)
        for (int64_t o = 0; o < g.out_channels; o++)
          for (int64_t kh = 0; kh < g.kernel_height; kh++)
            for (int64_t kw = 0; kw < g.kernel_width; kw++)
              for (int64_t i = 0; i < inputs; i++) {
                const int64_t h = row * g.stride_height + kh * g.dilation_height - g.pad_top;
                const int64_t w = column * g.stride_width + kw * g.dilation_width - g.pad_left;
                const bool inside = h >= 0 && h < g.in_height && w >= 0 && w < g.in_width;
                const int64_t pixel = (n * g.in_height + h) * g.in_width + w;
                visit(((n * g.out_height + row) * g.out_width + column) * g.out_channels + o,
                      inside ? pixel * g.in_channels + o / outputs * inputs + i : -1,
                      ((o * g.kernel_height + kh) * g.kernel_width + kw) * inputs + i);
              }
}

size_t at(int64_t index) { return static_cast<size_t>(index); }

struct Axis {
  int64_t in, out, kernel, stride, dilation, before, after;
};

Axis any_axis(Choices& choices) {
  Axis axis;
  axis.kernel = choices.in(1, 4);
  axis.stride = choices.in(1, 3);
  axis.dilation = choices.in(1, 4);
  axis.before = choices.in(0, 4);
  axis.after = choices.in(0, 4);
  const int64_t extent = (axis.kernel - 1) * axis.dilation + 1;
  axis.in = std::max(choices.in(1, 20), extent - axis.before - axis.after);
  axis.out = (axis.in + axis.before + axis.after - extent) / axis.stride + 1;
  return axis;
}

Conv2dGeometry geometry_of(const Axis& rows, const Axis& columns) {
  Conv2dGeometry g;
  g.in_height = rows.in, g.out_height = rows.out, g.kernel_height = rows.kernel, g.stride_height = rows.stride;
  g.dilation_height = rows.dilation, g.pad_top = rows.before, g.pad_bottom = rows.after;
  g.in_width = columns.in, g.out_width = columns.out, g.kernel_width = columns.kernel, g.stride_width = columns.stride;
  g.dilation_width = columns.dilation, g.pad_left = columns.before, g.pad_right = columns.after;
  return g;
}

int64_t products(const Conv2dGeometry& g) {
  return static_cast<int64_t>(g.output_size()) * g.kernel_height * g.kernel_width * g.group_in();
}

}  // namespace

Conv2dGeometry any_geometry(Choices& choices) {
  const Axis rows = any_axis(choices), columns = any_axis(choices);
  Conv2dGeometry g = geometry_of(rows, columns);
  g.batch = choices.in(0, 2);
  g.groups = choices.flip() ? 1 : choices.in(1, 3);
  g.in_channels = g.groups * choices.in(1, 200);
  g.out_channels = g.groups * choices.in(1, 70);
  // Give up channels, not shape, where the plain loops would take too long.
  while (products(g) > 10000 && g.in_channels + g.out_channels > 2 * g.groups) {
    int64_t& larger = g.in_channels > g.out_channels ? g.in_channels : g.out_channels;
    larger -= std::max<int64_t>(1, larger / g.groups / 4) * g.groups;
  }
  return g;
}

Conv2dGeometry wide_geometry(Choices& choices) {
  Conv2dGeometry g = geometry_of({1, 1, 1, 1, 1, 0, 0}, any_axis(choices));
  g.batch = 1;
  g.groups = choices.in(1, 2);
  g.in_channels = g.groups * choices.in(1, 200);
  g.out_channels = g.groups * (choices.flip() ? 512 : choices.in(500, 700));
  while (products(g) > 200000 && g.in_channels > g.groups) g.in_channels -= std::max<int64_t>(1, g.group_in() / 4) * g.groups;
  return g;
}

void fill_packed(Buffer<int32_t>& words, int64_t channels, Choices& choices) {
  const int64_t per_pixel = words_for(channels);
  for (int64_t i = 0; i < words.size(); i++) {
    const int64_t used = std::min<int64_t>(32, channels - i % per_pixel * 32);
    words[i] = static_cast<int32_t>(choices.bits() >> (32 - used));
  }
}

std::vector<double> unpacked(const Buffer<int32_t>& words, int64_t channels, Levels levels) {
  const int64_t per_pixel = words_for(channels);
  std::vector<double> values;
  for (int64_t pixel = 0; pixel < words.size() / per_pixel; pixel++)
    for (int64_t c = 0; c < channels; c++) values.push_back(value(bit(words.data() + pixel * per_pixel, c), levels));
  return values;
}

std::vector<double> doubles(const Buffer<float>& values) { return {values.data(), values.data() + values.size()}; }

std::vector<double> naive_conv(const Conv2dGeometry& g, const std::vector<double>& x, const std::vector<double>& filter, double outside) {
  std::vector<double> y(g.output_size());
  for_each_product(g, [&](int64_t yi, int64_t xi, int64_t fi) { y[at(yi)] += (xi < 0 ? outside : x[at(xi)]) * filter[at(fi)]; });
  return y;
}

std::vector<double> naive_input_gradient(const Conv2dGeometry& g, const std::vector<double>& dy, const std::vector<double>& filter) {
  std::vector<double> dx(g.input_size());
  for_each_product(g, [&](int64_t yi, int64_t xi, int64_t fi) {
    if (xi >= 0) dx[at(xi)] += dy[at(yi)] * filter[at(fi)];
  });
  return dx;
}

std::vector<double> naive_filter_gradient(const Conv2dGeometry& g, const std::vector<double>& x, const std::vector<double>& dy, double outside) {
  std::vector<double> dfilter(g.filter_size());
  for_each_product(g, [&](int64_t yi, int64_t xi, int64_t fi) { dfilter[at(fi)] += (xi < 0 ? outside : x[at(xi)]) * dy[at(yi)]; });
  return dfilter;
}

std::vector<double> to_ohwi(const Conv2dGeometry& g, const std::vector<double>& hwio) {
  std::vector<double> ohwi(hwio.size());
  const int64_t per_output = g.kernel_height * g.kernel_width * g.group_in();
  for (int64_t o = 0; o < g.out_channels; o++)
    for (int64_t k = 0; k < per_output; k++) ohwi[at(o * per_output + k)] = hwio[at(k * g.out_channels + o)];
  return ohwi;
}

}  // namespace onebit::test
