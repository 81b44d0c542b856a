import { Injectable, type Type } from '@nestjs/common';
import type { PeerCertificate } from 'node:tls';
import type { Authenticator, Credentials } from '../authentication.js';
import type { GrpcContext } from '../grpc-context.js';
import { refused } from './scheme.js';

/** Options of `MtlsAuthentication.with()`. */
export interface MtlsOptions {
  /** The user that a certificate stands for; undefined refuses it. Default: `{ name: <common name> }`. */
  readonly user?: (certificate: PeerCertificate, ctx: GrpcContext) => Promise<unknown> | unknown;
}

/**
 * The certificate that a client showed and TLS has verified. It needs the module's option `credentials` with root
 * certificates, and `checkClientCertificate`.
 *
 * @example
 * SocioGrpcModule.forRoot({
 *   credentials: ServerCredentials.createSsl(ca, [{ private_key: key, cert_chain: cert }], true),
 *   authentication: [MtlsAuthentication],
 * })
 */
@Injectable()
export class MtlsAuthentication implements Authenticator {
  /** The same with another way to find users. */
  static with(options: MtlsOptions): Type<MtlsAuthentication> {
    @Injectable()
    class ConfiguredMtlsAuthentication extends MtlsAuthentication {
      protected override findUser(
        certificate: PeerCertificate,
        ctx: GrpcContext,
      ): Promise<unknown> | unknown {
        return options.user ? options.user(certificate, ctx) : super.findUser(certificate, ctx);
      }
    }
    return ConfiguredMtlsAuthentication;
  }

  async authenticate(ctx: GrpcContext): Promise<Credentials | undefined> {
    const { certificate } = ctx;
    if (!certificate) return undefined;
    const user = await this.findUser(certificate, ctx);
    if (!user) throw refused('The certificate belongs to nobody known here.', 'CERTIFICATE_UNKNOWN');
    return { user, auth: certificate };
  }

  /** Override it to find the user that a certificate stands for. */
  protected findUser(certificate: PeerCertificate, _ctx: GrpcContext): Promise<unknown> | unknown {
    return { name: certificate.subject.CN };
  }
}
