import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface Block {
  readonly place: string;
  readonly language: string;
  readonly text: string;
}

const pages = ['README.md', ...(await readdir(join(root, 'docs'))).map((page) => `docs/${page}`)];
const blocks = (await Promise.all(pages.map(blocksOf))).flat();
const TITLE = /^\/\/ (\S+\/\S+\.\w+)\n/;

describe('code blocks of the documentation', () => {
  it.each(blocks.filter(({ text }) => TITLE.test(text)))(
    '$place is the file that it names',
    async ({ text }) => {
      const [title, path] = TITLE.exec(text)!;
      expect(text.slice(title.length)).toBe((await readFile(join(root, path!), 'utf8')).trimEnd());
    },
  );

  it('in TypeScript compile under strict', () => {
    const sources = new Map(
      blocks
        .filter(({ language, text }) => language === 'ts' && !TITLE.test(text))
        .map(({ place, text }) => [join(root, `docs-block-${place.replaceAll(/\W/g, '-')}.ts`), text]),
    );
    expect(sources.size).toBeGreaterThan(5);
    expect(problemsOf(sources)).toEqual([]);
  }, 60_000);
});

async function blocksOf(page: string): Promise<Block[]> {
  const text = await readFile(join(root, page), 'utf8');
  return [...text.matchAll(/^```(\w+)\n([\s\S]*?)\n```$/gm)].map((match) => ({
    place: `${page}:${text.slice(0, match.index).split('\n').length}`,
    language: match[1]!,
    text: match[2]!,
  }));
}

/** Type-checks texts as modules of this repository. */
function problemsOf(sources: ReadonlyMap<string, string>): string[] {
  const { config } = ts.readConfigFile(join(root, 'test/tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, join(root, 'test'));
  const host = ts.createCompilerHost({ ...options, noUnusedLocals: false });
  const { readFile: read, fileExists } = host;
  host.readFile = (file) => sources.get(file) ?? read.call(host, file);
  host.fileExists = (file) => sources.has(file) || fileExists.call(host, file);
  const program = ts.createProgram(
    [...sources.keys()],
    { ...options, noUnusedLocals: false, noEmit: true },
    host,
  );
  return ts
    .getPreEmitDiagnostics(program)
    .map(
      ({ file, start = 0, messageText }) =>
        `${file?.fileName.slice(root.length)}:${(file?.getLineAndCharacterOfPosition(start).line ?? 0) + 1} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
    );
}
