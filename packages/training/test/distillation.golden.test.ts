import { tf } from '@onebit/ops';
import { describe } from 'vitest';
import { eachBackEnd } from '../../tfjs-backend-native/test/back-ends.js';
import { type GoldenTensors, golden } from '../../tfjs-backend-native/test/golden-tensors.js';
import {
  type AttentionForm,
  activationDistribution,
  apprenticeTerms,
  apprenticeWeights,
  attentionDistance,
  attentionMatching,
  distillationLoss,
  distributionLoss,
  softCrossEntropy,
  softmaxEntropy,
  unitAttention,
} from '../src/index.js';

/** The README's tolerances for float32. */
const values = { tolerance: 1e-5, absolute: 1e-6 };
const gradients = { tolerance: 1e-4, absolute: 1e-6 };

describe('golden vectors of the distillation losses', () => {
  eachBackEnd(
    (start) => {
      golden('training/kd_logits.safetensors', start, checkLogits);
      golden('training/attention_matching.safetensors', start, checkAttention);
      golden('training/distribution_loss.safetensors', start, checkDistribution);
      golden('methods/reactnet.safetensors', start, (g) => {
        checkLoss(g, 'kd.loss', 'kd.grad_student', (s) => softCrossEntropy(s, g.tensor('kd.teacher')), 'kd.student');
      });
      golden('methods/real2binary.safetensors', start, (g) => {
        const forms = { paper: 'norm', larq: 'max' } as const;
        for (const [name, form] of Object.entries(forms)) {
          const student = g.map('attention.student');
          const loss = (s: tf.Tensor) => attentionMatching([s as tf.Tensor4D], [g.map('attention.teacher')], form);
          g.compare(`attention.loss_${name}`, loss(student), g.tensor(`attention.loss_${name}`), values);
          const expected = g.map(`attention.grad_student_${name}`);
          g.compare(`attention.grad_student_${name}`, tf.grad(loss)(student), expected, gradients);
        }
      });
    },
    ['cpu', 'native'],
  );
});

/** A loss of the tensor `input` and its gradient. */
function checkLoss(
  g: GoldenTensors,
  value: string,
  gradient: string | undefined,
  loss: (x: tf.Tensor) => tf.Tensor,
  input = 'student',
): void {
  g.compare(value, loss(g.tensor(input)), g.tensor(value), values);
  if (gradient !== undefined) {
    g.compare(gradient, tf.grad(loss)(g.tensor(input)), g.tensor(gradient), gradients);
  }
}

function checkLogits(g: GoldenTensors): void {
  const [student, teacher] = [g.tensor('student'), g.tensor('teacher')] as tf.Tensor2D[];
  checkLoss(g, 'soft_cross_entropy', 'grad_student', (s) => softCrossEntropy(s, teacher));
  checkLoss(g, 'teacher_entropy', undefined, softmaxEntropy, 'teacher');
  checkLoss(g, 'kl', 'grad_student', (s) => distillationLoss(s, teacher));
  for (const name of g.file.tensors.keys()) {
    const found = /^hinton_T([0-9.]+)$/.exec(name);
    if (found === null) continue;
    checkLoss(g, name, `${name}_grad`, (s) => distillationLoss(s, teacher, { temperature: Number(found[1]) }));
  }
  const mask = g.tensor('mask');
  checkLoss(g, 'masked_kl', 'masked_kl_grad', (s) => distillationLoss(s, teacher, { mask }));

  const labels = tf.cast(g.tensor('labels'), 'int32') as tf.Tensor1D;
  const terms = (s: tf.Tensor, t: tf.Tensor, softTeacher: boolean) => {
    const logits = { student: s as tf.Tensor2D, teacher: t as tf.Tensor2D, labels };
    return apprenticeTerms(logits, { softTeacher });
  };
  const loss = (s: tf.Tensor, t: tf.Tensor, softTeacher: boolean) => {
    const { teacher: ofTeacher, student: ofStudent, soft } = terms(s, t, softTeacher);
    const { teacher: a, student: b, soft: c } = apprenticeWeights;
    return tf.addN([tf.mul(ofTeacher, a), tf.mul(ofStudent, b), tf.mul(soft, c)]);
  };
  const all = terms(student, teacher, false);
  const stacked = tf.stack([all.teacher, all.student, all.soft]);
  g.compare('apprentice_terms', stacked, g.tensor('apprentice_terms'), values);
  g.compare('apprentice_loss', loss(student, teacher, false), g.tensor('apprentice_loss'), values);
  const [ofStudent, ofTeacher] = tf.grads((s, t) => loss(s, t, true))([student, teacher]);
  g.compare('apprentice_grad_student', ofStudent, g.tensor('apprentice_grad_student'), gradients);
  const schemeA = 'apprentice_grad_teacher_scheme_a';
  g.compare(schemeA, ofTeacher, g.tensor(schemeA), gradients);
}

function checkAttention(g: GoldenTensors): void {
  const names = [...g.file.tensors.keys()];
  const layers = names.flatMap((name) => /^student(\d+)$/.exec(name)?.[1] ?? []).sort((a, b) => Number(a) - Number(b));
  const mapsOf = (who: string) => layers.map((layer) => g.map(`${who}${layer}`));
  const [students, teachers] = [mapsOf('student'), mapsOf('teacher')];
  for (const [i, layer] of layers.entries()) {
    g.compare(`unit_student${layer}`, unitAttention(students[i]), g.tensor(`unit_student${layer}`), values);
    g.compare(`unit_teacher${layer}`, unitAttention(teachers[i]), g.tensor(`unit_teacher${layer}`), values);
  }
  const distances = tf.stack(students.map((student, i) => attentionDistance(student, teachers[i])));
  g.compare('paper_distance', distances, g.tensor('paper_distance'), values);
  const forms: Record<string, AttentionForm> = { paper: 'norm', mse: 'square', max: 'max' };
  for (const [name, form] of Object.entries(forms)) {
    const loss = (...maps: tf.Tensor[]) => attentionMatching(maps as tf.Tensor4D[], teachers, form);
    g.compare(`loss_${name}`, loss(...students), g.tensor(`loss_${name}`), values);
    for (const [i, gradient] of tf.grads(loss)(students).entries()) {
      const expected = g.map(`grad_${name}_student${layers[i]}`);
      g.compare(`grad_${name}_student${layers[i]}`, gradient, expected, gradients);
    }
  }
}

function checkDistribution(g: GoldenTensors): void {
  const cases = [...g.file.tensors.keys()].filter((name) => g.has(`${name}_grad`));
  for (const name of cases) {
    const last = (tensor: string) => (g.tensor(tensor).rank === 4 ? g.map(tensor) : g.tensor(tensor));
    const x = last(name);
    const { deviation, ...others } = activationDistribution(x);
    for (const [part, value] of Object.entries({ ...others, std: deviation })) {
      g.compare(`${name}_${part}`, value, g.tensor(`${name}_${part}`), values);
    }
    const { mismatch, saturation, degeneration } = others;
    const first = tf.add(tf.mean(mismatch), tf.mean(saturation));
    g.compare(`${name}_loss1`, first, g.tensor(`${name}_loss1`), values);
    g.compare(`${name}_loss2`, tf.mean(degeneration), g.tensor(`${name}_loss2`), values);
    const gradient = tf.grad((a) => distributionLoss([a]))(x);
    g.compare(`${name}_grad`, gradient, last(`${name}_grad`), gradients);
  }
}
