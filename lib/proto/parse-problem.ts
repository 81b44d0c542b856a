/**
 * Why a committed `.proto` cannot be read, said for the person who has to mend it: protobufjs names neither
 * the line of a double number nor both sides, so this file looks for them in the text.
 */
import { SetupError } from '../errors/setup-error.js';
import type { EnumDescriptor, FileDescriptor, MessageDescriptor } from './descriptors.js';
import { type Declaration, outlineOf, type Unknown } from './outline.js';
import { covers, MAX_FIELD_NUMBER } from './reserved.js';

const RESTORE = 'Mend the file or restore it from version control; it is never overwritten.';

/** Two branches gave the next number to one field each, and the lines did not conflict. */
const RENUMBER =
  'After a merge, "socio-grpc generate --base REV" gives new numbers to what the revision REV did not have.';

/** The error for one fault of the file; `line` is left out only where no line can be named. */
export function unreadable(
  fileName: string,
  line: number | undefined,
  what: string,
  cure = RESTORE,
): SetupError {
  const place = line === undefined ? fileName : `${fileName}, line ${line}`;
  return new SetupError([`${place}: ${what}. ${cure}`]);
}

/** Refuses what protobufjs lets pass or explains badly: conflict markers, a syntax other than proto3. */
export function assertProto3(text: string, fileName: string): void {
  const marker = /^(?:<{7}|>{7}) /m.exec(text);
  if (marker) throw unreadable(fileName, lineAt(text, marker.index), 'a merge conflict is not resolved');
  if (isProto3(text)) return;
  const code = withoutComments(text);
  const line = lineAt(code, code.length - code.trimStart().length);
  throw unreadable(fileName, line, 'expected syntax = "proto3"; as the first statement');
}

export function isProto3(text: string): boolean {
  return /^\s*syntax\s*=\s*(["'])proto3\1/.test(withoutComments(text));
}

/** Refuses what is valid but would be lost when the file is written again. */
export function assertKept(unknown: readonly Unknown[], fileName: string): void {
  if (unknown.length === 0) return;
  throw new SetupError(
    unknown.map(
      ({ what, line }) =>
        `${fileName}, line ${line}: ${what} cannot be kept when this file is written. Move it to a file of its own and import that, or take it out.`,
    ),
  );
}

/** Turns what `protobufjs.parse` threw into an error that names the line. */
export function explain(error: unknown, text: string, fileName: string): SetupError {
  const message = error instanceof Error ? error.message : String(error);
  const syntax = /^(.*) \(line (\d+)\)$/.exec(message);
  if (syntax) {
    const what = message.includes("'null'") ? 'unexpected end of the file' : syntax[1]!;
    return unreadable(fileName, Number(syntax[2]), what);
  }
  const clash = /^(duplicate )?(id|name) '?(-?\w+)'? .*?in (\w+) ?(\S*)$/.exec(message);
  if (!clash) return unreadable(fileName, undefined, message);
  const [, duplicate, kind, subject = '', container = '', where = ''] = clash;
  const scope = /Namespace|Root/.test(container) ? '' : where;
  const place = scope === '' ? 'the file' : `"${scope}"`;
  const [first, second] = find(text, scope, kind === 'id' ? { number: Number(subject) } : { name: subject });
  if (!duplicate) {
    const what = kind === 'id' ? `the number ${subject}` : `the name "${subject}"`;
    return unreadable(fileName, first?.line, `${place} uses and reserves ${what}`);
  }
  if (!first || !second) return unreadable(fileName, first?.line, message);
  if (kind === 'name')
    return unreadable(
      fileName,
      second.line,
      `${place} declares "${subject}" twice, first in line ${first.line}`,
    );
  const what = `${place} gives the number ${subject} to both "${first.name}" (line ${first.line}) and "${second.name}"`;
  return unreadable(fileName, second.line, what, RENUMBER);
}

/**
 * Refuses numbers that no other proto compiler takes: protobufjs lets 0 pass, numbers above the maximum, and
 * what is reserved further down, as it is after a merge of a branch that removed a field.
 */
export function assertNumbers(
  { messages, enums }: Pick<FileDescriptor, 'messages' | 'enums'>,
  text: string,
  fileName: string,
): void {
  for (const shape of [...messages, ...enums]) {
    const fault = shape.kind === 'message' ? outOfRange(shape) : undefined;
    const [member, what] = fault ?? usedAndReserved(shape) ?? [];
    if (member !== undefined)
      throw unreadable(fileName, lineOf(text, shape.name, member), `"${shape.name}" ${what}`);
  }
}

function outOfRange({ fields }: MessageDescriptor): [member: string, what: string] | undefined {
  const wrong = fields.find(({ number }) => number < 1 || number > MAX_FIELD_NUMBER);
  return (
    wrong && [
      wrong.name,
      `gives "${wrong.name}" the number ${wrong.number}, expected 1 to ${MAX_FIELD_NUMBER}`,
    ]
  );
}

function usedAndReserved(
  shape: MessageDescriptor | EnumDescriptor,
): [member: string, what: string] | undefined {
  const { ranges, names } = shape.reserved;
  const reserved = new Set(names);
  for (const { name, number } of shape.kind === 'message' ? shape.fields : shape.values) {
    if (covers(ranges, number)) return [name, `uses and reserves the number ${number}`];
    if (reserved.has(name)) return [name, `uses and reserves the name "${name}"`];
  }
  return undefined;
}

/** The line of a field, for faults that protobufjs accepts. */
export function lineOf(text: string, scope: string, name: string): number | undefined {
  return find(text, scope, { name })[0]?.line;
}

/** The declarations that fit, from the block that has most of them: two nested messages may share a name. */
function find(text: string, scope: string, wanted: { name?: string; number?: number }): Declaration[] {
  const hits = outlineOf(text).declarations.filter(
    (declaration) =>
      `.${declaration.scope}`.endsWith(`.${scope}`) &&
      (wanted.name === undefined || declaration.name === wanted.name) &&
      (wanted.number === undefined || declaration.number === wanted.number),
  );
  const blocks = [...new Set(hits.map((hit) => hit.scope))].map((path) =>
    hits.filter((hit) => hit.scope === path),
  );
  return blocks.reduce((most, block) => (block.length > most.length ? block : most), []);
}

/** Blanks out comments and keeps every line where it is. */
function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, (comment) => comment.replace(/[^\n]/g, ' '));
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}
