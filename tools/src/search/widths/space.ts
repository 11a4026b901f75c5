import { OnebitError } from '@onebit/common';
import { memoryRules, modelCost, operationRules } from '@onebit/nn';
import type { Chromosome } from '@onebit/training';
import { buildClassifier, hasStageWidths } from '../../classifier/build.js';
import type { ClassificationRecipe } from '../../recipes/classification.js';

/** What a network takes. */
export interface NetworkCost {
  /** By the rule `bireal`, for one picture. */
  readonly operations: number;
  /** Bits of the packed model by the rule `survey`. */
  readonly memory: number;
}

/** A width that a stage may have. */
interface StageWidth {
  readonly width: number;
  readonly channels: number;
}

/** The networks between which a width search chooses: for each stage a gene, the index of one of its widths. */
export class WidthSpace {
  /** By stage, ascending; multipliers that round to the channels of another are left out. */
  readonly stages: readonly (readonly StageWidth[])[];
  readonly #costs = new Map<string, NetworkCost>();

  /** @throws OnebitError ERR_RECIPE for a recipe whose backbone has no such widths, or has them already. */
  constructor(
    private readonly recipe: ClassificationRecipe,
    private readonly classes: readonly string[],
    choices: readonly number[],
  ) {
    checkModel(recipe);
    const plain = this.#channelsAt(null);
    const uniform = choices.map((width) => ({ width, channels: this.#channelsAt(plain.map(() => width)) }));
    this.stages = plain.map((ofOne, stage) =>
      distinct(
        uniform.map(({ width, channels }) => ({ width, channels: channels[stage] })),
        ofOne,
      ),
    );
  }

  /** How many choices each gene has. */
  get choices(): number[] {
    return this.stages.map((widths) => widths.length);
  }

  /** Number of networks. */
  get size(): number {
    return this.choices.reduce((all, count) => all * count, 1);
  }

  get narrowest(): Chromosome {
    return this.stages.map(() => 0);
  }

  get widest(): Chromosome {
    return this.choices.map((count) => count - 1);
  }

  /** The networks that have one multiplier in all stages, as far as every stage has it. */
  get uniform(): Chromosome[] {
    return this.stages[0].flatMap(({ width }) => {
      const genes = this.stages.map((widths) => widths.findIndex((choice) => choice.width === width));
      return genes.includes(-1) ? [] : [genes];
    });
  }

  widthsOf(chromosome: Chromosome): number[] {
    return chromosome.map((gene, stage) => this.stages[stage][gene].width);
  }

  channelsOf(chromosome: Chromosome): number[] {
    return chromosome.map((gene, stage) => this.stages[stage][gene].channels);
  }

  /** The recipe with the widths of a chromosome, called by its multipliers: `resnet20-cls-w0.5-1-1.5`. */
  recipeOf(chromosome: Chromosome): ClassificationRecipe {
    const stageWidths = this.widthsOf(chromosome);
    const { name, model } = this.recipe;
    return { ...this.recipe, name: `${name}-w${stageWidths.join('-')}`, model: { ...model, stageWidths } };
  }

  /** The network of a chromosome with fresh weights. */
  build(chromosome: Chromosome) {
    return buildClassifier(this.recipeOf(chromosome), this.classes);
  }

  costOf(chromosome: Chromosome): NetworkCost {
    const key = chromosome.join();
    const known = this.#costs.get(key);
    if (known !== undefined) return known;
    const model = this.build(chromosome);
    const { imageSize } = this.recipe.model;
    const { total } = modelCost(model, [1, imageSize, imageSize, 3]);
    model.dispose();
    const cost = { operations: operationRules.bireal.measure(total), memory: memoryRules.survey.measure(total) };
    this.#costs.set(key, cost);
    return cost;
  }

  #channelsAt(stageWidths: number[] | null): number[] {
    const model = buildClassifier({ ...this.recipe, model: { ...this.recipe.model, stageWidths } }, this.classes);
    model.dispose();
    return model.backbone.featureInfo.map(({ channels }) => channels);
  }
}

/** Channels are multiples of 8: of the multipliers that give the same, the one nearest to what it says stays. */
function distinct(choices: readonly StageWidth[], ofOne: number): StageWidth[] {
  const error = ({ width, channels }: StageWidth) => Math.abs(width * ofOne - channels);
  const best = new Map<number, StageWidth>();
  for (const choice of choices) {
    const before = best.get(choice.channels);
    if (before === undefined || error(choice) < error(before)) best.set(choice.channels, choice);
  }
  return [...best.values()];
}

function checkModel({ name, model }: ClassificationRecipe): void {
  const fail = (what: string) => {
    throw new OnebitError('ERR_RECIPE', `onebit search widths: recipe ${name}: ${what}`);
  };
  if (!hasStageWidths(model.backbone)) fail(`model.backbone must be a ResNet, got ${model.backbone}`);
  if (model.stageWidths)
    fail(`model.stageWidths must be null, the search sets it; got [${model.stageWidths.join(', ')}]`);
}
