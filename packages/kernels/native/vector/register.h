#pragma once
// The groups of functions of this area; vector.cc registers them all.

#include <node_api.h>

namespace onebit {

void register_elementwise(napi_env env, napi_value exports);
void register_broadcast(napi_env env, napi_value exports);
void register_shape(napi_env env, napi_value exports);
void register_rows(napi_env env, napi_value exports);
void register_reduce(napi_env env, napi_value exports);
void register_normalization(napi_env env, napi_value exports);
void register_pool(napi_env env, napi_value exports);
void register_loss(napi_env env, napi_value exports);
void register_binarize(napi_env env, napi_value exports);
void register_resize(napi_env env, napi_value exports);
void register_optimizer(napi_env env, napi_value exports);
void register_boxes(napi_env env, napi_value exports);
void register_entropy(napi_env env, napi_value exports);
void register_row_loss(napi_env env, napi_value exports);
void register_l2_normalize(napi_env env, napi_value exports);
void register_soft_levels(napi_env env, napi_value exports);
void register_residual(napi_env env, napi_value exports);

}  // namespace onebit
