import * as fc from 'fast-check';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { SetupError } from '../../../lib/errors/setup-error.js';
import { findBreaks } from '../../../lib/proto/breaking.js';
import type {
  EnumDescriptor,
  FieldDescriptor,
  FileDescriptor,
  MessageDescriptor,
} from '../../../lib/proto/descriptors.js';
import { type Ledger, printLedger, readLedger } from '../../../lib/proto/ledger.js';
import { SOCIO_STYLE } from '../../../lib/proto/print.js';
import { settleContract } from '../../../lib/proto/settle.js';
import { bufBreaking, type Step as Versions } from '../../support/buf.js';
import { apply, type Code, declare, history, mergeCode, NO_CODE, type Step } from './release-history.js';

const RUNS = Number(process.env['RUNS'] ?? 60);
const OPTIONS = { fileName: 'shop.proto', style: SOCIO_STYLE };

/** Who got which number first: `message A 3` -> `title`. */
type Owners = Map<string, string>;

interface Release {
  readonly code: Code;
  readonly text: string;
  readonly owners: Owners;
}

const FIRST: Release = { code: NO_CODE, text: '', owners: new Map() };

function releasesOf(steps: readonly Step[]): Release[] {
  const releases = [FIRST];
  for (const step of steps) releases.push(next(releases.at(-1) ?? FIRST, step));
  return releases;
}

function next(before: Release, { edits, writer, service, theirs }: Step): Release {
  const ours = generate(before, apply(before.code, edits));
  if (writer === 'generate') return ours;
  if (writer === 'merge') return merge(before, ours, generate(before, apply(before.code, theirs)));
  const code = apply(before.code, edits);
  const { text } = settleContract(declare(code, service), before.text, OPTIONS);
  return { code, text, owners: owned(before.owners, text) };
}

function generate({ text, owners }: Release, code: Code): Release {
  const settled = settleContract(declare(code), text, { ...OPTIONS, remove: true });
  return { code, text: settled.text, owners: owned(owners, settled.text) };
}

/** Line by line git takes both sides; where that gives a number twice, the base revision cures it. */
function merge(base: Release, ours: Release, theirs: Release): Release {
  const code = mergeCode(ours.code, theirs.code);
  const text = printLedger(
    union(readLedger(ours.text, 'ours'), readLedger(theirs.text, 'theirs')),
    SOCIO_STYLE,
  );
  try {
    readLedger(text, 'merged');
  } catch (error) {
    expect(error).toBeInstanceOf(SetupError);
    const cured = settleContract(declare(code), text, { ...OPTIONS, remove: true, base: base.text });
    return { code, text: cured.text, owners: owned(base.owners, cured.text) };
  }
  return generate({ code, text, owners: owned(ours.owners, theirs.text) }, code);
}

/** Remembers every number of a text, and holds it against all that went before. */
function owned(owners: Owners, text: string): Owners {
  const { contract, removed } = readLedger(text, 'shop.proto');
  const all = new Map(owners);
  const living = [...contract.messages, ...contract.enums].map(({ kind, name, ...shape }) => ({
    kind,
    name,
    members: membersOf({ kind, name, ...shape } as MessageDescriptor | EnumDescriptor),
  }));
  for (const { kind, name, members } of [...living, ...removed]) {
    for (const member of members) {
      // 0 of an enum is "no value", under whatever name.
      if (kind === 'enum' && member.number === 0) continue;
      const key = `${kind} ${name} ${member.number}`;
      expect(`${key} ${all.get(key) ?? member.name}`).toBe(`${key} ${member.name}`);
      all.set(key, member.name);
    }
  }
  return all;
}

function union(a: Ledger, b: Ledger): Ledger {
  return {
    contract: {
      ...a.contract,
      package: 'shop.v1',
      services: byName(a.contract.services, b.contract.services, (x) => x),
      messages: byName(a.contract.messages, b.contract.messages, (x, y) => ({
        ...x,
        fields: lines(x.fields, y.fields),
        reserved: bothReserved(x, y),
      })),
      enums: byName(a.contract.enums, b.contract.enums, (x, y) => ({
        ...x,
        values: lines(x.values, y.values),
        reserved: bothReserved(x, y),
      })),
    },
    removed: [...a.removed, ...b.removed],
  };
}

function byName<T extends { readonly name: string }>(
  a: readonly T[],
  b: readonly T[],
  both: (x: T, y: T) => T,
): T[] {
  const others = new Map(b.map((item) => [item.name, item]));
  const joined = a.map((item) => {
    const other = others.get(item.name);
    others.delete(item.name);
    return other ? both(item, other) : item;
  });
  return [...joined, ...others.values()];
}

function lines<T extends { readonly name: string; readonly number: number }>(
  a: readonly T[],
  b: readonly T[],
): T[] {
  return [
    ...a,
    ...b.filter((item) => !a.some(({ name, number }) => name === item.name && number === item.number)),
  ];
}

function bothReserved(a: MessageDescriptor | EnumDescriptor, b: MessageDescriptor | EnumDescriptor) {
  return {
    ranges: [...a.reserved.ranges, ...b.reserved.ranges],
    names: [...new Set([...a.reserved.names, ...b.reserved.names])],
  };
}

function membersOf(shape: MessageDescriptor | EnumDescriptor) {
  return shape.kind === 'message' ? shape.fields : shape.values;
}

/** Old bytes, read by the new contract: what has no break has its value. */
function expectReadable(was: string, is: string): void {
  const [before, after] = [readLedger(was, 'was').contract, readLedger(is, 'is').contract];
  const places = new Set(findBreaks(before, after).map(({ place }) => place));
  const [encoder, decoder] = [was, is].map((text) => protobuf.parse(text, { keepCase: true }).root) as [
    protobuf.Root,
    protobuf.Root,
  ];
  for (const { name, fields } of before.messages) {
    const now = after.messages.find((shape) => shape.name === name);
    if (!now) continue;
    const values = Object.fromEntries(fields.map((field) => [field.name, valueOf(field, before)]));
    const bytes = encoder.lookupType(`${before.package}.${name}`).encode(values).finish();
    const kept = fields.filter(
      (field) =>
        !places.has(`message ${name}, field ${field.number} ${field.name}`) &&
        now.fields.some((other) => other.name === field.name),
    );
    // What breaks may make the message as a whole unreadable; without its bytes the others must be read.
    const clean = Object.fromEntries(kept.map((field) => [field.name, values[field.name]]));
    const type = decoder.lookupType(`${after.package}.${name}`);
    const cleanBytes = encoder.lookupType(`${before.package}.${name}`).encode(clean).finish();
    for (const read of kept.length === fields.length ? [bytes] : [cleanBytes]) {
      const decoded = type.toObject(type.decode(read), { longs: Number });
      for (const field of kept)
        expect(plain(decoded[field.name], field), `${name}.${field.name}`).toEqual(
          plain(values[field.name], field),
        );
    }
  }
}

/** Bytes of any kind, and the zero value of an enum, which is not sent. */
function plain(value: unknown, { type }: FieldDescriptor): unknown {
  if (type.kind === 'scalar' && type.scalar === 'bytes')
    return Buffer.from(value as Uint8Array).toString('hex');
  return type.kind === 'enum' ? (value ?? 0) : value;
}

function valueOf({ type, cardinality }: FieldDescriptor, { enums }: FileDescriptor): unknown {
  const value = single();
  return cardinality === 'repeated' ? [value, value] : value;

  function single(): unknown {
    if (type.kind === 'message') return type.name.startsWith('map<') ? { key: 7 } : {};
    if (type.kind === 'enum') return enums.find(({ name }) => name === type.name)?.values.at(-1)?.number;
    if (type.scalar === 'string') return 'text';
    if (type.scalar === 'bytes') return Buffer.from([1, 2]);
    if (type.scalar === 'bool') return true;
    return type.scalar === 'double' ? 2.5 : 42;
  }
}

describe('a random history of releases', () => {
  it(
    'gives no number two meanings, keeps old bytes readable and breaks what buf says',
    { timeout: 60_000 + RUNS * 500 },
    async () => {
      const steps: Versions[] = [];
      fc.assert(
        fc.property(history, (history) => {
          const texts = releasesOf(history)
            .slice(1)
            .map(({ text }) => text);
          for (const [index, is] of texts.entries()) {
            const was = texts[index - 1];
            if (was === undefined) continue;
            expectReadable(was, is);
            // Backwards it is a history that no ledger kept.
            steps.push({ was, is }, { was: is, is: was });
          }
        }),
        { numRuns: RUNS },
      );
      const rules = await bufBreaking(steps);
      const verdicts = { same: 0, broken: 0 };
      for (const [index, { was, is }] of steps.entries()) {
        const found = findBreaks(readLedger(was, 'was').contract, readLedger(is, 'is').contract)
          .filter(({ affects }) => affects !== 'calls')
          .map(({ kind, place }) => `${kind}: ${place}`);
        verdicts[found.length > 0 ? 'broken' : 'same'] += 1;
        const breaks = rules[index]?.length !== 0;
        expect({ was, is, found, breaks: found.length > 0 }).toEqual({ was, is, found, breaks });
      }
      expect(Math.min(verdicts.same, verdicts.broken)).toBeGreaterThan(steps.length / 20);
    },
  );
});
