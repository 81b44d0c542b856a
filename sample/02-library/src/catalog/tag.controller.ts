import { GrpcController, ListCreateController, ModelSerializer, ProtoSerializer } from 'nestjs-socio-grpc';
import { CATALOG_PERMISSIONS } from './permissions.js';
import { Tag } from './tag.entity.js';

@ModelSerializer({ model: Tag, listField: 'tags' })
export class TagSerializer extends ProtoSerializer<Tag> {}

@GrpcController({ serializer: TagSerializer, permissions: CATALOG_PERMISSIONS, pagination: null })
export class TagController extends ListCreateController<Tag> {}
