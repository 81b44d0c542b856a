/** Writing related objects together with the object that nests them. */
import {
  AllowAny,
  GenericCrudController,
  GrpcController,
  ModelSerializer,
  Nested,
  ProtoSerializer,
  SetupError,
  ValidationException,
} from 'nestjs-socio-grpc';
import {
  Column,
  Entity,
  JoinColumn,
  JoinTable,
  ManyToMany,
  ManyToOne,
  OneToMany,
  OneToOne,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  type Relation,
} from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { connectClient, type AnyMessage, type ProtoClient } from '../support/client.js';
import { countQueries } from '../support/count-queries.js';
import { createDatabase, DATABASES, type TestDatabase } from '../support/databases.js';
import { cross, PATHS } from '../support/paths.js';

@Entity()
class Studio {
  @PrimaryGeneratedColumn() id!: number;
  @Column() name!: string;
}

@Entity()
class Tag {
  @PrimaryColumn() code!: string;
  @Column() text!: string;
}

@Entity()
class Film {
  @PrimaryGeneratedColumn() id!: number;
  @Column() title!: string;
  @ManyToOne(() => Studio, { nullable: false }) studio!: Relation<Studio>;
  @OneToMany(() => Scene, (scene) => scene.film) scenes!: Relation<Scene>[];
  @ManyToMany(() => Tag) @JoinTable() tags!: Relation<Tag>[];
  @OneToOne(() => Poster, (poster) => poster.film) poster!: Relation<Poster> | null;
}

@Entity()
class Scene {
  @PrimaryGeneratedColumn() id!: number;
  @Column({ length: 20 }) text!: string;
  @Column({ default: 1 }) takes!: number;
  @ManyToOne(() => Film, (film) => film.scenes, { nullable: false, onDelete: 'CASCADE' })
  film!: Relation<Film>;
  @OneToMany(() => Prop, (prop) => prop.scene) props!: Relation<Prop>[];
}

@Entity()
class Prop {
  @PrimaryGeneratedColumn() id!: number;
  @Column() name!: string;
  @ManyToOne(() => Scene, (scene) => scene.props, { nullable: true, onDelete: 'SET NULL' })
  scene!: Relation<Scene> | null;
}

@Entity()
class Poster {
  @PrimaryGeneratedColumn() id!: number;
  @Column() motif!: string;
  @OneToOne(() => Film, (film) => film.poster, { nullable: false, onDelete: 'CASCADE' })
  @JoinColumn()
  film!: Relation<Film>;
}

@ModelSerializer({ model: Studio })
class StudioSerializer extends ProtoSerializer<Studio> {}

@ModelSerializer({ model: Tag })
class TagSerializer extends ProtoSerializer<Tag> {}

@ModelSerializer({ model: Prop, fields: ['id', 'name'] })
class PropSerializer extends ProtoSerializer<Prop> {}

@ModelSerializer({ model: Scene, fields: ['id', 'text', 'takes', 'film', 'props'] })
class SceneSerializer extends ProtoSerializer<Scene> {
  @Nested(() => PropSerializer, { write: ['create', 'connect', 'replace', 'remove'] }) props!: Prop[];

  validateText(text: string): string {
    if (text === 'boring') throw ValidationException.ofRequest('Boring.', 'boring');
    return text;
  }
}

@ModelSerializer({ model: Poster, fields: ['id', 'motif'] })
class PosterSerializer extends ProtoSerializer<Poster> {}

@ModelSerializer({ model: Film, fields: ['id', 'title', 'studio', 'scenes', 'tags', 'poster'] })
class FilmSerializer extends ProtoSerializer<Film> {
  @Nested(() => StudioSerializer, { write: ['create', 'connect'] }) studio!: Studio;
  @Nested(() => SceneSerializer, { write: ['create', 'replace', 'remove'] }) scenes!: Scene[];
  @Nested(() => TagSerializer, { write: ['create', 'connect', 'remove'] }) tags!: Tag[];
  @Nested(() => PosterSerializer, { write: ['create', 'replace', 'remove'] }) poster!: Poster | null;
}

@ModelSerializer({ model: Film, fields: ['id', 'title', 'studio', 'tags'] })
class AddingFilmSerializer extends ProtoSerializer<Film> {
  @Nested(() => TagSerializer, { write: ['connect'] }) tags!: Tag[];
}

@GrpcController({ serializer: FilmSerializer, permissions: [AllowAny] })
class FilmController extends GenericCrudController<Film> {}

@GrpcController({ serializer: AddingFilmSerializer, permissions: [AllowAny] })
class AddingFilmController extends GenericCrudController<Film> {}

const ENTITIES = [Studio, Tag, Film, Scene, Prop, Poster];

describe.each(cross(DATABASES, PATHS))('nested writes on %s, %s path', (kind, path) => {
  let database: TestDatabase;
  let app: TestApp;
  let client: ProtoClient;

  beforeAll(async () => {
    database = await createDatabase(kind);
    app = await bootApp({
      database,
      path,
      entities: ENTITIES,
      controllers: [FilmController, AddingFilmController],
    });
    client = await connectClient(app);
  });

  afterAll(async () => {
    client?.close();
    await app?.close();
    await database?.drop();
  });

  const count = (entity: (typeof ENTITIES)[number]) => app.dataSource.getRepository<object>(entity).count();
  const film = {
    title: 'M',
    studio: { name: 'Nero' },
    scenes: [
      { text: 'one', props: [{ name: 'knife' }] },
      { text: 'two', takes: 5 },
    ],
    tags: [{ code: 'noir', text: 'Noir' }],
    poster: { motif: 'hand' },
  };
  let made: AnyMessage;

  beforeEach(async () => {
    for (const entity of [Poster, Prop, Scene]) await app.dataSource.getRepository(entity).deleteAll();
    await app.dataSource.getRepository(Film).deleteAll();
    await app.dataSource.getRepository(Tag).deleteAll();
    made = await client.get('FilmController/Create', film);
  });

  async function errorsOf(method: string, request: object): Promise<unknown> {
    const answer = await client.call(method, request);
    expect(answer.code).toBe(3);
    return JSON.parse(answer.details);
  }

  it('create everything that has no key yet', async () => {
    expect(made).toMatchObject({
      title: 'M',
      studio: { name: 'Nero' },
      scenes: [
        { text: 'one', takes: 1, film: made.id, props: [{ name: 'knife' }] },
        { text: 'two', takes: 5, film: made.id, props: [] },
      ],
      tags: [{ code: 'noir', text: 'Noir' }],
      poster: { motif: 'hand' },
    });
    expect(await client.get('FilmController/Retrieve', { id: made.id })).toEqual(made);
  });

  it('connect what exists, by its key, and leave it as it is', async () => {
    const studios = await count(Studio);
    const request = {
      ...film,
      studio: { id: made.studio.id, name: 'ignored' },
      tags: [
        { code: 'noir', text: 'ignored' },
        { code: 'new', text: 'New' },
      ],
    };
    const second = await client.get('FilmController/Create', request);
    expect(second).toMatchObject({ studio: { id: made.studio.id, name: 'Nero' } });
    expect(second.tags).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ code: 'noir', text: 'Noir' }),
        expect.objectContaining({ code: 'new', text: 'New' }),
      ]),
    );
    expect(await count(Studio)).toBe(studios);
  });

  it('replace, add and remove on update', async () => {
    const [one, two] = made.scenes;
    const updated = await client.get('FilmController/Update', {
      ...film,
      id: made.id,
      studio: { id: made.studio.id },
      scenes: [
        { id: two.id, text: 'TWO', props: [{ name: 'rope' }] },
        { text: 'three', props: [{ id: one.props[0].id, name: 'sharp knife' }] },
      ],
      tags: [{ code: 'late', text: 'Late' }],
      poster: { motif: 'face' },
    });
    expect(updated.scenes).toMatchObject([
      { id: two.id, text: 'TWO', takes: 5, props: [{ name: 'rope' }] },
      { text: 'three', takes: 1, props: [{ id: one.props[0].id, name: 'sharp knife' }] },
    ]);
    expect(updated).toMatchObject({
      tags: [{ code: 'late' }],
      poster: { id: made.poster.id, motif: 'face' },
    });
    expect(await count(Scene)).toBe(2);
    // Unlinked, not deleted.
    expect(await count(Tag)).toBe(2);
    expect(await client.get('FilmController/Retrieve', { id: made.id })).toEqual(updated);
  });

  it('orphans keep their row where their key may be null', async () => {
    const [one] = made.scenes;
    await client.get('FilmController/PartialUpdate', {
      id: made.id,
      _partialUpdateFields: ['scenes'],
      scenes: [{ id: one.id, text: 'one', props: [] }],
    });
    expect(await count(Scene)).toBe(1);
    const props = await app.dataSource.getRepository(Prop).find({ relations: { scene: true } });
    expect(props).toMatchObject([{ name: 'knife', scene: null }]);
  });

  it('leave relations alone that a partial update does not list', async () => {
    const request = { id: made.id, _partialUpdateFields: ['title'], title: 'N', scenes: [], tags: [] };
    expect(await client.get('FilmController/PartialUpdate', request)).toEqual({ ...made, title: 'N' });
  });

  it('remove the one related object that is not sent', async () => {
    const { poster: _poster, ...bare } = film;
    const request = { ...bare, id: made.id, studio: { id: made.studio.id } };
    expect((await client.get('FilmController/Update', request)).poster).toBeUndefined();
    expect(await count(Poster)).toBe(0);
  });

  it('only add where nothing may be removed', async () => {
    await app.dataSource.getRepository(Tag).insert({ code: 'b', text: 'B' });
    const request = { id: made.id, _partialUpdateFields: ['tags'], tags: [{ code: 'b' }] };
    const { tags } = await client.get('AddingFilmController/PartialUpdate', request);
    expect(tags.map(({ code }: { code: string }) => code).toSorted()).toEqual(['b', 'noir']);
    const again = await client.get('AddingFilmController/PartialUpdate', request);
    expect(again.tags).toHaveLength(2);
  });

  it('tell what is wrong in its place, at every depth, and write nothing', async () => {
    const counts = await Promise.all(ENTITIES.map(count));
    const errors = await errorsOf('FilmController/Create', {
      ...film,
      title: '',
      studio: { id: 9999 },
      scenes: [
        { text: 'boring' },
        { text: 'fine' },
        { text: 'x'.repeat(21), props: [{ name: 'a' }, { name: '' }] },
      ],
      tags: [{ code: 'noir' }, { code: 'unknown' }],
    });
    expect(errors).toEqual({
      title: [{ message: 'This field may not be blank.', code: 'blank' }],
      studio: { id: [{ message: 'Invalid pk "9999" - object does not exist.', code: 'does_not_exist' }] },
      scenes: [
        { text: [{ message: 'Boring.', code: 'boring' }] },
        {},
        {
          text: [{ message: 'Ensure this field has no more than 20 characters.', code: 'max_length' }],
          props: [{}, { name: [{ message: 'This field may not be blank.', code: 'blank' }] }],
        },
      ],
      tags: [{}, { text: [{ message: 'This field may not be blank.', code: 'blank' }] }],
    });
    expect(await Promise.all(ENTITIES.map(count))).toEqual(counts);
  });

  it('refuse objects of somebody else where nothing may be connected', async () => {
    const other = await client.get('FilmController/Create', { ...film, tags: [] });
    const [foreign] = other.scenes;
    const request = {
      ...film,
      id: made.id,
      studio: { id: made.studio.id },
      scenes: [{ text: 'mine' }, { id: foreign.id, text: 'stolen' }],
    };
    const refused = {
      scenes: [
        {},
        {
          id: [{ message: `Invalid pk "${foreign.id}" - object does not exist.`, code: 'does_not_exist' }],
        },
      ],
    };
    expect(await errorsOf('FilmController/Update', request)).toEqual(refused);
    expect(await errorsOf('FilmController/Create', request)).toEqual(refused);
    expect(await client.get('FilmController/Retrieve', { id: other.id })).toEqual(other);
    expect(await client.get('FilmController/Retrieve', { id: made.id })).toEqual(made);
    expect(
      await errorsOf('AddingFilmController/Update', {
        id: made.id,
        title: 'x',
        studio: made.studio.id,
        tags: [{}],
      }),
    ).toEqual({
      tags: [{ code: [{ message: 'This field is required.', code: 'required' }] }],
    });
  });

  it('look all objects of a relation up in one query', async () => {
    const tags = Array.from({ length: 20 }, (_each, index) => ({ code: `t${index}`, text: 'T' }));
    await app.dataSource.getRepository(Tag).insert(tags);
    const watch = await countQueries(app.dataSource, () =>
      client.get('AddingFilmController/Create', { title: 'x', studio: made.studio.id, tags }),
    );
    const lookups = watch.filter((sql) => /^SELECT .* FROM "tag" .* IN \(/.test(sql));
    expect(lookups).toHaveLength(1);
  });
});

describe('a nested write that cannot be', () => {
  it('is a boot error', async () => {
    @ModelSerializer({ model: Scene, fields: ['id', 'text'] })
    class PlainSceneSerializer extends ProtoSerializer<Scene> {}
    @ModelSerializer({ model: Tag, fields: ['text'] })
    class KeylessTagSerializer extends ProtoSerializer<Tag> {}
    @ModelSerializer({ model: Film, fields: ['id', 'studio', 'scenes', 'tags'] })
    class WrongSerializer extends ProtoSerializer<Film> {
      @Nested(() => PlainSceneSerializer) studio!: Studio;
      @Nested(() => PlainSceneSerializer, { readOnly: false }) scenes!: Scene[];
      @Nested(() => KeylessTagSerializer, { write: ['connect'] }) tags!: Tag[];
    }
    @GrpcController({ serializer: WrongSerializer, permissions: [AllowAny] })
    class WrongController extends GenericCrudController<Film> {}
    const booted = bootApp({
      database: await createDatabase('sqlite'),
      entities: ENTITIES,
      controllers: [WrongController],
    });
    await expect(booted).rejects.toThrow(SetupError);
    await expect(booted).rejects.toThrow(
      'WrongSerializer.studio: leads to "Studio", but PlainSceneSerializer has the model "Scene". Nest a serializer of "Studio".',
    );
    await expect(booted).rejects.toThrow(
      "WrongSerializer.scenes: what may requests do to the related objects? Say it, e.g. write: ['create', 'replace'].",
    );
    await expect(booted).rejects.toThrow(
      'WrongSerializer.tags: "write" needs a single key of "Tag" among the fields of KeylessTagSerializer. Add it to "fields".',
    );
  });
});
