/** What is known of a call before anything of it runs. */
import type { PeerCertificate } from 'node:tls';
import type { Metadata } from '@grpc/grpc-js';
import type { ConventionsName } from '../serialization/column-types.js';
import type { HeadersKey } from './request-headers.js';
import type { ParameterSource } from './request-parameters.js';

/** What a front door knows of a call when it begins. */
export interface CallFacts {
  readonly metadata: Metadata;
  /** Address of the caller, `127.0.0.1:53124`. */
  readonly peer: string;
  /** What the caller showed and TLS has verified. */
  readonly certificate?: PeerCertificate | undefined;
}

/** How the module is set up to read calls. */
export interface CallSettings {
  /** Metadata key that holds more headers as JSON. */
  readonly headersKey?: HeadersKey | undefined;
  /** Where parameters of lists are; later ones win. */
  readonly parameterSources?: readonly ParameterSource[];
}

/** What is called. */
export interface CallTarget {
  /** `/quickstart.PostController/List` */
  readonly path: string;
  /** Name of the service without `Controller`: `Post`. */
  readonly service: string;
  /** Method of the controller: `partialUpdate`. */
  readonly action: string;
  readonly controller: abstract new (...args: never[]) => object;
  /** Whether the action only reads. */
  readonly safe: boolean;
  readonly conventions: ConventionsName;
}
