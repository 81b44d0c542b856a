import { describe, expect, it } from 'vitest';
import { isLoopback, onLoopback } from '../../../lib/boot/loopback.js';

describe('onLoopback', () => {
  it.each([
    ['0.0.0.0:50051', '127.0.0.1:50051'],
    ['[::]:0', '127.0.0.1:0'],
    ['example.com:443', '127.0.0.1:443'],
    ['0.0.0.0', '127.0.0.1'],
    ['[::]', '127.0.0.1'],
    ['example.com', '127.0.0.1'],
  ])('makes of %s %s', (url, local) => {
    expect(onLoopback(url)).toBe(local);
  });
});

describe('isLoopback', () => {
  it.each(['localhost:1', '127.0.0.1:50051', '[::1]:0', 'unix:/tmp/socket'])('is true of %s', (url) => {
    expect(isLoopback(url)).toBe(true);
  });

  it.each(['0.0.0.0:1', '[::]:1', 'localhost.example.com:1', '10.0.0.1:1'])('is false of %s', (url) => {
    expect(isLoopback(url)).toBe(false);
  });
});
