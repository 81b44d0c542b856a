import { status } from '@grpc/grpc-js';
import { ConsoleLogger, Logger } from '@nestjs/common';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { CallLog, type LoggingOptions } from '../../../lib/request/call-log.js';
import type { GrpcContext } from '../../../lib/request/grpc-context.js';

const OK = { code: status.OK, message: '', details: undefined };
const MISSING = { code: status.NOT_FOUND, message: 'no such thing', details: undefined };

const written: string[] = [];

function call(path: string): GrpcContext {
  return { path, service: 'Post', action: 'list', callId: 'id', peer: 'peer' } as unknown as GrpcContext;
}

function logTo(logger: ConsoleLogger | 'console', options: LoggingOptions = {}): CallLog {
  const console = logger === 'console' ? new ConsoleLogger() : logger;
  Logger.overrideLogger(console);
  for (const stream of [process.stdout, process.stderr])
    vi.spyOn(stream, 'write').mockImplementation((line) => written.push(String(line)) > 0);
  return new CallLog({ ok: true, ignore: [], format: 'text', ...options });
}

function pathsIn(text: string | undefined): readonly string[] {
  return text?.match(/\/(?:first|second|third)/g) ?? [];
}

class Throwing extends ConsoleLogger {
  override log(): void {
    throw new Error('no disk');
  }
  override warn(): void {
    throw new Error('no disk');
  }
}

class Traced extends ConsoleLogger {}

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  Logger.overrideLogger(false);
  written.splice(0);
});

describe('the log of calls', () => {
  it('writes the lines of calls that succeeded at once, in their order', async () => {
    const log = logTo('console');
    for (const path of ['/first', '/second', '/third']) log.finished(call(path), OK, performance.now());
    expect(written).toEqual([]);
    await vi.waitFor(() => expect(written).toHaveLength(1));
    expect(pathsIn(written[0])).toEqual(['/first', '/second', '/third']);
  });

  it.each([{}, { colors: false }, { prefix: 'Shop' }, { forceConsole: true, colors: false }])(
    'writes them as the console would one by one: %j',
    (options) => {
      const console = new ConsoleLogger(options);
      const log = logTo(console);
      vi.spyOn(globalThis.console, 'log').mockImplementation((line) => void written.push(`${line}\n`));
      vi.spyOn(console as unknown as { getTimestamp(): string }, 'getTimestamp').mockReturnValue('now');
      for (const path of ['/first', '/second']) log.finished(call(path), OK, Infinity);
      log.flush();
      const together = written.splice(0).join('');
      for (const path of ['/first', '/second'])
        console.log(`${path} OK -Infinityms callId=id peer=peer`, 'SocioGrpc');
      expect(together).toBe(written.join(''));
    },
  );

  it.each([{ json: true, colors: false }, { timestamp: true }])(
    'writes lines that have something of their own each by itself: %j',
    (options) => {
      const log = logTo(new ConsoleLogger(options));
      for (const path of ['/first', '/second']) log.finished(call(path), OK, performance.now());
      log.flush();
      expect(written.map(pathsIn)).toEqual([['/first'], ['/second']]);
    },
  );

  it('writes nothing where the console does not show such lines', () => {
    const log = logTo(new ConsoleLogger({ logLevels: ['warn'] }));
    log.finished(call('/first'), OK, performance.now());
    log.flush();
    expect(written).toEqual([]);
  });

  it('leaves lines to the buffer of an application that keeps them for its logger', () => {
    const log = logTo('console');
    Logger.attachBuffer();
    log.finished(call('/first'), OK, performance.now());
    log.flush();
    expect(written).toEqual([]);
    Logger.flush();
    expect(pathsIn(written[0])).toEqual(['/first']);
  });

  it('writes what waits before a failure, which does not wait', () => {
    const log = logTo('console');
    log.finished(call('/first'), OK, performance.now());
    log.finished(call('/second'), MISSING, performance.now());
    expect(written.map((line) => /\/\w+ [A-Z_]+/.exec(line)?.[0])).toEqual([
      '/first OK',
      '/second NOT_FOUND',
    ]);
  });

  it('loses nothing when the server stops', () => {
    const log = logTo('console');
    log.finished(call('/first'), OK, performance.now());
    log.flush();
    expect(written).toHaveLength(1);
  });

  it("keeps nothing from a logger of the application's own, which may add what belongs to the call", () => {
    const log = logTo(new Traced());
    log.finished(call('/first'), OK, performance.now());
    expect(written).toHaveLength(1);
  });

  it.each([
    ['Logger', Logger.prototype],
    ['ConsoleLogger', ConsoleLogger.prototype],
    ['the console', new ConsoleLogger()],
  ])('shows each line to whoever spies on %s', (_name, spiedOn) => {
    const log = logTo(Object.hasOwn(spiedOn, 'options') ? (spiedOn as ConsoleLogger) : 'console');
    const seen = vi.spyOn(spiedOn, 'log').mockReturnValue();
    for (const path of ['/first', '/second']) log.finished(call(path), OK, performance.now());
    log.flush();
    expect(seen.mock.calls.map(([line]) => pathsIn(String(line)))).toEqual([['/first'], ['/second']]);
  });

  it('prints lines once where the console has something to say of its own before them', () => {
    vi.stubEnv('NEST_LOG_LEVEL', 'everything');
    const log = logTo(new ConsoleLogger());
    for (const path of ['/first', '/second']) log.finished(call(path), OK, performance.now());
    log.flush();
    expect(written.map(pathsIn)).toEqual([[], ['/first', '/second']]);
    expect(written[0]).toContain('Invalid NEST_LOG_LEVEL value "everything"');
  });

  it('shows additions that JSON does not know as text', () => {
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    const log = logTo(new Traced(), { context: () => ({ big: 5n, circular }) });
    log.finished(call('/first'), OK, performance.now());
    expect(written[0]).toContain('big="5" circular="[object Object]"');
  });

  it('shows additions that have no text at all', () => {
    const bare: unknown = Object.assign(Object.create(null) as object, { big: 5n });
    const log = logTo(new Traced(), { context: () => ({ bare }) });
    log.finished(call('/first'), OK, performance.now());
    expect(written[0]).toContain('bare="something that has no text"');
  });

  it('warns once of a logger that throws, at once or later', () => {
    const warned = vi.spyOn(process, 'emitWarning').mockReturnValue();
    const log = logTo(new Throwing());
    for (const status of [OK, MISSING, OK]) log.finished(call('/first'), status, performance.now());
    expect(warned.mock.calls.map(([text]) => String(text).split('\n')[0])).toEqual([
      'the log of calls failed: Error: no disk',
    ]);
    const own = new ConsoleLogger();
    own.log = () => {
      throw new Error('no console');
    };
    const patient = logTo(own);
    patient.finished(call('/first'), OK, performance.now());
    patient.finished(call('/second'), OK, performance.now());
    patient.flush();
    expect(warned).toHaveBeenCalledTimes(2);
  });
});
