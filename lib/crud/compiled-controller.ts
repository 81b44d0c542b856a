/** What boot works out for each controller, and what its actions find at run time. */
import { Injectable } from '@nestjs/common';
import type { DataSource, EntityMetadata } from 'typeorm';
import type { FilterBackend } from '../filters/filter-backend.js';
import type { CompiledListing } from '../filters/listing.js';
import type { Paginator } from '../pagination/paginator.js';
import type { Authenticator } from '../request/authentication.js';
import type { MiddlewareFunction } from '../request/middleware.js';
import type { ConnectionQueue } from '../request/connection-queue.js';
import type { RowSources } from '../request/row-source.js';
import { PermissionSource, type Permission } from '../request/permissions.js';
import type { Column } from '../serialization/column-types.js';
import type { ReadPlan } from '../serialization/read-plan.js';
import type { ListedRequest } from '../serialization/listed-request.js';
import type { RequestValidator } from '../serialization/request-validator.js';
import type { RowScope } from '../serialization/row-scope.js';
import type { SerializerShape } from '../serialization/shape.js';
import type { FromMessage } from '../serialization/input-values.js';
import type { AnswerForm } from './action-answer.js';
import type { NestedWrites } from './nested-writes.js';
import type { RowWriter } from './row-writes/row-writer.js';

/** One part of what finds an object. */
export interface LookupPart {
  readonly property: string;
  readonly column: Column;
  readonly convert: FromMessage;
}

/** How one action reads and answers. */
export interface CompiledAction {
  /** Of the answers. */
  readonly shape: SerializerShape;
  /** Undefined when the serializer has no model. */
  readonly plan: ReadPlan | undefined;
  /** Of the requests. */
  readonly validator: RequestValidator;
  /** What requests may do to related objects. */
  readonly nestedWrites: readonly NestedWrites[];
  /** Undefined: requests and answers are not of the controller's model. */
  readonly rowWriter: RowWriter | undefined;
}

export interface CompiledModel {
  readonly dataSource: DataSource;
  /** Of a data source with a single connection. */
  readonly queue: ConnectionQueue | undefined;
  readonly rowSources: RowSources;
  readonly metadata: EntityMetadata;
  readonly alias: string;
  readonly lookup: readonly LookupPart[];
}

export interface CompiledController {
  readonly name: string;
  readonly model: CompiledModel | undefined;
  /** By method name, for actions with a serializer. */
  readonly actions: ReadonlyMap<string, CompiledAction>;
  /** By method name, for actions whose listed requests nest messages of serializers. */
  readonly listedRequests: ReadonlyMap<string, ListedRequest>;
  /** By method name, for actions that may give objects where messages are due. */
  readonly answers: ReadonlyMap<string, AnswerForm>;
  /** Which rows there are for a caller. */
  readonly scope: RowScope | undefined;
  /** By method name. */
  readonly actionPermissions: ReadonlyMap<string, readonly Permission[]>;
  /** Methods whose permissions want to see the object. */
  readonly judgedActions: ReadonlySet<string>;
  readonly authenticators: readonly Authenticator[];
  /** The module's and its own, as one; undefined: there is none. */
  readonly around: MiddlewareFunction | undefined;
  readonly backends: readonly FilterBackend[];
  /** What requests may ask of lists. */
  readonly listing: CompiledListing;
  /** Undefined: lists have no pages. */
  readonly paginator: Paginator | undefined;
  /** Names of the parameters that ask for a page. */
  readonly pageParameters: readonly string[];
  readonly maxListRows: number;
  readonly maxPageSize: number;
}

/** All compiled controllers of the application, by class. */
@Injectable()
export class CompiledControllers extends PermissionSource {
  private readonly byClass = new Map<unknown, CompiledController>();

  set(controller: object, compiled: CompiledController): void {
    this.byClass.set(controller, compiled);
  }

  get(controller: object): CompiledController {
    const compiled = this.byClass.get(controller);
    if (!compiled)
      throw new Error(
        `${(controller as { name: string }).name}: is not part of a started application. ` +
          'Start it with listen(), or with createGrpcTestingClient() in tests.',
      );
    return compiled;
  }

  override permissionsOf(controller: object, action: string): readonly Permission[] {
    // Nest guards handlers only, and each of ours is an action.
    return this.get(controller).actionPermissions.get(action) as readonly Permission[];
  }
}
