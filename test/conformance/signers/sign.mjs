// Signs URLs and sets of cookies, each with the signer it names.
// Reads an array of {signer, kind, url, keyId, privateKey, expires, starts, address, resource,
// hash} as JSON from standard input; writes an array of {url} or {cookies} as JSON.
import { readFileSync } from "node:fs";
import { getSignedCookies, getSignedUrl } from "@aws-sdk/cloudfront-signer";
import AWS from "aws-sdk";
import legacy from "aws-cloudfront-sign";

const isCustom = (job) => Boolean(job.resource || job.starts || job.address);

function policy(job) {
  const condition = { DateLessThan: { "AWS:EpochTime": job.expires } };
  if (job.starts) condition.DateGreaterThan = { "AWS:EpochTime": job.starts };
  if (job.address) condition.IpAddress = { "AWS:SourceIp": job.address };
  return JSON.stringify({ Statement: [{ Resource: job.resource ?? job.url, Condition: condition }] });
}

const signers = {
  "@aws-sdk/cloudfront-signer"(job) {
    const common = { keyPairId: job.keyId, privateKey: job.privateKey, algorithm: job.hash };
    const what = isCustom(job)
      ? { ...common, policy: policy(job), url: job.kind === "url" ? job.url : undefined }
      : { ...common, url: job.url, dateLessThan: new Date(job.expires * 1000).toISOString() };
    return job.kind === "url" ? { url: getSignedUrl(what) } : { cookies: getSignedCookies(what) };
  },
  "aws-sdk"(job) {
    const signer = new AWS.CloudFront.Signer(job.keyId, job.privateKey);
    const what = isCustom(job) ? { url: job.url, policy: policy(job) } : { url: job.url, expires: job.expires };
    return job.kind === "url" ? { url: signer.getSignedUrl(what) } : { cookies: signer.getSignedCookie(what) };
  },
  "aws-cloudfront-sign"(job) {
    const options = { keypairId: job.keyId, privateKeyString: job.privateKey, expireTime: job.expires * 1000 };
    if (job.address) options.ipRange = job.address;
    return job.kind === "url"
      ? { url: legacy.getSignedUrl(job.url, options) }
      : { cookies: legacy.getSignedCookies(job.resource ?? job.url, options) };
  },
};

const jobs = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(jobs.map((job) => signers[job.signer](job))));
