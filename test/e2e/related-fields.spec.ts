/** Related objects as keys, slugs and texts, one and many: what DRF's relational fields show and take. */
import {
  AllowAny,
  GenericController,
  GenericCrudController,
  GrpcAction,
  GrpcController,
  MethodField,
  ModelSerializer,
  Nested,
  ProtoSerializer,
  Related,
  Serializer,
  type GrpcContext,
  type Scope,
} from 'nestjs-socio-grpc';
import {
  AfterLoad,
  Column,
  Entity,
  JoinTable,
  ManyToMany,
  ManyToOne,
  OneToMany,
  PrimaryGeneratedColumn,
  type Relation,
} from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NotLoaded } from '../../lib/serialization/loaded-guard.js';
import { TextReader } from '../../lib/serialization/related-text.js';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { problemsOf } from '../support/boot-problems.js';
import { connectClient, type ProtoClient } from '../support/client.js';
import { countQueries } from '../support/count-queries.js';
import { createDatabase, DATABASES, type TestDatabase } from '../support/databases.js';
import { cross, PATHS } from '../support/paths.js';
import { struct } from '../support/struct.js';
import { typesOf } from '../support/proto-fields.js';

@Entity()
class Label {
  @PrimaryGeneratedColumn() id!: number;
  @Column({ unique: true }) name!: string;
  @Column({ default: 'GB' }) country!: string;

  toString(): string {
    return `${this.name} (${this.country})`;
  }
}

@Entity()
class Genre {
  @PrimaryGeneratedColumn() id!: number;
  @Column({ unique: true }) name!: string;
  @Column({ default: false }) hidden!: boolean;
  shouted!: string;

  @AfterLoad()
  shout(): void {
    this.shouted = this.name?.toUpperCase();
  }
}

@Entity()
class Album {
  @PrimaryGeneratedColumn() id!: number;
  @Column() title!: string;
  @ManyToOne(() => Label, { nullable: true }) label!: Relation<Label> | null;
  @ManyToMany(() => Genre) @JoinTable() genres!: Relation<Genre>[];
  @OneToMany(() => Track, (track) => track.album) tracks!: Relation<Track>[];
}

@Entity()
class Track {
  @PrimaryGeneratedColumn() id!: number;
  @Column() position!: number;
  @Column() title!: string;
  @Column({ type: 'text', default: '' }) lyrics!: string;
  @ManyToOne(() => Album, (album) => album.tracks, { nullable: false }) album!: Relation<Album>;

  toString(): string {
    return `${this.position}: ${this.title}`;
  }
}

/** Hides genres from everybody but those who ask for all. */
class ShownGenres implements Scope<Genre> {
  where(ctx: GrpcContext) {
    return ctx.get('all').length > 0 ? {} : { hidden: false };
  }
}

@ModelSerializer({
  model: Album,
  fields: [
    'id',
    'title',
    'label',
    'labelName',
    'labelText',
    'genres',
    'genreNames',
    'genreTexts',
    'tracks',
    'trackTitles',
    'trackTexts',
  ],
})
class AlbumSerializer extends ProtoSerializer<Album> {
  @Related({ source: 'label', slug: 'name', readOnly: true }) labelName!: string;
  @Related(() => Label, { source: 'label', text: String, description: 'As it prints itself' })
  labelText!: string;
  @Related({ source: 'genres', slug: 'name', readOnly: true, scope: ShownGenres }) genreNames!: string[];
  @Related(() => Genre, {
    source: 'genres',
    scope: ShownGenres,
    text: ({ shouted }, ctx: GrpcContext) => `${shouted} ${ctx.action}`,
  })
  genreTexts!: string[];
  @Related() tracks!: number[];
  @Related({ source: 'tracks', slug: 'title' }) trackTitles!: string[];
  @Related(() => Track, { source: 'tracks', text: String, needs: ['position', 'title'] })
  trackTexts!: string[];
}

/** The same relations by methods and nested objects beside texts. */
@ModelSerializer({ model: Track, fields: ['id', 'title', 'album', 'albumText', 'first'] })
class TrackSerializer extends ProtoSerializer<Track> {
  @Nested(() => AlbumSerializer) album!: Album;
  @Related(() => Album, {
    source: 'album',
    text: ({ title, label }) => `${title} by ${label?.name ?? 'nobody'}`,
    needs: ['title', 'label.name'],
  })
  albumText!: string;

  @MethodField({ type: 'string', needs: ['title', 'album.title'] })
  first({ title, album }: Track): string {
    return `${title} of ${album.title}`;
  }
}

@ModelSerializer({ model: Track, fields: ['id', 'careless'] })
class CarelessSerializer extends ProtoSerializer<Track> {
  @Related(() => Album, { source: 'album', text: ({ title }) => title, needs: ['id'] }) careless!: string;
}

@ModelSerializer({ model: Album, fields: ['id', 'label', 'genres'] })
class SluggedSerializer extends ProtoSerializer<Album> {
  @Related(() => Label, { slug: 'name' }) label!: string;
  @Related(() => Genre, { slug: 'name' }) genres!: string[];
}

@Serializer()
class PairSerializer extends ProtoSerializer<{ one: Track; two: Track }> {
  @Nested(() => TrackSerializer) one!: Track;

  @MethodField({ type: () => CarelessSerializer, nullable: true })
  two({ two }: { two: Track }): Track {
    return two;
  }
}

@GrpcController({
  serializer: AlbumSerializer,
  permissions: [AllowAny],
  filters: { 'label.name': ['exact'], 'genres.name': ['in'], 'tracks.title': ['icontains'] },
  search: ['tracks.title'],
  ordering: { fields: ['title', 'label.name'] },
})
class AlbumController extends GenericCrudController<Album> {}

@GrpcController({ serializer: TrackSerializer, permissions: [AllowAny] })
class TrackController extends GenericCrudController<Track> {
  @GrpcAction({ response: PairSerializer })
  async pair(_request: object, ctx: GrpcContext) {
    const [one, two] = await ctx.manager.find(Track, {
      order: { id: 'ASC', album: { tracks: { id: 'ASC' } } },
      relations: { album: { label: true, genres: true, tracks: true } },
    });
    return { one: one as Track, two: two as Track };
  }
}

@GrpcController({ serializer: CarelessSerializer, service: 'Careless', permissions: [AllowAny] })
class CarelessController extends GenericCrudController<Track> {}

@GrpcController({ serializer: SluggedSerializer, service: 'Slugged', permissions: [AllowAny] })
class SluggedController extends GenericCrudController<Album> {}

const ENTITIES = [Label, Genre, Album, Track];
const CONTROLLERS = [AlbumController, TrackController, CarelessController, SluggedController];

describe.each(cross(DATABASES, PATHS))('relations as keys, slugs and texts on %s, %s path', (kind, path) => {
  let database: TestDatabase;
  let app: TestApp;
  let client: ProtoClient;

  const grey = {
    id: 1,
    title: 'Grey',
    label: 1,
    labelName: 'Harvest',
    labelText: 'Harvest (GB)',
    genres: [1, 2],
    genreNames: ['pop'],
    tracks: [1, 2],
    trackTitles: ['Song', 'Air'],
    trackTexts: ['1: Song', '2: Air'],
  };
  const none = {
    id: 2,
    title: 'None',
    genres: [],
    genreNames: [],
    genreTexts: [],
    tracks: [],
    trackTitles: [],
    trackTexts: [],
  };

  beforeAll(async () => {
    database = await createDatabase(kind);
    app = await bootApp({ database, path, entities: ENTITIES, controllers: CONTROLLERS });
    client = await connectClient(app);
    const { manager } = app.dataSource;
    const label = await manager.save(Label, { name: 'Harvest' });
    const genres = await manager.save(Genre, [{ name: 'pop' }, { name: 'noise', hidden: true }]);
    const album = await manager.save(Album, { title: 'Grey', label, genres });
    await manager.save(Album, { title: 'None', label: null });
    await manager.save(Track, [
      { position: 1, title: 'Song', album },
      { position: 2, title: 'Air', album },
    ]);
  });

  afterAll(async () => {
    client?.close();
    await app?.close();
    await database?.drop();
  });

  it('are read one by one and in lists', async () => {
    expect(await client.get('AlbumController/Retrieve', { id: 1 })).toMatchObject({
      ...grey,
      genreTexts: ['POP retrieve'],
    });
    const bare = await client.get('AlbumController/Retrieve', { id: 2 });
    expect(bare).toMatchObject(none);
    for (const absent of ['_label', '_labelName', '_labelText']) expect(bare).not.toHaveProperty(absent);
  });

  it('cost one query for each list, however many objects there are', async () => {
    const count = async (): Promise<number> =>
      (await countQueries(app.dataSource, () => client.get('AlbumController/List'))).length;
    const before = await count();
    const { manager } = app.dataSource;
    const label = await manager.findOneByOrFail(Label, { id: 1 });
    const more = await manager.save(
      Album,
      Array.from({ length: 5 }, () => ({ title: 'More', label, genres: [{ id: 1 }] })),
    );
    await manager.save(
      Track,
      more.map((album) => ({ position: 1, title: 'More', album })),
    );
    expect(await count()).toBe(before);
    // The page; genres as keys, as slugs and as texts; tracks the same way.
    expect(before).toBe(7);
    await manager.delete(Track, { title: 'More' });
    for (const { id } of more) await client.get('AlbumController/Destroy', { id });
  });

  it('keep to their scopes', async () => {
    const all = await client.get('AlbumController/Retrieve', { id: 1 }, { metadata: { all: 'yes' } });
    expect(all).toMatchObject({
      genreNames: ['pop', 'noise'],
      genreTexts: ['POP retrieve', 'NOISE retrieve'],
    });
  });

  it('are filtered, searched and ordered by as before', async () => {
    const idsOf = async (filters: object): Promise<number[]> => {
      const { results } = await client.get('AlbumController/List', { _filters: struct(filters as never) });
      return results.map(({ id }: { id: number }) => id);
    };
    expect(await idsOf({ label__name: 'Harvest' })).toEqual([1]);
    expect(await idsOf({ genres__name__in: ['pop'] })).toEqual([1]);
    expect(await idsOf({ tracks__title__icontains: 'air' })).toEqual([1]);
    expect(await idsOf({ search: 'song' })).toEqual([1]);
    expect(await idsOf({ ordering: '-label__name,title' })).toContain(1);
  });

  it('stand beside nested objects and methods of the same relation', async () => {
    const track = await client.get('TrackController/Retrieve', { id: 1 });
    expect(track).toMatchObject({ albumText: 'Grey by Harvest', first: 'Song of Grey', album: grey });
    const { one, two } = await client.get('TrackController/Pair');
    expect(one).toMatchObject({
      id: 1,
      albumText: 'Grey by Harvest',
      album: { trackTexts: grey.trackTexts },
    });
    expect(two).toMatchObject({ id: 2, careless: 'Grey' });
  });

  it('are seen in answers of writes, and texts are not written', async () => {
    const created = await client.get('AlbumController/Create', {
      title: 'New',
      label: 1,
      genres: [1],
      labelText: 'Other',
      genreTexts: ['x'],
    });
    expect(created).toMatchObject({
      label: 1,
      labelText: 'Harvest (GB)',
      genreNames: ['pop'],
      genreTexts: ['POP create'],
      trackTexts: [],
    });
    await client.get('AlbumController/Destroy', { id: created.id });
  });

  it('are written by key, and by slug', async () => {
    const request = { label: 'Harvest', genres: ['noise', 'pop'] };
    const album = await client.get('SluggedController/Update', { id: 2, ...request });
    expect(album).toMatchObject({ label: 'Harvest', genres: ['pop', 'noise'] });
    const cleared = await client.get('SluggedController/PartialUpdate', {
      id: 2,
      _partialUpdateFields: ['label', 'genres'],
    });
    expect(cleared).toMatchObject({ genres: [] });
    expect(cleared).not.toHaveProperty('_label');
    const { code, details } = await client.call('SluggedController/Update', { id: 2, genres: ['rock'] });
    expect(code).toBe(3);
    expect(JSON.parse(details)).toEqual({
      genres: [{ message: 'Object with name=rock does not exist.', code: 'does_not_exist' }],
    });
    const byKey = await client.call('AlbumController/Update', {
      id: 2,
      title: 'None',
      label: 99,
      genres: [98],
    });
    expect(JSON.parse(byKey.details)).toEqual({
      label: [{ message: 'Invalid pk "99" - object does not exist.', code: 'does_not_exist' }],
      genres: [{ message: 'Invalid pk "98" - object does not exist.', code: 'does_not_exist' }],
    });
  });

  it('tell what a text reads that is not loaded', async () => {
    if (path === 'entity') return;
    expect((await client.call('CarelessController/Retrieve', { id: 1 })).code).toBe(13);
    const source = { relation: { propertyPath: 'album' }, text: ({ title }: Album) => title };
    const shape = { serializer: CarelessSerializer };
    const reader = new TextReader(shape as never, { property: 'careless' } as never, source as never, 'disc');
    const album = Object.defineProperty({}, 'title', {
      get: () => {
        throw new NotLoaded('disc.album.title');
      },
    });
    expect(() => reader.read(album, undefined)).toThrow(
      'the text of CarelessSerializer.careless reads "title", which is not loaded. ' +
        "Name it: @Related(() => …, { text, needs: [..., 'title'] }).",
    );
  });
});

describe('a text of related objects', () => {
  const controllerOf = (serializer: abstract new () => ProtoSerializer) => {
    @GrpcController({ serializer: serializer as never, permissions: [AllowAny] })
    class OddController extends GenericController<Track> {
      @GrpcAction({ response: serializer as never })
      async get() {
        return {};
      }
    }
    return OddController;
  };

  it.each(['socio', 'dsg'] as const)(
    'is an optional or repeated string under %s, in answers only',
    async (conventions) => {
      const app = await bootApp({
        database: await createDatabase('sqlite'),
        entities: ENTITIES,
        controllers: [AlbumController],
        options: { conventions },
      });
      expect(typesOf(app.protoFile, 'AlbumResponse')).toMatchObject({
        label: 'optional int32',
        label_name: 'optional string',
        label_text: 'optional string',
        genres: 'repeated int32',
        genre_names: 'repeated string',
        genre_texts: 'repeated string',
        tracks: 'repeated int32',
        track_titles: 'repeated string',
        track_texts: 'repeated string',
      });
      expect(Object.keys(typesOf(app.protoFile, 'AlbumRequest'))).toEqual(['id', 'title', 'label', 'genres']);
      await app.close();
    },
  );

  it('must say one thing, and what the model has', async () => {
    @ModelSerializer({
      model: Track,
      fields: ['id', 'both', 'written', 'silent', 'missing', 'odd', 'needless'],
    })
    class OddSerializer extends ProtoSerializer<Track> {
      @Related(() => Album, { source: 'album', slug: 'title', text: ({ title }) => title }) both!: string;
      @Related(() => Album, { source: 'album', text: ({ title }) => title, readOnly: false })
      written!: string;
      @Related({ source: 'album', text: String }) silent!: string;
      @Related({ source: 'album', text: () => '', needs: ['titel'] }) missing!: string;
      @Related({ source: 'album', text: 'title' as never }) odd!: string;
      @Related({ source: 'album', needs: ['title'] }) needless!: string;
    }
    expect(await problemsOf({ entities: ENTITIES, controllers: [controllerOf(OddSerializer)] })).toEqual([
      'OddSerializer.both: "slug" and "text" both say how it is shown. Leave one out.',
      'OddSerializer.written: a text does not tell which object is meant. Leave "readOnly" out.',
      'OddSerializer.silent: "Album" has no toString() of its own. Give it one, or give a function as "text".',
      'OddSerializer.missing: needs "titel", but model "Album" has no such column or relation. Correct the path.',
      'OddSerializer.odd: its "text" is title. Give a function, or leave it out.',
      'OddSerializer.needless: "needs" is for what "text" reads. Leave it out.',
    ]);
  });
});
