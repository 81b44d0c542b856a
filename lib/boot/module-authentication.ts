import { Inject, Injectable, type Type } from '@nestjs/common';
import { SOCIO_GRPC_OPTIONS, type ResolvedOptions } from '../options.js';
import type { Authenticator } from '../request/authentication.js';
import { AuthenticationSource } from '../request/authentication-guard.js';
import { ProviderFinder } from './provider-finder.js';

/** The authenticators of the module's options, for controllers that are not ours. */
@Injectable()
export class ModuleAuthentication extends AuthenticationSource {
  constructor(
    @Inject(SOCIO_GRPC_OPTIONS) private readonly options: ResolvedOptions,
    private readonly providers: ProviderFinder,
  ) {
    super();
  }

  authenticatorsFor(controller: Type<object>): Promise<readonly Authenticator[]> {
    return Promise.all(
      this.options.authentication.map((type) => this.providers.instance<Authenticator>(controller, type)),
    );
  }
}
