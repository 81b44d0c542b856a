import type { EntityMetadata } from 'typeorm';

/** Name of a model's table in queries. */
export function aliasOf(metadata: EntityMetadata): string {
  return metadata.name.charAt(0).toLowerCase() + metadata.name.slice(1);
}
