import { describe, expect, it } from 'vitest';
import type { FileDescriptor, ServiceDescriptor } from '../../../lib/proto/descriptors.js';
import { DSG_STYLE, SOCIO_STYLE } from '../../../lib/proto/print.js';
import { settleContract, type SettleOptions } from '../../../lib/proto/settle.js';
import { enumOf, field, file, message } from './descriptor-builders.js';

const OPTIONS = { fileName: 'shop.proto', style: SOCIO_STYLE };
const GENERATE = { ...OPTIONS, remove: true };

function post(...names: string[]) {
  return message(
    'Post',
    names.map((name) => field(name)),
  );
}

function service(name: string, request: string, response = request): ServiceDescriptor {
  const rpc = { kind: 'method', name: 'Get', requestStream: false, responseStream: false } as const;
  return { kind: 'service', name, comment: [], methods: [{ ...rpc, request, response, comment: [] }] };
}

/** Settles one declaration after the other, each on the text of the one before. */
function release(...history: FileDescriptor[]): string {
  return history.reduce((text, declared) => settleContract(declared, text, GENERATE).text, '');
}

/** Without the head and the white space of the layout. */
function body(text: string): string {
  return text
    .slice(text.indexOf('v1;') + 3)
    .replaceAll(/\s+/g, ' ')
    .trim();
}

describe('settleContract', () => {
  it('changes nothing the second time', () => {
    const declared = file({
      services: [service('PostController', 'Post')],
      messages: [post('id', 'title')],
      enums: [enumOf('Genre.Enum', ['NONE', 'NOVEL'])],
    });
    const { text } = settleContract(declared, undefined, OPTIONS);
    const again = settleContract(declared, text, OPTIONS);
    expect([again.changed, again.differences, again.text]).toEqual([false, [], text]);
    expect(settleContract(declared, undefined, OPTIONS)).toMatchObject({
      changed: true,
      committed: undefined,
    });
  });

  it('leaves a tombstone of a removed message and a removed enum', () => {
    const first = file({
      messages: [post('id', 'title', 'text'), message('Tag', [field('label')]), message('Nothing')],
      enums: [enumOf('Genre.Enum', ['NONE', 'NOVEL'])],
    });
    expect(body(release(first, file({ messages: [post('id', 'text')] }), file()))).toBe(
      '// removed enum Genre.Enum: 0 NONE, 1 NOVEL // removed message Post: 1 id, 3 text, 2, "title" // removed message Tag: 1 label',
    );
  });

  it('keeps tombstones through every later write', () => {
    const texts = release(
      file({ messages: [post('id'), message('Tag', [field('label')])] }),
      file({ messages: [post('id')] }),
      file({ messages: [post('id', 'title')] }),
      file({ messages: [post('id', 'title', 'text')] }),
    );
    expect(body(texts)).toContain('// removed message Tag: 1 label');
  });

  it('gives a message that comes back numbers that it never had', () => {
    const gone = release(file({ messages: [post('id', 'title', 'text')] }), file());
    const { text } = settleContract(file({ messages: [post('title', 'id', 'slug')] }), gone, GENERATE);
    expect(body(text)).toBe(
      'message Post { string title = 4; string id = 5; string slug = 6; reserved 1 to 3; reserved "text"; }',
    );
  });

  it('gives an enum that comes back its 0 and else numbers that it never had', () => {
    const genre = file({ enums: [enumOf('Genre.Enum', ['NONE', 'NOVEL'])] });
    expect(body(release(genre, file(), genre))).toBe(
      'message Genre { enum Enum { NONE = 0; NOVEL = 2; reserved 1; } }',
    );
  });

  it('knows a message and an enum of one name apart', () => {
    const numbered = release(
      file({ enums: [enumOf('Post', ['NONE', 'NOVEL'])] }),
      file({ messages: [post('id')] }),
    );
    expect(body(numbered)).toBe('message Post { string id = 1; } // removed enum Post: 0 NONE, 1 NOVEL');
  });

  it('keeps the numbers of a removed message in the message while that wraps an enum', () => {
    const kind = enumOf('Post.Kind', ['NONE']);
    const first = file({ messages: [post('id', 'title')], enums: [kind] });
    const wrapper = file({ enums: [kind] });
    const text = release(first, file({ messages: [post('id')], enums: [kind] }), wrapper, wrapper);
    expect(body(text)).toBe(
      'message Post { enum Kind { NONE = 0; } reserved 1 to 2; reserved "id", "title"; }',
    );
    expect(settleContract(wrapper, text, GENERATE).changed).toBe(false);
    expect(body(release(first, wrapper, file()))).toBe(
      '// removed enum Post.Kind: 0 NONE // removed message Post: 1 to 2, "id", "title"',
    );
  });

  it('lists tombstones among the differences', () => {
    const text = release(file({ messages: [post('id')] }));
    expect(settleContract(file(), text, GENERATE).differences).toEqual([
      { place: 'message Post', was: 'string id = 1', is: undefined },
      { place: 'removed message Post', was: undefined, is: '// removed message Post: 1 id' },
    ]);
  });

  it('takes a package that changed from the code', () => {
    const text = release(file({ messages: [post('a', 'id')] })).replace('shop.v1', 'old');
    const settled = settleContract(file({ messages: [post('id')] }), text, GENERATE);
    expect(settled.ledger.contract.package).toBe('shop.v1');
    expect(body(settled.text)).toContain('id = 2');
  });
});

describe('settleContract with absent services', () => {
  const all = file({
    services: [service('PostController', 'Post'), service('TagController', 'Tag', 'TagList')],
    messages: [
      post('id'),
      message('Tag', [field('label'), field('mood', { kind: 'enum', name: 'Mood' })]),
      message('TagList', [
        field('results', { kind: 'message', name: 'Tag' }, { cardinality: 'repeated' }),
        field('counts', { kind: 'message', name: 'map<string, Count>' }),
        field('part', { kind: 'message', name: 'Whole.Part' }),
      ]),
      message('Count', [field('n')]),
      message('Whole'),
      message('Whole.Part', [field('p')]),
    ],
    enums: [
      enumOf('Zeta', ['Z_NONE']),
      enumOf('Mood', ['NONE', 'GOOD']),
      enumOf('Alpha', ['A_NONE']),
      enumOf('Whole.Kind', ['K_NONE']),
    ],
  });
  const zeta = message('Post', [
    field('id'),
    field('zeta', { kind: 'enum', name: 'Zeta' }),
    field('alpha', { kind: 'enum', name: 'Alpha' }),
  ]);
  const whole = { ...all, messages: [zeta, ...all.messages.slice(1)] };
  const part = file({
    services: all.services.slice(0, 1),
    messages: [zeta],
    enums: all.enums.filter(({ name }) => name === 'Zeta' || name === 'Alpha'),
  });

  it.each([
    ['socio', SOCIO_STYLE],
    ['dsg', DSG_STYLE],
  ])('keeps them, what they use, and the place of everything, under %s', (_name, style) => {
    const { text } = settleContract(whole, undefined, { ...OPTIONS, style });
    const partly = settleContract(part, text, { ...OPTIONS, style });
    expect(partly.text).toBe(text);
    expect(partly.changed).toBe(false);
    expect(partly.running.services.map(({ name }) => name)).toEqual(['PostController']);
    expect(partly.running.messages.map(({ name }) => name)).toEqual(['Post']);
  });

  it('knows an empty message around an enum, which reads as a mere wrapper', () => {
    const inside = file({
      services: [service('TagController', 'Tag'), service('PostController', 'Post')],
      messages: [post('id'), message('Tag')],
      enums: [enumOf('Tag.Kind', ['NONE'])],
    });
    const { text } = settleContract(inside, undefined, OPTIONS);
    const partly = { ...inside, services: inside.services.slice(1), messages: [post('id')], enums: [] };
    for (const declared of [inside, partly])
      expect(settleContract(declared, text, OPTIONS).changed).toBe(false);
  });

  it('updates what is running', () => {
    const { text } = settleContract(whole, undefined, OPTIONS);
    const changed = settleContract({ ...part, messages: [post('title')], enums: [] }, text, OPTIONS);
    expect(body(changed.text)).toContain('message Post { string title = 4; reserved 1 to 3;');
    expect(body(changed.text)).toContain('service TagController');
    expect(body(changed.text)).toContain('message TagList');
    expect(body(changed.text)).toMatch(/\/\/ removed enum Alpha: 0 A_NONE \/\/ removed enum Zeta: 0 Z_NONE$/);
  });

  it('removes them where removal is allowed', () => {
    const { text } = settleContract(whole, undefined, OPTIONS);
    const removed = settleContract(part, text, GENERATE);
    expect(removed.text).not.toContain('TagController');
    expect(removed.text).toContain('// removed message Tag: 1 label, 2 mood\n');
    expect(settleContract(whole, removed.text, GENERATE).text).toContain('string label = 3;');
  });
});

describe('settleContract with a base revision', () => {
  const base = release(file({ messages: [post('id', 'old')] }), file({ messages: [post('id', 'title')] }));

  function onBase(
    declared: FileDescriptor,
    committed: string | undefined,
    more: Partial<SettleOptions> = {},
  ) {
    return settleContract(declared, committed, { ...GENERATE, base, ...more });
  }

  it('numbers anew what the base never had', () => {
    const draft = release(
      file({ messages: [post('id', 'old')] }),
      file({ messages: [post('id', 'title', 'a', 'b'), message('Draft', [field('x')])] }),
      file({ messages: [post('id', 'title', 'b')] }),
    );
    expect(body(draft)).toContain('b = 5; reserved 2, 4;');
    const settled = onBase(file({ messages: [post('id', 'title', 'b')] }), draft);
    expect(body(settled.text)).toBe(
      'message Post { string id = 1; string title = 3; string b = 4; reserved 2; reserved "old"; }',
    );
    expect(settled.changed).toBe(true);
    expect(settled.differences.map(({ place }) => place)).toContain('message Post, field 4 b');
  });

  it('mends a file in which a merge gave one number twice', () => {
    const merged = base.replace('title = 3;', 'title = 3;\n    string ours = 4;\n    string theirs = 4;');
    const declared = file({ messages: [post('id', 'title', 'ours', 'theirs')] });
    expect(() => settleContract(declared, merged, GENERATE)).toThrow(
      /"Post" gives the number 4 to both "ours" \(line 9\) and "theirs"/,
    );
    const settled = onBase(declared, merged);
    expect(settled.changed).toBe(true);
    expect(body(settled.text)).toContain('title = 3; string ours = 4; string theirs = 5; reserved 2;');
  });

  it('numbers everything anew on an empty base', () => {
    expect(body(onBase(file({ messages: [post('title')] }), base, { base: '' }).text)).toBe(
      'message Post { string title = 1; }',
    );
  });

  it('refuses a base that cannot be read', () => {
    expect(() => onBase(file(), base, { base: 'message A {}' })).toThrow(
      'shop.proto at the base revision, line 1: expected syntax',
    );
  });
});
