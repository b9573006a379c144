import { z } from 'zod';
import { perHost } from '../../keepalived/fields.ts';
import { type Keyword, type Kind, type Table, wantedOf } from '../../keepalived/keyword.ts';

/** The inventory's own form of values whose type keepalived.conf does not know (secrets, hosts, checks), by a keyword's documentation. */
export type OwnForms = Readonly<Partial<Record<Kind['type'], (doc: string) => z.ZodType>>>;

type OutputOf<F> = F extends (doc: string) => infer S ? (S extends z.ZodType ? z.output<S> : never) : never;

type Form<R, F> = R extends { readonly kind: { readonly type: infer T extends keyof F } }
  ? OutputOf<F[T]>
  : R extends { readonly kind: Kind<infer _, infer W> }
    ? R extends { perHost: string }
      ? W | Record<string, W>
      : W
    : never;

type Shape<T extends Table, F> = {
  [K in keyof T as T[K] extends { inventory: false } ? never : K]: T[K] extends { needed: unknown }
    ? z.ZodType<Form<T[K], F>>
    : z.ZodOptional<z.ZodType<Form<T[K], F>>>;
};

/** A keyword's line of documentation, its default filled in. */
export function docOf(row: Keyword): string {
  return (row.doc ?? '').replace('{default}', String(wantedOf(row)));
}

/** The keys that a block has in the inventory, out of the table. */
export function shapeOf<const T extends Table, F extends OwnForms>(table: T, forms: F): Shape<T, F> {
  const shape: Record<string, z.ZodType> = {};
  for (const [keyword, row] of Object.entries(table))
    if (row.inventory !== false) shape[keyword] = schemaOf(row, forms);
  // Each schema comes from its own row.
  return shape as Shape<T, F>;
}

function schemaOf(row: Keyword, forms: OwnForms): z.ZodType {
  const { kind, needed, deprecated } = row;
  const doc = docOf(row);
  const one = kind.schema ?? z.never();
  const value =
    forms[kind.type]?.(doc) ??
    (row.perHost === undefined ? one : perHost(one, `${kind.must ?? ''}, or a map of host names`));
  const whole = needed === undefined ? value.optional() : value;
  const given = value.description === undefined ? whole.describe(doc) : whole;
  return deprecated === true ? given.meta({ deprecated }) : given;
}
