/** What all shapes of an application are made with. */
import type { EntityMetadata } from 'typeorm';
import type { ForeignFiles } from '../proto/foreign-files.js';
import type { ConventionsName } from './column-types.js';
import type { Model } from './proto-serializer.js';

/** Finds the metadata of a model, in the named data source or in any. */
export type FindMetadata = (model: Model, dataSource: string | undefined) => EntityMetadata | undefined;

export interface ShapeContext {
  readonly conventions: ConventionsName;
  readonly findMetadata: FindMetadata;
  readonly foreign: ForeignFiles;
  /** Boot problems are added here. */
  readonly problems: string[];
}
