import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import ts from 'typescript';

/** Turns every TypeScript source of a folder into a module beside it, without looking at types. */
export async function transpileAll(folder: string): Promise<void> {
  const sources = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.ts'));
  for (const file of sources) {
    const { outputText } = ts.transpileModule(await readFile(join(folder, file), 'utf8'), {
      compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext },
    });
    await writeFile(join(folder, file.replace(/ts$/, 'js')), outputText);
  }
}
