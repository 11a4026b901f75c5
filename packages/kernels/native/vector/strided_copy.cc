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

/// Two dimensions of which one is contiguous in the source, the other in the destination: in squares, so that both sides use whole cache lines.
template <typename T>
void copy_plane(T* to, const T* from, const CopyDim& outer, const CopyDim& inner) {
  constexpr int64_t kTile = 16;
  for (int64_t i = 0; i < outer.size; i += kTile) {
    const int64_t i_end = std::min(i + kTile, outer.size);
    for (int64_t j = 0; j < inner.size; j += kTile) {
      const int64_t j_end = std::min(j + kTile, inner.size);
      for (int64_t k = i; k < i_end; k++) {
        for (int64_t l = j; l < j_end; l++) to[k * outer.to + l * inner.to] = from[k * outer.from + l * inner.from];
      }
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
