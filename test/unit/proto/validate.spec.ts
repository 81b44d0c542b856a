import { describe, expect, it } from 'vitest';
import type { FileDescriptor, ServiceDescriptor } from '../../../lib/proto/descriptors.js';
import { numberFile } from '../../../lib/proto/numbering.js';
import { printFile, SOCIO_STYLE } from '../../../lib/proto/print.js';
import { problemsOfFile } from '../../../lib/proto/validate.js';
import { bufBuild } from '../../support/buf.js';
import { enumOf, field, file, message } from './descriptor-builders.js';

const EXPECTED = 'is no legal proto name. Expected letters of ASCII, digits and underscores, no digit first.';
const ENUM_CURE = 'Give the column a TypeScript enum whose member names tell them apart.';

function service(name: string, rpc: string): ServiceDescriptor {
  const method = {
    kind: 'method' as const,
    name: rpc,
    request: 'google.protobuf.Empty',
    response: 'google.protobuf.Empty',
    requestStream: false,
    responseStream: false,
    comment: [],
  };
  return { kind: 'service', name, methods: [method], comment: [] };
}

/** The other opinion: empty when buf takes the file as we would write it. */
function bufOf(declared: FileDescriptor): Promise<string> {
  return bufBuild([printFile(numberFile(declared, undefined), SOCIO_STYLE)]);
}

function noPackage(name: string, legal: string): [FileDescriptor, string] {
  return [
    file({ package: name, messages: [message('Book')] }),
    `package "${name}": is no proto package. Expected identifiers joined by dots, for example "${legal}".`,
  ];
}

const WRONG: [FileDescriptor, string][] = [
  noPackage('my-app', 'my_app'),
  noPackage('1abc', '_1abc'),
  noPackage('a..b', 'a.b'),
  noPackage('über', '_ber'),
  noPackage('../evil', '_evil'),
  [
    file({ services: [service('My Service', 'Do')] }),
    `service "My Service": "My Service" ${EXPECTED} Set "service" in @GrpcController().`,
  ],
  [
    file({ services: [service('Shop', 'do it')] }),
    `service "Shop", rpc "do it": "do it" ${EXPECTED} Set @GrpcAction({ name: '...' }).`,
  ],
  [
    file({ messages: [message('Bad Name')] }),
    `message "Bad Name": "Bad Name" ${EXPECTED} Rename the class, or set "requestName" or "responseName" in @GrpcAction().`,
  ],
  ...['full name', 'größe', '$ref', '1st', ''].map((name): [FileDescriptor, string] => [
    file({ messages: [message('Book', [field(name)])] }),
    `message "Book", field "${name}": "${name}" ${EXPECTED} Rename the property, or set @Field({ name: '...' }).`,
  ]),
  [
    file({ messages: [message('Book', [field('foo_bar'), { ...field('foo_bar'), property: 'fooBar' }])] }),
    'message "Book", field "foo_bar": "foo_bar" and "fooBar" both become this field. Rename one.',
  ],
  [
    file({ messages: [message('Book', [field('a1'), field('a_1')])] }),
    'message "Book", field "a_1": has the same name in JSON as "a1", "a1". Rename one.',
  ],
  [
    file({ enums: [enumOf('Grade.Enum', ['ENUM_UNSPECIFIED', 'A_', 'A_'])] }),
    `enum "Grade.Enum", member "A_": the unspecified value and the unspecified value become the same member. ${ENUM_CURE}`,
  ],
  [
    file({ enums: [enumOf('Grade.Enum', ['ENUM_UNSPECIFIED', 'UNSPECIFIED'])] }),
    'enum "Grade.Enum", member "UNSPECIFIED": the unspecified value and the unspecified value become ' +
      `"ENUM_UNSPECIFIED" and "UNSPECIFIED", which are one in JSON. ${ENUM_CURE}`,
  ],
  [
    file({ enums: [enumOf('Größe.Enum', ['ENUM_UNSPECIFIED'])] }),
    `enum "Größe.Enum": "Größe" ${EXPECTED} Rename the class or the property that it is named after.`,
  ],
  [
    file({ services: [service('Post', 'Do')], messages: [message('Post')] }),
    '"Post": is the name of a service and of a message. Rename one of them.',
  ],
  [
    file({ services: [service('Grade', 'Do')], enums: [enumOf('Grade.Enum', ['ENUM_UNSPECIFIED'])] }),
    '"Grade": is the name of a service and of a message. Rename one of them.',
  ],
  [
    file({
      messages: [message('Grade', [field('Enum')])],
      enums: [enumOf('Grade.Enum', ['ENUM_UNSPECIFIED'])],
    }),
    '"Grade.Enum": is the name of a field and of an enum. Rename one of them.',
  ],
  [
    file({ enums: [enumOf('Grade', ['NONE', 'A']), enumOf('Size', ['NO_SIZE', 'A'])] }),
    '"A": is the name of a member of the enum "Grade" and of a member of the enum "Size". Rename one of them.',
  ],
];

describe('a contract that no compiler takes', () => {
  it.each(WRONG)('%# is told with place and cure', (declared, problem) => {
    expect(problemsOfFile(declared)).toEqual([problem]);
  });

  it.concurrent.each(WRONG)('%# is refused by buf too', async (declared) => {
    expect(await bufOf(declared)).not.toBe('');
  });
});

describe('a contract without a package', () => {
  it('is told, since a path such as "/.Book/List" is no path', () => {
    expect(problemsOfFile(file({ package: '' }))).toEqual([noPackage('', 'shop.v1')[1]]);
  });
});

describe('a contract with unusual legal names', () => {
  const declared = file({
    services: [service('message', 'rpc'), service('Posts', 'Post')],
    messages: [
      message('Post', [
        field('Post'),
        field('_a'),
        field('__b'),
        field('string'),
        field('a_b1'),
        field('ab1'),
      ]),
      message('package', [field('optional'), field('oneof')]),
    ],
    enums: [
      enumOf('Post.Enum', ['ENUM_UNSPECIFIED', 'A_B', 'AB', 'ENUM', 'ENUM_A', '_', 'VALUE_1']),
      enumOf('Grade.Enum', ['ENUM_UNSPECIFIED', 'A_B']),
    ],
  });

  it('has no problems', () => {
    expect(problemsOfFile(declared)).toEqual([]);
  });

  it('is taken by buf', async () => {
    expect(await bufOf(declared)).toBe('');
  });
});
