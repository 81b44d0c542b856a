import { describe, expect, it } from 'vitest';
import {
  messageName,
  pascalCase,
  rpcName,
  screamingSnakeCase,
  serializerBaseName,
  serviceName,
  snakeCase,
} from '../../../lib/proto/names.js';

describe('snakeCase', () => {
  it.each([
    ['fullName', 'full_name'],
    ['address2', 'address2'],
    ['address2Line', 'address2_line'],
    ['HTTPUrl', 'http_url'],
    ['userID', 'user_id'],
    ['already_snake', 'already_snake'],
    ['A', 'a'],
  ])('turns %s into %s', (name, expected) => {
    expect(snakeCase(name)).toBe(expected);
  });
});

describe('other cases', () => {
  it('makes rpc, enum and message names', () => {
    expect(rpcName('partialUpdate')).toBe('PartialUpdate');
    expect(pascalCase('cover_page')).toBe('CoverPage');
    expect(screamingSnakeCase('in-stock')).toBe('IN_STOCK');
    expect(screamingSnakeCase('inStock')).toBe('IN_STOCK');
  });
});

describe('serviceName', () => {
  it.each([
    ['PostController', 'Post'],
    ['ControllerFooController', 'ControllerFoo'],
    ['PostControllerV2', 'PostV2'],
    ['Posts', 'Posts'],
    ['Controller', 'Controller'],
  ])('turns %s into %s', (name, expected) => {
    expect(serviceName(name)).toBe(expected);
  });
});

describe('serializerBaseName', () => {
  it.each([
    ['UserSerializer', 'User'],
    ['UserProtoSerializer', 'User'],
    ['UserSerializerV2', 'UserV2'],
    ['UserProtoSerializerV2', 'UserV2'],
    ['SerializerThingSerializer', 'SerializerThing'],
    ['FooProtoSerializerSerializer', 'FooSerializer'],
    ['UserRequestSerializer', 'UserRequest'],
    ['Plain', 'Plain'],
  ])('turns %s into %s', (name, expected) => {
    expect(serializerBaseName(name)).toBe(expected);
  });
});

describe('messageName', () => {
  it.each([
    // explicit, stem, list, request, response
    [undefined, 'FooDo', false, 'FooDoRequest', 'FooDoResponse'],
    [undefined, 'FooDoRequest', false, 'FooDoRequest', 'FooDoRequestResponse'],
    [undefined, 'FooDoResponse', false, 'FooDoResponseRequest', 'FooDoResponse'],
    ['X', 'FooDo', false, 'X', 'X'],
    ['XRequest', 'FooDo', false, 'XRequest', 'XRequest'],
    ['XRequest', 'FooDo', true, 'XListRequest', 'XRequestList'],
    ['X', 'FooDo', true, 'XList', 'XList'],
    [undefined, 'User', true, 'UserListRequest', 'UserListResponse'],
    [undefined, 'FooList', true, 'FooListRequest', 'FooListResponse'],
  ])('names %s of %s (list: %s) %s and %s', (explicit, stem, list, request, response) => {
    expect(messageName(explicit, stem, 'Request', list)).toBe(request);
    expect(messageName(explicit, stem, 'Response', list)).toBe(response);
  });
});
