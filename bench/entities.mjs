// ENTITIES entities of FIELDS columns. The classes are made as a compiler would make them: decorators are functions.
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

const count = Number(process.env.ENTITIES ?? 500);
const fields = Number(process.env.FIELDS ?? 20);
const types = ['varchar', 'int', 'bigint', 'double', 'boolean', 'datetime', 'text'];

export const entities = Array.from({ length: count }, (_entity, index) => {
  const name = `Thing${index}`;
  const { [name]: Thing } = { [name]: class {} };
  PrimaryGeneratedColumn()(Thing.prototype, 'id');
  for (let field = 1; field < fields; field += 1)
    Column(types[field % types.length])(Thing.prototype, `someField${field}`);
  Entity()(Thing);
  return Thing;
});
