#include "int8/pool.h"

#include <algorithm>
#include <cstring>

#include "int8/kernels.h"
#include "thread_pool.h"

namespace onebit {

void int8_max_pool(const Conv2dGeometry& g, const int8_t* x, int8_t* y) {
  const int64_t channels = g.in_channels, line = g.out_width * channels;
  const Int8Kernels& kernels = int8_kernels();
  parallel_for(g.batch * g.out_height, std::max<int64_t>(1, 16384 / line), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
      const int64_t n = i / g.out_height, top = i % g.out_height * g.stride_height - g.pad_top;
      std::memset(y + i * line, -128, static_cast<size_t>(line));
      for (int64_t kh = 0; kh < g.kernel_height; kh++) {
        const int64_t row = top + kh * g.dilation_height;
        if (row < 0 || row >= g.in_height) continue;
        const int8_t* const from = x + (n * g.in_height + row) * g.in_width * channels;
        for (int64_t r = 0; r < g.out_width; r++) {
          for (int64_t kw = 0; kw < g.kernel_width; kw++) {
            const int64_t column = r * g.stride_width - g.pad_left + kw * g.dilation_width;
            if (column >= 0 && column < g.in_width) kernels.take_larger(from + column * channels, channels, y + i * line + r * channels);
          }
        }
      }
    }
  });
}

}  // namespace onebit
