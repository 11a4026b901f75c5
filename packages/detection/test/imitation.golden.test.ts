import { conv2d, tf } from '@onebit/ops';
import { describe } from 'vitest';
import { eachBackEnd } from '../../tfjs-backend-native/test/back-ends.js';
import { type GoldenTensors, golden } from '../../tfjs-backend-native/test/golden-tensors.js';
import { iouMatrix } from '../src/boxes/iou.js';
import {
  amplitudeLoss,
  angularLoss,
  bestAmplitude,
  boxMask,
  type CellBox,
  entropyDistillation,
  imitationLoss,
  imitationMask,
  informationDiscrepancy,
  mostDiscrepant,
  searchedWeights,
} from '../src/index.js';

/** The README's tolerances for float32. */
const exact = { tolerance: 0, absolute: 0 };
const values = { tolerance: 1e-5, absolute: 1e-6 };
const gradients = { tolerance: 1e-4, absolute: 1e-6 };

describe('golden vectors of imitation', () => {
  eachBackEnd(
    (start) => {
      golden('training/detection.safetensors', start, (g) => {
        checkSearch(g);
        checkFineGrained(g);
        checkDiscrepancy(g);
      });
    },
    ['cpu', 'native'],
  );
});

const rows = <T extends tf.Tensor>(g: GoldenTensors, name: string, permutation: number[]) =>
  tf.transpose(g.tensor(name), permutation) as T;

/** `[O, I, kh, kw]` and `[2, O, I, kh, kw]` as the toolkit lays filters out. */
const filter = (g: GoldenTensors, name: string) => rows<tf.Tensor4D>(g, name, [2, 3, 1, 0]);
const logits = (g: GoldenTensors, name: string) => rows(g, name, [0, 3, 4, 2, 1]);

function checkSearch(g: GoldenTensors): void {
  const [input, weight, beta] = [g.map('lws_a'), filter(g, 'lws_w'), logits(g, 'lws_beta')];
  const { plus, relaxed, hard } = searchedWeights(beta);
  g.compare('lws_prob_plus', plus, filter(g, 'lws_prob_plus'), values);
  g.compare('lws_relaxed', relaxed, filter(g, 'lws_relaxed'), values);
  g.compare('lws_hard', hard, filter(g, 'lws_hard'), exact);

  const signs = tf.sub(tf.mul(tf.cast(tf.greaterEqual(input, 0), 'float32'), 2), 1) as tf.Tensor4D;
  const response = (x: tf.Tensor4D, w: tf.Tensor) => {
    return { input: x, weight: w, output: conv2d(x, w as tf.Tensor4D, { padding: 'same' }) };
  };
  const real = response(input, weight);
  const angular = (b: tf.Tensor) => angularLoss(real, response(signs, searchedWeights(b).relaxed));
  g.compare('lws_angular_loss', angular(beta), g.tensor('lws_angular_loss'), values);
  const expected = logits(g, 'lws_angular_grad_beta');
  g.compare('lws_angular_grad_beta', tf.grad(angular)(beta), expected, gradients);

  const { output } = response(signs, hard);
  const scale = tf.reshape(g.tensor('lws_scale'), [-1]);
  const amplitude = (a: tf.Tensor) => amplitudeLoss(real.output, output, a as tf.Tensor1D);
  g.compare('lws_amplitude_loss', amplitude(scale), g.tensor('lws_amplitude_loss'), values);
  const ofScale = tf.reshape(g.tensor('lws_amplitude_grad_scale'), [-1]);
  g.compare('lws_amplitude_grad_scale', tf.grad(amplitude)(scale), ofScale, gradients);
  const best = g.tensor('lws_scale_closed_form');
  g.compare('lws_scale_closed_form', bestAmplitude(real.output, output), best, values);
}

function checkFineGrained(g: GoldenTensors): void {
  const [anchors, boxes, stored] = [g.tensor('fgfi_anchors'), g.tensor('fgfi_gt'), g.tensor('fgfi_mask')];
  const corners = (t: tf.Tensor) => t.dataSync<'float32'>();
  const overlaps = tf.tensor(iouMatrix(corners(anchors), corners(boxes)), g.tensor('fgfi_iou').shape);
  g.compare('fgfi_iou', overlaps, g.tensor('fgfi_iou'), values);
  const share = g.tensor('fgfi_phi').dataSync()[0];
  const found = imitationMask({ cells: stored.size, anchors: corners(anchors) }, corners(boxes), share);
  const mask = tf.tensor(found, stored.shape);
  g.compare('fgfi_mask', mask, stored, exact);
  const [student, teacher] = ['student', 'teacher'].map((who) => rows(g, `fgfi_${who}`, [1, 2, 0]));
  g.compare('fgfi_loss', imitationLoss(student, teacher, mask), g.tensor('fgfi_loss'), values);
}

function checkDiscrepancy(g: GoldenTensors): void {
  const map = (name: string) => rows<tf.Tensor3D>(g, name, [1, 2, 0]);
  const [student, teacher] = [map('ida_student'), map('ida_teacher')];
  const boxes = g.tensor('ida_boxes_xyxy').arraySync() as unknown as CellBox[];
  const scores = informationDiscrepancy(teacher, student, boxes);
  g.compare('ida_score', scores, g.tensor('ida_score'), values);
  const selected = g.tensor('ida_selected');
  const most = mostDiscrepant(scores.dataSync(), selected.size);
  g.compare('ida_selected', tf.tensor1d(most), selected, exact);
  const [height, width] = student.shape;
  const kept = most.map((i) => boxes[i]);
  const mask = boxMask(kept, height, width);
  g.compare('ida_mask', mask, g.tensor('ida_mask'), exact);
  const sigma = g.tensor('ida_sigma');
  const loss = (s: tf.Tensor, deviation: tf.Tensor) =>
    entropyDistillation(s as tf.Tensor3D, teacher, mask, deviation as tf.Scalar);
  g.compare('ida_entropy_loss', loss(student, sigma), g.tensor('ida_entropy_loss'), values);
  const [toStudent, toSigma] = tf.grads(loss)([student, sigma]);
  g.compare('ida_grad_student', toStudent, map('ida_grad_student'), gradients);
  g.compare('ida_grad_sigma', toSigma, g.tensor('ida_grad_sigma'), gradients);
}
