// For applications.
export { SocioGrpcModule } from './boot/socio-grpc.module.js';
export { connectSocioGrpc, socioGrpc } from './boot/connect.js';
export { SocioGrpcServer } from './boot/socio-grpc-server.js';
export type {
  LimitOptions,
  MetadataKeyOptions,
  PackageOptions,
  ProtoOptions,
  SocioGrpcOptions,
} from './options.js';
export {
  GrpcController,
  type ControllerFor,
  type GrpcControllerOptions,
  type LookupOf,
} from './crud/grpc-controller.js';
export {
  GrpcAction,
  ListOfSelf,
  LookupField,
  PartialSelf,
  SelfSerializer,
  type ActionMessage,
  type GrpcActionOptions,
  type MessagePlaceholder,
  type NameOption,
} from './crud/grpc-action.js';
export type { ActionDecorator, RequestOf, ResultOf } from './crud/action-types.js';
export type { FieldList, ListedField, ListedOneOf, ListedType } from './generation/field-list.js';
export { GenericController, type Message, type Values } from './crud/generic-controller.js';
export {
  CreateController,
  DestroyController,
  GenericCrudController,
  ListController,
  ListCreateController,
  PartialUpdateController,
  ReadOnlyController,
  RetrieveController,
  StreamController,
  UpdateController,
} from './crud/controllers.js';
export { ListAction, RetrieveAction, StreamAction } from './crud/read-actions.js';
export { CreateAction, DestroyAction, PartialUpdateAction, UpdateAction } from './crud/write-actions.js';
export { withActions } from './crud/with-actions.js';
export {
  Field,
  ModelSerializer,
  Nested,
  Related,
  Serializer,
  type FieldOptions,
  type ModelSerializerOptions,
  type NestedOptions,
  type NestedWrite,
  type RelatedOptions,
  type RelatedTo,
  type RowScopeClass,
  type SerializerOptions,
} from './serialization/declarations.js';
export {
  JsonField,
  ListOf,
  OneOf,
  type JsonFieldOptions,
  type OneOfMemberOptions,
  type OneOfMemberType,
  type OneOfOptions,
} from './serialization/field-kinds.js';
export type { AnyMessage, Duration } from './serialization/codec/index.js';
export {
  MethodField,
  type MethodFieldDecorator,
  type MethodFieldOptions,
  type NeedsOf,
} from './serialization/method-field.js';
export { declareEnum, type EnumMember, type EnumOptions, type EnumType } from './serialization/enums.js';
export { EnumField, type EnumFieldOptions } from './serialization/enum-field.js';
export { ProtoSerializer, type Model, type SerializerClass } from './serialization/proto-serializer.js';
export type { ConventionsName } from './serialization/column-types.js';
export { FilterBackend, type FilterBackendClass } from './filters/filter-backend.js';
export { FieldFilter } from './filters/field-filter.js';
export { SearchFilter } from './filters/search-filter.js';
export { OrderingFilter } from './filters/ordering-filter.js';
export {
  Filter,
  FilterFields,
  FilterSet,
  type FilterSetClass,
  type FilterValueKind,
  type MethodFilterOptions,
  type PathFilterOptions,
} from './filters/filter-set.js';
export type { Lookup } from './filters/lookups.js';
export type { Listing } from './filters/listing.js';
export type { FilterOptions, OrderingOptions, SearchPath } from './filters/path-types.js';
export type { IsAnyModel, PathOf } from './serialization/model-paths.js';
export { Paginator, type Page, type PageField, type PaginatorClass } from './pagination/paginator.js';
export type { PageSource, Position, Seek, Slice } from './pagination/page-source.js';
export { PageNumberPagination, type PageNumberOptions } from './pagination/page-number-pagination.js';
export { LimitOffsetPagination, type LimitOffsetOptions } from './pagination/limit-offset-pagination.js';
export { CursorPagination, type CursorOptions } from './pagination/cursor-pagination.js';
export type { ParameterBehavior, RequestParameters } from './request/request-parameters.js';
export { GrpcContext } from './request/grpc-context.js';
export { ContextValues, createContextKey, type ContextKey } from './request/context-values.js';
export { RequestHeaders } from './request/request-headers.js';
export type { GrpcMiddleware, Middleware, MiddlewareFunction, Next } from './request/middleware.js';
export { localeMiddleware, type LocaleOptions } from './request/locale.js';
export { authenticationMiddleware } from './request/authentication-middleware.js';
export { transactionMiddleware } from './request/transaction-middleware.js';
export type { CallLogEntry, LoggingOptions } from './request/call-log.js';
export {
  AllowAny,
  HasRole,
  IsAdmin,
  IsAuthenticated,
  IsAuthenticatedOrReadOnly,
  Permission,
  PermissionGuard,
  type PermissionClass,
} from './request/permissions.js';
export type { Scope, ScopeClass } from './request/scope.js';
export {
  and,
  not,
  or,
  type CombinedPermission,
  type PermissionExpression,
} from './request/permission-expressions.js';
export type { Authenticator, AuthenticatorClass, Credentials } from './request/authentication.js';
export { AuthenticationGuard } from './request/authentication-guard.js';
export { LoggingInterceptor } from './request/logging-interceptor.js';
export { ExceptionInterceptor } from './request/exception-interceptor.js';
export { BearerAuthentication, type BearerOptions } from './request/authenticators/bearer.js';
export { BasicAuthentication, type BasicOptions } from './request/authenticators/basic.js';
export { TokenAuthentication, type TokenOptions } from './request/authenticators/token.js';
export { MtlsAuthentication, type MtlsOptions } from './request/authenticators/mtls.js';
export { PassportAuthentication, type PassportStrategy } from './request/authenticators/passport.js';
export { ValidationException } from './errors/validation-exception.js';
export type { FieldError, FieldErrors } from './errors/field-errors.js';
export type { WriteKind } from './serialization/presence.js';
export { withDetails, type ExceptionDetails } from './errors/with-details.js';
export { SetupError } from './errors/setup-error.js';

// For authors of actions and mixins of their own.
export {
  action,
  type Action,
  type ActionKind,
  type ActionTypes,
  type ComposedBase,
  type ControllerBase,
  type ModelOf,
} from './crud/with-actions.js';

// For what is generated: messages and their names.
export { GenerationPlugin } from './generation/generation-plugin.js';
export {
  AddFieldPlugin,
  EnumPlacementPlugin,
  FilterGenerationPlugin,
  ListGenerationPlugin,
  PaginationGenerationPlugin,
  type ListPluginOptions,
} from './generation/plugins.js';
export type { ActionTarget, MessageContent, MessageDraft } from './generation/message-draft.js';
export type { DeclaredLists } from './generation/declared-lists.js';
export { MessageNames, type MessageToName } from './generation/message-names.js';
export {
  AttrPlaceholder,
  FnPlaceholder,
  Placeholder,
  StrTemplatePlaceholder,
  type PlaceholderTarget,
} from './generation/placeholders.js';
export type { EnumPlacement } from './serialization/enums.js';
export type { WellKnownName } from './proto/descriptors.js';
export {
  externalMessage,
  type ExternalMessage,
  type ExternalMessageOptions,
  type ExternalType,
  type MapKey,
} from './proto/external-message.js';
export type { Direction } from './proto/names.js';
