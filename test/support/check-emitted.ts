/** `buf` and `protoc`, the other opinions on every file that the suite has made. */
import { execFile } from 'node:child_process';
import { access, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buf } from './buf.js';

const CACHED = fileURLToPath(new URL('../../node_modules/.cache/socio-grpc-protoc', import.meta.url));

/** Folders of one `protoc` command. */
const CHUNK = 50;

/**
 * What compilers say against the files; nothing when they take them all.
 *
 * @param directory a folder for each application, in it the files as imports name them
 */
export async function checkEmitted(directory: string): Promise<string[]> {
  const units = await readdir(directory);
  if (units.length === 0) return [];
  const files = await inPackagesOfTheirOwn(directory, units);
  const complaints = [await bufComplaints(directory), await protocComplaints(directory, files)];
  return complaints.filter((each) => each !== '');
}

/** All of them share names; moved below the name of their folder they are one build without clashes. */
async function inPackagesOfTheirOwn(directory: string, units: readonly string[]): Promise<string[]> {
  const moved: string[] = [];
  for (const [index, unit] of units.entries()) {
    for (const path of await readdir(join(directory, unit), { recursive: true })) {
      if (!path.endsWith('.proto')) continue;
      const file = join(unit, path);
      const text = await readFile(join(directory, file), 'utf8');
      await writeFile(join(directory, file), withOwnExtensions(index, moveInto(unit, text)));
      moved.push(file);
    }
  }
  return moved;
}

function moveInto(unit: string, text: string): string {
  return text
    .replaceAll(/(?<![\w.])google\.protobuf\./g, '.google.protobuf.')
    .replaceAll(/^package ([\w.]+);/gm, `package ${unit}.$1;`)
    .replaceAll(/^import ((?:public |weak )?)"(?!google\/protobuf\/)/gm, `import $1"${unit}/`)
    .replaceAll(/(?<=^\s*[^/]*[ (<])\.(?=[A-Za-z])(?!google\.protobuf\.)/gm, `.${unit}.`);
}

/** Numbers of extensions are unique in a build, whatever the package is. */
function withOwnExtensions(index: number, text: string): string {
  return text.replaceAll(/(?<=^extend [\w.]+ \{\n *\w+ \w+ = )\d+/gm, String(50_000 + index));
}

async function bufComplaints(directory: string): Promise<string> {
  await writeFile(join(directory, 'buf.yaml'), 'version: v2\n');
  const { code, output } = await buf(directory, 'build');
  return code === 0 ? '' : `buf build: ${output}`;
}

async function protocComplaints(directory: string, files: readonly string[]): Promise<string> {
  const protoc = await findProtoc();
  if (!protoc) {
    if (process.env['CI']) return 'protoc is missing. Run npm run setup:protoc first.';
    // oxlint-disable-next-line no-console -- the end of a run has no test to speak in
    console.warn(
      'protoc is not installed: emitted files were checked by buf alone. See .github/CONTRIBUTING.md.',
    );
    return '';
  }
  const complaints: string[] = [];
  for (let start = 0; start < files.length; start += CHUNK)
    complaints.push(await compile(protoc, directory, files.slice(start, start + CHUNK)));
  return complaints.filter(Boolean).join('\n');
}

/** `PROTOC`, what `.ci/protoc` has installed, or the machine's own. */
async function findProtoc(): Promise<string | undefined> {
  const candidates = [process.env['PROTOC'], join(CACHED, 'bin/protoc')].filter((each) => each !== undefined);
  for (const candidate of candidates)
    if (
      await access(candidate).then(
        () => true,
        () => false,
      )
    )
      return candidate;
  const { code } = await run('protoc', ['--version'], '.');
  return code === 0 ? 'protoc' : undefined;
}

async function compile(protoc: string, cwd: string, files: readonly string[]): Promise<string> {
  const { code, output } = await run(protoc, ['-I.', '--descriptor_set_out=/dev/null', ...files], cwd);
  return code === 0 ? '' : `protoc: ${output}`;
}

function run(
  command: string,
  args: readonly string[],
  cwd: string,
): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(command, args, { cwd, maxBuffer: 64e6 }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code ?? 1) || 1 : 0, output: stderr || stdout }),
    );
  });
}
