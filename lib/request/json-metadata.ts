/** JSON objects as values of metadata keys, the reference's way to say more than texts. */
import { GrpcInvalidArgumentException } from '@nestjs/microservices';
import { MAX_DEPTH, TOO_DEEP } from '../serialization/codec/errors.js';

/**
 * @param expected how the error names what should be there
 * @throws GrpcInvalidArgumentException which names the metadata key
 */
export function jsonObject(key: string, text: string, expected = 'a JSON object'): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalidMetadata(key, expected, 'it is no JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalidMetadata(key, expected, `it is ${kindOf(value)}`);
  if (isTooDeep(value)) throw invalidMetadata(key, expected, `it is ${TOO_DEEP}`);
  return value as Record<string, unknown>;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`;
}

/** Whatever walks through the value may do so by recursion. */
function isTooDeep(value: unknown): boolean {
  let level = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) return true;
    level = level.flatMap((each): unknown[] =>
      typeof each === 'object' && each !== null ? Object.values(each) : [],
    );
  }
  return false;
}

export function invalidMetadata(key: string, expected: string, found: string): GrpcInvalidArgumentException {
  return new GrpcInvalidArgumentException(`metadata "${key}": expected ${expected}, but ${found}.`);
}
