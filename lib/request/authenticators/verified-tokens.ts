/**
 * Tokens whose signature was verified a moment ago. Verifying one again costs more than everything else around a call,
 * and says the same as long as the key and the options are the same and the token has not expired.
 */
import { BoundedMap } from '../../serialization/bounded-map.js';

/** What of `JwtService` decides how a token is verified; it keeps its options to itself. */
interface JwtOptions {
  readonly secret?: unknown;
  readonly publicKey?: unknown;
  readonly secretOrPrivateKey?: unknown;
  readonly secretOrKeyProvider?: unknown;
  readonly verifyOptions?: Readonly<Record<string, unknown>>;
}

interface VerifiedToken {
  /** Each call gets a copy of its own to write into. */
  readonly claims: object;
  readonly until: number;
}

/** No more are remembered; the oldest are forgotten first. */
const MOST = 1000;
/** Milliseconds after which a token is verified again, whatever it says of itself. */
const LONGEST = 60_000;
/** Options with which the answer depends on more than the token, the key and its expiry. */
const PASSING = ['maxAge', 'nonce', 'complete', 'clockTimestamp'];

export class VerifiedTokens {
  private readonly known = new BoundedMap<string, VerifiedToken>(MOST);
  private key: unknown;

  private constructor(private readonly options: JwtOptions) {
    this.key = keyOf(options);
  }

  /**
   * Undefined where a token has to be verified each time: with a service of one's own, with keys that a function finds,
   * with options that look at more than the expiry.
   *
   * @param plain the class of `@nestjs/jwt`
   */
  static of(service: object, plain: abstract new (...args: never[]) => object): VerifiedTokens | undefined {
    const { options } = service as { readonly options?: JwtOptions };
    if (Object.getPrototypeOf(service) !== plain.prototype || Object.hasOwn(service, 'verifyAsync'))
      return undefined;
    if (!options || options.secretOrKeyProvider) return undefined;
    const { verifyOptions = {} } = options;
    return PASSING.some((name) => verifyOptions[name] !== undefined)
      ? undefined
      : new VerifiedTokens(options);
  }

  /** The claims of a token that was verified and holds still. */
  find(token: string): object | undefined {
    const found = this.known.get(token);
    if (!found) return undefined;
    if (found.until > Date.now() && this.key === keyOf(this.options)) return copyOf(found.claims);
    this.known.delete(token);
    return undefined;
  }

  /** @param claims of a token that was verified just now */
  add(token: string, claims: object): void {
    const key = keyOf(this.options);
    if (key !== this.key) this.known.clear();
    this.key = key;
    const { exp } = claims as { readonly exp?: unknown };
    const expiry = typeof exp === 'number' ? exp * 1000 : Infinity;
    this.known.set(token, { claims: copyOf(claims), until: Math.min(expiry, Date.now() + LONGEST) });
  }
}

function keyOf({ secretOrPrivateKey, secret, publicKey }: JwtOptions): unknown {
  return secretOrPrivateKey ?? secret ?? publicKey;
}

/** Of what JSON can say, which claims are. */
function copyOf<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copyOf) as T;
  const copy = { ...value };
  for (const name in copy) if (typeof copy[name] === 'object') copy[name] = copyOf(copy[name]);
  return copy;
}
