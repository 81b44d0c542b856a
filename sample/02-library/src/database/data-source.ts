/** For TypeORM's command line: `typeorm migration:run -d dist/database/data-source.js`. */
import 'reflect-metadata';
import { DataSource } from 'typeorm';
import { readEnvironment } from '../config/environment.js';
import { databaseOptions } from './options.js';

export default new DataSource(databaseOptions(readEnvironment(process.env)));
