// Signs one URL or set of cookies with the signer named on the command line.
// Reads {signer, kind, url, keyId, privateKey, expires, starts, address, resource, hash}
// as JSON from standard input; writes {url} or {cookies} as JSON.
import { readFileSync } from "node:fs";
import { getSignedCookies, getSignedUrl } from "@aws-sdk/cloudfront-signer";
import AWS from "aws-sdk";
import legacy from "aws-cloudfront-sign";

const job = JSON.parse(readFileSync(0, "utf8"));
const custom = Boolean(job.resource || job.starts || job.address);

function policy() {
  const condition = { DateLessThan: { "AWS:EpochTime": job.expires } };
  if (job.starts) condition.DateGreaterThan = { "AWS:EpochTime": job.starts };
  if (job.address) condition.IpAddress = { "AWS:SourceIp": job.address };
  return JSON.stringify({ Statement: [{ Resource: job.resource ?? job.url, Condition: condition }] });
}

const signers = {
  "@aws-sdk/cloudfront-signer"() {
    const common = { keyPairId: job.keyId, privateKey: job.privateKey, algorithm: job.hash };
    const what = custom
      ? { ...common, policy: policy(), url: job.kind === "url" ? job.url : undefined }
      : { ...common, url: job.url, dateLessThan: new Date(job.expires * 1000).toISOString() };
    return job.kind === "url" ? { url: getSignedUrl(what) } : { cookies: getSignedCookies(what) };
  },
  "aws-sdk"() {
    const signer = new AWS.CloudFront.Signer(job.keyId, job.privateKey);
    const what = custom ? { url: job.url, policy: policy() } : { url: job.url, expires: job.expires };
    return job.kind === "url" ? { url: signer.getSignedUrl(what) } : { cookies: signer.getSignedCookie(what) };
  },
  "aws-cloudfront-sign"() {
    const options = { keypairId: job.keyId, privateKeyString: job.privateKey, expireTime: job.expires * 1000 };
    if (job.starts) options.dateGreaterThan = job.starts;
    if (job.address) options.ipRange = job.address;
    return job.kind === "url"
      ? { url: legacy.getSignedUrl(job.url, options) }
      : { cookies: legacy.getSignedCookies(job.resource ?? job.url, options) };
  },
};

process.stdout.write(JSON.stringify(signers[job.signer]()));
