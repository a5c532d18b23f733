// SPDX-License-Identifier: MIT
// Checks of the columns of a profile document. A document is data from elsewhere: nothing in it is
// trusted before its type, its length and its indices have been looked at.

export class DocumentError extends Error {}

export function requireArray(value, path, length) {
  if (!Array.isArray(value)) throw new DocumentError(`${path} is not a list`);
  if (length !== undefined && value.length !== length) {
    throw new DocumentError(`${path} has ${value.length} entries instead of ${length}`);
  }
  return value;
}

export function indexColumn(value, path, length, limit) {
  const source = requireArray(value, path, length);
  const column = new Int32Array(length);
  for (let i = 0; i < length; i++) {
    const index = source[i];
    if (!Number.isInteger(index) || index < 0 || index >= limit) {
      throw new DocumentError(`${path}[${i}] is not an index below ${limit}`);
    }
    column[i] = index;
  }
  return column;
}

export function numberColumn(value, path, length) {
  const source = requireArray(value, path, length);
  // Float64 and not BigInt: the format promises integers below 2^53.
  const column = new Float64Array(length);
  for (let i = 0; i < length; i++) {
    if (!Number.isFinite(source[i])) throw new DocumentError(`${path}[${i}] is not a number`);
    column[i] = source[i];
  }
  return column;
}

export function parentColumn(value, path, length) {
  const source = requireArray(value, path, length);
  const column = new Int32Array(length);
  for (let i = 0; i < length; i++) {
    const parent = source[i];
    // A parent always precedes its children, so a valid column cannot hold a cycle.
    const valid = i === 0 ? parent === -1 : Number.isInteger(parent) && parent >= 0 && parent < i;
    if (!valid) throw new DocumentError(`${path}[${i}] does not point to an earlier node`);
    column[i] = parent;
  }
  return column;
}

// Stricter than numberColumn: what is counted is whole, and not so large that a sum loses it.
export function wholeColumn(value, path, length, least = 0) {
  const source = requireArray(value, path, length);
  const column = new Float64Array(length);
  for (let i = 0; i < length; i++) {
    if (!Number.isSafeInteger(source[i]) || source[i] < least) {
      throw new DocumentError(`${path}[${i}] is not a whole number from ${least}`);
    }
    column[i] = source[i];
  }
  return column;
}
