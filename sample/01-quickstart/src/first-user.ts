import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { User } from './models.js';

/** An empty database gets one user, so that there is somebody to write posts. */
@Injectable()
export class FirstUser implements OnApplicationBootstrap {
  constructor(private readonly dataSource: DataSource) {}

  async onApplicationBootstrap(): Promise<void> {
    const users = this.dataSource.getRepository(User);
    if ((await users.count()) === 0) await users.insert({ fullName: 'Ada Lovelace' });
  }
}
