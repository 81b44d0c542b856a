import { createHash, randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DATABASES } from '../../../test/support/databases.js';
import { Library, type MemberCalls } from './library.js';

const LIMIT = 3 * 1024 * 1024;
const PNG = Buffer.from('89504e470d0a1a0a', 'hex');
const BOOK = 1;

const image = (size: number): Buffer => Buffer.concat([PNG, randomBytes(size - PNG.length)]);
const checksum = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** The messages of an upload: pieces of 64 KB, then the checksum. */
function upload(bytes: Buffer, book = BOOK, sha256: string | undefined = checksum(bytes)): object[] {
  const pieces: object[] = [];
  for (let start = 0; start < bytes.length; start += 65_536)
    pieces.push({ chunk: bytes.subarray(start, start + 65_536) });
  return [{ book, ...pieces[0] }, ...pieces.slice(1), { sha256 }];
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
    const { code, message } = await linus.call('CoverController/Upload', upload(bytes));
    expect({ code, message }).toEqual({
      code: 0,
      message: { contentType: 'image/png', size: LIMIT, sha256 },
    });
    const { messages } = await rosa.call('CoverController/Download', { book: BOOK });
    expect(messages[0]).toMatchObject({
      part: 'about',
      about: { contentType: 'image/png', size: LIMIT, sha256 },
    });
    expect(messages.slice(1).every(({ part }) => part === 'chunk')).toBe(true);
    expect(messages).toHaveLength(1 + LIMIT / 65_536);
    expect(Buffer.concat(messages.slice(1).map(({ chunk }) => chunk as Buffer)).equals(bytes)).toBe(true);
    expect(await rosa.get('BookController/Retrieve', { id: BOOK })).toMatchObject({ cover: { sha256 } });
  });

  it('are replaced, and the old file goes', async () => {
    const bytes = image(1000);
    await linus.call('CoverController/Upload', upload(bytes));
    expect(await stored()).toHaveLength(1);
    const { messages } = await rosa.call('CoverController/Download', { book: BOOK });
    expect(messages[0]).toMatchObject({ about: { sha256: checksum(bytes), size: 1000 } });
  });

  it('that are refused leave nothing behind', async () => {
    const before = await stored();
    const cases: readonly (readonly [MemberCalls, object[], number, RegExp])[] = [
      [linus, upload(image(LIMIT + 1)), 8, /at most 3145728 bytes/],
      [linus, upload(image(10 * LIMIT)), 8, /at most 3145728 bytes/],
      [linus, upload(image(1000), BOOK, 'ab'.repeat(32)), 3, /sha256.*checksum .*, expected abab/],
      [linus, upload(image(100_000)).slice(0, -1), 3, /sha256.*expected one in the last message/],
      [linus, upload(image(200_000)).toSpliced(1, 1), 3, /sha256.*checksum/],
      [linus, upload(Buffer.from('<svg/>')), 3, /Not a PNG/],
      [linus, [], 3, /stream is empty/],
      [linus, upload(image(1000), 4), 5, /Book: 4 not found!/],
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
    const client = new Client(library.grpcUrl, credentials.createInsecure());
    const metadata = new Metadata();
    metadata.set('authorization', linus.authorization);
    const pieces = upload(image(2 * 65_536)).slice(0, 2);
    const identity = (bytes: Buffer): Buffer => bytes;
    const path = '/library.v1.CoverController/Upload';
    const call = client.makeClientStreamRequest(path, identity, identity, metadata, () => undefined);
    for (const piece of pieces) call.write(library.client.encode('CoverController/Upload', piece));
    await expect.poll(stored).toHaveLength(before.length + 1);
    call.cancel();
    await expect.poll(stored).toEqual(before);
    client.close();
  });
});
