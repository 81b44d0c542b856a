import { createHash, randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DATABASES } from '../../../test/support/databases.js';
import { Library, type MemberCalls } from './library.js';

const LIMIT = 3 * 1024 * 1024;
const PNG = Buffer.from('89504e470d0a1a0a', 'hex');
const BOOK = 1;

const image = (size: number): Buffer => Buffer.concat([PNG, randomBytes(size - PNG.length)]);
const checksum = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** The messages of an upload, 64 KB each. */
function upload(bytes: Buffer, first: object = {}): object[] {
  const messages: object[] = [];
  for (let start = 0; start < bytes.length; start += 65_536)
    messages.push({ chunk: bytes.subarray(start, start + 65_536) });
  return [{ book: BOOK, ...first, ...messages[0] }, ...messages.slice(1)];
}

describe.each(DATABASES)('covers on %s', (kind) => {
  let library: Library;
  let linus: MemberCalls;
  let rosa: MemberCalls;

  beforeAll(async () => {
    library = await Library.start(kind, { COVER_MAX_BYTES: String(LIMIT) });
    [linus, rosa] = (await Promise.all(['linus', 'rosa'].map((name) => library.as(name)))) as [
      MemberCalls,
      MemberCalls,
    ];
  }, 120_000);

  afterAll(() => library?.stop());

  const stored = (): Promise<string[]> => readdir(`${library.directory}/covers`);

  it('are not there before somebody uploads one', async () => {
    expect(await rosa.call('CoverController/Download', { book: BOOK })).toMatchObject({ code: 5 });
  });

  it('come back as they were sent, in pieces, up to the limit', async () => {
    const bytes = image(LIMIT);
    const sha256 = checksum(bytes);
    const { code, message } = await linus.call('CoverController/Upload', upload(bytes, { sha256 }));
    expect({ code, message }).toEqual({
      code: 0,
      message: { contentType: 'image/png', size: LIMIT, sha256 },
    });
    const { messages } = await rosa.call('CoverController/Download', { book: BOOK });
    expect(messages[0]).toMatchObject({ contentType: 'image/png', size: LIMIT, sha256 });
    expect(messages).toHaveLength(1 + LIMIT / 65_536);
    expect(
      Buffer.concat(messages.flatMap(({ chunk }) => (chunk ? [chunk as Buffer] : []))).equals(bytes),
    ).toBe(true);
    expect(await rosa.get('BookController/Retrieve', { id: BOOK })).toMatchObject({ cover: { sha256 } });
  });

  it('are replaced, and the old file goes', async () => {
    const bytes = image(1000);
    await linus.call('CoverController/Upload', upload(bytes));
    expect(await stored()).toHaveLength(1);
    const { messages } = await rosa.call('CoverController/Download', { book: BOOK });
    expect(messages[0]).toMatchObject({ sha256: checksum(bytes), size: 1000 });
  });

  it('that are refused leave nothing behind', async () => {
    const before = await stored();
    const cases: readonly (readonly [MemberCalls, object[], number, RegExp])[] = [
      [linus, upload(image(LIMIT + 1)), 8, /at most 3145728 bytes/],
      [linus, upload(image(10 * LIMIT)), 8, /at most 3145728 bytes/],
      [linus, upload(image(1000), { sha256: 'ab'.repeat(32) }), 3, /sha256.*checksum/],
      [linus, upload(Buffer.from('<svg/>')), 3, /Not a PNG/],
      [linus, [], 3, /stream is empty/],
      [linus, upload(image(1000), { book: 4 }), 5, /Book: 4 not found!/],
      [rosa, upload(image(1000)), 7, /./],
    ];
    for (const [who, messages, code, details] of cases)
      expect(await who.call('CoverController/Upload', messages)).toMatchObject({
        code,
        details: expect.stringMatching(details) as string,
      });
    expect(await stored()).toEqual(before);
  });

  it('that are broken off leave nothing behind', async () => {
    const before = await stored();
    const hangUp = new AbortController();
    const answer = linus.call('CoverController/Upload', upload(image(LIMIT)), hangUp.signal);
    setTimeout(() => hangUp.abort(), 5);
    expect([0, 1]).toContain((await answer).code);
    if ((await answer).code === 1)
      for (let attempt = 0; attempt < 50 && (await stored()).length > before.length; attempt += 1)
        await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await stored()).toHaveLength(before.length);
  });
});
