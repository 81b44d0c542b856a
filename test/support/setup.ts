import 'reflect-metadata';
import { afterAll, expect } from 'vitest';

/** What a spec must not leave behind: an open port, a connection of a client, a server or a pool. */
const NETWORK = /^(TCPServerWrap|TCPSocketWrap|PipeServerWrap)$/;

const before = open();

afterAll(async () => {
  const deadline = Date.now() + 3_000;
  while (open() > before && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(open(), 'network handles left open by this spec').toBeLessThanOrEqual(before);
});

function open(): number {
  return process.getActiveResourcesInfo().filter((name) => NETWORK.test(name)).length;
}
