import { readFile } from 'node:fs/promises';

/** The rpcs of a file, and its messages without comments, in one line each. */
export async function contractLines(protoFile: string): Promise<string[]> {
  const text = await readFile(protoFile, 'utf8');
  const rpcs = [...text.matchAll(/rpc (.+) \{/g)].map(([, rpc]) => rpc!);
  const messages = [...text.matchAll(/^message (\w+) \{([^}]*)\}/gm)].map(
    ([, name, fields]) => `${name} {${fields!.replaceAll(/ *\/\/.*\n/g, '').replaceAll(/\s+/g, ' ')}}`,
  );
  return [...rpcs, ...messages];
}
