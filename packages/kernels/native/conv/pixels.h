#pragma once
// Reads the matrix A of a convolution: where the windows of a tile's pixels lie inside the image, the image itself serves as A; at the border a copy
// with zeros around it does.

#include "gemm.h"

namespace onebit {

/// How the A of a convolution is read, chosen once for all its blocks.
struct PixelPlan {
  bool lines = false;   // tiles stay within a line of output pixels, so that their windows are evenly spaced
  bool direct = false;  // windows inside the image are read there
  bool strips = false;  // tiles at the border copy the image below them once, instead of the window of every pixel
  int64_t strip_width = 0, strip_channels = 0, strip_floats = 0;
};

/// `source` is that of the first of `groups` groups whose channels follow one another.
PixelPlan plan_pixels(const PixelSource& source, int64_t groups);

/// Sets the groups of a problem and what follows from the plan.
void apply_plan(const PixelPlan& plan, const PixelSource& source, int64_t groups, GemmProblem& problem);

/// `source` and `plan` must outlive the reader.
LeftReader read_pixels(const PixelSource& source, const PixelPlan& plan, const LeftBlock& block);

}  // namespace onebit
