import { type Method, resolvePrecision } from '@onebit/nn';
import { reconstruction, residualOrders, tf } from '@onebit/ops';
import { compareConv, exact, goldenMethod, relative } from '../golden-method.js';
import type { Golden } from '../golden-module.js';

/** Scales, signs, reconstruction and squared error of every order that the file has. */
function compareRows(golden: Golden): void {
  const count = golden.names.filter((name) => /^rows\.beta\d+$/.test(name)).length;
  tf.tidy(() => {
    const rows = golden.raw('rows.x');
    const orders = residualOrders(rows, count);
    for (const [i, { scale, signs }] of orders.entries()) {
      golden.compare(`rows.beta${i + 1}`, scale, relative);
      golden.compare(`rows.h${i + 1}`, signs, exact);
      const recon = reconstruction(orders.slice(0, i + 1));
      golden.compare(`rows.recon${i + 1}`, recon, relative);
      golden.compare(`rows.err${i + 1}`, tf.sum(tf.square(tf.sub(rows, recon)), 1), relative);
    }
  });
}

goldenMethod('horq', (golden) => {
  compareRows(golden);
  // By its README the convolution of the file has order 2.
  const method = resolvePrecision({ method: 'horq', order: 2 }) as Method;
  for (const prefix of golden.cases('w')) compareConv(golden, prefix, method);
});
