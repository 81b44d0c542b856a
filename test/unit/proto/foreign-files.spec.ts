import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { create, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { describeFile } from '../../../lib/proto/descriptor-proto.js';
import { externalMessage } from '../../../lib/proto/external-message.js';
import { ForeignFiles } from '../../../lib/proto/foreign-files.js';
import { Address, Customer, FOREIGN_DIR, Money } from '../../fixtures/external.js';
import { bufDescriptorSet } from '../../support/buf.js';
import { commentsIn, inOrder } from '../../support/file-descriptors.js';

async function texts(): Promise<Record<string, string>> {
  const paths = (await readdir(FOREIGN_DIR, { recursive: true })).filter((path) => path.endsWith('.proto'));
  const read = paths.map(async (path) => [path, await readFile(join(FOREIGN_DIR, path), 'utf8')] as const);
  return Object.fromEntries(await Promise.all(read));
}

describe('the descriptors of files of others', () => {
  const foreign = new ForeignFiles([FOREIGN_DIR]);
  const problems: string[] = [];
  let theirs: Map<string, ReturnType<typeof asDescriptor>>;

  const asDescriptor = (file: Parameters<typeof describeFile>[0]) =>
    create(FileDescriptorProtoSchema, describeFile(file));

  beforeAll(async () => {
    foreign.find(Customer, (problem) => problems.push(problem));
    const { file } = fromBinary(FileDescriptorSetSchema, await bufDescriptorSet(await texts()));
    theirs = new Map(file.map((each) => [each.name, each]));
  });

  it('are of all files that something of it needs, once', () => {
    expect(problems).toEqual([]);
    foreign.find(Money, (problem) => problems.push(problem));
    foreign.find(Address, (problem) => problems.push(problem));
    expect(foreign.files.map(({ path }) => path).toSorted()).toEqual([
      'acme/common/v1/address.proto',
      'acme/common/v1/geo.proto',
      'google/protobuf/field_mask.proto',
      'google/type/money.proto',
      'legacy/customer.proto',
    ]);
  });

  it.each([
    'acme/common/v1/address.proto',
    'acme/common/v1/geo.proto',
    'google/type/money.proto',
    'legacy/customer.proto',
  ])('are what a compiler makes of %s', (path) => {
    const ours = asDescriptor(foreign.files.find((file) => file.path === path)!);
    const compiled = theirs.get(path)!;
    // Services are left to those who serve them, options and imports for them to those who know them.
    for (const part of ['messageType', 'enumType'] as const)
      expect(inOrder(ours)[part]).toEqual(inOrder(compiled)[part]);
    const served = Object.entries(commentsIn(compiled)).filter(([place]) => !place.startsWith('AddressBook'));
    const trimmed = (all: readonly (readonly [string, string])[]) =>
      Object.fromEntries(all.map(([place, comment]) => [place, comment.trim()]));
    expect(trimmed(Object.entries(commentsIn(ours)))).toEqual(trimmed(served));
    expect(compiled.dependency).toEqual(expect.arrayContaining(ours.dependency));
  });
});

describe('names in files of others', () => {
  let dir: string;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'foreign-files-'));
  });
  afterEach(() => rm(dir, { recursive: true }));

  async function typesOf(files: Readonly<Record<string, string>>, name = 'a.b.User', file = 'user.proto') {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(dir, path)), { recursive: true });
      await writeFile(join(dir, path), `syntax = "proto3";\n${text}`);
    }
    const foreign = new ForeignFiles([dir]);
    const problems: string[] = [];
    foreign.find(externalMessage(name, { file }), (problem) => problems.push(problem));
    const found = foreign.files.find(({ path }) => path === file);
    const fields = found?.messages.flatMap((message) => message.fields) ?? [];
    return { problems, types: fields.map(({ type }) => ('name' in type ? type.name : type.scalar)) };
  }

  it('are looked for from the inside out', async () => {
    const user = `package a.b; import "inner.proto"; import "outer.proto";
      message User {
        message Money {}
        Money own = 1;
        .a.Money absolute = 2;
        Coin coin = 3;
        a.Coin outer = 4;
        map<string, b.Coin> coins = 5;
      }`;
    const files = {
      'user.proto': user,
      'inner.proto': 'package a.b; message Coin {}',
      'outer.proto': 'package a; message Money {} message Coin {}',
    };
    expect(await typesOf(files)).toEqual({
      problems: [],
      types: ['User.Money', 'a.Money', 'a.b.Coin', 'a.Coin', 'map<string, a.b.Coin>'],
    });
  });

  it('are seen through public imports only', async () => {
    const files = {
      'user.proto': 'package a.b; import "all.proto"; message User { c.Deep deep = 1; c.Hidden hidden = 2; }',
      'all.proto': 'package c; import public "deep.proto"; import "hidden.proto";',
      'deep.proto': 'package c; message Deep {}',
      'hidden.proto': 'package c; message Hidden {}',
    };
    const { problems } = await typesOf(files);
    expect(problems).toEqual([
      '"user.proto": "a.b.User" uses "c.Hidden", which neither the file nor what it imports declares. Mend the file.',
    ]);
  });

  it('that options alone need are not needed', async () => {
    const text =
      'package a.b; import "lost.proto"; message User { string a = 1 [(lost.rule) = { min: 1 }]; }';
    expect(await typesOf({ 'user.proto': text })).toEqual({ problems: [], types: ['string'] });
  });

  it('of Google need no file', async () => {
    const text = `package a.b; import "google/protobuf/type.proto"; import "google/protobuf/struct.proto";
      message User { google.protobuf.SourceContext a = 1; google.protobuf.NullValue b = 2; google.protobuf.Value c = 3; }`;
    const found = await typesOf({ 'user.proto': text });
    expect(found.problems[0]).toMatch(/uses "google\.protobuf\.SourceContext"/);
    const mended = text.replace('google/protobuf/type', 'google/protobuf/source_context');
    expect(await typesOf({ 'user.proto': mended })).toEqual({
      problems: [],
      types: ['google.protobuf.SourceContext', 'google.protobuf.NullValue', 'google.protobuf.Value'],
    });
  });
});
