#pragma once
// Working memory of the kernels: one buffer per thread and purpose, 64-byte aligned, kept for the next call. The sizes that are asked for are
// bounded by the block sizes of the algorithms, not by the tensors.

#include <cstddef>
#include <cstdlib>
#include <new>

namespace onebit {

class Scratch {
 public:
  Scratch() = default;
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() { std::free(data_); }

  /// At least `count` values of T, uninitialised. The previous content is lost when the buffer grows.
  template <typename T>
  T* get(size_t count) {
    const size_t bytes = (count * sizeof(T) + 63) / 64 * 64;
    if (bytes > bytes_) {
      std::free(data_);
      bytes_ = 0;
      data_ = nullptr;
      if (posix_memalign(&data_, 64, bytes) != 0) throw std::bad_alloc();
      bytes_ = bytes;
    }
    return static_cast<T*>(data_);
  }

 private:
  void* data_ = nullptr;
  size_t bytes_ = 0;
};

}  // namespace onebit
