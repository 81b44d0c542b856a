import { Injectable } from '@nestjs/common';
import { GrpcResourceExhaustedException } from '@nestjs/microservices';
import { withDetails, type GrpcContext, type GrpcMiddleware, type Next } from 'nestjs-socio-grpc';

const ATTEMPTS = 10;
const WINDOW = 60_000;

/** At most ten failed logins in a minute from one address. */
@Injectable()
export class LoginLimit implements GrpcMiddleware {
  private readonly failures = new Map<string, number[]>();

  async use(ctx: GrpcContext, next: Next): Promise<void> {
    if (ctx.action !== 'login') return next();
    const address = ctx.peer.replace(/:\d+$/, '');
    const recent = this.recent(address);
    if (recent.length >= ATTEMPTS)
      throw withDetails(new GrpcResourceExhaustedException('Too many failed logins.'), {
        reason: 'LOGIN_LIMIT',
        retryAfter: Math.ceil((recent[0]! + WINDOW - Date.now()) / 1000),
      });
    try {
      await next();
      this.failures.delete(address);
    } catch (error) {
      this.failures.set(address, [...recent, Date.now()]);
      throw error;
    }
  }

  private recent(address: string): number[] {
    const since = Date.now() - WINDOW;
    return (this.failures.get(address) ?? []).filter((moment) => moment > since);
  }
}
