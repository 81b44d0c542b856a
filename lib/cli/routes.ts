/** `socio-grpc routes`: every rpc, what it takes and gives, and the method behind it. */
import type { Route } from '../boot/routes.js';
import type { Application } from './application.js';
import { ExitCode } from './command-error.js';
import type { Output } from './output.js';

const HEAD = ['Service', 'Rpc', 'Stream', 'Request', 'Response', 'Permissions', 'Method'];

export function routes({ contracts }: Application, json: boolean, output: Output): ExitCode {
  if (json) {
    output.print(JSON.stringify(contracts.flatMap(asData), undefined, 2));
    return ExitCode.ok;
  }
  // The same service may be in two packages.
  const rows = contracts.flatMap(({ file, routes: found }) =>
    found.map((route) =>
      asRow(route, contracts.length === 1 ? route.service : `${file.package}.${route.service}`),
    ),
  );
  output.print(table([HEAD, ...rows]));
  return ExitCode.ok;
}

function asRow({ method, controller, action, permissions }: Route, service: string): string[] {
  const stream = [method.requestStream ? 'in' : '', method.responseStream ? 'out' : ''].filter(Boolean);
  return [
    service,
    method.name,
    stream.join('+') || '-',
    method.request,
    method.response,
    permissions ? 'stated' : 'unstated',
    `${controller}.${action}`,
  ];
}

function asData({ file, routes: found }: Application['contracts'][number]) {
  return found.map(({ path, service, method, controller, action, permissions }) => ({
    path,
    package: file.package,
    service,
    rpc: method.name,
    requestStream: method.requestStream,
    responseStream: method.responseStream,
    request: method.request,
    response: method.response,
    permissions: permissions ? 'stated' : 'unstated',
    controller,
    method: action,
  }));
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = HEAD.map((_title, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
