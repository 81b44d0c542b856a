import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ProtoStore, type PlanOptions, type ProtoPlan } from '../../../lib/boot/proto-store.js';
import { ForeignFiles } from '../../../lib/proto/foreign-files.js';
import type { FileDescriptor } from '../../../lib/proto/descriptors.js';
import { field, file, message } from '../proto/descriptor-builders.js';

const TAG = message('Tag', [field('label')]);
const rpc = { kind: 'method', name: 'Get', requestStream: false, responseStream: false } as const;
const ALL = file({
  services: [
    { kind: 'service', name: 'PostController', comment: [], methods: [] },
    {
      kind: 'service',
      name: 'TagController',
      comment: [],
      methods: [{ ...rpc, request: 'Tag', response: 'Tag', comment: [] }],
    },
  ],
  messages: [message('Post', [field('id')]), TAG],
});
const POSTS: FileDescriptor = {
  ...ALL,
  services: ALL.services.slice(0, 1),
  messages: ALL.messages.slice(0, 1),
};

describe('ProtoStore', () => {
  let dir: string;
  let path: string;
  const log = vi.spyOn(Logger.prototype, 'log');
  const warn = vi.spyOn(Logger.prototype, 'warn');

  beforeEach(async () => {
    for (const spy of [log, warn]) spy.mockReset().mockImplementation(() => undefined);
    dir = await mkdtemp(join(tmpdir(), 'proto-store-'));
    path = join(dir, 'shop/v1/shop.proto');
  });
  afterEach(() => rm(dir, { recursive: true }));

  /** For one file in one folder. */
  function store(mode: 'write' | 'check' | 'off' = 'write') {
    const all = new ProtoStore({ conventions: 'socio', proto: { dir, mode, includeDirs: [] } });
    const foreign = new ForeignFiles();
    return {
      settle: async (file: FileDescriptor) =>
        (await all.settle([{ file, dir, foreign }]))[0] as FileDescriptor,
      plan: (file: FileDescriptor, options?: PlanOptions) => all.plan({ file, dir, foreign }, options),
      write: (plan: ProtoPlan) => all.write(plan),
    };
  }

  const read = () => readFile(path, 'utf8');
  const lines = (spy: typeof log) =>
    spy.mock.calls.map(([line]) => String(line).replace(/\S*shop\.proto/, 'FILE'));

  it('warns when it creates the file and says how much it changed later', async () => {
    await store().settle(ALL);
    expect(lines(warn)).toEqual(['created FILE: commit it, it keeps the field numbers']);
    await store().settle(ALL);
    await store().settle({ ...ALL, messages: [message('Post', [field('id'), field('title')]), TAG] });
    expect(lines(log)).toEqual(['wrote FILE: 1 change']);
    expect(await readdir(dirname(path))).toEqual(['shop.proto']);
  });

  it('keeps a service that is not running in the file and out of the contract', async () => {
    await store().settle(ALL);
    const [text, { mtimeNs }] = [await read(), await stat(path, { bigint: true })];
    for (const mode of ['write', 'check'] as const) {
      const running = await store(mode).settle(POSTS);
      expect(running.services.map(({ name }) => name)).toEqual(['PostController']);
      expect(running.messages.map(({ name }) => name)).toEqual(['Post']);
    }
    expect(await read()).toBe(text);
    expect((await stat(path, { bigint: true })).mtimeNs).toBe(mtimeNs);
  });

  it('warns of types and cardinalities that clients misread, once', async () => {
    const was = message('Post', [
      field('id'),
      field('tags', 'string', { cardinality: 'repeated' }),
      field('n', 'int32'),
    ]);
    const is = message('Post', [field('id', 'int32'), field('tags'), field('n', 'uint32')]);
    await store().settle(file({ messages: [was] }));
    warn.mockClear();
    const first = await store().settle(file({ messages: [is] }));
    await store().settle(file({ messages: [is] }));
    expect(first.messages[0]?.fields.map(({ number }) => number)).toEqual([1, 2, 3]);
    const cure = '. Clients built from the old file misread it: give it a new name, or a new package.';
    expect(lines(warn)).toEqual([
      `message Post, field 1 id: was string id = 1, is int32 id = 1${cure}`,
      `message Post, field 2 tags: was repeated string tags = 2, is string tags = 2${cure}`,
    ]);
  });

  it('plans a removal without writing it, and writes it when asked', async () => {
    await store().settle(ALL);
    const text = await read();
    const plan = await store('check').plan(POSTS, { remove: true });
    expect(plan.differences.map(({ place }) => place)).toEqual([
      'service TagController',
      'message Tag',
      'removed message Tag',
    ]);
    expect(await read()).toBe(text);
    await store('check').write(plan);
    expect(await read()).toBe(plan.text);
    expect(plan.text).toMatch(/\n\/\/ removed message Tag: 1 label\n$/);
  });

  it('plans on a base revision where the file cannot be read', async () => {
    const base = (await store().plan(ALL)).text;
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, base.replace('id = 1;', 'id = 1; string a = 1;'));
    await expect(store().plan(ALL)).rejects.toThrow('gives the number 1 to both "id"');
    const plan = await store().plan(ALL, { remove: true, base });
    await store().write(plan);
    expect(await read()).toBe(base);
    expect(lines(log)).toEqual(['wrote FILE anew']);
  });

  it('refuses a missing file and a different one in mode check', async () => {
    await expect(store('check').settle(ALL)).rejects.toThrow(/shop\.proto: is missing/);
    await store().settle(ALL);
    const renamed = { ...ALL, messages: [message('Post', [field('key')]), TAG] };
    await expect(store('check').settle(renamed)).rejects.toThrow(
      'message Post, field 1 id: string id = 1 in the file, absent in the code',
    );
  });

  it('touches no file in mode off', async () => {
    expect((await store('off').settle(ALL)).messages[0]?.fields[0]?.number).toBe(1);
    expect(await readdir(dir)).toEqual([]);
  });
});
