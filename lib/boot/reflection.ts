/**
 * Reflection for grpcurl and its like, by `@grpc/reflection`. The descriptors of many services take longer to make than
 * the services themselves, and most servers are never asked: so both are made, and the package is loaded, by the first
 * call.
 */
import { createRequire } from 'node:module';
import { Duplex } from 'node:stream';
import { Logger } from '@nestjs/common';
import {
  status,
  type MethodDefinition,
  type Server,
  type ServerDuplexStream,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { describeFile } from '../proto/descriptor-proto.js';
import type { FileDescriptor } from '../proto/descriptors.js';

type Bytes = Buffer;
type BytesCall = ServerDuplexStream<Bytes, Bytes>;

/** What the package does with one call, of which it uses the stream alone, and how its messages are written. */
interface Method {
  readonly definition: MethodDefinition<unknown, unknown>;
  readonly handle: Handle;
}

type Handle = (call: Duplex) => void;

/** The two versions that tools speak; the messages are the same. */
const PATHS = ['v1', 'v1alpha'].map(
  (version) => `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
);

const identity = (bytes: Bytes): Bytes => bytes;

export class Reflection {
  private readonly logger = new Logger('SocioGrpc');
  private methods: Promise<ReadonlyMap<string, Method>> | undefined;

  /** @throws Error with the code MODULE_NOT_FOUND when a package that it needs is not installed */
  constructor(private readonly files: readonly FileDescriptor[]) {
    const { resolve } = createRequire(import.meta.url);
    for (const name of ['@grpc/reflection', '@bufbuild/protobuf']) resolve(name);
  }

  addToServer(server: Server): void {
    for (const path of PATHS)
      server.register(path, (call: BytesCall) => void this.serve(path, call), identity, identity, 'bidi');
  }

  private async serve(path: string, call: BytesCall): Promise<void> {
    try {
      this.methods ??= methodsOf(this.files);
      const { definition, handle } = (await this.methods).get(path) as Method;
      handle(asMessages(call, definition));
    } catch (error) {
      this.logger.error(error);
      fail(call, 'internal error');
    }
  }
}

async function methodsOf(files: readonly FileDescriptor[]): Promise<ReadonlyMap<string, Method>> {
  const [{ ReflectionService }, fileDescriptorProtos] = await Promise.all([
    import('@grpc/reflection'),
    encoded(files),
  ]);
  // Of a package definition it reads nothing but the descriptors, and the names of the services from these.
  const contract = {
    contract: { format: 'Protocol Buffer 3 DescriptorProto', type: {}, fileDescriptorProtos },
  };
  const service = new ReflectionService(contract as never, {
    services: files.flatMap((file) => file.services.map(({ name }) => `${file.package}.${name}`)),
  });
  const methods = new Map<string, Method>();
  service.addToServer({
    addService: (methodsByName, implementation: UntypedServiceImplementation) => {
      for (const [name, definition] of Object.entries(methodsByName))
        methods.set(definition.path, { definition, handle: implementation[name] as unknown as Handle });
    },
  });
  return methods;
}

/** The files as tools read them, and those of Google that they may import. */
async function encoded(files: readonly FileDescriptor[]): Promise<Buffer[]> {
  const [{ create, toBinary }, wkt] = await Promise.all([
    import('@bufbuild/protobuf'),
    import('@bufbuild/protobuf/wkt'),
  ]);
  const google = Object.entries(wkt).flatMap(([name, value]) =>
    name.startsWith('file_google_protobuf_') ? [(value as typeof wkt.file_google_protobuf_empty).proto] : [],
  );
  const known = new Set(google.map(({ name }) => name));
  const own = files
    .map((file) => create(wkt.FileDescriptorProtoSchema, describeFile(file)))
    .filter(({ name }) => !known.has(name));
  return [...google, ...own].map((file) => Buffer.from(toBinary(wkt.FileDescriptorProtoSchema, file)));
}

/** The call as the package expects it: with messages in place of bytes. */
function asMessages(
  call: BytesCall,
  { requestDeserialize, responseSerialize }: Method['definition'],
): Duplex {
  const messages = new Duplex({
    objectMode: true,
    read: () => undefined,
    write: (message: unknown, _encoding, done) => {
      call.write(responseSerialize(message));
      done();
    },
    final: (done) => {
      call.end();
      done();
    },
  });
  call.on('data', (bytes: Bytes) => {
    try {
      messages.push(requestDeserialize(bytes));
    } catch {
      fail(call, 'the bytes of the request are no message');
    }
  });
  call.on('end', () => messages.push(null));
  return messages;
}

function fail(call: BytesCall, details: string): void {
  call.emit('error', { code: status.INTERNAL, details });
}
