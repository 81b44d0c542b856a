import {
  AllowAny,
  GenericCrudController,
  GrpcController,
  ModelSerializer,
  ProtoSerializer,
  ReadOnlyController,
  StreamAction,
  withActions,
} from 'nestjs-socio-grpc';
import { Post, User } from './models.js';

@ModelSerializer({ model: User, fields: 'all' })
export class UserSerializer extends ProtoSerializer<User> {}

@ModelSerializer({ model: Post, fields: 'all' })
export class PostSerializer extends ProtoSerializer<Post> {}

@GrpcController({ serializer: UserSerializer, permissions: [AllowAny] })
export class UserController extends ReadOnlyController<User> {}

@GrpcController({
  serializer: PostSerializer,
  permissions: [AllowAny],
  filters: { headline: ['exact', 'icontains'], 'user.fullName': ['exact'], pubDate: ['gte', 'lt'] },
  search: ['headline', 'content'],
  ordering: { fields: ['pubDate', 'headline'] },
})
export class PostController extends withActions(GenericCrudController, StreamAction)<Post> {}
