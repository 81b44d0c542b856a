/**
 * A column with `select: false` that no serializer declares. Entities of all kinds of specs have it, and every
 * client of the suite looks for it in what it receives.
 */
import { readFileSync } from 'node:fs';
import type { ColumnOptions } from 'typeorm';

const VALUE = 'TOP-SECRET';
const NAME = /vault_?secret/i;

export const SECRET_COLUMN = { type: 'varchar', select: false, default: VALUE } satisfies ColumnOptions;

/** @throws Error when bytes or a text that left the server hold the secret */
export function assertNoSecret(place: string, ...received: readonly (Buffer | string)[]): void {
  for (const each of received) {
    const text = typeof each === 'string' ? each : each.toString('latin1');
    if (text.includes(VALUE) || NAME.test(text)) throw new Error(`${place} gives a secret away`);
  }
}

/** @throws Error when a `.proto` file names the secret column */
export function assertNoSecretInFile(path: string): void {
  assertNoSecret(path, readFileSync(path, 'utf8'));
}
