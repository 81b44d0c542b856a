/**
 * Nest replaces an error that no filter catches by "Internal server error". These filters let it through
 * unchanged, so that the one place that knows all errors sees it. They match by "inside one of our calls", never
 * by class, so answers of other transports stay untouched, and they come last in line, so that every filter of
 * the user wins.
 */
import { Catch, Injectable, type ExceptionFilter } from '@nestjs/common';
import { ApplicationConfig } from '@nestjs/core';
import { throwError, type Observable } from 'rxjs';
import { GrpcContext } from './grpc-context.js';

class DuringCall {
  static [Symbol.hasInstance](): boolean {
    return GrpcContext.current() !== undefined;
  }
}

class DuringCallWithoutGlobals {
  static [Symbol.hasInstance](): boolean {
    return GrpcContext.current()?.globalEnhancers === false;
  }
}

function passThrough(error: unknown): Observable<never> {
  return throwError(() => error);
}

/**
 * On the class of every controller. A hybrid app that does not inherit the application's configuration has no
 * global filters, ours included; only then does this one match.
 */
@Injectable()
@Catch(DuringCallWithoutGlobals)
export class PassThroughFilter implements ExceptionFilter {
  catch(error: unknown): Observable<never> {
    return passThrough(error);
  }
}

@Catch(DuringCall)
class GlobalPassThroughFilter implements ExceptionFilter {
  /** How often Nest has bound `catch` into the filters of a handler. */
  bindings = 0;

  /**
   * Nest reads `catch` once for each handler that gets the global filters: that is how we learn it does. For
   * request-scoped controllers it does so in each call.
   */
  get catch(): (error: unknown) => Observable<never> {
    this.bindings += 1;
    const ctx = GrpcContext.current();
    if (ctx) ctx.globalEnhancers = true;
    return passThrough;
  }
}

/**
 * Registers the last global filter. In a constructor, this happens before `APP_FILTER` providers are applied,
 * which therefore come first.
 */
@Injectable()
export class FallbackFilterRegistrar {
  private readonly filter = new GlobalPassThroughFilter();

  constructor(private readonly config: ApplicationConfig) {
    config.useGlobalFilters(this.filter);
  }

  /** Whether the application has no other global filter. */
  get isAlone(): boolean {
    return this.config.getGlobalFilters().every((filter) => filter === this.filter);
  }

  get bindings(): number {
    return this.filter.bindings;
  }
}
