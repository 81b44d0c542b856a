/** The step that ends each run: what the suite emits is given to buf and protoc. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { checkEmitted } from '../support/check-emitted.js';

const header = (name: string): string => `syntax = "proto3";\n\npackage ${name};\n`;
const GOOD = {
  'ua/common/common.proto': `${header('common')}message Money {\n    string units = 1;\n}\n`,
  'ua/shop/shop.proto':
    `${header('shop')}\nimport "common/common.proto";\nimport "google/protobuf/empty.proto";\n` +
    'service ShopController {\n    rpc Pay(.common.Money) returns (google.protobuf.Empty) {}\n}\n' +
    'message Bill {\n    // is . Money\n    repeated common.Money sums = 1;\n    optional .common.Money total = 2;\n}\n',
  'ub/shop/shop.proto': `${header('shop')}message Bill {\n}\n`,
};

async function complaintsOf(files: Readonly<Record<string, string>>): Promise<string[]> {
  const directory = await mkdtemp(join(tmpdir(), 'socio-grpc-emitted-'));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }
  const complaints = await checkEmitted(directory);
  await rm(directory, { recursive: true });
  return complaints;
}

it('finds nothing against good files, whatever names they share', async () => {
  expect(await complaintsOf(GOOD)).toEqual([]);
});

it('tells what compilers refuse, with its place', async () => {
  const twice = `${header('shop')}message Bill {\n    string a = 1;\n    string b = 1;\n}\n`;
  const complaints = await complaintsOf({ ...GOOD, 'uc/shop/shop.proto': twice });
  expect(complaints[0]).toMatch(/^buf build: uc\/shop\/shop\.proto:6:/);
});
