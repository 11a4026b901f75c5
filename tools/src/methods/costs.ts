import { modelCost } from '@onebit/nn';
import { byRules, type RuledCost } from '../cost/rules.js';
import { targetOf } from '../cost/target.js';

/** ResNet-18 at 224 x 224 with 1000 classes by a plan, which is what papers print. */
export async function imagenetCost(plan: string): Promise<RuledCost> {
  const { model, input } = await targetOf('resnet18', { plan, set: [] });
  const { total } = modelCost(model, [1, ...input, 3]);
  model.dispose();
  return byRules(total);
}
