import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

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
    include: [
      process.env['TEST_LONG'] ? 'test/long/**/*.spec.ts' : 'test/{unit,e2e}/**/*.spec.ts',
      ...(process.env['TEST_LONG'] ? [] : ['test/*.spec.ts', 'sample/*/test/**/*.spec.ts']),
    ],
    globalSetup: [path('./support/global-setup.ts'), path('./support/emitted-setup.ts')],
    setupFiles: [path('./support/setup.ts')],
    pool: 'forks',
    testTimeout: 20_000,
    hookTimeout: 30_000,
    maxWorkers: 2,
  },
});
