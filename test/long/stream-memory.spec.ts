import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { insertRows, Row, RowController } from '../fixtures/rows.js';
import { bootApp } from '../support/boot-app.js';
import { createDatabase, DATABASES } from '../support/databases.js';

const ROWS = 200_000;
const reader = fileURLToPath(new URL('../support/slow-reader.mjs', import.meta.url));

describe.each(DATABASES)('a stream of 200,000 rows on %s', (kind) => {
  it('reaches a slow reader in memory that does not grow by 80 MB', { timeout: 300_000 }, async () => {
    const database = await createDatabase(kind);
    const app = await bootApp({ database, entities: [Row], controllers: [RowController] });
    await insertRows(app.dataSource, ROWS, 100);
    const before = process.memoryUsage().rss;
    let peak = before;
    const timer = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 20);
    const { stdout } = await promisify(execFile)(process.execPath, [
      reader,
      app.address,
      '/test.RowController/Stream',
    ]);
    clearInterval(timer);
    const grown = (bytes: number): number => Math.round((bytes - before) / 1e6);
    process.stdout.write(
      `${kind}: RSS after ${grown(process.memoryUsage().rss)} MB, peak ${grown(peak)} MB above start\n`,
    );
    expect(JSON.parse(stdout)).toEqual({ code: 0, count: ROWS });
    expect(grown(process.memoryUsage().rss)).toBeLessThan(80);
    await app.close();
    await database.drop();
  });
});
