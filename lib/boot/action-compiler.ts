/** What the actions of a controller need at run time: how to read requests, how to give answers. */
import type { Type } from '@nestjs/common';
import type { DataSource, EntityMetadata } from 'typeorm';
import type { CompiledAction } from '../crud/compiled-controller.js';
import type { DeclaredAction } from '../crud/describe.js';
import { classValidationOf, loadClassValidator } from '../serialization/class-validation.js';
import type { ConventionsName } from '../serialization/column-types.js';
import { InputReader } from '../serialization/input.js';
import {
  isSerializerClass,
  type ProtoSerializer,
  type SerializerClass,
} from '../serialization/proto-serializer.js';
import { ReadPlan } from '../serialization/read-plan.js';
import { RelatedReader } from '../serialization/related.js';
import { RequestValidator } from '../serialization/request-validator.js';
import { SerializerRules } from '../serialization/serializer-rules.js';
import type { SerializerShape } from '../serialization/shape.js';
import type { Shapes } from '../serialization/shapes.js';
import type { ProviderFinder } from './provider-finder.js';

export class ActionCompiler {
  private readonly inputs = new Map<SerializerClass, InputReader>();

  private constructor(
    private readonly shapes: Shapes,
    private readonly providers: ProviderFinder,
    private readonly conventions: ConventionsName,
    private readonly classValidator: Awaited<ReturnType<typeof loadClassValidator>>,
  ) {}

  static async create(
    shapes: Shapes,
    providers: ProviderFinder,
    conventions: ConventionsName,
  ): Promise<ActionCompiler> {
    return new ActionCompiler(shapes, providers, conventions, await loadClassValidator());
  }

  async compile(
    controller: Type<object>,
    declared: readonly DeclaredAction[],
    dataSource: DataSource | undefined,
  ): Promise<ReadonlyMap<string, CompiledAction>> {
    const actions = new Map<string, CompiledAction>();
    for (const { key, serializer, options } of declared) {
      const request = isSerializerClass(options.request) ? options.request : serializer;
      const response = isSerializerClass(options.response) ? options.response : serializer;
      const shape = (response ?? request) && this.shapes.get((response ?? request) as SerializerClass);
      const requestShape = request ? this.shapes.get(request) : shape;
      if (!shape || !requestShape) continue;
      const { metadata } = shape;
      actions.set(key, {
        shape,
        plan: metadata && dataSource && new ReadPlan(dataSource, this.shapes, shape, aliasOf(metadata)),
        validator: await this.validator(controller, requestShape),
      });
    }
    return actions;
  }

  private async validator(controller: Type<object>, shape: SerializerShape): Promise<RequestValidator> {
    const { serializer } = shape;
    const instance = await this.providers.instance<ProtoSerializer>(
      controller,
      serializer as Type<ProtoSerializer>,
    );
    const classValidation = this.classValidator && classValidationOf(serializer, this.classValidator);
    return new RequestValidator(
      shape,
      this.inputReader(shape),
      new RelatedReader(shape),
      new SerializerRules(shape, instance, classValidation),
    );
  }

  private inputReader(shape: SerializerShape): InputReader {
    const known = this.inputs.get(shape.serializer);
    if (known) return known;
    const reader = new InputReader(shape, this.conventions, (serializer) => {
      const nested = this.shapes.get(serializer);
      return nested && this.inputReader(nested);
    });
    this.inputs.set(shape.serializer, reader);
    return reader;
  }
}

/** Name of a model's table in queries. */
export function aliasOf(metadata: EntityMetadata): string {
  return metadata.name.charAt(0).toLowerCase() + metadata.name.slice(1);
}
