"""SSD with BiDet's terms on a binary ResNet-18: network, priors, matching, hard negative mining and loss of `@onebit/detection`."""

import math

import torch
from torch import nn
from torch.nn import functional as F

from binary import BinaryConv2d
from networks import ResNet18

CLASSES = 20
# Weights and limits of BiDet's released SSD.
BETA, GAMMA = 0.1, 0.2
SCORE_THRESHOLD, NMS_IOU, TOP_K = 0.03, 0.45, 200


class L2Norm(nn.Module):
    def __init__(self, channels, scale):
        super().__init__()
        self.weight = nn.Parameter(torch.full((channels,), scale))

    def forward(self, x):
        return x / (x.square().sum(1, keepdim=True).sqrt() + 1e-10) * self.weight[:, None, None]


class Ssd(nn.Module):
    def __init__(self, form, size):
        super().__init__()
        self.backbone = ResNet18("bidet", form)
        self.norm = L2Norm(128, 20 * math.sqrt(128 / 512))
        sizes, channels = [math.ceil(size / stride) for stride in (8, 16, 32)], [128, 256, 512]
        self.neck = nn.ModuleList()
        while sizes[-1] > 1:
            middle, outputs = (256, 512) if not self.neck else (128, 256)
            stride, padding = (1, 0) if sizes[-1] == 3 else (2, 1)
            self.neck.append(
                nn.Sequential(
                    BinaryConv2d("bidet", form, channels[-1], middle, 1),
                    nn.BatchNorm2d(middle),
                    BinaryConv2d("bidet", form, middle, outputs, 3, stride, padding),
                    nn.BatchNorm2d(outputs),
                )
            )
            sizes.append(1 if sizes[-1] == 3 else math.ceil(sizes[-1] / 2))
            channels.append(outputs)
        ratios = [[2] if k == 0 or cells <= 3 else [2, 3] for k, cells in enumerate(sizes)]
        shapes = [2 + 2 * len(r) for r in ratios]
        self.loc = nn.ModuleList(nn.Conv2d(c, 8 * n, 3, padding=1) for c, n in zip(channels, shapes))
        self.conf = nn.ModuleList(nn.Conv2d(c, (CLASSES + 1) * n, 3, padding=1) for c, n in zip(channels, shapes))
        for head in (*self.loc, *self.conf):
            nn.init.normal_(head.weight, std=0.01)
            nn.init.zeros_(head.bias)
        for head in self.conf:
            head.bias.data[:: CLASSES + 1] = math.log(3 * CLASSES)  # background with probability 3/4
        self.register_buffer("priors", make_priors(size, sizes, ratios), persistent=False)

    def forward(self, x):
        first, *features = self.backbone(x)
        features = [self.norm(first), *features]
        for layer in self.neck:
            features.append(layer(features[-1]))
        rows = lambda heads, width: torch.cat(
            [head(f).permute(0, 2, 3, 1).reshape(x.shape[0], -1, width) for head, f in zip(heads, features)], 1
        )
        return rows(self.loc, 8), rows(self.conf, CLASSES + 1), features


def make_priors(size, cells_of_maps, ratios_of_maps):
    """(cx, cy, w, h) relative to the image: sizes from 10 % on the first map, then evenly from 20 % to 90 %."""
    growth = (90 - 20) // max(len(cells_of_maps) - 2, 1)
    percent = [10] + [20 + k * growth for k in range(len(cells_of_maps))]
    boxes = []
    for k, (cells, ratios) in enumerate(zip(cells_of_maps, ratios_of_maps)):
        small, large = percent[k] / 100, math.sqrt(percent[k] * percent[k + 1]) / 100
        shapes = [(small, small), (large, large)]
        for ratio in ratios:
            root = math.sqrt(ratio)
            shapes += [(small * root, small / root), (small / root, small * root)]
        for row in range(cells):
            for column in range(cells):
                boxes += [((column + 0.5) / cells, (row + 0.5) / cells, w, h) for w, h in shapes]
    return torch.tensor(boxes).clamp(0, 1)


def corners(boxes):
    return torch.cat((boxes[:, :2] - boxes[:, 2:] / 2, boxes[:, :2] + boxes[:, 2:] / 2), 1)


def iou_matrix(a, b):
    overlap = (torch.minimum(a[:, None, 2:], b[:, 2:]) - torch.maximum(a[:, None, :2], b[:, :2])).clamp(min=0).prod(2)
    area = lambda boxes: (boxes[:, 2:] - boxes[:, :2]).prod(1)
    return overlap / (area(a)[:, None] + area(b) - overlap)


def match(truths, labels, priors, prior_corners):
    """Class of each prior (0 is background) and the offsets to its truth: SSD's bipartite, then per-prediction matching."""
    overlaps = iou_matrix(truths, prior_corners)
    best, truth = overlaps.max(0)
    own = overlaps.argmax(1)
    best[own] = 2.0
    truth[own] = torch.arange(len(truths), device=truths.device)
    classes = torch.where(best >= 0.5, labels[truth] + 1, 0)
    box = truths[truth]
    centres = ((box[:, :2] + box[:, 2:]) / 2 - priors[:, :2]) / (0.1 * priors[:, 2:])
    sizes = torch.log((box[:, 2:] - box[:, :2]) / priors[:, 2:]) / 0.2
    return classes, torch.cat((centres, sizes), 1)


def decode(offsets, priors):
    return corners(torch.cat((priors[:, :2] + 0.1 * offsets[:, :2] * priors[:, 2:], priors[:, 2:] * torch.exp(0.2 * offsets[:, 2:])), 1))


def suppress(boxes, scores):
    """Indices that greedy suppression keeps of the best TOP_K."""
    scores, order = scores.topk(min(TOP_K, len(scores)))
    clear = (iou_matrix(boxes[order], boxes[order]) <= NMS_IOU).cpu().numpy()
    alive = [True] * len(order)
    kept = []
    for i in range(len(order)):
        if not alive[i]:
            continue
        kept.append(i)
        alive = [a and c for a, c in zip(alive, clear[i])]
    return order[kept]


def object_prior(logits, means, priors, labels):
    """Entropy of the boxes that survive for each class present, the sum of their probabilities taken as a constant."""
    terms = []
    for b, present in enumerate(labels):
        probabilities = logits[b].softmax(1)
        for label in present.unique().tolist():
            truths = int((present == label).sum())
            scores = probabilities[:, label + 1]
            above = (scores > SCORE_THRESHOLD).nonzero()[:, 0]
            if len(above) == 0:
                continue
            kept = above[suppress(decode(means[b, above].detach(), priors[above]), scores[above].detach())]
            if len(kept) <= truths:
                continue
            share = scores[kept] / scores[kept].sum().detach()
            terms.append(-(share * share.log()).sum() / truths)
    return sum(terms) / (len(terms) + 1e-6) if terms else logits.new_zeros(())


def ssd_loss(model, images, boxes, labels):
    loc, logits, features = model(images)
    priors, prior_corners = model.priors, corners(model.priors)
    matched = [match(b, l, priors, prior_corners) for b, l in zip(boxes, labels)]
    classes = torch.stack([c for c, _ in matched])
    offsets = torch.stack([o for _, o in matched])
    positive = classes > 0
    count = positive.sum()
    means = loc[..., 4:]
    box_term = F.smooth_l1_loss(means[positive], offsets[positive], reduction="sum") / count
    losses = F.cross_entropy(logits.flatten(0, 1), classes.flatten(), reduction="none").view_as(classes)
    ranks = losses.detach().masked_fill(positive, 0).argsort(1, descending=True).argsort(1)
    wanted = (3 * positive.sum(1, keepdim=True)).clamp(max=classes.shape[1] - 1)
    class_term = losses[positive | (ranks < wanted)].sum() / count
    feature_term = sum(f.square().mean() for f in features) / len(features)
    return box_term + class_term + BETA * feature_term + GAMMA * object_prior(logits, means, priors, labels)
