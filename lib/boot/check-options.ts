/** Options of the module that nothing can be done with: the compiler knows them, JavaScript and environment variables do not. */
import { MessageNames } from '../generation/message-names.js';
import type { SocioGrpcOptions } from '../options.js';

type Values<T> = readonly NonNullable<T>[];

const CONVENTIONS: Values<SocioGrpcOptions['conventions']> = ['socio', 'dsg'];
const MODES: Values<NonNullable<SocioGrpcOptions['proto']>['mode']> = ['write', 'check', 'off'];
const FORMATS: Values<NonNullable<SocioGrpcOptions['logging']>['format']> = ['text', 'object'];

/**
 * Problems of the options, each with its place and cure. Undefined stands for the default everywhere.
 *
 * @example
 * problemsOfOptions({ conventions: 'DSG' });
 * // ['SocioGrpcModule: conventions is "DSG". Expected one of: "socio", "dsg".']
 */
export function problemsOfOptions({
  conventions,
  proto,
  logging,
  limits,
  deadline,
  shutdown,
  health,
  reflection,
  messageNames,
}: SocioGrpcOptions): string[] {
  return [
    ...notOneOf('conventions', conventions, CONVENTIONS),
    ...notOneOf('proto.mode', proto?.mode, MODES),
    ...problem('proto.includeDirs', proto?.includeDirs, isTexts(proto?.includeDirs), 'a list of folders'),
    ...notOneOf('logging.format', logging?.format, FORMATS),
    ...Object.entries(limits ?? {}).flatMap(([name, limit]) =>
      problem(`limits.${name}`, limit, isCount(limit) && limit > 0, 'a positive whole number'),
    ),
    ...notOneOf('health', health, [true, false]),
    ...notOneOf('reflection', reflection, [true, false]),
    ...problem(
      'messageNames',
      messageNames,
      MessageNames.isInstance(messageNames),
      'an instance of a class that extends MessageNames',
    ),
    ...noTime('deadline.default', deadline?.default),
    ...noTime('shutdown.grace', shutdown?.grace),
  ];
}

function notOneOf(place: string, value: unknown, allowed: readonly unknown[]): string[] {
  const expected = `one of: ${allowed.map((each) => `"${String(each)}"`).join(', ')}`;
  return problem(place, value, allowed.includes(value), expected);
}

function noTime(place: string, value: unknown): string[] {
  return problem(place, value, isCount(value) && value >= 0, 'milliseconds, a whole number');
}

function problem(place: string, value: unknown, fits: boolean, expected: string): string[] {
  if (value === undefined || fits) return [];
  return [`SocioGrpcModule: ${place} is ${shown(value)}. Expected ${expected}.`];
}

function shown(value: unknown): string {
  if (typeof value === 'function') return value.name;
  return typeof value === 'string' ? `"${value}"` : String(value);
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value);
}
