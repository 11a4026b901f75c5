"""Times evaluations of COCO files, for `onebit bench eval`.

    coco_eval.py --tool pycocotools --type bbox --truths gt.json --results dt.json

First writes one JSON line about itself; then reads one JSON line at a time from standard input, {"steps": n}, and answers {"ms": [n numbers],
"fileMs": [n numbers], "stats": [12 numbers], "peakRssMiB": number}: `ms` from parsed objects, `fileMs` with the reading of the files before that.
Both count the processor's time of this process. So the caller decides when each contestant runs, and no two compute at the same time.
"""

import argparse
import contextlib
import importlib
import io
import json
import resource
import sys
import time
from importlib import metadata

# Class of the data set, module and class of the evaluation.
TOOLS = {
    "pycocotools": ("pycocotools.coco", "COCO", "pycocotools.cocoeval", "COCOeval"),
    "faster_coco_eval": ("faster_coco_eval", "COCO", "faster_coco_eval", "COCOeval_faster"),
}


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tool", choices=TOOLS, required=True)
    parser.add_argument("--type", choices=("bbox", "segm"), required=True)
    for name in ("truths", "results"):
        parser.add_argument(f"--{name}", required=True)
    return parser.parse_args()


def load(tool):
    coco_module, coco, eval_module, evaluation = TOOLS[tool]
    try:
        return getattr(importlib.import_module(coco_module), coco), getattr(importlib.import_module(eval_module), evaluation)
    except ModuleNotFoundError as error:
        sys.exit(f"this Python has no {error.name} (python3 -m pip install {tool})")


def read(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def evaluate(options, coco_class, eval_class):
    """One turn: processor seconds of reading, processor seconds of the evaluation, the twelve numbers."""
    started = time.process_time()
    truths, results = read(options.truths), read(options.results)
    parsed = time.process_time()
    truth = coco_class()
    truth.dataset = truths
    truth.createIndex()
    evaluation = eval_class(truth, truth.loadRes(results), options.type)
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    done = time.process_time()
    return parsed - started, done - parsed, [float(value) for value in evaluation.stats[:12]]


def main():
    options = arguments()
    classes = load(options.tool)
    print(json.dumps({"version": metadata.version(options.tool), "numpy": metadata.version("numpy")}), flush=True)
    for line in sys.stdin:
        times, file_times = [], []
        for _ in range(json.loads(line)["steps"]):
            with contextlib.redirect_stdout(io.StringIO()):
                reading, evaluating, stats = evaluate(options, *classes)
            times.append(evaluating * 1000)
            file_times.append((reading + evaluating) * 1000)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"ms": times, "fileMs": file_times, "stats": stats, "peakRssMiB": peak}), flush=True)


main()
