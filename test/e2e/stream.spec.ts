import { Client, credentials } from '@grpc/grpc-js';
import { createGrpcTestingClient } from 'nestjs-socio-grpc/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { insertRows, Row, RowController } from '../fixtures/rows.js';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { connectClient } from '../support/client.js';
import { watchQueries } from '../support/count-queries.js';
import { createDatabase, DATABASES, type TestDatabase } from '../support/databases.js';

const ROWS = 5_000;
const CHUNK = 500;
const identity = (bytes: Buffer): Buffer => bytes;

describe.each(DATABASES)('streams on %s', (kind) => {
  let database: TestDatabase;
  let app: TestApp;

  beforeAll(async () => {
    database = await createDatabase(kind);
    app = await bootApp({ database, entities: [Row], controllers: [RowController] });
    await insertRows(app.dataSource, ROWS, 1_000);
  });

  afterAll(async () => {
    await app?.close();
    await database?.drop();
  });

  it('gives every row once, in chunks that are cut by key', async () => {
    const client = await connectClient(app);
    const watch = watchQueries(app.dataSource);
    const { messages } = await client.call('RowController/Stream');
    expect(new Set(messages.map(({ id }) => id)).size).toBe(ROWS);
    expect(watch.stop()).toHaveLength(ROWS / CHUNK + 1);
    expect(watch.statements.every((sql) => !/OFFSET/i.test(sql))).toBe(true);
    client.close();
  });

  it('fetches at most two chunks ahead of a reader that pauses on a socket', async () => {
    const client = new Client(app.address, credentials.createInsecure());
    const watch = watchQueries(app.dataSource);
    const call = client.makeServerStreamRequest(
      '/test.RowController/Stream',
      identity,
      identity,
      Buffer.alloc(0),
    );
    let received = 0;
    let furthest = 0;
    const done = new Promise<void>((resolve) => call.on('end', resolve));
    call.on('data', () => {
      received += 1;
      if (received % 1_000 !== 1) return;
      call.pause();
      void settled(() => watch.statements.length).then((fetched) => {
        furthest = Math.max(furthest, fetched * CHUNK - received);
        call.resume();
      });
    });
    await done;
    watch.stop();
    client.close();
    expect(received).toBe(ROWS);
    expect(furthest).toBeLessThanOrEqual(2 * CHUNK);
  });

  it('fetches one chunk for a reader in the process that takes one message', async () => {
    const client = await createGrpcTestingClient(app.app);
    const watch = watchQueries(app.dataSource);
    for await (const row of client.serverStream('RowController/Stream')) {
      expect(row).toMatchObject({ id: 1 });
      await settled(() => watch.statements.length);
      break;
    }
    expect(watch.stop()).toHaveLength(1);
  });

  it('stops asking the database when the caller is gone', async () => {
    const client = await createGrpcTestingClient(app.app);
    const watch = watchQueries(app.dataSource);
    const aborter = new AbortController();
    const call = client.invoke('RowController/Stream', Buffer.alloc(0), { signal: aborter.signal });
    let received = 0;
    for await (const _message of call) {
      received += 1;
      if (received === CHUNK + 10) aborter.abort();
    }
    expect((await call.status).code).toBe(1);
    await settled(() => watch.statements.length);
    expect(watch.stop()).toHaveLength(2);
  });
});

/** A count once it has not changed for 100 ms. */
async function settled(count: () => number): Promise<number> {
  let last = -1;
  while (last !== count()) {
    last = count();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return last;
}
