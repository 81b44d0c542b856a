import { describe, expect, it } from 'vitest';
import { loadClassValidator } from '../../../lib/serialization/class-validation.js';

describe('loadClassValidator', () => {
  it('loads the package only where somebody used its decorators', async () => {
    expect(await loadClassValidator()).toBeUndefined();
    const { IsEmail } = await import('class-validator');
    class Contact {
      email = '';
    }
    IsEmail()(Contact.prototype, 'email');
    expect(await loadClassValidator()).toBe(await import('class-validator'));
  });
});
