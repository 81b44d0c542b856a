/**
 * The `.proto` of an API that exists already, written by hand or by another framework -> the ledger to start
 * from. Clients of that API keep working where the code declares the same names.
 */
import { type Break, findBreaks } from './breaking.js';
import { type Difference } from './contract.js';
import type { FieldDescriptor, FileDescriptor } from './descriptors.js';
import { type Ledger, readLedger } from './ledger.js';
import { printField, printSignature } from './print.js';
import { settleLedger } from './settle.js';

/** What fits and what does not; every entry is a place: `message Post, field 3 title`. */
export interface ImportReport {
  /** In both, in the same form: clients notice nothing. */
  readonly matched: readonly string[];
  /** In both, in different forms; `was` is the file, `is` the code. */
  readonly differing: readonly Difference[];
  /** The code lacks it. Services stay in the ledger with what they use; the rest is reserved. */
  readonly onlyInFile: readonly string[];
  /** The file lacks it; it gets numbers that the file never gave. */
  readonly onlyInCode: readonly string[];
  /** What clients of the existing API can no longer rely on. */
  readonly breaks: readonly Break[];
}

export interface ContractImport {
  /** What the committed file shall start with. */
  readonly ledger: Ledger;
  readonly report: ImportReport;
}

/** One declaration. The key holds no number: the two sides are matched by name. */
interface Entry {
  readonly key: string;
  readonly place: string;
  readonly form: string;
}

/**
 * Takes over the numbers of an existing file for what the code declares under the same names. The package is
 * the code's; where the file has another one, that is the first of the differences, since clients call by it.
 *
 * @param text the existing file
 * @param fileName how errors name it
 * @param declared what the code declares; its numbers do not matter
 * @throws SetupError naming the line when the file cannot be read
 * @example
 * const { ledger, report } = importContract(text, 'legacy.proto', declared);
 * await writeIfChanged(path, printLedger(ledger, SOCIO_STYLE));
 */
export function importContract(text: string, fileName: string, declared: FileDescriptor): ContractImport {
  const existing = readLedger(text, fileName);
  const renamed = { ...existing, contract: { ...existing.contract, package: declared.package } };
  const { running, ledger } = settleLedger(declared, renamed);
  const [before, after] = [entriesOf(existing.contract), entriesOf(running)];
  const both = [...before].flatMap(([key, was]) => {
    const is = after.get(key);
    return is ? [{ was, is }] : [];
  });
  const differing = both
    .filter(({ was, is }) => was.form !== is.form)
    .map(({ was, is }) => ({ place: was.place, was: was.form, is: is.form }));
  return {
    ledger,
    report: {
      matched: both.filter(({ was, is }) => was.form === is.form).map(({ was }) => was.place),
      differing,
      onlyInFile: missing(before, after),
      onlyInCode: missing(after, before),
      breaks: findBreaks(existing.contract, ledger.contract),
    },
  };
}

function entriesOf(file: FileDescriptor): Map<string, Entry> {
  const entries: Entry[] = [{ key: 'package', place: 'package', form: file.package }];
  const add = (key: string, place: string, form: string) => entries.push({ key, place, form });
  for (const { name, methods } of file.services) {
    add(`service ${name}`, `service ${name}`, '');
    for (const rpc of methods)
      add(`service ${name} ${rpc.name}`, `service ${name}, rpc ${rpc.name}`, printSignature(rpc));
  }
  for (const { name, fields } of file.messages) {
    add(`message ${name}`, `message ${name}`, '');
    for (const field of fields)
      add(
        `message ${name} ${field.name}`,
        `message ${name}, field ${field.number} ${field.name}`,
        formOf(field),
      );
  }
  for (const { name, values } of file.enums) {
    add(`enum ${name}`, `enum ${name}`, '');
    for (const value of values)
      add(
        `enum ${name} ${value.name}`,
        `enum ${name}, value ${value.number} ${value.name}`,
        `${value.number}`,
      );
  }
  return new Map(entries.map((entry) => [entry.key, entry]));
}

function formOf(field: FieldDescriptor): string {
  return field.oneof === undefined ? printField(field) : `${printField(field)} in oneof ${field.oneof}`;
}

function missing(here: ReadonlyMap<string, Entry>, there: ReadonlyMap<string, Entry>): string[] {
  return [...here].flatMap(([key, { place }]) => (there.has(key) ? [] : [place]));
}
