const SIGNATURES: readonly (readonly [type: string, bytes: string])[] = [
  ['image/png', '89504e470d0a1a0a'],
  ['image/jpeg', 'ffd8ff'],
  ['image/gif', '47494638'],
];

/** What the first bytes of a file say that it is; a caller's word for it could be anything. */
export function imageType(start: Uint8Array): string | undefined {
  const hex = Buffer.from(start.subarray(0, 8)).toString('hex');
  return SIGNATURES.find(([, bytes]) => hex.startsWith(bytes))?.[0];
}
