"""ResNet-18 and BiDet's VGG-16, float or binary, with the layer order, padding and parameters of `@onebit/backbones`."""

from torch import nn
from torch.nn import functional as F

from binary import BinaryConv2d


def stem(channels, kernel, stride):
    """Convolution and normalisation in front of the first block."""
    return [nn.Conv2d(3, channels, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(channels)]


class FloatBlock(nn.Module):
    """He et al. 2016 (arXiv 1512.03385), shortcut of type B."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)), inplace=True)
        return F.relu(self.bn2(self.conv2(y)) + self.shortcut(x), inplace=True)


class BinaryUnit(nn.Module):
    """Bi-Real's and BiDet's BN(conv(x)) + shortcut(x); a shortcut that shrinks averages over the cells that exist, then convolves 1x1 in float."""

    def __init__(self, method, form, inputs, outputs, stride):
        super().__init__()
        self.conv = BinaryConv2d(method, form, inputs, outputs, 3, stride, 1)
        self.bn = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Identity()
        if stride != 1 or inputs != outputs:
            pool = nn.AvgPool2d(stride, stride, ceil_mode=True, count_include_pad=False) if stride > 1 else nn.Identity()
            self.shortcut = nn.Sequential(pool, nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        return self.bn(self.conv(x)) + self.shortcut(x)


class ResNet18(nn.Module):
    """Maps of the last three stages; `method` None is float."""

    def __init__(self, method, form):
        super().__init__()
        activation = [nn.ReLU(inplace=True)] if method is None else []
        self.stem = nn.Sequential(*stem(64, 7, 2), *activation, nn.MaxPool2d(3, 2, 1))
        self.stages = nn.ModuleList()
        channels = 64
        for outputs, stride in ((64, 1), (128, 2), (256, 2), (512, 2)):
            if method is None:
                blocks = [FloatBlock(channels, outputs, stride), FloatBlock(outputs, outputs, 1)]
            else:
                blocks = [BinaryUnit(method, form, channels, outputs, stride)]
                blocks += [BinaryUnit(method, form, outputs, outputs, 1) for _ in range(3)]
            self.stages.append(nn.Sequential(*blocks))
            channels = outputs

    def forward(self, x):
        maps = [self.stem(x)]
        for stage in self.stages:
            maps.append(stage(maps[-1]))
        return maps[2:]


class Classifier(nn.Module):
    """ResNet-18, mean over all cells, linear layer."""

    def __init__(self, method, form, classes):
        super().__init__()
        self.backbone = ResNet18(method, form)
        self.head = nn.Linear(512, classes)

    def forward(self, x):
        return self.head(self.backbone(x)[-1].mean((2, 3)))


class BidetVgg16(nn.Module):
    """VGG-16 as BiDet has it: a unit at stride 2 in place of each of the first four pools, dilated fc6, float fc7. Maps: stage 4 and fc7."""

    def __init__(self, form):
        super().__init__()
        layers, channels = stem(64, 3, 1), 64
        for outputs, units in ((64, 1), (128, 3), (256, 4), (512, 4)):
            layers += self.stage(form, channels, outputs, units)
            channels = outputs
        self.first = nn.Sequential(*layers)
        self.second = nn.Sequential(
            *self.stage(form, 512, 512, 4, stride=2),
            nn.MaxPool2d(3, 1, 1),
            BinaryConv2d("bidet", form, 512, 1024, 3, padding=6, dilation=6),
            nn.BatchNorm2d(1024),
            nn.ReLU(inplace=True),
            nn.Conv2d(1024, 1024, 1),
            nn.BatchNorm2d(1024),
            nn.ReLU(inplace=True),
        )

    @staticmethod
    def stage(form, inputs, outputs, units, stride=None):
        first = stride or (1 if inputs == outputs else 2)
        return [BinaryUnit("bidet", form, inputs, outputs, first)] + [
            BinaryUnit("bidet", form, outputs, outputs, 1) for _ in range(units - 1)
        ]

    def forward(self, x):
        stage4 = self.first(x)
        return [stage4, self.second(stage4)]
