import { type Method, methodWarnings, optionsOf } from '@onebit/nn';

/** A method as `onebit methods --json` lists it: plain data. */
export interface MethodFacts {
  readonly name: string;
  readonly title: string;
  readonly citation: Method['citation'];
  readonly activations: Side & { readonly maps: number };
  readonly weights: Side & { readonly scale: string; readonly tensors: number };
  /** What multiplies the outputs of a convolution; null where nothing does. */
  readonly output: string | null;
  readonly padValue: Method['padValue'];
  /** Half-width the latent weights are clipped to; null where they are not. */
  readonly clip: number | null;
  readonly block: Method['block'];
  readonly batchNormEpsilon: number;
  /** What a plan may set beside the name, and the values it takes. */
  readonly options: Readonly<Record<string, string>>;
  readonly golden: readonly string[];
  readonly test: string;
  readonly warnings: readonly string[];
  readonly text: Method['text'];
}

/** One operand of the convolution. */
interface Side {
  readonly levels: string;
  readonly gradient: string;
  /** Of one number in a packed model, of one map or tensor where there are several. */
  readonly bits: number;
}

export function factsOf(method: Method): MethodFacts {
  const { name, title, citation, activation, weight, output, padValue, clip, block } = method;
  return {
    name,
    title,
    citation,
    activations: { ...sideOf(activation), maps: activation.terms ?? 1 },
    weights: { ...sideOf(weight), scale: weight.scale, tensors: weight.terms ?? 1 },
    output: output?.name ?? null,
    padValue,
    clip: clip ?? null,
    block,
    batchNormEpsilon: method.batchNormEpsilon,
    options: Object.fromEntries(Object.entries(optionsOf(method)).map(([option, { accepts }]) => [option, accepts])),
    golden: method.golden,
    test: method.test,
    warnings: methodWarnings(method),
    text: method.text,
  };
}

function sideOf({ levels, gradient, bits }: Side): Side {
  return { levels, gradient, bits };
}

/** `Liu, Wu, …: Bi-Real Net: …, ECCV 2018, arXiv 1808.00278` */
export function citationOf({
  citation: { authors, title, venue, year, arxiv },
}: Pick<MethodFacts, 'citation'>): string {
  return `${authors}: ${title}, ${venue} ${year}${arxiv === undefined ? '' : `, arXiv ${arxiv}`}`;
}
