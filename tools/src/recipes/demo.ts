/** Classes whose drawings differ in outline as well as in colour, so that a few minutes of training show something. */
const classes = ['aeroplane', 'bicycle', 'bird', 'boat', 'car', 'person'] as const;

/** The scenes of the demo. Small pictures with one to four objects: what 2 cores can learn from in minutes. */
export function demoSet(short: boolean) {
  return {
    seed: 7,
    classes,
    sizes: [110, 250] as const,
    objectsPerScene: [1, 2] as const,
    imageSize: [160, 160] as const,
    parts: short
      ? { train: 48, 'val-seen': 16, 'val-unseen': 16 }
      : { train: 1200, 'val-seen': 150, 'val-unseen': 150 },
  };
}
