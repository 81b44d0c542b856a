import { describe, expect, it } from 'vitest';
import { SetupError } from '../../../lib/errors/setup-error.js';

describe('SetupError', () => {
  it('lists each problem once, however often it was met', () => {
    const error = new SetupError(['A: is wrong.', 'B: is wrong.', 'A: is wrong.']);
    expect(error.problems).toEqual(['A: is wrong.', 'B: is wrong.']);
    expect(error.message).toBe('2 problems:\n- A: is wrong.\n- B: is wrong.');
  });

  it('is the problem itself when there is one', () => {
    expect(new SetupError(['A: is wrong.', 'A: is wrong.']).message).toBe('A: is wrong.');
  });
});
