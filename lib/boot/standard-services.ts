/**
 * Services that tools expect of any gRPC server: health for load balancers and orchestrators, reflection for grpcurl and
 * its like. Both come from packages of the gRPC project, which need not be installed.
 */
import type { Server as GrpcServer } from '@grpc/grpc-js';
import { SetupError } from '../errors/setup-error.js';
import type { ResolvedOptions } from '../options.js';
import { describeFile } from '../proto/descriptor-proto.js';
import type { FileDescriptor } from '../proto/descriptors.js';

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
      await ifWanted(reflection, 'reflection', '@grpc/reflection @bufbuild/protobuf', () =>
        loadReflection(files),
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

async function loadReflection(files: readonly FileDescriptor[]): Promise<StandardService> {
  const [{ ReflectionService }, { create, toBinary }, wkt] = await Promise.all([
    import('@grpc/reflection'),
    import('@bufbuild/protobuf'),
    import('@bufbuild/protobuf/wkt'),
  ]);
  const google = Object.entries(wkt).flatMap(([name, value]) =>
    name.startsWith('file_google_protobuf_') ? [(value as typeof wkt.file_google_protobuf_empty).proto] : [],
  );
  const own = files.map((file) => create(wkt.FileDescriptorProtoSchema, describeFile(file)));
  const fileDescriptorProtos = [...google, ...own].map((file) =>
    Buffer.from(toBinary(wkt.FileDescriptorProtoSchema, file)),
  );
  // Of a package definition it reads nothing but the descriptors, and the names of the services from these.
  const definition = {
    contract: { format: 'Protocol Buffer 3 DescriptorProto', type: {}, fileDescriptorProtos },
  };
  return new ReflectionService(definition as never, {
    services: files.flatMap((file) => file.services.map(({ name }) => `${file.package}.${name}`)),
  });
}

/** What nobody asked for is there when it is installed. */
async function ifWanted<T>(
  wanted: boolean | undefined,
  option: string,
  packages: string,
  load: () => Promise<T>,
): Promise<T | undefined> {
  if (wanted === false) return undefined;
  try {
    return await load();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    if (wanted === undefined) return undefined;
    throw new SetupError([
      `SocioGrpcModule: ${option} is true, but it needs packages that are not installed. Install them: npm install ${packages}.`,
    ]);
  }
}
