import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PostController, UserController } from '../../sample/01-quickstart/src/controllers.js';
import { FirstUser } from '../../sample/01-quickstart/src/first-user.js';
import { Post, User } from '../../sample/01-quickstart/src/models.js';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { connectClient, DOORS, type ProtoClient } from '../support/client.js';
import { createDatabase, DATABASES, type TestDatabase } from '../support/databases.js';
import { cross, PATHS } from '../support/paths.js';

const OK = 0;
const NOT_FOUND = 5;

describe.each(cross(DATABASES, PATHS))('quickstart on %s, %s path', (kind, path) => {
  describe.each(DOORS)('through the %s door', (door) => {
    let database: TestDatabase;
    let app: TestApp;
    let client: ProtoClient;

    beforeAll(async () => {
      database = await createDatabase(kind);
      app = await bootApp({
        database,
        path,
        entities: [User, Post],
        controllers: [UserController, PostController],
        providers: [FirstUser],
        options: { package: 'quickstart' },
      });
      client = await connectClient(app, door);
    });

    afterAll(async () => {
      client?.close();
      await app?.close();
      await database?.drop();
    });

    it('lists the user of an empty database', async () => {
      expect(await client.get('UserController/List')).toEqual({
        results: [{ id: 1, fullName: 'Ada Lovelace', _id: 'id' }],
        count: 1,
      });
    });

    it('creates a post and answers with what the database has', async () => {
      const post = await client.get('PostController/Create', {
        headline: 'Hello',
        content: 'World',
        user: 1,
      });
      expect(post).toMatchObject({ headline: 'Hello', content: 'World', user: 1 });
      expect(new Date(post.pubDate).getTime()).toBeGreaterThan(Date.now() - 60_000);
      expect(await client.get('PostController/Retrieve', { id: post.id })).toEqual(post);
    });

    it('updates a post as a whole', async () => {
      const post = await client.get('PostController/Create', { headline: 'Old', content: 'Old', user: 1 });
      const updated = await client.get('PostController/Update', {
        id: post.id,
        headline: 'New',
        content: 'Newer',
        user: 1,
      });
      expect(updated).toEqual({ ...post, headline: 'New', content: 'Newer' });
      expect(await client.get('PostController/Retrieve', { id: post.id })).toEqual(updated);
    });

    it('updates the listed fields of a post', async () => {
      const post = await client.get('PostController/Create', { headline: 'Old', content: 'Old', user: 1 });
      const request = {
        id: post.id,
        _partialUpdateFields: ['headline'],
        headline: 'New',
        content: 'ignored',
      };
      expect(await client.get('PostController/PartialUpdate', request)).toEqual({ ...post, headline: 'New' });
    });

    it('destroys a post', async () => {
      const { id } = await client.get('PostController/Create', { headline: 'Bye', content: '.', user: 1 });
      expect(await client.call('PostController/Destroy', { id })).toMatchObject({ code: OK, message: {} });
      expect(await client.call('PostController/Retrieve', { id })).toMatchObject({
        code: NOT_FOUND,
        details: `Post: ${id} not found!`,
      });
      expect(await client.call('PostController/Destroy', { id })).toMatchObject({ code: NOT_FOUND });
    });

    it('lists and streams the same posts in the order of their keys', async () => {
      await client.get('PostController/Create', { headline: 'Last', content: '.', user: 1 });
      const { results } = await client.get('PostController/List');
      const { messages } = await client.call('PostController/Stream');
      expect(results.length).toBeGreaterThan(2);
      expect(messages).toEqual(results);
      expect(results.map(({ id }: { id: number }) => id)).toEqual(
        results.map(({ id }: { id: number }) => id).toSorted((a: number, b: number) => a - b),
      );
    });
  });
});
