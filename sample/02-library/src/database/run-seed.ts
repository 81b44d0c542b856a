import dataSource from './data-source.js';
import { seed } from './seed.js';

await dataSource.initialize();
await dataSource.transaction(seed);
await dataSource.destroy();
