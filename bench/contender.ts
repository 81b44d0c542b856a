/** One of the servers that are compared, in a process of its own on a processor of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onProcessors, SERVER_CPU } from './machine.js';
import type { Question, ServerMessage, ServerOptions, Usage } from './servers/serve.js';

/** What is compared everywhere. */
export const CONTENDERS = ['ours', 'nest', 'raw'] as const;
export type ContenderName = (typeof CONTENDERS)[number];

/** Calls are measured of one more: ours without `GrpcContext.current()`. */
export const SERVERS = ['ours', 'unfollowed', 'nest', 'raw'] as const;
export type ServerName = (typeof SERVERS)[number];

export const TITLES: Readonly<Record<ServerName, string>> = {
  ours: 'nestjs-socio-grpc',
  unfollowed: 'the same, asyncContext: false',
  nest: 'hand-written Nest',
  raw: 'raw grpc-js',
};

export class Contender {
  private constructor(
    readonly name: ServerName,
    private readonly child: ChildProcess,
    readonly port: number,
  ) {}

  static async start(name: ServerName, options: Omit<ServerOptions, 'asyncContext'>): Promise<Contender> {
    const asyncContext = name !== 'unfollowed';
    const file = fileURLToPath(new URL(`./servers/${asyncContext ? name : 'ours'}.js`, import.meta.url));
    const command = [process.execPath, file, JSON.stringify({ ...options, asyncContext })];
    const [program, args] = onProcessors(String(SERVER_CPU), command);
    const child = spawn(program, args, {
      // What a server logs costs it what it costs, and is thrown away.
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: { ...process.env, TZ: 'UTC', NODE_ENV: undefined },
    });
    const message = await answer(child, 'ready');
    return new Contender(name, child, message.port);
  }

  async usage(): Promise<Usage> {
    return (await this.ask('usage', 'usage')).usage;
  }

  /** Collects garbage first, so that what follows is seen. */
  async settledUsage(): Promise<Usage> {
    await this.ask('settle', 'usage');
    return this.usage();
  }

  /** The statements that are run while `work` runs. */
  async statementsOf(work: () => Promise<unknown>): Promise<readonly string[]> {
    await this.ask('watch', 'usage');
    await work();
    return (await this.ask('statements', 'statements')).statements;
  }

  async stop(): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.kill();
    await ended;
  }

  private ask<K extends ServerMessage['kind']>(question: Question, kind: K) {
    const answered = answer(this.child, kind);
    this.child.send(question);
    return answered;
  }
}

async function answer<K extends ServerMessage['kind']>(
  child: ChildProcess,
  kind: K,
): Promise<Extract<ServerMessage, { kind: K }>> {
  const gone = (code: number | null): void => {
    child.emit('error', new Error(`a server ended with code ${code}`));
  };
  child.once('exit', gone);
  const [message] = (await once(child, 'message')) as [ServerMessage];
  child.off('exit', gone);
  if (message.kind !== kind) throw new Error(`expected "${kind}", got "${message.kind}"`);
  return message as Extract<ServerMessage, { kind: K }>;
}
