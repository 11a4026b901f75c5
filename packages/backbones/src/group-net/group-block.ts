import {
  type ForwardContext,
  type GroupForm,
  Module,
  type ModuleBuilder,
  methods,
  type Parameter,
  type ParameterRole,
  parameterRandom,
  uniform,
} from '@onebit/nn';
import { tf } from '@onebit/ops';
import type { BlockOptions } from '../block.js';
import { type Downsample, downsampleOf } from '../downsample.js';
import { normEpsilon, styles } from '../style.js';
import { makeUnit } from '../units/make-unit.js';
import type { Unit } from '../units/unit.js';
import { type GroupMaps, groupMaps, packedMaps } from './group-maps.js';

export interface GroupBlockOptions extends Omit<BlockOptions, 'style'> {
  /** Branches whose outputs come with the aggregate of the block before; default 0. */
  readonly branchesBefore?: number;
}

/** Both convolutions of one branch. */
interface Branch {
  readonly first: Unit;
  readonly second: Unit;
}

const convolutions = ['conv1', 'conv2'];

/**
 * A residual block of K parallel branches of two 3x3 convolutions each (Zhuang et al. 2019, arXiv 1811.10413; groupnet.md section 5), from a packed map `[N, H, W, (1 + K) in]` (see {@link GroupMaps};
 * `[N, H, W, in]` in front of the first such block, or without gates) to the next. Children `conv1.k`, `bn1.k`, `conv2.k`, `bn2.k` and, where size or channels change, `downsample`, shared by the
 * branches; parameters `gate`, one number or K, behind a block of K branches, and `scales` `[K]` where aggregation has them. The tap gets the aggregate.
 */
export class GroupBlock extends Module<tf.Tensor4D, tf.Tensor4D> {
  readonly form: GroupForm;
  readonly #branches: readonly Branch[];
  readonly #inChannels: number;
  readonly #downsample?: Downsample;
  readonly #gate?: Parameter;
  readonly #scales?: Parameter;

  constructor(builder: ModuleBuilder, { branchesBefore = 0, ...options }: GroupBlockOptions) {
    super();
    const { inChannels, outChannels, stride, nonNegativeInput } = options;
    this.form = groupForm(builder);
    this.#inChannels = inChannels;
    const epsilon = normEpsilon(builder, convolutions);
    const { bases, gates, aggregation } = this.form;
    this.#branches = Array.from({ length: bases }, (_, k) => {
      const unit = (index: number, conv: Pick<BlockOptions, 'inChannels' | 'stride' | 'nonNegativeInput'>) => {
        const base = { outChannels, kernelSize: 3, oneBase: true, suffix: `${index}.${k}`, last: index === 2 };
        const unitOptions = { ...conv, ...base, style: 'group', epsilon } as const;
        return makeUnit(builder, unitOptions, (name, module) => this.child(name, module));
      };
      const first = unit(1, { inChannels, stride, nonNegativeInput });
      return { first, second: unit(2, { inChannels: outChannels, stride: 1 }) };
    });
    const { downsample: form } = styles.group;
    const downsample = downsampleOf(builder, { ...options, form, epsilon, oneBase: true });
    if (downsample !== undefined) this.#downsample = this.child('downsample', downsample);
    if (gates !== 'none' && branchesBefore === bases) {
      this.#gate = this.#drawn(builder, 'gate', gates === 'block' ? 1 : bases, 'norm');
    }
    if (aggregation === 'scales') this.#scales = this.#drawn(builder, 'scales', bases, 'scale');
  }

  /** Branches whose outputs follow the aggregate. */
  get branchesAfter(): number {
    return this.form.gates === 'none' ? 0 : this.form.bases;
  }

  override forward(x: tf.Tensor4D, context: ForwardContext): tf.Tensor4D {
    return tf.tidy(() => {
      const inputs = this.#inputs(groupMaps(x, this.#inChannels));
      const outputs = this.#outputs(inputs, context);
      const maps = this.#aggregated(outputs);
      this.tapped(maps.aggregate, context);
      return packedMaps(this.branchesAfter === 0 ? { ...maps, branches: [] } : maps);
    });
  }

  /** What the branches get: one map each, or one for all. */
  #inputs({ aggregate, branches }: GroupMaps): readonly tf.Tensor4D[] {
    if (this.#gate === undefined) return [aggregate];
    const gates = tf.unstack(tf.sigmoid(this.#gate.variable));
    return branches.map((branch, k) => {
      const gate = gates[k % gates.length];
      return tf.add<tf.Tensor4D>(tf.mul(branch, gate), tf.mul(aggregate, tf.sub(1, gate)));
    });
  }

  #outputs(inputs: readonly tf.Tensor4D[], context: ForwardContext): readonly tf.Tensor4D[] {
    const shortcuts = inputs.map((input) => this.#downsample?.forward(input, context) ?? input);
    return this.#branches.map(({ first, second }, k) => {
      const at = k % inputs.length;
      const h = first.forward(inputs[at], context, { unit: shortcuts[at] });
      return second.forward(h, context, { unit: h });
    });
  }

  #aggregated(outputs: readonly tf.Tensor4D[]): GroupMaps {
    if (this.#scales !== undefined) {
      const scales = tf.unstack(this.#scales.variable);
      return { aggregate: tf.addN(outputs.map((y, k) => tf.mul<tf.Tensor4D>(y, scales[k]))), branches: outputs };
    }
    const sum = tf.addN([...outputs]);
    const aggregate = tf.div<tf.Tensor4D>(sum, outputs.length);
    return { aggregate, branches: this.form.aggregation === 'mean' ? outputs : [sum, ...outputs.slice(1)] };
  }

  /** A parameter that starts uniform in [0, 1), as released. */
  #drawn(builder: ModuleBuilder, name: string, count: number, role: ParameterRole): Parameter {
    const random = parameterRandom({ seed: builder.seed, path: builder.path }, name);
    return this.parameter(name, [count], uniform(0, 1)([count], random), { role });
  }
}

/** The group of the block's method; that of Group-Net where the style is held over a plan without groups. */
function groupForm(builder: ModuleBuilder): GroupForm {
  const precisions = convolutions.map((name) => builder.precisionOf(name));
  return (
    precisions.flatMap((precision) => (precision === 'fp32' ? [] : (precision.group ?? [])))[0] ??
    methods.groupnet.group
  );
}
