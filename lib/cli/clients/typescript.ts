/** `generate --clients ts`: `protoc-gen-es` run on our own descriptors; no protoc is needed. */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describeFile, type FileProto } from '../../proto/descriptor-proto.js';
import type { FileDescriptor } from '../../proto/descriptors.js';
import { importedFiles } from '../../proto/imports.js';
import { importPathOf } from '../../proto/proto-file.js';
import { CommandError } from '../command-error.js';
import type { ClientFile } from './write-clients.js';

const NEEDED =
  '--clients ts: needs @bufbuild/protoc-gen-es and @bufbuild/protobuf. Install them: npm install @bufbuild/protobuf && npm install --save-dev @bufbuild/protoc-gen-es.';

/** ES modules import each other with their extension; bundlers and CommonJS take it too. */
const PARAMETER = 'target=ts,import_extension=js';

/**
 * @param files all files of the application, and those of other people
 * @param wanted those to generate; files of other people that they import come along
 * @throws CommandError when the generator is not installed, or fails
 */
export async function typescriptClients(
  files: readonly FileDescriptor[],
  wanted: readonly FileDescriptor[],
): Promise<ClientFile[]> {
  const peers = await loadPeers();
  const { create, toBinary, fromBinary, wkt } = peers;
  const google = googleFiles(wkt);
  const known = new Set(google.map(({ name }) => name));
  const others = files.map(describeFile).filter(({ name }) => !known.has(name));
  const request = create(wkt.CodeGeneratorRequestSchema, {
    fileToGenerate: withForeign(wanted, files).filter((path) => !known.has(path)),
    parameter: PARAMETER,
    protoFile: inOrder([...google, ...others]),
  });
  const output = await runPlugin(peers.plugin, toBinary(wkt.CodeGeneratorRequestSchema, request));
  const { error, file } = fromBinary(wkt.CodeGeneratorResponseSchema, output);
  if (error) throw new CommandError(`--clients ts: protoc-gen-es says: ${error}`);
  return file.map(({ name, content }) => ({ path: name, text: content }));
}

/** Nobody else generates what is not of the application. */
function withForeign(wanted: readonly FileDescriptor[], files: readonly FileDescriptor[]): string[] {
  const imported = wanted.flatMap((file) => importedFiles(file, files));
  return [...new Set([...wanted, ...imported.filter(({ path }) => path !== undefined)].map(importPathOf))];
}

async function loadPeers() {
  try {
    const [{ create, toBinary, fromBinary }, wkt] = await Promise.all([
      import('@bufbuild/protobuf'),
      import('@bufbuild/protobuf/wkt'),
    ]);
    const manifest = createRequire(import.meta.url).resolve('@bufbuild/protoc-gen-es/package.json');
    return { create, toBinary, fromBinary, wkt, plugin: join(dirname(manifest), 'bin/protoc-gen-es') };
  } catch (error) {
    throw new CommandError(NEEDED, { cause: error });
  }
}

/** Descriptors of Google's own files, which come with `@bufbuild/protobuf`. */
function googleFiles(wkt: Readonly<Record<string, unknown>>): FileProto[] {
  return Object.entries(wkt).flatMap(([name, value]) =>
    name.startsWith('file_google_protobuf_') ? [(value as { proto: FileProto }).proto] : [],
  );
}

/** A plugin wants every file behind those that it imports. */
function inOrder(files: readonly FileProto[]): FileProto[] {
  const byName = new Map(files.map((file) => [file.name, file]));
  const ordered = new Set<FileProto>();
  const add = (file: FileProto): void => {
    for (const path of file.dependency ?? []) {
      const imported = byName.get(path);
      if (!imported)
        throw new CommandError(
          `--clients ts: ${file.name} imports ${path}, which is no file of the application.`,
        );
      if (!ordered.has(imported)) add(imported);
    }
    ordered.add(file);
  };
  for (const file of files) add(file);
  return [...ordered];
}

function runPlugin(plugin: string, input: Uint8Array): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [plugin], { stdio: ['pipe', 'pipe', 'pipe'] });
    const [output, problems]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => problems.push(chunk));
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(Buffer.concat(output));
      else
        reject(
          new CommandError(
            `--clients ts: protoc-gen-es ended with ${code}: ${Buffer.concat(problems).toString()}`,
          ),
        );
    });
    child.stdin.end(input);
  });
}
