/** The key of the tokens that all callers show. */
import { createSecretKey } from 'node:crypto';

export const SECRET = createSecretKey('a secret of the benchmark, 32 bytes', 'utf8');

/**
 * For `JwtModule`, whose types know texts only. Of a text jsonwebtoken tries in each call whether it is a public key,
 * which takes longer than everything else in it; who looks for speed gives it a key.
 */
export const JWT_OPTIONS = { global: true, secret: SECRET as unknown as string };
