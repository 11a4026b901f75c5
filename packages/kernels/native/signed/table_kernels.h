#pragma once
// Products of real numbers with ±1 (or 0 and 1) without multiplications. Five values of the depth become a table of their 32 signed sums; the five
// bits of a column look its sum up. A two-register permute does 16 columns at once, so a lookup and an addition stand for 80 multiply-adds; on
// Intel's cores they run on different ports, one pair per cycle, against 32 multiply-adds per cycle of the two FMA units.

#include <cstdint>

#include "signed/signed.h"

namespace onebit {

/// Values of a table: 2^5 sums fill the two registers that one permute can read.
constexpr int64_t kTableDepth = 5;
constexpr int64_t kTableFloats = 32;
/// Indices are bytes, in blocks of 64 columns: byte 4 * l + v belongs to column 16 * v + l. So 16 words of 32 bits read at byte v of the block hold
/// the indices of columns [16 v, 16 v + 16) in their low bits, the only ones a permute looks at, and nothing need be shifted.
constexpr int64_t kIndexBlock = 64;
/// Bytes that may be read beyond the last block.
constexpr int64_t kIndexSlack = 64;
constexpr int64_t kTileRows = 12;
constexpr int64_t kTileColumns = 32;
constexpr int64_t kTransposedRows = 512;

/// Tables and indices of consecutive groups of the depth: table of row r and group g at tables + table + g * table_step + r * kTableFloats, its
/// indices at indices + index + g * index_step.
struct TableRun {
  int64_t table;
  int64_t index;
  int64_t groups;
};

struct TableProduct {
  const TableRun* runs;
  int64_t run_count;
  const float* tables;
  int64_t table_step;
  const uint8_t* indices;
  int64_t index_step;
  bool accumulate;
};

/// c[r * c_stride + j] = or += sum over runs and groups of the looked-up sums, j < columns.
using TableTile = void (*)(const TableProduct& product, float* c, int64_t c_stride, int64_t columns);

/// Value j of table (i, k) is values[i * outer_step + k * inner_step + j * stride]; it counts `zero` times where bit j of the index is 0, `one` times
/// where it is 1.
struct TableSource {
  const float* values;
  int64_t outer_step, inner_step, stride;
  float zero, one;
};

/// Table (i, k) lies at tables + i * outer_step + k * inner_step.
struct TableRectangle {
  float* tables;
  int64_t outer, inner;
  int64_t outer_step, inner_step;
};

/// Tables of output channels [channel, channel + rows) of groups of five pixels, at pixels[5 * group + j]; zero and one as above.
struct PixelTables {
  const float* const* pixels;
  int64_t groups, channel, rows;
  float zero, one;
  bool bf16;  // round the values to bfloat16 first
};

/// `lines` lines of `count` values, at values + line * stride, to be followed by zeros up to `padded`, a multiple of 16.
struct StagedLines {
  const float* values;
  int64_t stride, lines, count, padded;
};

struct TableKernels {
  /// tile[rows - 1][vectors - 1], vectors of 16 columns.
  TableTile tile[kTileRows][2];
  /// Fills a rectangle of tables.
  void (*build)(const TableSource& source, const TableRectangle& to);
  /// Fills table row r of group i at tables + i * group_step + r * kTableFloats; rows <= 16.
  void (*build_pixels)(const PixelTables& source, float* tables, int64_t group_step);
  /// Index block of five lines of 64 bits, at lines + j * stride.
  void (*pack_indices)(const uint64_t* lines, int64_t stride, uint8_t* to);
  /// Copies lines one after the other to 64-byte aligned memory, times factors[i] unless null, rounded to bfloat16 (nearest, ties to even) if `bf16`.
  void (*stage)(const StagedLines& lines, const float* factors, bool bf16, float* to);
  /// values[i] = 0 where bit i of `bits` is 0, i < count <= 64.
  void (*keep)(uint64_t bits, int64_t count, float* values);
  /// to[j * to_stride + i] = from[i * from_stride + j] + offsets[i], i < rows <= kTransposedRows, j < columns, times the slope, if there is one, at
  /// x[j * to_stride + i]; past the caches if `stream`.
  void (*write_transposed)(const float* from, int64_t from_stride, int64_t rows, int64_t columns, const float* offsets, const Slope& slope,
                           bool stream, float* to, int64_t to_stride);
};

/// Those of the active kernel set; null where it has no permute of two 512-bit registers.
const TableKernels* table_kernels();

}  // namespace onebit
