/** Reads a message of SSH from its start. Every read gives undefined once the bytes end. Source: RFC 4251, 5. */
export interface FieldReader {
  /** `string`: four bytes of length, then so many bytes. */
  field(): Buffer | undefined;
  /** `uint32`. */
  number(): number | undefined;
  byte(): number | undefined;
  readonly atEnd: boolean;
}

/** Reads `bytes` from the offset `at`. */
export function readFields(bytes: Buffer, at = 0): FieldReader {
  const take = (count: number): Buffer | undefined => {
    if (at + count > bytes.length) return undefined;
    at += count;
    return bytes.subarray(at - count, at);
  };
  const number = (): number | undefined => take(4)?.readUInt32BE();
  return {
    field: () => {
      const length = number();
      return length === undefined ? undefined : take(length);
    },
    number,
    byte: () => take(1)?.[0],
    get atEnd() {
      return at === bytes.length;
    },
  };
}

/** The fields that `bytes` are made of; undefined where they are not wholly made of fields. */
export function splitFields(bytes: Buffer): Buffer[] | undefined {
  const reader = readFields(bytes);
  const fields: Buffer[] = [];
  while (!reader.atEnd) {
    const field = reader.field();
    if (field === undefined) return undefined;
    fields.push(field);
  }
  return fields;
}

/** Each part as a field, one behind the other. */
export function packFields(...parts: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    parts.flatMap((part) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(part.length);
      return [length, part];
    }),
  );
}
