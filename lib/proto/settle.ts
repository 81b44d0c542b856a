/**
 * Declared contract + committed text -> numbered contract and next text. Boot, the command line and the
 * import all settle here, so that the same code and the same file always give the same numbers.
 */
import { SetupError } from '../errors/setup-error.js';
import { withAbsent } from './absent.js';
import { type Break, findBreaks } from './breaking.js';
import { compareLedgers, type Difference } from './contract.js';
import { type FileDescriptor, homesOf, NOTHING_RESERVED } from './descriptors.js';
import { withHandMade } from './hand-made.js';
import { type Ledger, printLedger, readLedger } from './ledger.js';
import { numberFile } from './numbering.js';
import type { Declares } from './imports.js';
import type { PrintStyle } from './print.js';
import { bury, mergeTombstones } from './tombstone.js';

export interface SettleOptions {
  /** How errors name the committed file. */
  readonly fileName: string;
  readonly style: PrintStyle;
  /**
   * Whether services that are not declared leave the file, with all that only they use. Right only where the
   * whole application is declared. Default: false.
   */
  readonly remove?: boolean;
  /**
   * Text of the file at an older revision, which then is the ledger: whatever it does not have is numbered
   * anew. This mends a merge that gave one number twice, even when the committed text cannot be read.
   */
  readonly base?: string;
  /** What files that the committed one imports declare. Where it is not known, their folders tell. */
  readonly declares?: Declares;
}

export interface Settlement {
  /** What is declared, with its numbers: the contract that the application serves. */
  readonly running: FileDescriptor;
  /** What the file shall hold: the running contract, absent services, tombstones. */
  readonly ledger: Ledger;
  /** What the file held; undefined when there was none, or none that can be read. */
  readonly committed: Ledger | undefined;
  /** `committed` against `ledger`. */
  readonly differences: readonly Difference[];
  /** What clients built from the file, or from the base revision, can no longer rely on. */
  readonly breaks: readonly Break[];
  /** Whether there is anything to write. */
  readonly changed: boolean;
  /** The text to write. */
  readonly text: string;
}

/**
 * Works out numbers, the next text of the file, and what changes by it. Nothing is read or written.
 *
 * @param committed text of the file; undefined when there is none
 * @throws SetupError when the text cannot be read, naming the line, or when no number is left
 * @example
 * const { running, changed, text } = settleContract(declared, committed, { fileName: path, style: SOCIO_STYLE });
 * if (changed) await writeIfChanged(path, text);
 */
export function settleContract(
  declared: FileDescriptor,
  committed: string | undefined,
  options: SettleOptions,
): Settlement {
  const { fileName, style, base, remove = false, declares } = options;
  const before =
    base === undefined
      ? readIfThere(committed, fileName, declares)
      : readUnlessBroken(committed, fileName, declares);
  const known = base === undefined ? before : readLedger(base, `${fileName} at the base revision`, declares);
  const { running, ledger } = settleLedger(declared, known, remove);
  const differences = before ? compareLedgers(before, ledger) : [];
  return {
    running,
    ledger,
    committed: before,
    differences,
    breaks: known ? findBreaks(known.contract, ledger.contract) : [],
    changed: before === undefined || differences.length > 0,
    text: printLedger(ledger, style),
  };
}

/**
 * The numbers of a declared contract by what is known, and what is to be known next.
 *
 * @param remove whether services that are not declared leave the ledger
 */
export function settleLedger(
  declared: FileDescriptor,
  known: Ledger | undefined,
  remove = false,
): Pick<Settlement, 'running' | 'ledger'> {
  const running = numberFile(known ? withHandMade(declared, known.contract) : declared, known);
  return { running, ledger: nextLedger(running, known, remove) };
}

function nextLedger(running: FileDescriptor, known: Ledger | undefined, remove: boolean): Ledger {
  if (!known) return { contract: running, removed: [] };
  const contract = withHomes(remove ? running : withAbsent(running, known.contract), known);
  const present = (kind: 'messages' | 'enums') => new Set(contract[kind].map(({ name }) => name));
  const [messages, enums] = [present('messages'), present('enums')];
  const gone = [...known.contract.messages, ...known.contract.enums].flatMap((shape) => bury(shape) ?? []);
  const removed = [...known.removed, ...gone].filter(
    ({ kind, name }) => !(kind === 'message' ? messages : enums).has(name),
  );
  return { contract, removed: mergeTombstones(removed) };
}

/**
 * A message that is gone may still be there as the wrapper of an enum. Then it can keep its numbers itself,
 * and must: clients see a message that lost its fields.
 */
function withHomes(contract: FileDescriptor, known: Ledger): FileDescriptor {
  const homes = new Set([...contract.messages, ...contract.enums].flatMap(({ name }) => homesOf(name)));
  for (const { name } of contract.messages) homes.delete(name);
  const emptied = known.contract.messages
    .filter((message) => homes.has(message.name) && bury(message) !== undefined)
    .map((message) => Object.assign({}, message, { fields: [], reserved: NOTHING_RESERVED }));
  if (emptied.length === 0) return contract;
  const { messages } = numberFile({ ...contract, messages: emptied, enums: [] }, known);
  return { ...contract, messages: [...contract.messages, ...messages] };
}

function readIfThere(
  text: string | undefined,
  fileName: string,
  declares: Declares | undefined,
): Ledger | undefined {
  return text === undefined ? undefined : readLedger(text, fileName, declares);
}

function readUnlessBroken(
  text: string | undefined,
  fileName: string,
  declares: Declares | undefined,
): Ledger | undefined {
  try {
    return readIfThere(text, fileName, declares);
  } catch (error) {
    if (error instanceof SetupError) return undefined;
    throw error;
  }
}
