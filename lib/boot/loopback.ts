/** Addresses that only this machine reaches. */

export function isLoopback(url: string): boolean {
  return /^(unix:|localhost:|127\.\d+\.\d+\.\d+:|\[::1\]:)/.test(url);
}

/** The same port, if the address has one, on the loopback interface. */
export function onLoopback(url: string): string {
  const [port = ''] = /:\d+$/.exec(url) ?? [];
  return `127.0.0.1${port}`;
}
