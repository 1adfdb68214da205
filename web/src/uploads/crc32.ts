import { base64 } from '../signing/pem';

const table = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
  return n;
});

/** crc32 is the CRC-32 (ISO 3309) of bytes, in Base64 as S3 writes it. */
export function crc32(bytes: Uint8Array): string {
  let sum = -1;
  for (let i = 0; i < bytes.length; i++) sum = (sum >>> 8) ^ table[(sum ^ bytes[i]!) & 0xff]!;
  sum = ~sum;
  return base64(Uint8Array.of(sum >>> 24, sum >>> 16, sum >>> 8, sum));
}
