"""Times training steps in PyTorch, for `onebit bench train`.

    step.py --model bireal-resnet18 --form function --layout channels-last --threads 2 --batch 8 --size 224

First writes one JSON line about itself; then reads one JSON line at a time from standard input, {"steps": n}, and answers {"ms": [n numbers],
"peakRssMiB": number}. So the caller decides when each contestant runs, and no two compute at the same time.
"""

import argparse
import json
import resource
import sys
import time

try:
    import torch
except ModuleNotFoundError:
    sys.exit("this Python has no PyTorch (Debian: apt-get install python3-torch)")
from torch.nn import functional as F

from binary import FORMS
from networks import BidetVgg16, Classifier
from ssd import CLASSES, Ssd, ssd_loss

IMAGENET_CLASSES = 1000


def classifier(method):
    def make(form, images):
        model = Classifier(method, form, IMAGENET_CLASSES)
        labels = torch.randint(0, IMAGENET_CLASSES, (len(images),), device=images.device)
        return model, lambda: F.cross_entropy(model(images), labels)

    return make


def vgg16_trunk(form, images):
    """The trunk alone has no task: BiDet's feature term over its two maps stands in for one."""
    model = BidetVgg16(form)
    return model, lambda: sum(f.square().mean() for f in model(images)) / 2


def ssd(form, images):
    model = Ssd(form, images.shape[2])
    starts = torch.rand(len(images), 3, 2, device=images.device) / 2
    boxes = torch.cat((starts, starts + 0.1 + 0.4 * torch.rand_like(starts)), 2)
    labels = torch.randint(0, CLASSES, (len(images), 3), device=images.device)
    return model, lambda: ssd_loss(model, images, boxes, labels)


MODELS = {
    "bireal-resnet18": classifier("bireal"),
    "float-resnet18": classifier(None),
    "bidet-vgg16-trunk": vgg16_trunk,
    "ssd-resnet18-bidet": ssd,
}
# Largest norm of the gradients, of the models whose recipes have one.
CLIP_NORMS = {"ssd-resnet18-bidet": 5.0}


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", choices=MODELS, required=True)
    parser.add_argument("--form", choices=FORMS, default="function")
    parser.add_argument("--layout", choices=("nchw", "channels-last"), default="nchw")
    parser.add_argument("--device", default="cpu")
    for name in ("threads", "batch", "size"):
        parser.add_argument(f"--{name}", type=int, required=True)
    return parser.parse_args()


def main():
    options = arguments()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    on_gpu = options.device != "cpu"
    if on_gpu and not torch.cuda.is_available():
        sys.exit(f"this PyTorch has no device {options.device}")
    memory_format = torch.channels_last if options.layout == "channels-last" else torch.contiguous_format
    images = torch.randn(options.batch, 3, options.size, options.size, device=options.device).contiguous(memory_format=memory_format)
    model, loss_of = MODELS[options.model](options.form, images)
    model.to(options.device, memory_format=memory_format)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = loss_of()
        loss.backward()
        if options.model in CLIP_NORMS:
            torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP_NORMS[options.model])
        optimizer.step()
        return float(loss.detach())

    parameters = sum(parameter.numel() for parameter in model.parameters())
    device = torch.cuda.get_device_name(options.device) if on_gpu else "CPU"
    about = {"version": torch.__version__, "device": device, "threads": torch.get_num_threads(), "parameters": parameters}
    print(json.dumps(about), flush=True)
    for line in sys.stdin:
        times = []
        for _ in range(json.loads(line)["steps"]):
            started = time.perf_counter()
            loss = step()
            if on_gpu:
                torch.cuda.synchronize()
            times.append((time.perf_counter() - started) * 1000)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"ms": times, "loss": loss, "peakRssMiB": peak}), flush=True)


main()
