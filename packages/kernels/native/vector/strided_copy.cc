// Copies between strided arrays: transposition, tiling, padding, slicing and concatenation are all this one loop nest.
#include <algorithm>

#include "vector/common.h"

namespace onebit {
namespace {

/// Drops dimensions of size 1 and joins those that advance together.
std::vector<CopyDim> simplify(const std::vector<CopyDim>& dims) {
  std::vector<CopyDim> result;
  for (const CopyDim& dim : dims) {
    if (dim.size == 1) continue;
    if (!result.empty() && result.back().to == dim.to * dim.size && result.back().from == dim.from * dim.size) {
      result.back() = {result.back().size * dim.size, dim.to, dim.from};
    } else {
      result.push_back(dim);
    }
  }
  return result;
}

template <typename T>
inline void copy_row(T* to, const T* from, const CopyDim& dim) {
  if (dim.to == 1 && dim.from == 1) {
    std::memcpy(to, from, static_cast<size_t>(dim.size) * sizeof(T));
  } else if (dim.to == 1 && dim.from == 0) {
    std::fill(to, to + dim.size, *from);
  } else {
    for (int64_t i = 0; i < dim.size; i++) to[i * dim.to] = from[i * dim.from];
  }
}

typedef uint32_t Quad __attribute__((vector_size(16)));

inline Quad load_quad(const uint32_t* from) {
  Quad quad;
  std::memcpy(&quad, from, sizeof quad);
  return quad;
}

/// to[k * to_stride + l] = from[l * from_stride + k] for k, l < 4.
inline void transpose_quads(uint32_t* to, int64_t to_stride, const uint32_t* from, int64_t from_stride) {
  const Quad r0 = load_quad(from), r1 = load_quad(from + from_stride), r2 = load_quad(from + 2 * from_stride), r3 = load_quad(from + 3 * from_stride);
  const Quad low01 = __builtin_shuffle(r0, r1, Quad{0, 4, 1, 5}), high01 = __builtin_shuffle(r0, r1, Quad{2, 6, 3, 7});
  const Quad low23 = __builtin_shuffle(r2, r3, Quad{0, 4, 1, 5}), high23 = __builtin_shuffle(r2, r3, Quad{2, 6, 3, 7});
  const Quad rows[4] = {__builtin_shuffle(low01, low23, Quad{0, 1, 4, 5}), __builtin_shuffle(low01, low23, Quad{2, 3, 6, 7}),
                        __builtin_shuffle(high01, high23, Quad{0, 1, 4, 5}), __builtin_shuffle(high01, high23, Quad{2, 3, 6, 7})};
  for (int k = 0; k < 4; k++) std::memcpy(to + k * to_stride, &rows[k], sizeof rows[k]);
}

/// to[k * outer.to + l * inner.to] = from[k * outer.from + l * inner.from] for k, l below the sizes.
template <typename T>
inline void copy_square(T* to, const T* from, const CopyDim& outer, const CopyDim& inner) {
  for (int64_t k = 0; k < outer.size; k++) {
    for (int64_t l = 0; l < inner.size; l++) to[k * outer.to + l * inner.to] = from[k * outer.from + l * inner.from];
  }
}

inline void copy_square(uint32_t* to, const uint32_t* from, const CopyDim& outer, const CopyDim& inner) {
  if (outer.size % 4 != 0 || inner.size % 4 != 0 || outer.from != 1 || inner.to != 1) return copy_square<uint32_t>(to, from, outer, inner);
  for (int64_t k = 0; k < outer.size; k += 4) {
    for (int64_t l = 0; l < inner.size; l += 4) transpose_quads(to + k * outer.to + l, outer.to, from + k + l * inner.from, inner.from);
  }
}

/// Two dimensions of which one is contiguous in the source, the other in the destination: in squares, so that both sides use whole cache lines.
template <typename T>
void copy_plane(T* to, const T* from, const CopyDim& outer, const CopyDim& inner) {
  constexpr int64_t kTile = 16;
  for (int64_t i = 0; i < outer.size; i += kTile) {
    for (int64_t j = 0; j < inner.size; j += kTile) {
      copy_square(to + i * outer.to + j * inner.to, from + i * outer.from + j * inner.from,
                  {std::min(kTile, outer.size - i), outer.to, outer.from}, {std::min(kTile, inner.size - j), inner.to, inner.from});
    }
  }
}

struct Offsets {
  int64_t to = 0, from = 0;
};

Offsets offsets_of(const std::vector<CopyDim>& dims, int64_t index) {
  Offsets offsets;
  for (size_t k = dims.size(); k-- > 0;) {
    const int64_t at = index % dims[k].size;
    index /= dims[k].size;
    offsets.to += at * dims[k].to;
    offsets.from += at * dims[k].from;
  }
  return offsets;
}

/// Splits `dim` so that a few large planes give work to all threads: where it comes out even, pieces of 16 to 64 become an outer dimension.
void split_plane(std::vector<CopyDim>& outer, CopyDim& dim) {
  for (int64_t length = std::min<int64_t>(64, dim.size - 1); length >= 16; length--) {
    if (dim.size % length != 0) continue;
    outer.push_back({dim.size / length, dim.to * length, dim.from * length});
    dim.size = length;
    return;
  }
}

template <typename T>
void copy(std::vector<CopyDim> dims, T* to, const T* from) {
  if (dims.empty()) {
    *to = *from;
    return;
  }
  const CopyDim inner = dims.back();
  dims.pop_back();
  const auto plane = std::find_if(dims.begin(), dims.end(), [](const CopyDim& dim) { return dim.from == 1; });
  const bool transposes = inner.from != 1 && inner.from != 0 && plane != dims.end();
  CopyDim second{1, 0, 0};
  if (transposes) {
    second = *plane;
    dims.erase(plane);
    split_plane(dims, second);
  }
  int64_t count = 1;
  for (const CopyDim& dim : dims) count *= dim.size;
  parallel_for(count, row_grain(inner.size * second.size), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
      const Offsets at = offsets_of(dims, i);
      if (transposes) {
        copy_plane(to + at.to, from + at.from, second, inner);
      } else {
        copy_row(to + at.to, from + at.from, inner);
      }
    }
  });
}

}  // namespace

void strided_copy(std::vector<CopyDim> dims, void* to, const void* from, size_t width) {
  for (const CopyDim& dim : dims) {
    if (dim.size == 0) return;
  }
  dims = simplify(dims);
  if (width == 1) {
    copy(std::move(dims), static_cast<uint8_t*>(to), static_cast<const uint8_t*>(from));
  } else {
    copy(std::move(dims), static_cast<uint32_t*>(to), static_cast<const uint32_t*>(from));
  }
}

}  // namespace onebit
