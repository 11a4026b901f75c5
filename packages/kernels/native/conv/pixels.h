#pragma once
// Reads the matrix A of a convolution: where the windows of a tile's pixels lie inside the image, the image itself serves as A; at the border a copy
// with zeros around it does.

#include <vector>

#include "gemm.h"
#include "geometry.h"

namespace onebit {

/// Some neighbouring groups of a convolution.
struct Groups {
  int64_t first, count;
};

/// The image and the windows of a forward pass, from the first channel of a group on.
PixelSource forward_source(const Conv2dGeometry& g, const float* x, int64_t group, const std::vector<PixelRun>& runs);

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

/// Groups of a task: as many as make a strip of 128 channels, 24 KiB for a 3 x 3 kernel.
int64_t task_groups(int64_t channels, int64_t groups);

/// Part of a line of an image, to be copied with `stride` floats from one pixel to the next.
struct LinePart {
  int64_t row, column;  // may lie outside the image, where pixels are zero
  int64_t width;
  int64_t channels, stride;
};
void copy_line(const PixelSource& source, const float* image, const LinePart& part, float* to);

/// `source` and `plan` must outlive the reader.
LeftReader read_pixels(const PixelSource& source, const PixelPlan& plan, const LeftBlock& block);

}  // namespace onebit
