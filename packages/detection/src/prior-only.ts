import { boxIou } from './boxes/iou.js';
import type { Detection } from './detect.js';

/** An image of a training set with its objects, boxes as corners in pixels. */
export interface LabelledImage {
  readonly width: number;
  readonly height: number;
  readonly objects: readonly {
    readonly box: readonly [number, number, number, number];
    /** 0-based class without background. */
    readonly label: number;
    readonly difficult?: boolean;
  }[];
}

export interface PriorOnlyOptions {
  /** Boxes predicted for each class; default 10. */
  readonly boxesPerClass?: number;
  /** IoU from which a constant box counts as hitting a truth; default 0.5. */
  readonly iou?: number;
  /** Truths of a class that may become its constant boxes, spread evenly over the training set; default 400. */
  readonly candidates?: number;
}

interface ConstantBox {
  readonly label: number;
  /** Corners relative to the image. */
  readonly box: readonly [number, number, number, number];
  /** Share of training images in which the box hits a truth of the class that no box chosen before it hits: its expected precision. */
  readonly score: number;
}

/**
 * The baseline that never looks at an image: for every image it predicts the same boxes, those that hit most truths of the training set, with scores that are
 * how often they do. A detector has learned to see only as far as it beats this.
 *
 * The boxes of a class are chosen greedily among its training truths: each the one that hits most truths not yet hit (maximum coverage).
 */
export class PriorOnlyPredictor {
  readonly #boxes: readonly ConstantBox[];

  private constructor(boxes: readonly ConstantBox[]) {
    this.#boxes = boxes;
  }

  /** Learns from the truths of the training images alone; difficult objects are left out. */
  static fit(images: readonly LabelledImage[], options: PriorOnlyOptions = {}): PriorOnlyPredictor {
    const byLabel = new Map<number, number[]>();
    for (const { width, height, objects } of images) {
      for (const { box, label, difficult } of objects) {
        if (difficult === true) continue;
        const rows = byLabel.get(label) ?? [];
        rows.push(box[0] / width, box[1] / height, box[2] / width, box[3] / height);
        byLabel.set(label, rows);
      }
    }
    const chosen = [...byLabel].flatMap(([label, rows]) =>
      coveringBoxes(Float32Array.from(rows), options).map(({ box, hits }): ConstantBox => {
        // Two truths of one image can be hit by one box; a detection counts once.
        return { label, box, score: Math.min(1, hits / images.length) };
      }),
    );
    return new PriorOnlyPredictor(chosen.sort((a, b) => b.score - a.score || a.label - b.label));
  }

  /** What it says of every image of this size [height, width] in pixels; best first. */
  predict([height, width]: readonly [number, number]): Detection[] {
    return this.#boxes.map(({ label, score, box: [x1, y1, x2, y2] }) => ({
      box: [x1 * width, y1 * height, x2 * width, y2 * height],
      label,
      score,
    }));
  }
}

function coveringBoxes(
  truths: Float32Array,
  { boxesPerClass = 10, iou = 0.5, candidates = 400 }: PriorOnlyOptions,
): { box: ConstantBox['box']; hits: number }[] {
  const count = truths.length / 4;
  const stride = Math.max(1, count / candidates);
  const pool = Array.from({ length: Math.min(count, candidates) }, (_, i) => Math.floor(i * stride));
  const hitBy = pool.map((candidate) =>
    Array.from({ length: count }, (_, t) => boxIou(truths, candidate, truths, t) >= iou),
  );
  const open = new Set(Array(count).keys());
  const chosen: { box: ConstantBox['box']; hits: number }[] = [];
  while (chosen.length < boxesPerClass && open.size > 0) {
    const gains = hitBy.map((hits) => [...open].reduce((sum, t) => sum + (hits[t] ? 1 : 0), 0));
    const best = gains.indexOf(Math.max(...gains));
    if (gains[best] === 0) break;
    for (const t of open) if (hitBy[best][t]) open.delete(t);
    const at = pool[best] * 4;
    chosen.push({ box: [truths[at], truths[at + 1], truths[at + 2], truths[at + 3]], hits: gains[best] });
  }
  return chosen;
}
