import { afterEach, describe, expect, it, vi } from 'vitest';
import { typescriptClients } from '../../../lib/cli/clients/typescript.js';
import { field, file, message } from '../proto/descriptor-builders.js';

describe('clients by protoc-gen-es', () => {
  afterEach(() => vi.doUnmock('@bufbuild/protobuf'));

  it('name what is to be installed when it is not there', async () => {
    vi.doMock('@bufbuild/protobuf', () => {
      throw new Error('Cannot find package');
    });
    await expect(typescriptClients([], [])).rejects.toThrow(
      '--clients ts: needs @bufbuild/protoc-gen-es and @bufbuild/protobuf. Install them: ' +
        'npm install @bufbuild/protobuf && npm install --save-dev @bufbuild/protoc-gen-es.',
    );
  });

  it('name a file that is imported and not there', async () => {
    const money = { kind: 'message', name: 'acme.Money' } as const;
    const shop = file({
      externals: [{ name: 'acme.Money', file: 'acme/money.proto' }],
      messages: [message('Book', [field('price', money, { number: 1 })])],
    });
    await expect(typescriptClients([shop], [shop])).rejects.toThrow(
      '--clients ts: shop/v1/shop.proto imports acme/money.proto, which is no file of the application.',
    );
  });
});
