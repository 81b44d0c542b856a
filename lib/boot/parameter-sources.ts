import type { ResolvedOptions } from '../options.js';
import {
  FILTERS_FIELD,
  PAGINATION_FIELD,
  type ParameterBehavior,
  type ParameterSource,
} from '../request/request-parameters.js';

/** Where parameters of lists are read. Filters come first: pages win where both have a name, as in the reference. */
export function parameterSources(options: ResolvedOptions): readonly ParameterSource[] {
  return [
    source(options.filterBehavior, options.filtersKey, FILTERS_FIELD),
    source(options.paginationBehavior, options.paginationKey, PAGINATION_FIELD),
  ];
}

function source(behavior: ParameterBehavior, metadataKey: string, property: string): ParameterSource {
  return {
    metadataKey: behavior === 'request' ? undefined : metadataKey,
    property: behavior === 'metadata' ? undefined : property,
  };
}
