/** The named bases: one line says which actions a controller has. */
import type { ObjectLiteral } from 'typeorm';
import { GenericController } from './generic-controller.js';
import { ListAction, RetrieveAction, StreamAction } from './read-actions.js';
import { withActions } from './with-actions.js';
import { CreateAction, DestroyAction, PartialUpdateAction, UpdateAction } from './write-actions.js';

/** Create only. */
export abstract class CreateController<M extends ObjectLiteral = ObjectLiteral> extends withActions(
  GenericController,
  CreateAction,
)<M> {}

/** List only. */
export abstract class ListController<M extends ObjectLiteral = ObjectLiteral> extends withActions(
  GenericController,
  ListAction,
)<M> {}

/** Stream only. */
export abstract class StreamController<M extends ObjectLiteral = ObjectLiteral> extends withActions(
  GenericController,
  StreamAction,
)<M> {}

/** Retrieve only. */
export abstract class RetrieveController<M extends ObjectLiteral = ObjectLiteral> extends withActions(
  GenericController,
  RetrieveAction,
)<M> {}

/** Update only. */
export abstract class UpdateController<M extends ObjectLiteral = ObjectLiteral> extends withActions(
  GenericController,
  UpdateAction,
)<M> {}

/** PartialUpdate only. */
export abstract class PartialUpdateController<M extends ObjectLiteral = ObjectLiteral> extends withActions(
  GenericController,
  PartialUpdateAction,
)<M> {}

/** Destroy only. */
export abstract class DestroyController<M extends ObjectLiteral = ObjectLiteral> extends withActions(
  GenericController,
  DestroyAction,
)<M> {}

/** List and Create. */
export abstract class ListCreateController<M extends ObjectLiteral = ObjectLiteral> extends withActions(
  GenericController,
  ListAction,
  CreateAction,
)<M> {}

/** List and Retrieve. */
export abstract class ReadOnlyController<M extends ObjectLiteral = ObjectLiteral> extends withActions(
  GenericController,
  ListAction,
  RetrieveAction,
)<M> {}

/** List, Retrieve, Create, Update, PartialUpdate and Destroy. Stream is asked for by name. */
export abstract class GenericCrudController<M extends ObjectLiteral = ObjectLiteral> extends withActions(
  GenericController,
  ListAction,
  RetrieveAction,
  CreateAction,
  UpdateAction,
  PartialUpdateAction,
  DestroyAction,
)<M> {}
