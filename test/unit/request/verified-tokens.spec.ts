import { JwtService } from '@nestjs/jwt';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { VerifiedTokens } from '../../../lib/request/authenticators/verified-tokens.js';

const options = { secret: 'one key' };
const remember = (service: object): VerifiedTokens => VerifiedTokens.of(service, JwtService)!;

describe('tokens that were verified a moment ago', () => {
  afterEach(() => vi.useRealTimers());

  it('give claims of their own to each call', () => {
    const tokens = remember(new JwtService(options));
    tokens.add('t', { sub: '1', roles: ['a'] });
    const first = tokens.find('t') as { roles: string[] };
    first.roles.push('admin');
    expect(tokens.find('t')).toEqual({ sub: '1', roles: ['a'] });
  });

  it('are forgotten when they expire', () => {
    vi.useFakeTimers({ now: 1_000_000 });
    const tokens = remember(new JwtService(options));
    tokens.add('t', { exp: 1010 });
    vi.setSystemTime(1_009_999);
    expect(tokens.find('t')).toEqual({ exp: 1010 });
    vi.setSystemTime(1_010_000);
    expect(tokens.find('t')).toBeUndefined();
  });

  it('are verified again after a minute', () => {
    vi.useFakeTimers({ now: 1_000_000 });
    const tokens = remember(new JwtService(options));
    tokens.add('t', { sub: '1' });
    vi.setSystemTime(1_060_000);
    expect(tokens.find('t')).toBeUndefined();
  });

  it('are forgotten when the key changes', () => {
    const changing = { secret: 'one key' };
    const tokens = remember(new JwtService(changing));
    tokens.add('t', { sub: '1' });
    tokens.add('u', { sub: '2' });
    changing.secret = 'another';
    expect(tokens.find('t')).toBeUndefined();
    tokens.add('v', { sub: '3' });
    expect(tokens.find('u')).toBeUndefined();
    expect(tokens.find('v')).toEqual({ sub: '3' });
  });

  it('are a thousand at most', () => {
    const tokens = remember(new JwtService(options));
    for (let index = 0; index <= 1000; index += 1) tokens.add(`t${index}`, { index });
    expect(tokens.find('t0')).toBeUndefined();
    expect(tokens.find('t1')).toEqual({ index: 1 });
    expect(tokens.find('t1000')).toEqual({ index: 1000 });
  });

  it.each([
    ['a service of its own', new (class extends JwtService {})(options)],
    ['keys that a function finds', new JwtService({ secretOrKeyProvider: () => 'one key' })],
    ['a greatest age', new JwtService({ ...options, verifyOptions: { maxAge: '1h' } })],
    ['a service that is none of Nest', { verifyAsync: async () => ({}) }],
    ['a service that was patched', Object.assign(new JwtService(options), { verifyAsync: async () => ({}) })],
  ])('are not remembered with %s', (_with, service) => {
    expect(VerifiedTokens.of(service, JwtService)).toBeUndefined();
  });
});
