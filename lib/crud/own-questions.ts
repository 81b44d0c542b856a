/**
 * What a call asks of the controller's model, without a query builder: possible where nobody but the library decides which
 * rows there are, and all conditions are about the model's own columns.
 */
import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { assertKnownParameters } from '../filters/field-filter.js';
import { OwnConditions, ownAsks, type AskOwn } from '../filters/own-conditions.js';
import type { GrpcContext } from '../request/grpc-context.js';
import { ownCondition, SCOPE_PREFIX } from '../serialization/row-scope.js';
import type { Question } from '../serialization/statement-texts.js';
import type { CompiledController, CompiledModel } from './compiled-controller.js';
import type { WantedValue } from './object-lookup.js';

type Query = SelectQueryBuilder<ObjectLiteral>;

export class OwnQuestions {
  private constructor(
    private readonly compiled: CompiledController,
    private readonly model: CompiledModel,
    private readonly asks: readonly AskOwn[],
  ) {}

  /** Undefined when a backend is not the library's own. */
  static of(compiled: CompiledController): OwnQuestions | undefined {
    const asks = ownAsks(compiled.backends);
    return asks && compiled.model && new OwnQuestions(compiled, compiled.model, asks);
  }

  /**
   * What a call asks, undefined when it takes a query.
   *
   * @param query the same as a query
   * @param wanted values that the query binds behind those of the filters
   * @throws ValidationException, GrpcResourceExhaustedException as filter backends do
   */
  ask<M extends ObjectLiteral>(
    ctx: GrpcContext,
    query: () => Promise<SelectQueryBuilder<M>>,
    wanted?: () => readonly WantedValue[],
  ): Question | undefined {
    const { listing, scope } = this.compiled;
    const { alias, metadata } = this.model;
    const conditions = new OwnConditions(alias);
    if (scope) {
      const text = ownCondition(conditions.binder(SCOPE_PREFIX), alias, metadata, scope, ctx);
      if (text === undefined) return undefined;
      conditions.add(text);
    }
    assertKnownParameters(ctx, listing);
    for (const ask of this.asks) if (!ask(conditions, ctx, listing)) return undefined;
    for (const { name, value } of wanted?.() ?? []) conditions.parameters[name] = value;
    return {
      key: conditions.text,
      parameters: conditions.parameters,
      query: query as unknown as () => Promise<Query>,
    };
  }
}
