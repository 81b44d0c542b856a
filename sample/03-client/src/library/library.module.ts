import { Global, Module } from '@nestjs/common';
import { ClientsModule } from '@nestjs/microservices';
import { libraryV1Client } from '../clients/library/v1/library.client.js';
import { CALL_TIMEOUT, LIBRARY_URL, PROTO_DIR } from '../settings.js';
import { deadline } from './deadline.js';
import { LIBRARY } from './library.js';

/** One connection to the library, for all controllers: `@Inject(LIBRARY) client: ClientGrpc`. */
@Global()
@Module({
  imports: [
    ClientsModule.register([
      {
        name: LIBRARY,
        ...libraryV1Client({
          url: LIBRARY_URL,
          protoDirs: [PROTO_DIR],
          channelOptions: { interceptors: [deadline(CALL_TIMEOUT)] },
        }),
      },
    ]),
  ],
  exports: [ClientsModule],
})
export class LibraryModule {}
