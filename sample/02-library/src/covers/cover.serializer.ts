import { ModelSerializer, ProtoSerializer } from 'nestjs-socio-grpc';
import { Cover } from './cover.entity.js';

@ModelSerializer({ model: Cover, fields: ['contentType', 'size', 'sha256'] })
export class CoverSerializer extends ProtoSerializer<Cover> {}
