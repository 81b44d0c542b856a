import { describeSoak } from '../support/soak.js';

describeSoak({ pingPong: 100_000, collect: [100_000, 1_000_000], cancel: 100, timeout: 900_000 });
