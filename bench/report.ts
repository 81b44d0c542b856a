/** Writes the tables of a run into README and docs, between `<!-- bench:NAME -->` and `<!-- /bench -->`. */
import { readFile, writeFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';
import {
  bootTable,
  codecTable,
  latencyTable,
  machineText,
  ratioTable,
  streamTable,
  throughputTable,
} from './markdown.js';
import type { Results } from './results.js';

const FILES = ['README.md', 'docs/performance.md'];

const PARTS: Readonly<Record<string, (results: Results) => string>> = {
  machine: machineText,
  ratios: ratioTable,
  throughput: throughputTable,
  latency: latencyTable,
  stream: streamTable,
  boot: bootTable,
  codec: codecTable,
};

export async function writeReports(results: Results): Promise<void> {
  for (const file of FILES) {
    const text = await readFile(file, 'utf8');
    const config = await resolveConfig(file);
    await writeFile(file, await format(withTables(text, results), { ...config, parser: 'markdown' }));
  }
}

/** A part that was not measured stays as it is. */
function withTables(text: string, results: Results): string {
  return text.replace(
    /(<!-- bench:([a-z]+) -->\n)[\s\S]*?(<!-- \/bench -->)/g,
    (old, begin: string, name: string, end: string) => {
      const part = PARTS[name]?.(results);
      return part ? `${begin}\n${part}\n\n${end}` : old;
    },
  );
}
