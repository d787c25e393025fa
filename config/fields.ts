import { z } from 'zod';
import { Secret } from './secret.js';
import { formatBytes, formatDuration, parseBytes, parseDuration } from './units.js';

/** How a setting's value is written; decides how the text of an environment variable is read and how it is printed. */
export type FieldKind = 'text' | 'secret' | 'choice' | 'number' | 'bytes' | 'duration' | 'boolean' | 'structure';

interface FieldMeta {
  readonly kind: FieldKind;
  readonly description: string;
}

/** Kinds of fields, by their (innermost) zod type. */
const kinds = z.registry<FieldMeta>();

export function text(description: string): z.ZodString {
  return register(z.string({ error: 'give text; put quotes around numbers' }).min(1, 'give a text that is not empty'), {
    kind: 'text',
    description,
  });
}

/** A {@link Secret}; when a setting of the same name with `File` at its end stands beside it, that file may hold it. */
export function secret(description: string): z.ZodPipe<z.ZodString, z.ZodTransform<Secret, string>> {
  const schema = z.string({ error: 'give text; put quotes around numbers' }).transform((value) => new Secret(value));
  return register(schema, { kind: 'secret', description });
}

export function choice<const T extends readonly [string, ...string[]]>(
  values: T,
  description: string,
): z.ZodEnum<{ [K in T[number]]: K }> {
  const schema = z.enum(values, { error: `choose one of ${values.join(', ')}` });
  return register(schema, { kind: 'choice', description });
}

export function flag(description: string): z.ZodBoolean {
  return register(z.boolean({ error: 'give true or false' }), { kind: 'boolean', description });
}

/** A list or section that the schema takes as one value; in an environment variable it is JSON. */
export function structure<T extends z.core.$ZodType>(schema: T, description: string): T {
  return register(schema, { kind: 'structure', description });
}

/** A whole number between `least` and `most`. */
export function whole(least: number, most: number, description: string): z.ZodNumber {
  const error = `give a whole number from ${least} to ${most}`;
  return register(z.number({ error }).int(error).min(least, error).max(most, error), { kind: 'number', description });
}

/** A number between `least` and `most`, fractions allowed. */
export function number(least: number, most: number, description: string): z.ZodNumber {
  const error = `give a number from ${least} to ${most}`;
  return register(z.number({ error }).min(least, error).max(most, error), { kind: 'number', description });
}

/** A size: a number of bytes or text such as `64MiB`. */
export function bytes(least: number, most: number, description: string): Quantity {
  return quantity('bytes', parseBytes, formatBytes, 'such as 64MiB', least, most, description);
}

/** A duration: a number of milliseconds or text such as `2s`. */
export function duration(least: number, most: number, description: string): Quantity {
  return quantity('duration', parseDuration, formatDuration, 'such as 2s', least, most, description);
}

type Quantity = z.ZodPipe<z.ZodUnion<readonly [z.ZodNumber, z.ZodString]>, z.ZodTransform<number, number | string>>;

function quantity(
  kind: 'bytes' | 'duration',
  parse: (text: string) => number | undefined,
  format: (amount: number) => string,
  example: string,
  least: number,
  most: number,
  description: string,
): Quantity {
  const cure = `give a ${kind === 'bytes' ? 'size' : 'duration'} from ${format(least)} to ${format(most)}, ${example}`;
  const schema = z.union([z.number(), z.string()], { error: cure }).transform((value, context) => {
    const amount = typeof value === 'number' ? value : parse(value);
    if (amount === undefined || !Number.isInteger(amount) || amount < least || amount > most) {
      context.addIssue({ code: 'custom', message: cure, input: value });
      return z.NEVER;
    }
    return amount;
  });
  return register(schema, { kind, description });
}

function register<T extends z.core.$ZodType>(schema: T, meta: FieldMeta): T {
  kinds.add(schema, meta);
  return schema;
}

/** One leaf of the schema. */
export interface Field extends FieldMeta {
  /** `ingest.batch.rows` */
  readonly key: string;
  readonly path: readonly string[];
  /** `JULIU_INGEST_BATCH_ROWS` */
  readonly variable: string;
  /** As written, or undefined when the setting may be absent. */
  readonly defaultValue: unknown;
}

/** Every leaf of a schema of nested objects, in its order. */
export function fieldsOf(schema: z.core.$ZodType, path: readonly string[] = []): Field[] {
  const { inner, defaultValue } = unwrap(schema);
  if (inner instanceof z.ZodObject) {
    const shape = inner.shape as Readonly<Record<string, z.core.$ZodType>>;
    return Object.entries(shape).flatMap(([name, child]) => fieldsOf(child, [...path, name]));
  }
  const meta = kinds.get(inner);
  if (meta === undefined) throw new TypeError(`setting ${path.join('.')} is not built from config/fields.ts`);
  return [{ ...meta, key: path.join('.'), path, variable: variableOf(path), defaultValue }];
}

function unwrap(schema: z.core.$ZodType): { readonly inner: z.core.$ZodType; readonly defaultValue: unknown } {
  let inner = schema;
  let defaultValue: unknown;
  for (;;) {
    if (inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault) {
      defaultValue ??= inner.def.defaultValue;
      inner = inner.def.innerType;
    } else if (inner instanceof z.ZodOptional) {
      inner = inner.def.innerType;
    } else {
      return { inner, defaultValue };
    }
  }
}

/** `ingest.maxBodyBytes` → `JULIU_INGEST_MAX_BODY_BYTES`. */
export function variableOf(path: readonly string[]): string {
  return `JULIU_${path.map((part) => part.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()).join('_')}`;
}
