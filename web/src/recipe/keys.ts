import { CreateKeyGroupCommand, CreatePublicKeyCommand } from '@aws-sdk/client-cloudfront';
import { download } from '../components/download';
import type { Session } from '../session/session';
import type { NewKey } from '../signing/key';
import { reference } from './distribution';

/** KeyPair is a legacy key pair of the account, as the operations tell it. */
export interface KeyPair {
  id: string;
  active: boolean;
  created: string;
  modified: string;
  publicKey: string;
}

/** registerKeyPair gives the public half to the server, and resolves to the pair's id. */
export async function registerKeyPair({ operations }: Session, publicKey: string): Promise<string> {
  return (await operations.json<KeyPair>({ method: 'POST', path: 'key-pairs', body: { publicKey } })).id;
}

/** registerPublicKey gives the public half to the server, and resolves to the public key's id. */
export async function registerPublicKey(
  { cloudfront }: Session,
  name: string,
  encodedKey: string,
  comment = '',
): Promise<string> {
  const made = await cloudfront.send(
    new CreatePublicKeyCommand({
      PublicKeyConfig: { CallerReference: reference(), Name: name, EncodedKey: encodedKey, Comment: comment },
    }),
  );
  return made.PublicKey!.Id!;
}

/** createKeyGroup makes a key group of public keys, and resolves to its id. */
export async function createKeyGroup({ cloudfront }: Session, name: string, keys: string[], comment = ''): Promise<string> {
  const made = await cloudfront.send(
    new CreateKeyGroupCommand({ KeyGroupConfig: { Name: name, Items: keys, Comment: comment } }),
  );
  return made.KeyGroup!.Id!;
}

/** downloadKey saves both halves under CloudFront's own names. */
export function downloadKey(id: string, key: NewKey): void {
  download(`pk-${id}.pem`, key.privatePem);
  download(`rsa-${id}.pem`, key.publicPem);
}
