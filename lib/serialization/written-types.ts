/** Types as they are written in options: `'int64'`, `'repeated google.protobuf.Timestamp'`, `'map<string, int32>'`. */
import { isScalar, isWellKnown, isWrapper, mapTypesOf, WRAPPERS } from '../proto/descriptors.js';
import type { ExternalType } from '../proto/external-message.js';
import { kindOfProto } from './column-types.js';
import type { ShapeFieldType } from './shape.js';

/** A type as a declaration gives it: in words, or as a message of somebody else's file. */
export type GivenType = string | ExternalType;

export interface WrittenType {
  readonly cardinality: 'singular' | 'optional' | 'repeated';
  /** A scalar type, the name of a message, or a map of one spelling: `map<string, int32>`. */
  readonly name: string;
}

const WRITTEN =
  /^(?:(?<first>singular|optional|repeated)\s+)?(?:map<\s*(?<key>\w+)\s*,\s*(?<value>[\w.]+)\s*>|(?<name>[\w.]+))$/;

/** Reads `'string'`, `'optional int32'`, `'map<string, int32>'`. Undefined when it is none of these. */
export function parseWrittenType(text: string): WrittenType | undefined {
  // In JavaScript anything may stand there.
  const groups = WRITTEN.exec(String(text).trim())?.groups;
  if (!groups) return undefined;
  const { first = 'singular', key, value, name = `map<${key}, ${value}>` } = groups;
  // A map is a list of entries already, and knows no absence.
  if (key !== undefined && first !== 'singular') return undefined;
  return { cardinality: first as WrittenType['cardinality'], name };
}

/** The type of a name that `parseWrittenType` gave; undefined when there is no such type. */
export function findNamedType(name: string): ShapeFieldType | undefined {
  const map = mapTypesOf(name);
  if (!map) return findSingleType(name);
  const value = findSingleType(map.value);
  return value && isMapKey(map.key) ? { kind: 'map', key: map.key, value } : undefined;
}

function findSingleType(name: string): Exclude<ShapeFieldType, { kind: 'map' }> | undefined {
  if (isScalar(name)) return { kind: 'scalar', scalar: name, value: kindOfProto(name) };
  if (isWrapper(name)) {
    const scalar = WRAPPERS[name];
    return { kind: 'scalar', scalar, value: kindOfProto(scalar), wrapper: name };
  }
  return isWellKnown(name) ? { kind: 'well-known', name } : undefined;
}

/** Whether a type says itself that it may be missing. */
export function isOptional(given: GivenType | undefined): boolean {
  return typeof given === 'string' && parseWrittenType(given)?.cardinality === 'optional';
}

/** See https://protobuf.dev/programming-guides/proto3/#maps. */
export function isMapKey(name: string): boolean {
  return isScalar(name) && !/^(double|float|bytes)$/.test(name);
}
