/** All servers with their databases, ready to be compared. */
import { createRequire } from 'node:module';
import { Contender, SERVERS, type ServerName } from './contender.js';
import type { Databases } from './databases.js';
import { SECRET } from './domain/secret.js';

const jwt = createRequire(import.meta.url)('jsonwebtoken') as typeof import('jsonwebtoken');

const POOL_SIZE = 10;

export interface Arena {
  readonly contenders: Readonly<Record<ServerName, Contender>>;
  /** What every caller shows. */
  readonly token: string;
  close(): Promise<void>;
}

export async function openArena(databases: Databases, protoDir: string): Promise<Arena> {
  const contenders: Partial<Record<ServerName, Contender>> = {};
  // Ours is first and writes the contract that the others read.
  for (const name of SERVERS)
    contenders[name] = await Contender.start(name, {
      database: await databases.copy(name),
      protoDir,
      poolSize: POOL_SIZE,
    });
  return {
    contenders: contenders as Record<ServerName, Contender>,
    token: jwt.sign({ sub: '1', name: 'caller', roles: ['editor'] }, SECRET, { expiresIn: '2h' }),
    close: async () => {
      for (const contender of Object.values(contenders)) await contender.stop();
    },
  };
}
