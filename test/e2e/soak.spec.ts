/** The short form of test/long/soak.spec.ts. */
import { describeSoak } from '../support/soak.js';

describeSoak({ pingPong: 1000, collect: [2000, 20_000], cancel: 20, timeout: 60_000 });
