/** JSON objects as values of metadata keys, the reference's way to say more than texts. */
import { GrpcInvalidArgumentException } from '@nestjs/microservices';

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
    throw invalidMetadata(key, expected, `it is ${Array.isArray(value) ? 'a list' : String(typeof value)}`);
  return value as Record<string, unknown>;
}

export function invalidMetadata(key: string, expected: string, found: string): GrpcInvalidArgumentException {
  return new GrpcInvalidArgumentException(`metadata "${key}": expected ${expected}, but ${found}.`);
}
