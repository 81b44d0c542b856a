import { JwtService, type JwtSignOptions } from '@nestjs/jwt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DATABASES } from '../../../test/support/databases.js';
import { Library, PASSWORD } from './library.js';

const RIGHTS = { audience: 'library', issuer: 'library' };
const CLAIMS = { sub: '3', role: 'reader', branch: 1 };

describe.each(DATABASES)('logging in on %s', (kind) => {
  let library: Library;

  beforeAll(async () => {
    library = await Library.start(kind);
  }, 120_000);

  afterAll(() => library?.stop());

  const login = (body: object): Promise<Response> =>
    fetch(`${library.httpUrl}/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  const me = (token?: string): Promise<Response> =>
    fetch(`${library.httpUrl}/auth/me`, { headers: token ? { authorization: `Bearer ${token}` } : {} });

  const sign = (options: JwtSignOptions, secret = library.environment['JWT_SECRET']!): string =>
    new JwtService({ secret }).sign(CLAIMS, options);

  it('gives a token over gRPC that HTTP takes, and the reverse', async () => {
    const { token } = await library.client.get('AuthController/Login', {
      email: 'Rosa@library.example',
      password: PASSWORD,
    });
    expect(await (await me(token as string)).json()).toEqual({ id: 3, role: 'reader', branch: 1 });
    const answer = await login({ email: 'rosa@library.example', password: PASSWORD });
    expect(answer.status).toBe(200);
    const other = ((await answer.json()) as { token: string }).token;
    expect(await library.withToken(other).get('AuthController/WhoAmI')).toEqual({
      id: 3,
      role: 'READER',
      branch: 1,
    });
  });

  it('takes and refuses the same tokens in both', async () => {
    const cases: readonly (readonly [token: string, fits: boolean])[] = [
      [sign(RIGHTS), true],
      [sign({ ...RIGHTS, expiresIn: -3 }), true],
      [sign({ ...RIGHTS, expiresIn: -60 }), false],
      [sign({ ...RIGHTS, audience: 'shop' }), false],
      [sign({ ...RIGHTS, issuer: 'shop' }), false],
      [sign(RIGHTS, 'the secret of somebody else, long enough'), false],
      ['no token', false],
    ];
    for (const [token, fits] of cases) {
      expect((await me(token)).status).toBe(fits ? 200 : 401);
      expect((await library.withToken(token).call('AuthController/WhoAmI')).code).toBe(fits ? 0 : 16);
    }
    expect((await me()).status).toBe(401);
    expect(await library.client.call('AuthController/WhoAmI')).toMatchObject({ code: 16 });
  });

  it('says the same of a wrong password and an unknown address', async () => {
    for (const request of [
      { email: 'rosa@library.example', password: 'wrong' },
      { email: 'nobody@library.example', password: PASSWORD },
    ]) {
      const { code, details } = await library.client.call('AuthController/Login', request);
      expect({ code, details }).toEqual({ code: 16, details: 'The address or the password is wrong.' });
      const answer = await login(request);
      expect(answer.status).toBe(401);
      expect(await answer.json()).toMatchObject({ message: details });
    }
  });

  it('tells which fields are no credentials', async () => {
    const { code, details } = await library.client.call('AuthController/Login', { email: 'rosa' });
    expect(code).toBe(3);
    expect(Object.keys(JSON.parse(details) as object).toSorted()).toEqual(['email', 'password']);
    expect((await login({ email: 'rosa', password: 'x' })).status).toBe(400);
  });

  it('writes no password and no token into the log', async () => {
    await library.as('rosa');
    const written = (): string => library.process.log();
    await expect.poll(written).toMatch(/AuthController\/Login","code":"OK"/);
    const log = written();
    expect(log).not.toContain(PASSWORD);
    expect(log).not.toMatch(/eyJ[\w-]+\.eyJ/);
  });
});

describe('somebody who guesses passwords', () => {
  it('has ten attempts in a minute, and is told when to come back', async () => {
    const library = await Library.start('sqlite');
    try {
      const guess = (): ReturnType<typeof library.client.call> =>
        library.client.call('AuthController/Login', { email: 'rosa@library.example', password: 'guess' });
      for (let attempt = 1; attempt <= 10; attempt += 1) expect((await guess()).code).toBe(16);
      const { code, trailers } = await guess();
      expect(code).toBe(8);
      expect(String(trailers.get('grpc-status-details-bin')[0])).toContain('LOGIN_LIMIT');
    } finally {
      await library.stop();
    }
  }, 120_000);
});
