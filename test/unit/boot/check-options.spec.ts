import { describe, expect, it } from 'vitest';
import { problemsOfOptions } from '../../../lib/boot/check-options.js';
import { MessageNames } from '../../../lib/generation/message-names.js';
import { resolveOptions } from '../../../lib/options.js';

describe('problemsOfOptions', () => {
  it.each([
    [{ conventions: 'DSG' }, 'conventions is "DSG". Expected one of: "socio", "dsg".'],
    [{ proto: { mode: 'wirte' } }, 'proto.mode is "wirte". Expected one of: "write", "check", "off".'],
    [{ logging: { format: 'json' } }, 'logging.format is "json". Expected one of: "text", "object".'],
    [{ limits: { maxListRows: Number.NaN } }, 'limits.maxListRows is NaN. Expected a positive whole number.'],
    [{ limits: { maxListRows: 0 } }, 'limits.maxListRows is 0. Expected a positive whole number.'],
    [{ limits: { receive: -1 } }, 'limits.receive is -1. Expected a positive whole number.'],
    [{ limits: { streams: 1.5 } }, 'limits.streams is 1.5. Expected a positive whole number.'],
    [{ limits: { send: '10' } }, 'limits.send is "10". Expected a positive whole number.'],
    [
      { deadline: { default: Number.NaN } },
      'deadline.default is NaN. Expected milliseconds, a whole number.',
    ],
    [
      { messageNames: MessageNames },
      'messageNames is MessageNames. Expected an instance of a class that extends MessageNames.',
    ],
    [{ shutdown: { grace: -1 } }, 'shutdown.grace is -1. Expected milliseconds, a whole number.'],
  ])('tells %o', (options, problem) => {
    expect(problemsOfOptions(options as object)).toEqual([`SocioGrpcModule: ${problem}`]);
  });

  it('are none where everything is left out or undefined', () => {
    const nothing = { maxListRows: undefined } as unknown as object;
    expect(problemsOfOptions({})).toEqual([]);
    expect(problemsOfOptions({ limits: nothing, deadline: { default: 0 } })).toEqual([]);
  });
});

describe('resolveOptions', () => {
  it('takes undefined for the default', () => {
    const given = { limits: { maxListRows: undefined, send: 5 }, logging: { format: undefined } };
    const { limits, logging } = resolveOptions(given as unknown as object, {});
    expect(limits).toMatchObject({ maxListRows: 1000, send: 5 });
    expect(logging).toEqual({ ok: true, ignore: [], format: 'text' });
  });
});
