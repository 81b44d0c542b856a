// A process as an operator starts one: OpenTelemetry first, then an application on the built library, and calls from a
// client that is traced too. Prints the spans.
import { register } from 'node:module';
import { trace } from '@opentelemetry/api';
import { GrpcInstrumentation } from '@opentelemetry/instrumentation-grpc';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';

register('@opentelemetry/instrumentation/hook.mjs', import.meta.url);
const exporter = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
provider.register();
new GrpcInstrumentation().setTracerProvider(provider);

const { Module } = await import('@nestjs/common');
const { NestFactory } = await import('@nestjs/core');
const { GrpcNotFoundException } = await import('@nestjs/microservices');
const { Client, credentials } = await import('@grpc/grpc-js');
const { AllowAny, GrpcAction, GrpcController, SocioGrpcModule, SocioGrpcServer, socioGrpc } =
  await import('nestjs-socio-grpc');

const tracer = trace.getTracer('action');

class EchoController {
  async echo({ text }) {
    return tracer.startActiveSpan('inside', async (span) => {
      span.end();
      if (text === 'missing') throw new GrpcNotFoundException('no such thing');
      return { text };
    });
  }

  async *count({ text }) {
    for (const n of ['1', '2']) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      tracer.startSpan(`item ${n}`).end();
      yield { text: n };
    }
    if (text === 'missing') throw new GrpcNotFoundException('no such thing');
  }
}
const TEXT = { text: 'string' };
const decorate = (action, options) =>
  GrpcAction(options)(
    EchoController.prototype,
    action,
    Object.getOwnPropertyDescriptor(EchoController.prototype, action),
  );
decorate('echo', { request: TEXT, response: TEXT });
decorate('count', { request: TEXT, response: TEXT, responseStream: true });
GrpcController({ permissions: [AllowAny] })(EchoController);

class AppModule {}
Module({
  imports: [SocioGrpcModule.forRoot({ package: 'test', url: '127.0.0.1:0', proto: { mode: 'off' } })],
  controllers: [EchoController],
})(AppModule);

const app = await NestFactory.createMicroservice(AppModule, { ...socioGrpc(), logger: false });
await app.listen();
const client = new Client(`127.0.0.1:${app.get(SocioGrpcServer).port}`, credentials.createInsecure());
const identity = (bytes) => bytes;
const request = (text) => Buffer.concat([Buffer.from([10, text.length]), Buffer.from(text)]);

for (const text of ['fine', 'missing']) {
  await new Promise((resolve) => {
    client.makeUnaryRequest('/test.EchoController/Echo', identity, identity, request(text), resolve);
  });
  await new Promise((resolve) => {
    const call = client.makeServerStreamRequest(
      '/test.EchoController/Count',
      identity,
      identity,
      request(text),
    );
    call.on('data', () => undefined);
    call.on('error', () => undefined);
    call.on('status', resolve);
  });
}
client.close();
await app.close();

const spans = exporter.getFinishedSpans();
const byId = new Map(spans.map((span) => [span.spanContext().spanId, span]));
process.stdout.write(
  JSON.stringify(
    spans.map((span) => {
      const parent = byId.get(span.parentSpanContext?.spanId);
      return {
        name: span.name,
        kind: span.kind,
        code: span.attributes['rpc.grpc.status_code'],
        parent: parent && `${parent.kind} ${parent.name}`,
      };
    }),
  ),
);
