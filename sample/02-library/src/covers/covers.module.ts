import { Module } from '@nestjs/common';
import { CoverController } from './cover.controller.js';
import { CoverFiles } from './cover-files.js';
import { CoverStore } from './cover-store.js';

@Module({ controllers: [CoverController], providers: [CoverFiles, CoverStore] })
export class CoversModule {}
