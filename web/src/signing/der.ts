// The little of ASN.1's distinguished encoding (X.690) that keys and ECDSA signatures need.

/** tlv writes one element: tag, length, value. */
export function tlv(tag: number, ...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = parts.reduce((n, p) => n + p.length, 0);
  const head = length < 0x80 ? [tag, length] : length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff];
  const out = new Uint8Array(head.length + length);
  out.set(head);
  let at = head.length;
  for (const p of parts) {
    out.set(p, at);
    at += p.length;
  }
  return out;
}

/** Element is one element read from DER, with the bytes after it. */
export interface Element {
  tag: number;
  value: Uint8Array;
  rest: Uint8Array;
}

/** read reads the first element of DER, or throws a RangeError. */
export function read(der: Uint8Array): Element {
  const tag = der[0];
  let length = der[1];
  let at = 2;
  if (tag === undefined || length === undefined) throw new RangeError('cut short');
  if (length & 0x80) {
    let n = length & 0x7f;
    if (n === 0 || n > 4) throw new RangeError('length not understood');
    for (length = 0; n > 0; n--) length = length * 256 + (der[at++] ?? NaN);
  }
  if (!(at + length <= der.length)) throw new RangeError('cut short');
  return { tag, value: der.subarray(at, at + length), rest: der.subarray(at + length) };
}

/** integer writes an unsigned big-endian number. */
export function integer(bytes: Uint8Array): Uint8Array {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const trimmed = bytes.subarray(start);
  return tlv(0x02, trimmed[0]! & 0x80 ? Uint8Array.of(0, ...trimmed) : trimmed);
}

const rsaEncryption = Uint8Array.of(0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1);
const ecPublicKey = Uint8Array.of(0x06, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1);
const prime256v1 = Uint8Array.of(0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7);
const none = new Uint8Array(0);

/** Algorithm is what a private key is for. */
export type Algorithm = 'RSA' | 'P-256';

/** wrap makes PKCS#8 (RFC 5208) of a key in its own form: PKCS#1 for RSA, SEC 1 for P-256. */
export function wrap(algorithm: Algorithm, inner: Uint8Array): Uint8Array<ArrayBuffer> {
  const id = algorithm === 'RSA' ? tlv(0x30, rsaEncryption, tlv(0x05, none)) : tlv(0x30, ecPublicKey, prime256v1);
  return tlv(0x30, Uint8Array.of(2, 1, 0), id, tlv(0x04, inner));
}

/** unwrap reads PKCS#8, or throws an Error that says what is wrong with it. */
export function unwrap(pkcs8: Uint8Array): { algorithm: Algorithm; inner: Uint8Array } {
  const version = read(read(pkcs8).value);
  const id = read(version.rest);
  const inner = read(id.rest);
  if (starts(id.value, rsaEncryption)) return { algorithm: 'RSA', inner: inner.value };
  if (!starts(id.value, ecPublicKey)) throw new Error('The key is neither RSA nor ECDSA.');
  if (!starts(id.value.subarray(ecPublicKey.length), prime256v1)) throw new Error('The ECDSA key is not on the curve P-256.');
  return { algorithm: 'P-256', inner: inner.value };
}

function starts(bytes: Uint8Array, prefix: Uint8Array): boolean {
  return prefix.every((b, i) => bytes[i] === b);
}
