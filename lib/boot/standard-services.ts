/**
 * Services that tools expect of any gRPC server: health for load balancers and orchestrators, reflection for grpcurl and
 * its like. Both come from packages of the gRPC project, which need not be installed.
 */
import type { Server as GrpcServer } from '@grpc/grpc-js';
import { SetupError } from '../errors/setup-error.js';
import type { ResolvedOptions } from '../options.js';
import type { FileDescriptor } from '../proto/descriptors.js';
import { Reflection } from './reflection.js';

interface StandardService {
  addToServer(server: GrpcServer): void;
}

interface Health extends StandardService {
  setStatus(service: string, status: 'SERVING' | 'NOT_SERVING'): void;
}

export class StandardServices {
  private constructor(
    private readonly names: readonly string[],
    private readonly health: Health | undefined,
    private readonly reflection: StandardService | undefined,
  ) {}

  /** @throws SetupError when one is wanted by name and its package is not installed */
  static async load(
    { health, reflection }: Pick<ResolvedOptions, 'health' | 'reflection'>,
    files: readonly FileDescriptor[],
  ): Promise<StandardServices> {
    const services = files.flatMap((file) => file.services.map(({ name }) => `${file.package}.${name}`));
    // The empty name stands for the whole server.
    const names = ['', ...services];
    return new StandardServices(
      names,
      await ifWanted(health, 'health', 'grpc-health-check', () => loadHealth(names)),
      await ifWanted(
        reflection,
        'reflection',
        '@grpc/reflection @bufbuild/protobuf',
        () => new Reflection(files),
      ),
    );
  }

  addTo(server: GrpcServer): void {
    this.health?.addToServer(server);
    this.reflection?.addToServer(server);
  }

  /** Before the server stops: whoever watches sends its calls elsewhere. */
  stop(): void {
    for (const name of this.names) this.health?.setStatus(name, 'NOT_SERVING');
  }
}

async function loadHealth(names: readonly string[]): Promise<Health> {
  const { HealthImplementation } = await import('grpc-health-check');
  return new HealthImplementation(Object.fromEntries(names.map((name) => [name, 'SERVING'])));
}

/** What nobody asked for is there when it is installed. */
async function ifWanted<T>(
  wanted: boolean | undefined,
  option: string,
  packages: string,
  load: () => T | Promise<T>,
): Promise<T | undefined> {
  if (wanted === false) return undefined;
  try {
    return await load();
  } catch (error) {
    if (!/^(ERR_)?MODULE_NOT_FOUND$/.test(String((error as NodeJS.ErrnoException).code))) throw error;
    if (wanted === undefined) return undefined;
    throw new SetupError([
      `SocioGrpcModule: ${option} is true, but it needs packages that are not installed. Install them: npm install ${packages}.`,
    ]);
  }
}
