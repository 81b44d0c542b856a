import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';

const inTest = (path: string): Promise<string> => readFile(new URL(`../${path}`, import.meta.url), 'utf8');

/** `file`: title, until the next file, the next cell or a remark in brackets. */
const COUNTERPART = /`((?:e2e\/|unit\/)?[\w/.-]+\.spec\.ts)`: ([^|`;(]+)/g;

describe('reference.md', () => {
  it('names tests that there are', async () => {
    const text = (await inTest('reference.md')).split('## Case by case')[1] ?? '';
    const named = [...text.matchAll(COUNTERPART)];
    expect(named.length).toBeGreaterThan(50);
    const missing: string[] = [];
    for (const [, file = '', title = ''] of named) {
      const [first = ''] = title.split(': an enum column');
      if (!(await inTest(file)).replaceAll("\\'", "'").includes(first.trim()))
        missing.push(`${file}: ${title}`);
    }
    expect(missing).toEqual([]);
  });

  it('maps every case of the two files of generation and registration', async () => {
    const text = await inTest('reference.md');
    const casesOf = (name: string): number =>
      (text.split(`\n\`${name}\`:\n`)[1] ?? '').trim().split('\n\n')[0]?.split('\n').slice(2).length ?? 0;
    expect(casesOf('test_proto_generation.py')).toBe(18);
    expect(casesOf('test_protobuf_registration.py')).toBe(48);
  });
});
