import { base64 } from './pem';
import type { Hash, Signer } from './key';

/** Terms are what a signature grants. Dates are Unix seconds. */
export interface Terms {
  /** resource is the URL, or a pattern with `*` and `?`. */
  resource: string;
  expires: number;
  starts?: number;
  /** network is one address or CIDR range of viewers. */
  network?: string;
}

/** isCanned reports whether terms fit a canned policy, which is not sent along. */
export function isCanned(t: Terms): boolean {
  return t.starts === undefined && !t.network && !t.resource.includes('*');
}

/** policyText writes the policy in the exact form that is signed: no white space, fixed order. */
export function policyText(t: Terms): string {
  const condition = {
    DateLessThan: { 'AWS:EpochTime': t.expires },
    ...(t.starts !== undefined && { DateGreaterThan: { 'AWS:EpochTime': t.starts } }),
    ...(t.network && { IpAddress: { 'AWS:SourceIp': t.network } }),
  };
  return JSON.stringify({ Statement: [{ Resource: t.resource, Condition: condition }] });
}

/** Signed is a signature with what must be sent beside it. */
export interface Signed {
  policy: string;
  canned: boolean;
  /** parameters by name: `Expires` or `Policy`, `Signature`, `Key-Pair-Id`, `Hash-Algorithm`. */
  parameters: [name: string, value: string][];
}

/** sign signs terms. custom forces a custom policy where a canned one would do. */
export async function sign(t: Terms, keyPairId: string, signer: Signer, hash: Hash, custom = false): Promise<Signed> {
  const policy = policyText(t);
  const canned = isCanned(t) && !custom;
  const text = new TextEncoder().encode(policy);
  const signature = await signer.sign(text, hash);
  return {
    policy,
    canned,
    parameters: [
      canned ? ['Expires', String(t.expires)] : ['Policy', alphabet(text)],
      ['Signature', alphabet(signature)],
      ['Key-Pair-Id', keyPairId],
      ...(hash === 'SHA-256' ? ([['Hash-Algorithm', 'SHA256']] as [string, string][]) : []),
    ],
  };
}

/** alphabet is CloudFront's Base64. */
function alphabet(bytes: Uint8Array): string {
  return base64(bytes).replaceAll('+', '-').replaceAll('=', '_').replaceAll('/', '~');
}

/** signedUrl appends a signature to a URL. */
export function signedUrl(url: string, s: Signed): string {
  return url + (url.includes('?') ? '&' : '?') + s.parameters.map(([name, value]) => `${name}=${value}`).join('&');
}

/** cookies are the Cookie pairs of a signature. */
export function cookies(s: Signed): [name: string, value: string][] {
  return s.parameters.map(([name, value]) => [`CloudFront-${name}`, value]);
}
