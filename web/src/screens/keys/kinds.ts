import type { KeyKind } from '../../signing/key';

/** kinds are the keys that CloudFront takes. */
export const kinds: { value: KeyKind; label: string; description: string }[] = [
  { value: 'RSA-2048', label: 'RSA-2048', description: 'Every signer can use it.' },
  { value: 'P-256', label: 'ECDSA P-256', description: 'Shorter URLs, faster to sign; newer signers can use it.' },
];

/** kindOf names the kind of a public key in PEM, by the algorithm at its beginning. */
export function kindOf(pem: string): string {
  return /BEGIN PUBLIC KEY-----\s*MFkw/.test(pem) ? 'ECDSA P-256' : 'RSA';
}
