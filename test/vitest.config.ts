import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

const INCLUDED = {
  normal: ['test/{unit,e2e}/**/*.spec.ts', 'test/*.spec.ts', 'sample/*/test/**/*.spec.ts'],
  long: ['test/long/**/*.spec.ts'],
  interop: ['test/interop/**/*.spec.ts'],
};

export default defineConfig({
  root: path('..'),
  resolve: {
    alias: {
      'nestjs-socio-grpc/client': path('../lib/client/index.ts'),
      'nestjs-socio-grpc/testing': path('../lib/testing/index.ts'),
      'nestjs-socio-grpc': path('../lib/index.ts'),
    },
  },
  test: {
    include: INCLUDED[process.env['TEST_LONG'] ? 'long' : process.env['TEST_INTEROP'] ? 'interop' : 'normal'],
    globalSetup: [path('./support/global-setup.ts'), path('./support/emitted-setup.ts')],
    setupFiles: [path('./support/setup.ts')],
    pool: 'forks',
    testTimeout: 20_000,
    hookTimeout: 30_000,
    maxWorkers: 2,
  },
});
