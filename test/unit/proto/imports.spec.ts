import { describe, expect, it } from 'vitest';
import { compareContracts, readContract } from '../../../lib/proto/contract.js';
import { importsOf } from '../../../lib/proto/imports.js';
import { printFile, SOCIO_STYLE } from '../../../lib/proto/print.js';
import { settleContract } from '../../../lib/proto/settle.js';
import { bufBuild } from '../../support/buf.js';
import { field, file, message } from './descriptor-builders.js';

const MONEY = { kind: 'message', name: 'common.v1.Money' } as const;
const EXTERNALS = [{ name: 'common.v1.Money', file: 'common/v1/common.proto' }];
const COMMON = 'syntax = "proto3";\npackage common.v1;\nmessage Money { int64 units = 1; }\n';

const BOOK = file({
  externals: EXTERNALS,
  messages: [message('Book', [field('price', MONEY, { number: 1 })])],
});

describe('a file that uses types of another file', () => {
  it('imports it, and buf finds what it refers to', async () => {
    const text = printFile(BOOK, SOCIO_STYLE);
    expect(text).toContain('import "common/v1/common.proto";\n');
    expect(text).toContain('    common.v1.Money price = 1;\n');
    expect(await bufBuild([text], { 'common/v1/common.proto': COMMON })).toBe('');
  });

  it('does not import what nothing uses', () => {
    expect(importsOf({ ...BOOK, messages: [] })).toEqual([]);
  });

  it('imports what the values of a map are', () => {
    const prices = field('prices', { kind: 'message', name: 'map<string, common.v1.Money>' }, { number: 1 });
    expect(importsOf({ ...BOOK, messages: [message('Book', [prices])] })).toEqual([
      '"common/v1/common.proto"',
    ]);
  });

  it('is read back as it was written', () => {
    const read = readContract(printFile(BOOK, SOCIO_STYLE), 'shop.proto');
    expect(read.externals).toEqual(EXTERNALS);
    expect(read.imports).toBeUndefined();
    expect(compareContracts(read, BOOK)).toEqual([]);
  });

  it('writes a dot in front of a name that would be found elsewhere first', async () => {
    const inner = file({ ...BOOK, package: 'acme.common' });
    const text = printFile(inner, SOCIO_STYLE);
    expect(text).toContain('    .common.v1.Money price = 1;\n');
    expect(readContract(text, 'shop.proto').messages).toMatchObject([{ fields: [{ type: MONEY }] }]);
    expect(await bufBuild([text], { 'common/v1/common.proto': COMMON })).toBe('');
  });

  it('writes a dot in front of names of Google in a package that has such a part', async () => {
    const empty = 'google.protobuf.Empty';
    const rpc = {
      kind: 'method',
      name: 'Ping',
      requestStream: false,
      responseStream: false,
      comment: [],
    } as const;
    const services = [
      {
        kind: 'service' as const,
        name: 'PingController',
        methods: [{ ...rpc, request: empty, response: empty }],
        comment: [],
      },
    ];
    const text = printFile(file({ package: 'acme.google.v1', services }), SOCIO_STYLE);
    expect(text).toContain('rpc Ping(.google.protobuf.Empty) returns (.google.protobuf.Empty) {}');
    expect(await bufBuild([text])).toBe('');
  });

  it('loses the import with the last use, and keeps those that were written by hand', () => {
    const before = printFile({ ...BOOK, imports: ['"common/v1/rules.proto"', '"other.proto"'] }, SOCIO_STYLE);
    const now = file({ messages: [message('Book', [field('title')])] });
    const { text, differences } = settleContract(now, before, { fileName: 'shop.proto', style: SOCIO_STYLE });
    expect(text).not.toContain('common/v1/common.proto');
    expect(text).toContain('import "other.proto";');
    expect(differences.map(({ place }) => place)).toContain('imports');
  });

  it('keeps the import for a service that is not running', () => {
    const rpc = {
      kind: 'method',
      name: 'Get',
      requestStream: false,
      responseStream: false,
      comment: [],
    } as const;
    const services = [
      {
        kind: 'service' as const,
        name: 'BookController',
        methods: [{ ...rpc, request: 'Book', response: 'common.v1.Money' }],
        comment: [],
      },
    ];
    const before = printFile({ ...BOOK, services }, SOCIO_STYLE);
    const { text, changed } = settleContract(file(), before, { fileName: 'shop.proto', style: SOCIO_STYLE });
    expect(changed).toBe(false);
    expect(text).toBe(before);
  });
});
