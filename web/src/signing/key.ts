import { integer, tlv, unwrap, wrap, type Algorithm } from './der';
import { decode, encode } from './pem';

export type Hash = 'SHA-1' | 'SHA-256';
export type KeyKind = 'RSA-2048' | 'P-256';

/** NewKey is a key pair made in this browser, as files hold it. */
export interface NewKey {
  publicPem: string;
  privatePem: string;
  signer: Signer;
}

/**
 * Signer signs with a private key that stays in this page. Only key objects that cannot be
 * exported are kept: one for each hash, since WebCrypto binds an RSA key to its hash.
 */
export class Signer {
  private constructor(
    readonly algorithm: Algorithm,
    private readonly keys: Record<Hash, CryptoKey>,
  ) {}

  /** fromPem reads a private key: PKCS#1, PKCS#8 or SEC 1. Errors say what is wrong with it. */
  static async fromPem(text: string): Promise<Signer> {
    const block = decode(text, /PRIVATE KEY$/);
    if (!block) {
      const publicHalf = /BEGIN (RSA )?PUBLIC KEY/.test(text);
      throw new Error(publicHalf ? 'This is the public key; signing needs the private one.' : 'This is no private key in PEM.');
    }
    const { algorithm, pkcs8 } = pkcs8Of(block.label, block.der);
    const load = (hash: Hash) => crypto.subtle.importKey('pkcs8', pkcs8, algorithmOf(algorithm, hash), false, ['sign']);
    try {
      return new Signer(algorithm, { 'SHA-1': await load('SHA-1'), 'SHA-256': await load('SHA-256') });
    } catch {
      throw new Error('The key’s content is damaged.');
    }
  }

  /** sign signs bytes: PKCS#1 v1.5 by RSA, DER by ECDSA, as CloudFront verifies them. */
  async sign(bytes: Uint8Array<ArrayBuffer>, hash: Hash): Promise<Uint8Array> {
    if (this.algorithm === 'RSA') return new Uint8Array(await crypto.subtle.sign('RSASSA-PKCS1-v1_5', this.keys[hash], bytes));
    const raw = new Uint8Array(await crypto.subtle.sign({ name: 'ECDSA', hash }, this.keys[hash], bytes));
    return tlv(0x30, integer(raw.subarray(0, 32)), integer(raw.subarray(32)));
  }
}

function pkcs8Of(label: string, der: Uint8Array): { algorithm: Algorithm; pkcs8: Uint8Array<ArrayBuffer> } {
  switch (label) {
    case 'RSA PRIVATE KEY':
      return { algorithm: 'RSA', pkcs8: wrap('RSA', der) };
    case 'EC PRIVATE KEY':
      return { algorithm: 'P-256', pkcs8: wrap('P-256', der) };
    case 'PRIVATE KEY':
      return { algorithm: unwrap(der).algorithm, pkcs8: new Uint8Array(der) };
    case 'ENCRYPTED PRIVATE KEY':
      throw new Error('The key is encrypted. Decrypt it first: openssl pkey -in key.pem -out plain.pem');
  }
  throw new Error(`Keys of the form ${label} are not read.`);
}

function algorithmOf(algorithm: Algorithm, hash: Hash): RsaHashedImportParams | EcKeyImportParams {
  return algorithm === 'RSA' ? { name: 'RSASSA-PKCS1-v1_5', hash } : { name: 'ECDSA', namedCurve: 'P-256' };
}

/**
 * makeKey makes a key pair in this browser. The private half is written as CloudFront writes it:
 * PKCS#1 for RSA; ECDSA keys as PKCS#8.
 */
export async function makeKey(kind: KeyKind): Promise<NewKey> {
  const params =
    kind === 'RSA-2048'
      ? { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1), hash: 'SHA-256' }
      : { name: 'ECDSA', namedCurve: 'P-256' };
  const pair = (await crypto.subtle.generateKey(params, true, ['sign', 'verify'])) as CryptoKeyPair;
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey('pkcs8', pair.privateKey));
  const spki = new Uint8Array(await crypto.subtle.exportKey('spki', pair.publicKey));
  const privatePem = kind === 'RSA-2048' ? encode('RSA PRIVATE KEY', unwrap(pkcs8).inner) : encode('PRIVATE KEY', pkcs8);
  return { publicPem: encode('PUBLIC KEY', spki), privatePem, signer: await Signer.fromPem(privatePem) };
}
