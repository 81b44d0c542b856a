import { mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { protoPath, writeIfChanged } from '../../../lib/proto/proto-file.js';

vi.mock(import('node:fs/promises'), async (original) => {
  const actual = await original();
  return { ...actual, rename: vi.fn(actual.rename) };
});

describe('protoPath', () => {
  it.each([
    ['app', 'proto/app/app.proto'],
    ['shop.v1', 'proto/shop/v1/shop.proto'],
    ['acme.shop.v1beta2', 'proto/acme/shop/v1beta2/shop.proto'],
    ['acme.shop.v1p1alpha1', 'proto/acme/shop/v1p1alpha1/shop.proto'],
    ['dsg_tutorial.quickstart', 'proto/dsg_tutorial/quickstart/quickstart.proto'],
    ['acme.vat', 'proto/acme/vat/vat.proto'],
    ['v1', 'proto/v1/v1.proto'],
  ])('puts package %s at %s', (name, expected) => {
    expect(protoPath('proto', name)).toBe(join(expected));
  });
});

describe('writeIfChanged', () => {
  let dir: string;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'proto-file-'));
  });

  afterEach(() => rm(dir, { recursive: true }));

  it('creates the folders and the file', async () => {
    const path = join(dir, 'shop/v1/shop.proto');
    expect(await writeIfChanged(path, 'text')).toBe('written');
    expect(await readFile(path, 'utf8')).toBe('text');
    expect(await readdir(join(dir, 'shop/v1'))).toEqual(['shop.proto']);
  });

  it('leaves a file with the same text alone', async () => {
    const path = join(dir, 'shop.proto');
    await writeFile(path, 'text');
    const before = await stat(path, { bigint: true });
    expect(await writeIfChanged(path, 'text')).toBe('unchanged');
    const after = await stat(path, { bigint: true });
    expect([after.mtimeNs, after.ino]).toEqual([before.mtimeNs, before.ino]);
  });

  it('replaces another text', async () => {
    const path = join(dir, 'shop.proto');
    await writeFile(path, 'a longer text');
    expect(await writeIfChanged(path, 'text')).toBe('written');
    expect(await readFile(path, 'utf8')).toBe('text');
  });

  it('removes the temporary file when the file cannot be replaced', async () => {
    const path = join(dir, 'shop.proto');
    await writeFile(path, 'old');
    vi.mocked(rename).mockRejectedValueOnce(new Error('EPERM'));
    await expect(writeIfChanged(path, 'new')).rejects.toThrow('EPERM');
    expect(await readdir(dir)).toEqual(['shop.proto']);
    expect(await readFile(path, 'utf8')).toBe('old');
  });

  it('throws when what is there is no file', async () => {
    await expect(writeIfChanged(dir, 'text')).rejects.toThrow('EISDIR');
  });

  it('leaves one whole text when many write at once', async () => {
    const path = join(dir, 'shop.proto');
    const texts = Array.from({ length: 20 }, (_, index) => String(index).repeat(50_000));
    await Promise.all(texts.map((text) => writeIfChanged(path, text)));
    expect(texts).toContain(await readFile(path, 'utf8'));
    expect(await readdir(dir)).toEqual(['shop.proto']);
  });
});
