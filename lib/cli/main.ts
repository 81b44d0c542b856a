#!/usr/bin/env node
/** The executable `socio-grpc`. It imports nothing but what loads the rest. */
import { fileURLToPath } from 'node:url';
import { keepCompiledCode, loadFile } from './load.js';

keepCompiledCode();
const command = fileURLToPath(new URL('./command.js', import.meta.url));
const { runCommand } = (await loadFile(command)) as typeof import('./command.js');
await runCommand();
