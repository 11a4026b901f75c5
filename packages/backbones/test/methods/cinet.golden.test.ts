import { methods } from '@onebit/nn';
import { tf } from '@onebit/ops';
import { interactionStep, releasedInteraction } from '../../../nn/src/binarizers/channel-interactions.js';
import { compareActivation, exact, goldenMethod } from '../golden-method.js';

goldenMethod('cinet', (golden) => {
  compareActivation(golden, 'act', methods.cinet.activation.quantizer(1));
  tf.tidy(() => {
    const [student, teacher] = [golden.raw('interaction.student'), golden.raw('interaction.teacher')];
    const compare = (name: string, influence: number, official: boolean) => {
      const step = interactionStep(teacher, tf.scalar(influence), { ...releasedInteraction, official });
      golden.compare(`interaction.${name}`, tf.add(student, step), exact);
    };
    compare('y_pos', 1, true);
    compare('y_neg', -1, true);
    compare('y_neg_symmetric', -1, false);
    compare('y_zero', 0, true);
  });
});
