import Negotiator from 'negotiator';
import type { MiddlewareFunction } from './middleware.js';

/** Options of `localeMiddleware()`. */
export interface LocaleOptions {
  /** What the application speaks, as BCP 47 tags: `['en', 'de', 'pt-BR']`. */
  readonly supported: readonly string[];
  /** Language of a call that asks for none of them. Default: the first supported one. */
  readonly fallback?: string;
}

/**
 * Negotiates the language of each call from its header `accept-language`, quality values included, and tells the
 * caller by the trailer `content-language`. The result is `ctx.language`; nestjs-i18n's resolvers work beside it.
 *
 * @example
 * SocioGrpcModule.forRoot({ middleware: [localeMiddleware({ supported: ['en', 'de'] })] });
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-accept-language
 */
export function localeMiddleware({ supported, fallback = supported[0] }: LocaleOptions): MiddlewareFunction {
  return async function locale(ctx, next) {
    const accepted = ctx.headers.get('accept-language');
    const [wanted] =
      accepted === undefined
        ? []
        : new Negotiator({ headers: { 'accept-language': accepted } }).languages([...supported]);
    ctx.language = wanted ?? fallback;
    if (ctx.language !== undefined) ctx.setTrailer('content-language', ctx.language);
    await next();
  };
}
