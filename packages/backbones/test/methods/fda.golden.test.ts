import { methods } from '@onebit/nn';
import { fourier } from '../../../nn/src/binarizers/fourier.js';
import { compareActivation, goldenMethod } from '../golden-method.js';

goldenMethod('fda', (golden) => {
  for (const prefix of golden.cases('y')) {
    // By the README the number in the name is the index of the last term, and the base frequency is 0.1.
    const estimator = fourier({ last: Number(prefix.replace(/^\D*/, '')), frequency: 0.1 });
    compareActivation(golden, prefix, {
      levels: 'pm1',
      estimator,
      signOfZero: methods.bireal.activation.parts.signOfZero,
    });
  }
});
