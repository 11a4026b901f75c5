"""Binary convolutions as PyTorch programs have them: floats that happen to be +-1, convolved by the float kernels.

Two forms of the same gradients. `masks` writes them as published code does: the value is detached, a differentiable stand-in with the wanted slope is
added and subtracted. `function` gives forward and backward pass by hand, which saves most of the element-wise work and of the memory.
"""

import torch
from torch import nn
from torch.nn import functional as F

FORMS = ("masks", "function")


def blend(condition, where_true, where_false):
    mask = condition.float()
    return mask * where_true + (1 - mask) * where_false


def with_value(value, slope):
    """`value` forwards, the gradient of `slope` backwards."""
    return value.detach() - slope.detach() + slope


def masked_sign(x):
    """sign(x) with the derivative of Bi-Real's piecewise quadratic, max(0, 2 - 2|x|) (arXiv 1808.00278, eq. 7)."""
    left = blend(x < -1, -1.0, x * (x + 2))
    right = blend(x < 1, x * (2 - x), 1.0)
    return with_value(torch.sign(x), blend(x < 0, left, right))


class SignFunction(torch.autograd.Function):
    """As `masked_sign`."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.sign()

    @staticmethod
    def backward(ctx, gradient):
        (x,) = ctx.saved_tensors
        return gradient * (2 - 2 * x.abs()).clamp(min=0)


def filter_scale(weight):
    return weight.abs().mean((1, 2, 3), keepdim=True)


def masked_bireal_weight(weight):
    """mean|w| sign(w); the gradient passes where |w| <= 1."""
    return with_value(filter_scale(weight) * weight.sign(), weight.clamp(-1, 1))


class BirealWeightFunction(torch.autograd.Function):
    """As `masked_bireal_weight`."""

    @staticmethod
    def forward(ctx, weight):
        ctx.save_for_backward(weight)
        return filter_scale(weight) * weight.sign()

    @staticmethod
    def backward(ctx, gradient):
        (weight,) = ctx.saved_tensors
        return gradient * (weight.abs() <= 1)


def masked_bidet_weight(weight):
    """mean|w| sign(w); the sign passes its gradient on, the scale has its own (arXiv 2003.03961)."""
    return filter_scale(weight) * with_value(weight.sign(), weight)


class BidetWeightFunction(torch.autograd.Function):
    """As `masked_bidet_weight`."""

    @staticmethod
    def forward(ctx, weight):
        scale = filter_scale(weight)
        ctx.save_for_backward(weight, scale)
        return scale * weight.sign()

    @staticmethod
    def backward(ctx, gradient):
        weight, scale = ctx.saved_tensors
        sign = weight.sign()
        return scale * gradient + sign * (gradient * sign).mean((1, 2, 3), keepdim=True)


ACTIVATIONS = {"masks": masked_sign, "function": SignFunction.apply}
WEIGHTS = {
    "bireal": {"masks": masked_bireal_weight, "function": BirealWeightFunction.apply},
    "bidet": {"masks": masked_bidet_weight, "function": BidetWeightFunction.apply},
}
PAD_VALUES = {"bireal": 0.0, "bidet": -1.0}


class BinaryConv2d(nn.Module):
    """`method` is bireal or bidet, `form` one of FORMS; no bias."""

    def __init__(self, method, form, inputs, outputs, kernel, stride=1, padding=0, dilation=1):
        super().__init__()
        self.activation = ACTIVATIONS[form]
        self.binarize = WEIGHTS[method][form]
        self.pad_value = PAD_VALUES[method]
        self.stride, self.padding, self.dilation = stride, padding, dilation
        self.weight = nn.Parameter(torch.empty(outputs, inputs, kernel, kernel))
        nn.init.xavier_normal_(self.weight)

    def forward(self, x):
        signs, padding = self.activation(x), self.padding
        if padding > 0 and self.pad_value != 0:
            signs = F.pad(signs, (padding,) * 4, value=self.pad_value)
            padding = 0
        return F.conv2d(signs, self.binarize(self.weight), None, self.stride, padding, self.dilation)
