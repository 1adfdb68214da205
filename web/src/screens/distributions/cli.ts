import type { DistributionConfig } from '@aws-sdk/client-cloudfront';
import { reference } from '../../recipe/distribution';

/** quote writes a word for a POSIX shell. */
function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/**
 * createCommand is the AWS CLI's command that makes another distribution of a configuration, but
 * for its alternate domain names: of those, each is one distribution's.
 */
export function createCommand(config: DistributionConfig): string {
  const json = JSON.stringify({ ...config, CallerReference: reference(), Aliases: { Quantity: 0 } }, null, 2);
  return `aws cloudfront create-distribution --distribution-config ${quote(json)}`;
}

/** updateCommand is the AWS CLI's command that gives a distribution this configuration, unless it was changed meanwhile. */
export function updateCommand(id: string, etag: string, config: DistributionConfig): string {
  const json = JSON.stringify(config, null, 2);
  return `aws cloudfront update-distribution --id ${id} --if-match ${etag} --distribution-config ${quote(json)}`;
}
