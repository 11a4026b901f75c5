#include <algorithm>
#include <cstring>
#include <utility>

#include "dispatch.h"
#include "signed/table_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,avx2,fma,prefer-vector-width=512")

namespace onebit {
namespace {

inline __mmask16 first_lanes(int64_t count) {
  return static_cast<__mmask16>((1u << std::clamp<int64_t>(count, 0, 16)) - 1);
}

/// R x V sums in registers, 24 at most of 32: the two halves of a table, V index vectors and the looked-up sums need the rest.
template <int R, int V>
void tile(const TableProduct& product, float* c, int64_t c_stride, int64_t columns) {
  __m512 sum[R][V];
  const int64_t before = product.accumulate ? columns : 0;
#pragma GCC unroll 12
  for (int r = 0; r < R; r++) {
#pragma GCC unroll 2
    for (int v = 0; v < V; v++) sum[r][v] = _mm512_maskz_loadu_ps(first_lanes(before - 16 * v), c + r * c_stride + 16 * v);
  }
  for (int64_t i = 0; i < product.run_count; i++) {
    const TableRun& run = product.runs[i];
    const float* table = product.tables + run.table;
    const uint8_t* indices = product.indices + run.index;
    for (int64_t g = run.groups; g > 0; g--) {
      __m512i index[V];
#pragma GCC unroll 2
      for (int v = 0; v < V; v++) index[v] = _mm512_loadu_si512(indices + v);
#pragma GCC unroll 12
      for (int r = 0; r < R; r++) {
        __m512 low = _mm512_load_ps(table + r * kTableFloats);
        __m512 high = _mm512_load_ps(table + r * kTableFloats + 16);
        // Folded into both permutes the loads would be twice as many, and those are the limit then.
        if (V == 2) asm("" : "+v"(low), "+v"(high));
#pragma GCC unroll 2
        for (int v = 0; v < V; v++) sum[r][v] = _mm512_add_ps(sum[r][v], _mm512_permutex2var_ps(low, index[v], high));
      }
      table += product.table_step;
      indices += product.index_step;
    }
  }
#pragma GCC unroll 12
  for (int r = 0; r < R; r++) {
#pragma GCC unroll 2
    for (int v = 0; v < V; v++) _mm512_mask_storeu_ps(c + r * c_stride + 16 * v, first_lanes(columns - 16 * v), sum[r][v]);
  }
}

/// Factors of value j in the 16 sums whose index has bit 4 clear; the last value counts the other way in those that have it set.
struct TableFactors {
  TableFactors(float zero, float one) : zeros(_mm512_set1_ps(zero)), ones(_mm512_set1_ps(one)) {
    f0 = _mm512_mask_mov_ps(zeros, 0xaaaa, ones);
    f1 = _mm512_mask_mov_ps(zeros, 0xcccc, ones);
    f2 = _mm512_mask_mov_ps(zeros, 0xf0f0, ones);
    f3 = _mm512_mask_mov_ps(zeros, 0xff00, ones);
  }

  void write(const float* values, int64_t stride, float* table) const {
    __m512 sum = _mm512_mul_ps(f0, _mm512_set1_ps(values[0]));
    sum = _mm512_fmadd_ps(f1, _mm512_set1_ps(values[stride]), sum);
    sum = _mm512_fmadd_ps(f2, _mm512_set1_ps(values[2 * stride]), sum);
    sum = _mm512_fmadd_ps(f3, _mm512_set1_ps(values[3 * stride]), sum);
    const __m512 last = _mm512_set1_ps(values[4 * stride]);
    _mm512_store_ps(table, _mm512_fmadd_ps(zeros, last, sum));
    _mm512_store_ps(table + 16, _mm512_fmadd_ps(ones, last, sum));
  }

  __m512 zeros, ones, f0, f1, f2, f3;
};

void build(const TableSource& source, const TableRectangle& to) {
  const TableFactors factors(source.zero, source.one);
  for (int64_t i = 0; i < to.outer; i++) {
    const float* values = source.values + i * source.outer_step;
    float* table = to.tables + i * to.outer_step;
    for (int64_t k = 0; k < to.inner; k++, values += source.inner_step, table += to.inner_step) factors.write(values, source.stride, table);
  }
}

void pack_indices(const uint64_t* lines, int64_t stride, uint8_t* to) {
  __m512i bytes = _mm512_maskz_set1_epi8(lines[0], 1);
  bytes = _mm512_mask_add_epi8(bytes, lines[stride], bytes, _mm512_set1_epi8(2));
  bytes = _mm512_mask_add_epi8(bytes, lines[2 * stride], bytes, _mm512_set1_epi8(4));
  bytes = _mm512_mask_add_epi8(bytes, lines[3 * stride], bytes, _mm512_set1_epi8(8));
  bytes = _mm512_mask_add_epi8(bytes, lines[4 * stride], bytes, _mm512_set1_epi8(16));
  // Four rows of 16 bytes become 16 columns of 4: the words of four columns meet in a 128-bit lane, where the bytes are transposed.
  const __m512i words = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  const __m512i transpose = _mm512_broadcast_i32x4(_mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
  _mm512_storeu_si512(to, _mm512_shuffle_epi8(_mm512_permutexvar_epi32(words, bytes), transpose));
}

/// Nearest bfloat16, ties to even, as a float; infinities and NaN stay.
inline __m512 round_bf16(__m512 v) {
  const __m512i bits = _mm512_castps_si512(v);
  const __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
  const __m512i rounded = _mm512_add_epi32(_mm512_add_epi32(bits, _mm512_set1_epi32(0x7fff)), odd);
  const __mmask16 special = _mm512_fpclass_ps_mask(v, 0x99);  // NaN and infinities
  return _mm512_mask_mov_ps(_mm512_castsi512_ps(_mm512_and_si512(rounded, _mm512_set1_epi32(static_cast<int>(0xffff0000u)))), special, v);
}

void build_pixels(const PixelTables& source, float* tables, int64_t group_step) {
  const TableFactors factors(source.zero, source.one);
  const __mmask16 inside = first_lanes(source.rows);
  alignas(64) float values[kTableDepth][16];
  for (int64_t i = 0; i < source.groups; i++, tables += group_step) {
#pragma GCC unroll 5
    for (int64_t j = 0; j < kTableDepth; j++) {
      const __m512 v = _mm512_maskz_loadu_ps(inside, source.pixels[i * kTableDepth + j] + source.channel);
      _mm512_store_ps(values[j], source.bf16 ? round_bf16(v) : v);
    }
    for (int64_t r = 0; r < source.rows; r++) factors.write(values[0] + r, 16, tables + r * kTableFloats);
  }
}

void stage(const StagedLines& lines, const float* factors, bool bf16, float* to) {
  for (int64_t line = 0; line < lines.lines; line++, to += lines.padded) {
    const float* from = lines.values + line * lines.stride;
    for (int64_t i = 0; i < lines.padded; i += 16) {
      _mm_prefetch(from + lines.lines * lines.stride + i, _MM_HINT_T0);  // the lines that are probably next
      const __mmask16 inside = first_lanes(lines.count - i);
      __m512 v = _mm512_maskz_loadu_ps(inside, from + i);
      if (factors) v = _mm512_mul_ps(v, _mm512_maskz_loadu_ps(inside, factors + i));
      // Whole vectors: what a masked store has written could not be read again before it has reached the cache.
      _mm512_store_ps(to + i, bf16 ? round_bf16(v) : v);
    }
  }
}

void keep(uint64_t bits, int64_t count, float* values) {
  for (int64_t i = 0; i < count; i += 16) {
    _mm512_mask_storeu_ps(values + i, static_cast<__mmask16>(~(bits >> i) & first_lanes(count - i)), _mm512_setzero_ps());
  }
}

/// 16 x 16: pairs of rows, quadruples, then 4 x 4 lanes of 128 bits in two steps.
inline void transpose16(__m512 (&m)[16]) {
  __m512 t[16];
#pragma GCC unroll 8
  for (int i = 0; i < 16; i += 2) {
    t[i] = _mm512_unpacklo_ps(m[i], m[i + 1]);
    t[i + 1] = _mm512_unpackhi_ps(m[i], m[i + 1]);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 16; i += 4) {  // m[i + k]: column 4 * lane + k of rows i .. i + 3
    m[i] = _mm512_shuffle_ps(t[i], t[i + 2], 0x44);
    m[i + 1] = _mm512_shuffle_ps(t[i], t[i + 2], 0xee);
    m[i + 2] = _mm512_shuffle_ps(t[i + 1], t[i + 3], 0x44);
    m[i + 3] = _mm512_shuffle_ps(t[i + 1], t[i + 3], 0xee);
  }
#pragma GCC unroll 4
  for (int k = 0; k < 4; k++) {
    t[k] = _mm512_shuffle_f32x4(m[k], m[k + 4], 0x88);        // lanes 0, 2 of rows 0-3, 4-7
    t[k + 4] = _mm512_shuffle_f32x4(m[k], m[k + 4], 0xdd);    // lanes 1, 3
    t[k + 8] = _mm512_shuffle_f32x4(m[k + 8], m[k + 12], 0x88);
    t[k + 12] = _mm512_shuffle_f32x4(m[k + 8], m[k + 12], 0xdd);
  }
#pragma GCC unroll 4
  for (int k = 0; k < 4; k++) {
    m[k] = _mm512_shuffle_f32x4(t[k], t[k + 8], 0x88);
    m[k + 8] = _mm512_shuffle_f32x4(t[k], t[k + 8], 0xdd);
    m[k + 4] = _mm512_shuffle_f32x4(t[k + 4], t[k + 12], 0x88);
    m[k + 12] = _mm512_shuffle_f32x4(t[k + 4], t[k + 12], 0xdd);
  }
}

/// Copies a line past the caches: whole cache lines, so that none is read before it is written; the ends as usual.
inline void stream_line(const float* from, int64_t count, float* to) {
  const int64_t head = std::min<int64_t>(count, (64 - static_cast<int64_t>(reinterpret_cast<uintptr_t>(to) % 64)) % 64 / 4);
  _mm512_mask_storeu_ps(to, first_lanes(head), _mm512_loadu_ps(from));
  int64_t i = head;
  for (; i + 16 <= count; i += 16) _mm512_stream_ps(to + i, _mm512_loadu_ps(from + i));
  _mm512_mask_storeu_ps(to + i, first_lanes(count - i), _mm512_maskz_loadu_ps(first_lanes(count - i), from + i));
}

inline void copy_line(const float* from, int64_t count, float* to) {
  for (int64_t i = 0; i < count; i += 16) _mm512_mask_storeu_ps(to + i, first_lanes(count - i), _mm512_load_ps(from + i));
}

void write_transposed(const float* from, int64_t from_stride, int64_t rows, int64_t columns, const float* offsets, const Slope& slope,
                      bool stream, float* to, int64_t to_stride) {
  alignas(64) float lines[16][kTransposedRows + 16];  // not a power of two, so that the lines fall into different cache sets
  for (int64_t j = 0; j < columns; j += 16) {
    const __mmask16 inside = first_lanes(columns - j);
    for (int64_t i = 0; i < rows; i += 16) {
      const __m512 offset = _mm512_maskz_loadu_ps(first_lanes(rows - i), offsets + i);
      __m512 m[16];
#pragma GCC unroll 16
      for (int k = 0; k < 16; k++) {
        m[k] = i + k < rows ? _mm512_maskz_loadu_ps(inside, from + (i + k) * from_stride + j) : _mm512_setzero_ps();
      }
      transpose16(m);
#pragma GCC unroll 16
      for (int k = 0; k < 16; k++) _mm512_store_ps(lines[k] + i, _mm512_add_ps(m[k], offset));
    }
    for (int64_t k = 0; k < std::min<int64_t>(16, columns - j); k++) {
      if (slope.multiply) slope.multiply(lines[k], slope.x + (j + k) * to_stride, lines[k], rows, 0, 0);
      (stream ? stream_line : copy_line)(lines[k], rows, to + (j + k) * to_stride);
    }
  }
  if (stream) _mm_sfence();
}

template <int... R>
void fill_tiles(TableKernels& kernels, std::integer_sequence<int, R...>) {
  ((kernels.tile[R][0] = tile<R + 1, 1>, kernels.tile[R][1] = tile<R + 1, 2>), ...);
}

TableKernels make_kernels() {
  TableKernels kernels{};
  fill_tiles(kernels, std::make_integer_sequence<int, kTileRows>());
  kernels.build = build;
  kernels.build_pixels = build_pixels;
  kernels.pack_indices = pack_indices;
  kernels.stage = stage;
  kernels.keep = keep;
  kernels.write_transposed = write_transposed;
  return kernels;
}

}  // namespace

const TableKernels* table_kernels() {
  static const TableKernels kernels = make_kernels();
  return kernel_set() >= KernelSet::kAvx512 ? &kernels : nullptr;
}

}  // namespace onebit

#pragma GCC pop_options
#else
namespace onebit {
const TableKernels* table_kernels() { return nullptr; }
}  // namespace onebit
#endif
