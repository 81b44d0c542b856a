/** The random histories of the unit test, many more of them. */
process.env['RUNS'] ??= '1000';
await import('../unit/proto/history.spec.js');
