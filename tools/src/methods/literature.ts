/**
 * ImageNet accuracies of ResNet-18, top-1 / top-5 in percent, by method: what the paper (or, where that was not at hand, the survey of Ding et al. 2021) reports, and what
 * the released code or a retraining of it is documented to reach. binarization-methods.md, sections 2, 3 and 5.
 */
export const published: Readonly<Record<string, { readonly paper?: string; readonly code?: string }>> = {
  bnn: {
    paper: '42.2 / 67.1 is usually quoted (unchecked); the paper has no such experiment, the survey prints 42.2 / 69.2',
  },
  xnor: { paper: '51.2 / 73.2', code: '43.3 (AlexNet, Torch-7); 44.87 (AlexNet, PyTorch port)' },
  dorefa: { code: '48.5 (AlexNet, 1-bit weights and activations)' },
  abcnet: { paper: '65.0 / 85.9 with 5 x 5 bases; 42.7 / 67.6 with one (unchecked)' },
  bireal: { paper: '56.4 / 79.5', code: '56.4 / 79.5; retrained in Larq Zoo 57.47 / 79.84' },
  bnnplus: { paper: '46.1 / 75.7, which is AlexNet; 53.0 / 72.6 is usually quoted for ResNet-18 (unchecked)' },
  xnorpp: { paper: '57.1 / 79.9 (unchecked)' },
  pcnn: { paper: '57.3 / 80.0', code: '57.30 (released weights, evaluation only)' },
  cbcn: { paper: '61.4 / 82.8' },
  bonn: { paper: '59.3 / 81.6 (unchecked)' },
  rbcn: { paper: '59.5 (unchecked)' },
  irnet: { paper: '58.1 / 80.0', code: '58.1 / 80.0' },
  cinet: { paper: '59.9 / 84.2 with additional shortcuts; 56.7 / 80.1 without (unchecked)' },
  dsq: { paper: '65.17 with 2 bits on both sides' },
  real2binary: { paper: '65.4 / 86.2', code: '65.01 / 85.72 (retrained in Larq Zoo)' },
  reactnet: { paper: '65.5 (unchecked)', code: '65.9; ReActNet-A 69.5' },
  binaryduo: { paper: '60.9 / 82.6 with a shortcut for each convolution' },
  recu: { code: '60.98 / 82.57; 61.20 / 82.93 fine-tuned' },
  adabin: { code: '63.1 / 84.3; 66.4 / 86.5 in two steps' },
  fda: { paper: '60.2 / 82.3 (unchecked)' },
  groupnet: {
    paper: '64.8 / 85.7 with K = 5; 55.6 / 78.6 with one base, 67.5 / 88.0 with 8',
    code: '62.30 / 83.39; revised by a co-author 63.9 without gates',
  },
  bnext: { code: 'BNext-T 72.4, L 80.6 (networks of its own)' },
};

/** A fault of released code that changes results. */
export interface Fault {
  readonly repository: string;
  /** Methods whose page shows it; none where the code is a collection. */
  readonly methods: readonly string[];
  readonly fault: string;
  /** Whether the code was executed or only read. */
  readonly seen: 'executed' | 'read' | 'executed and read';
  /** What onebit does. */
  readonly here: string;
}

/** binarization-methods.md, section 7. */
export const faults: readonly Fault[] = [
  {
    repository: 'almost all PyTorch codes',
    methods: ['bnn', 'xnor', 'bireal', 'reactnet', 'irnet', 'cinet', 'recu', 'adabin', 'pcnn', 'bidet'],
    fault: 'sign(0) is 0, a third value that packed bits cannot hold',
    seen: 'executed',
    here: 'sign(0) = +1',
  },
  {
    repository: 'Bi-Real Net, ReActNet',
    methods: ['bireal', 'reactnet'],
    fault:
      "the paper's magnitude-aware scale is absent from the weight gradient; in the Caffe code the order of calls makes it void",
    seen: 'executed and read',
    here: 'the released gradient; that of the paper is the option weightGradient: magnitude',
  },
  {
    repository: 'Bi-Real Net, ReActNet',
    methods: ['bireal', 'reactnet'],
    fault: 'the last epoch trains with a learning rate of 0',
    seen: 'read',
    here: 'schedules reach their end behind the last step',
  },
  {
    repository: 'Bi-Real Net',
    methods: ['bireal'],
    fault: 'inputs beyond 1.8e19 give NaN: the polynomial behind the detach trick overflows',
    seen: 'executed',
    here: 'a gradient of its own, no polynomial',
  },
  {
    repository: 'ReActNet, mobilenet step 2',
    methods: ['reactnet'],
    fault: 'the convolutions of step 1 are silently not loaded: 28,253,184 of 29,343,592 parameters stay random',
    seen: 'executed',
    here: 'loading reports every tensor that matched and that did not',
  },
  {
    repository: 'XNOR-Net port',
    methods: ['xnor'],
    fault: 'evaluation alters the latent weights',
    seen: 'read',
    here: 'the forward pass centres a copy',
  },
  {
    repository: 'BinaryNet.pytorch',
    methods: ['bnn'],
    fault: 'a linear layer of 784 inputs crashes; the main script does not clip weights',
    seen: 'executed and read',
    here: 'latent weights are clipped',
  },
  {
    repository: 'ReCU',
    methods: ['recu'],
    fault: 'tau has no effect on the forward pass and only removes the gradients of the tails',
    seen: 'executed and read',
    here: 'documented',
  },
  {
    repository: 'AdaBin',
    methods: ['adabin'],
    fault: 'the centre of activations is alpha times beta instead of beta',
    seen: 'executed and read',
    here: 'documented',
  },
  {
    repository: 'CI-BCNN',
    methods: ['cinet'],
    fault: 'negative interactions are asymmetric; evaluation runs without interactions',
    seen: 'executed and read',
    here: 'symmetric by default, the same in training and inference',
  },
  {
    repository: 'Group-Net, averaging variant',
    methods: ['groupnet'],
    fault: 'the sum of all branches overwrites the output of the first one, which the next block then mixes in',
    seen: 'executed',
    here: 'every branch hands on its own; aggregation: mean-released repeats the fault for released weights',
  },
  {
    repository: 'BNext',
    methods: ['bnext'],
    fault: 'weights are not binary unless the temperature is below 1e-7',
    seen: 'executed',
    here: 'documented',
  },
  {
    repository: 'RBONN, IDa-Det',
    methods: [],
    fault: 'the gradient of the scale uses the latent weights where it should use their signs',
    seen: 'read',
    here: '-',
  },
  {
    repository: 'BiBench',
    methods: ['xnor', 'fda', 'xnorpp'],
    fault:
      "XNOR-Net's K is one number for each sample, FDA-BNN's activation network is never optimized, XNOR-Net++'s scales have a fixed length of 2000",
    seen: 'executed and read',
    here: 'K by window; parameters exist before an optimizer looks for them',
  },
  {
    repository: '1adrianb/binary-networks-pytorch',
    methods: ['xnorpp'],
    fault: 'two of its binarizers cannot be used: one cannot be constructed, one passes no gradient',
    seen: 'executed',
    here: '-',
  },
  {
    repository: 'ricky40403/DSQ',
    methods: ['dsq'],
    fault: 'its option for the number of bits has no effect, the bounds of evaluation are never learnt',
    seen: 'read',
    here: 'bounds are parameters',
  },
];
