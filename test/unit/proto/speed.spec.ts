import { performance } from 'node:perf_hooks';
import { describe, expect, it } from 'vitest';
import { compareContracts, readContract } from '../../../lib/proto/contract.js';
import { printFile, SOCIO_STYLE } from '../../../lib/proto/print.js';
import { settleContract } from '../../../lib/proto/settle.js';
import { field, file, message } from './descriptor-builders.js';

/** Time of printing and comparing so many messages of 20 fields, the fastest of three. */
function cost(count: number): number {
  const messages = Array.from({ length: count }, (_, at) =>
    message(
      `Message${at}`,
      Array.from({ length: 20 }, (_, index) => field(`field_${index}`)),
    ),
  );
  const { running, text } = settleContract(file({ messages }), undefined, {
    fileName: 'x',
    style: SOCIO_STYLE,
  });
  const committed = readContract(text, 'x');
  const times = Array.from({ length: 3 }, () => {
    const start = performance.now();
    printFile(running, SOCIO_STYLE);
    compareContracts(committed, running);
    return performance.now() - start;
  });
  return Math.min(...times);
}

describe('printing and comparing', () => {
  it('cost four times as much for four times as many messages', { retry: 2 }, () => {
    cost(100);
    expect(cost(2000) / cost(500)).toBeLessThan(10);
  });
});
