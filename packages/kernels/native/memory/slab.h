#pragma once
// Large pieces of memory straight from the system, for the arrays under tensors.

#include <cstddef>

namespace onebit {

/// Size and boundary of the processor's large pages: 2 MiB on x86-64 and, with 4 KiB base pages, on ARM64.
constexpr size_t kLargePage = size_t{1} << 21;

/// Memory of `bytes` bytes (a multiple of kLargePage) at a boundary of large pages, backed by them where the system has them; nullptr where
/// there is none left. Pages that were never written to take no memory.
void* map_slab(size_t bytes);

void unmap_slab(void* data, size_t bytes);

/// Gives the pages that lie wholly inside back to the system until they are written to again; their content is lost.
void discard_pages(void* data, size_t bytes);

/// From now on large blocks that the process frees go back to the system. The effect is on the whole process.
void return_freed_memory();

}  // namespace onebit
