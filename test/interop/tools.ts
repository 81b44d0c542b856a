/** Compilers and clients of other languages, as `.ci/interop` installed them. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));

/** Where the tools are. */
const tools = process.env['INTEROP_TOOLS'] ?? '';
const python = join(tools, 'python/bin/python');

export interface Plugin {
  /** As in `--go_out`. */
  readonly name: string;
  readonly path?: string;
  readonly options?: string;
}

export const PLUGINS = {
  python: [{ name: 'python' }, { name: 'grpc_python' }],
  go: ['go', 'go-grpc'].map((name) => ({
    name,
    path: join(tools, `bin/protoc-gen-${name}`),
    options:
      'paths=source_relative,Minterop/v1/interop.proto=interop/gen,Macme/post/v1/parcel.proto=interop/post',
  })),
  es: [
    {
      name: 'es',
      path: join(root, 'node_modules/.bin/protoc-gen-es'),
      options: 'target=ts,import_extension=js',
    },
  ],
  tsProto: [
    {
      name: 'ts_proto',
      path: join(root, 'node_modules/.bin/protoc-gen-ts_proto'),
      options:
        'outputServices=grpc-js,forceLong=bigint,esModuleInterop=true,importSuffix=.js,env=node,unrecognizedEnum=false',
    },
  ],
} satisfies Record<string, readonly Plugin[]>;

/** Runs the protoc of grpcio-tools, which brings Google's own files along. */
export async function protoc(
  plugins: readonly Plugin[],
  protoDir: string,
  out: string,
  files: readonly string[],
): Promise<void> {
  const args = plugins.flatMap(({ name, path, options }) => [
    ...(path === undefined ? [] : [`--plugin=protoc-gen-${name}=${path}`]),
    `--${name}_out=${out}`,
    ...(options === undefined ? [] : [`--${name}_opt=${options}`]),
  ]);
  await run(python, [
    '-m',
    'grpc_tools.protoc',
    `-I${protoDir}`,
    `-I${await commonProtos()}`,
    ...args,
    ...files,
  ]);
}

/** The folder of googleapis-common-protos. */
async function commonProtos(): Promise<string> {
  const print =
    'import google.rpc, os; print(os.path.dirname(os.path.dirname(list(google.rpc.__path__)[0])))';
  return (await run(python, ['-c', print])).stdout.trim();
}

/** Runs a client to its end and reads the JSON that it prints. */
export async function runClient(command: string, args: readonly string[], cwd: string): Promise<unknown> {
  const program = command === 'python' ? python : command;
  const { stdout } = await run(program, [...args], { cwd, maxBuffer: 64e6, timeout: 120_000 });
  return JSON.parse(stdout);
}

/** The Go module that the tools were installed with: its packages are there already. */
export const goModule = join(tools, 'go');
